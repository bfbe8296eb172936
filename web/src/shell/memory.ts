import { effect, signal, type Signal } from '@preact/signals';

/** A choice that outlives the page where the browser allows it; a file opened from disk may have no storage. */
export function remembered<T extends string>(name: string, choices: readonly T[], initial: T): Signal<T> {
  const stored = attempt(() => localStorage.getItem(`pellucid.${name}`)) as T | null;
  const choice = signal<T>(stored !== null && choices.includes(stored) ? stored : initial);
  effect(() => {
    const value = choice.value;
    attempt(() => localStorage.setItem(`pellucid.${name}`, value));
  });
  return choice;
}

/** What an action gives; null where the browser forbids it. */
export function attempt<R>(action: () => R): R | null {
  try {
    return action();
  } catch {
    return null;
  }
}
