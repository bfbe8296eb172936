import { Component, createElement, type ComponentType, type FunctionComponent } from 'preact';

/** A component that is drawn again only when one of its properties is another one. */
export function memo<P extends object>(Inner: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = this.props as unknown as Record<string, unknown>;
      const after = next as unknown as Record<string, unknown>;
      return Object.keys(before).length !== Object.keys(after).length || Object.keys(after).some(key => before[key] !== after[key]);
    }

    override render() {
      return createElement(Inner, this.props as P);
    }
  };
}
