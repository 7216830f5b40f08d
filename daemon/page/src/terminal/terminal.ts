// The terminal: xterm.js at 80 by 24, scaled by its letters' size, with the rules of a shared serial line around it.
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal as Xterm } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { onPreference, preferences } from "../ui/preferences.ts";
import { Feed } from "./feed.ts";
import { guard } from "./queries.ts";
import { theme } from "./themes.ts";

export const COLUMNS = 80;
export const ROWS = 24;
/** What Windows's SAC has on any terminal, and what a serial line's guest takes for granted. */

const SCROLLBACK = 5000;
/** Lines: some 12 MB in a browser at the most. The log has the rest. */

const CANCEL = Uint8Array.of(0x18);
/** CAN: a terminal leaves whatever sequence it is in; otherwise it does nothing. */

const FONT = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, "DejaVu Sans Mono", Consolas, monospace';
const LINE_HEIGHT = 1.15;
const MARGIN = 8;
/** Pixels around the screen. */

const SMALLEST = 5;
const LARGEST = 22;
/** Pixels of a letter that is fitted to the window: below it nobody reads, above it nobody wants to. */

/** What a terminal asks whoever shows it. */
export interface Owner {
  /** The user typed, or the terminal answers a question of the guest. */
  typed(data: string): void;
  /** Bytes that are no text: reports of a mouse in its oldest form. */
  reported(data: Uint8Array<ArrayBuffer>): void;
  /** A key for the page rather than the guest; true where the page takes it. */
  key(event: KeyboardEvent): boolean;
  /** The user opens an address that the guest printed. */
  link(address: string): void;
  /** The guest wants to write the clipboard. */
  clipboard(text: string): void;
  /** The letters' size changed. */
  fitted(): void;
}

export class Terminal {
  readonly element: HTMLElement;
  readonly xterm: Xterm;
  readonly search = new SearchAddon();
  /** Whether the terminal may answer the guest: live, and of the active session. */
  answers = false;
  #owner: Owner;
  #feed: Feed;
  #stops: (() => void)[] = [];

  constructor(element: HTMLElement, owner: Owner) {
    this.element = element;
    this.#owner = owner;
    this.xterm = new Xterm({
      cols: COLUMNS,
      rows: ROWS,
      allowProposedApi: true,
      cursorBlink: false, // it would have a frame painted all the time, and Chromium lets an echo wait for the next one
      cursorInactiveStyle: "outline",
      fontFamily: FONT,
      lineHeight: LINE_HEIGHT,
      linkHandler: { activate: (_, address) => owner.link(address) },
      minimumContrastRatio: 4.5,
      screenReaderMode: preferences.reader,
      scrollback: SCROLLBACK,
      smoothScrollDuration: 0,
      theme: theme(),
    });
    this.#feed = new Feed((data, parsed) => this.xterm.write(data, parsed));
    this.#load();
    this.xterm.open(element);
    this.#quiet();
    this.#listen();
  }

  /** Show bytes; `parsed` is called when the terminal has them all. */
  write(data: Uint8Array, parsed: () => void): void {
    this.#feed.write(data, parsed);
  }

  /** Do something when all that was written before is parsed. */
  afterwards(act: () => void): void {
    this.#feed.write(new Uint8Array(), act);
  }

  /** Note that output is missing here: a sequence that began before it must not swallow what comes after it. */
  cut(): void {
    this.#feed.write(CANCEL, () => undefined);
  }

  /** Begin anew, with nothing on the screen. */
  reset(): void {
    this.#feed.clear();
    this.xterm.write("", () => this.xterm.reset());
  }

  focus(): void {
    this.xterm.focus();
  }

  /** Fit the letters' size to the element, or set the size that the user chose. */
  fit(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    const size = preferences.text || fitting(width - 2 * MARGIN, height - 2 * MARGIN);
    if (this.xterm.options.fontSize !== size) this.xterm.options.fontSize = size;
    this.#owner.fitted();
  }

