// What the page shows one of at a time.

export interface View {
  readonly element: HTMLElement;
  /** The title of the browser's tab, without the product's name. */
  readonly title: string;
  /** Begin, when the element is in the page. */
  start(): void;
  /** End: connections are closed, listeners taken away. */
  dispose(): void;
}
