import { type ComponentType, createElement, type ReactNode, useEffect, useState } from "react";

/** A screen that is read when it is needed, or once there is time: the first picture needs one of many. */
export class LazyScreen<Props extends object> {
  readonly #read: () => Promise<ComponentType<Props>>;
  #reading: Promise<void> | undefined;
  /** Undefined until it has been read. */
  component: ComponentType<Props> | undefined;

  constructor(read: () => Promise<ComponentType<Props>>) {
    this.#read = read;
  }

  /** Resolves when it can be drawn at once. */
  load(): Promise<void> {
    this.#reading ??= this.#read().then((component) => {
      this.component = component;
    });
    return this.#reading;
  }

  draw(props: Props): ReactNode {
    return createElement(OnceRead<Props>, { screen: this, props });
  }
}

/** Nothing is drawn until the screen has been read. */
function OnceRead<Props extends object>({ screen, props }: { screen: LazyScreen<Props>; props: Props }): ReactNode {
  const [, setRead] = useState(screen.component !== undefined);
  useEffect(() => {
    if (screen.component === undefined) void screen.load().then(() => setRead(true));
  }, [screen]);
  return screen.component === undefined ? null : createElement(screen.component, props);
}