  /** The text of the screen, line by line, without what is empty at its end. */
  screen(): string[] {
    const buffer = this.xterm.buffer.active;
    const lines = Array.from({ length: ROWS }, (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "");
    while (lines.length && lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** The line that the cursor is in. */
  cursorLine(): string {
    const buffer = this.xterm.buffer.active;
    return buffer.getLine(buffer.baseY + buffer.cursorY)?.translateToString(true) ?? "";
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    this.xterm.dispose();
  }

  #load(): void {
    this.xterm.loadAddon(new Unicode11Addon());
    this.xterm.unicode.activeVersion = "11";
    this.xterm.loadAddon(this.search);
    this.xterm.loadAddon(new WebLinksAddon((_, address) => this.#owner.link(address)));
    guard(this.xterm.parser, () => this.answers);
    // OSC 52 writes the clipboard of whoever looks: never without a question, never what the clipboard holds.
    this.xterm.parser.registerOscHandler(52, (data) => {
      const text = decoded(data.slice(data.indexOf(";") + 1));
      if (text !== null && this.answers) this.#owner.clipboard(text);
      return true;
    });
  }

  /** Make xterm's own live region polite: assertive, it would interrupt a reader with every line of a boot. */
  #quiet(): void {
    const calm = () => {
      for (const region of this.element.querySelectorAll('[aria-live="assertive"]')) region.setAttribute("aria-live", "polite");
    };
    calm();
    const observer = new MutationObserver(calm);
    observer.observe(this.element, { subtree: true, childList: true, attributeFilter: ["aria-live"] });
    this.#stops.push(() => observer.disconnect());
  }

  #listen(): void {
    const { xterm } = this;
    xterm.onData((data) => this.#owner.typed(data));
    xterm.onBinary((data) => this.#owner.reported(Uint8Array.from(data, (character) => character.charCodeAt(0))));
    xterm.attachCustomKeyEventHandler((event) => {
      // A capital would go into xterm's text field, too, and have a frame painted before its echo is looked at. A screen
      // reader wants the field's text.
      if (event.type === "keypress" && !preferences.reader) event.preventDefault();
      return event.type !== "keydown" || !this.#owner.key(event);
    });
    const sizes = new ResizeObserver(() => this.fit());
    sizes.observe(this.element);
    const recolour = () => {
      const colours = theme();
      xterm.options.theme = colours;
      this.element.style.setProperty("--terminal", colours.background ?? "");
      xterm.options.screenReaderMode = preferences.reader;
      this.#quiet();
      this.fit();
    };
    const colours = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
    for (const query of colours) query.addEventListener("change", recolour);
    recolour();
    this.#stops.push(() => sizes.disconnect(), onPreference(recolour), () => {
      for (const query of colours) query.removeEventListener("change", recolour);
    });
  }
}

function decoded(base64: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return null; // a question for the clipboard, or nonsense
  }
}

/** Give the largest size of letters, in quarters of a pixel, with which the whole screen is seen. */
function fitting(width: number, height: number): number {
  const letter = letterShape();
  const fits = (size: number) => {
    // As xterm.js measures: a letter's height in whole pixels of the device, and the row in whole ones, too.
    const row = Math.floor(Math.ceil(size * letter.height * devicePixelRatio) * LINE_HEIGHT) / devicePixelRatio;
    return size * letter.width * COLUMNS <= width && row * ROWS <= height;
  };
  let size = LARGEST;
  while (size > SMALLEST && !fits(size)) size -= 0.25;
  return size;
}

let shape: { width: number; height: number } | null = null;

/** How wide and how high a letter is, for a size of one pixel. */
function letterShape(): { width: number; height: number } {
  if (shape === null) {
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) return { width: 0.6, height: 1.2 };
    context.font = `100px ${FONT}`;
    const { width, fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText("W");
    shape = { width: width / 100, height: (fontBoundingBoxAscent + fontBoundingBoxDescent) / 100 };
  }
  return shape;
}
