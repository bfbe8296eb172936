import { signal, type Signal } from '@preact/signals';

/** What a question to the engine came to; while it is asked again the last answer stays. */
export interface Answer<T> {
  readonly value: T | null;
  readonly busy: boolean;
  readonly failure: string | null;
}

/** A question that a control asks again and again: only the last one counts. */
export class Question<T> {
  readonly answer: Signal<Answer<T>> = signal<Answer<T>>({ value: null, busy: false, failure: null });
  private abort: AbortController | null = null;

  async ask(how: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.abort?.abort();
    const mine = this.abort = new AbortController();
    this.answer.value = { ...this.answer.value, busy: true, failure: null };
    try {
      const value = await how(mine.signal);
      if (mine.signal.aborted) return null;
      this.answer.value = { value, busy: false, failure: null };
      return value;
    } catch (error) {
      if (!mine.signal.aborted) this.answer.value = { ...this.answer.value, busy: false, failure: error instanceof Error ? error.message : String(error) };
      return null;
    }
  }

  forget(): void {
    this.abort?.abort();
    this.answer.value = { value: null, busy: false, failure: null };
  }
}
