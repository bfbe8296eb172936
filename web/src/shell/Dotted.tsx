import { Fragment } from 'preact';

/** A tensor's name that a narrow place breaks after a dot or an underscore, never inside a word. */
export function Dotted({ name }: { name: string }) {
  return <>{name.split(/(?<=[._:])/).map((part, i) => <Fragment key={i}>{i > 0 && <wbr />}{part}</Fragment>)}</>;
}
