// Making real elements. Text is always text: nothing that a guest or a user said is ever parsed as HTML.

type Child = Node | string | null | false | undefined;
type Properties<T> = { [K in keyof T]?: T[K] | undefined } & {
  /** Attributes that have no property, such as `aria-*`, `role` and `popovertarget`. */
  attributes?: Record<string, string | boolean | undefined>;
  on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>;
};

/** Make an element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<Omit<HTMLElementTagNameMap[K], "attributes">> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { attributes, on, ...rest } = properties;
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) Object.assign(element, { [name]: value });
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(element, name, value);
  for (const [name, listener] of Object.entries(on ?? {})) element.addEventListener(name, listener as EventListener);
  element.append(...children.filter((child): child is Node | string => !!child || child === ""));
  return element;
}

/** Set an attribute; true is its bare name, false and undefined remove it. */
export function setAttribute(element: Element, name: string, value: string | boolean | undefined): void {
  if (value === false || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

const SVG = "http://www.w3.org/2000/svg";

/** Icons, 16 by 16, as lines: one weight, one grid. */
const ICONS = {
  back: "M10 3 5 8l5 5",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM14 14l-3.500-3.500",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  keys: "M2 4h12v8H2zM5 7h.01M8 7h.01M11 7h.01M5 9.500h6",
  power: "M8 2v5M4.500 4.500a5 5 0 1 0 7 0",
  bolt: "M9 2 4 9h4l-1 5 5-7H8z",
  paste: "M5 3h6v2H5zM5 4H3.500v10h9V4H11",
  log: "M3 3h10M3 6.300h7M3 9.700h10M3 13h6",
  view: "M2 8s2.200-4 6-4 6 4 6 4-2.200 4-6 4-6-4-6-4ZM8 9.700a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400Z",
  full: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  leave: "M6 3H3v10h3M10 5l3 3-3 3M13 8H6",
  grid: "M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z",
  play: "M5 3l8 5-8 5z",
  pause: "M5 3v10M11 3v10",
  user: "M8 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM3 14c.6-2.600 2.500-4 5-4s4.400 1.400 5 4",
  download: "M8 2v8M5 7l3 3 3-3M3 13h10",
  text: "M3 4V3h10v1M8 3v10M6 13h4",
  hand: "M8 14c-2.500 0-4-1.500-5-4.500l1.200-.6L5.500 11V4.200h1.500V8 2.700h1.600V8 3.500h1.500V9 5.200h1.500V10c0 2.500-1.400 4-3.600 4Z",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.300V11M8 5h.01",
  warn: "M8 2.500 14.500 13.500h-13zM8 6.500v3.300M8 11.600h.01",
} as const;

export type Icon = keyof typeof ICONS;

/** Draw an icon. It is decoration: what it stands beside or labels has a name of its own. */
export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", "aria-hidden": "true", class: "icon" })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

let serial = 0;

/** Give an id that no other element has. */
export function freshId(): string {
  return `e${++serial}`;
}
