// The clipboard, in both directions. A paste is the daemon's work, which counts it, marks it for a shell that asked for
// that, and can compare it with the guest's echo.
import { characters, enters, parts } from "../core/paste.ts";
import { closing, show } from "../ui/dialogs.ts";
import { freshId, h } from "../ui/dom.ts";
import { preferences, prefer } from "../ui/preferences.ts";

/** The way of a paste to the guest. */
export interface Guest {
  /** Send a text within the limit. The daemon tells how far it is. */
  paste(text: string): void;
  /** Send a part of a longer text, compared with the echo; resolves when it is through, else throws. */
  part(text: string, signal: AbortSignal): Promise<void>;
  cancel(): void;
  /** Characters of one paste, at most. */
  limit(): number;
}

const PART = 512;
/** Characters of a part of a long paste: its progress moves every other second on a slow guest. */

/** Copy a text. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Ask whether a guest may write the clipboard, and what it would write. */
export async function allowCopy(text: string): Promise<void> {
  const shown = text.length > 400 ? `${text.slice(0, 400)}…` : text;
  const contents = [
    h("p", {}, `The guest wants to put ${characters(text)} characters on your clipboard:`),
    h("pre", { className: "quote", tabIndex: 0, attributes: { role: "region", "aria-label": "The text" } }, shown),
  ];
  const answer = await show("Copy what the guest says?", contents, [closing("Do not copy", "", "main"), closing("Copy it", "yes")]);
  if (answer === "yes") await copy(text);
}

/** Pastes under way: one at a time, in parts where a text is longer than the limit. */
export class Pasting {
  /** Characters of the paste that is under way; 0 when there is none. */
  of = 0;
  #guest: Guest;
  #abort: AbortController | null = null;
  #progress: (sent: number, of: number) => void;

  /** `progress` is told how many characters were sent, of how many; both are 0 at the end. */
  constructor(guest: Guest, progress: (sent: number, of: number) => void) {
    this.#guest = guest;
    this.#progress = progress;
  }

  /** Whether a long paste is under way: between its parts nothing else may be typed. */
  get holdsKeys(): boolean {
    return this.#abort !== null;
  }

  /** Paste a text; asks first where it is long or has lines that a guest acts on. Throws what stopped it. */
  async paste(text: string): Promise<void> {
    const count = characters(text);
    if (count === 0) return;
    if (this.of > 0) throw new Error("A paste is under way: this one was not sent.");
    const limit = this.#guest.limit();
    if (count > limit) return this.#long(text, count, limit);
    if (enters(text) > 0 && preferences.askLines && !(await askLines(text))) return;
    this.#went(0, count);
    this.#guest.paste(text);
  }

  /** Follow what the daemon says of a paste within the limit. */
  follow(sent: number, of: number): void {
    if (this.of > 0 && !this.holdsKeys) this.#went(sent, sent < of ? of : 0);
  }

  /** Stop: what is not sent yet will not be. */
  cancel(): void {
    this.#abort?.abort();
    this.#guest.cancel();
    this.stopped();
  }

  /** Note that a paste within the limit was refused or stopped, or that the connection ended. */
  stopped(): void {
    if (!this.holdsKeys) this.#went(0, 0);
  }

  async #long(text: string, count: number, limit: number): Promise<void> {
    const divided = parts(text, Math.min(PART, limit));
    const contents = [
      h("p", {}, `The text has ${count.toLocaleString()} characters, and a paste at most ${limit.toLocaleString()}.`),
      h("p", {}, `It can be sent in ${divided.length} parts. Each character is compared with the guest's echo, and the first that differs stops it. That is slower, and sure.`),
    ];
    const answer = await show("A long paste", contents, [closing("Cancel", ""), closing("Send it in parts", "yes", "main")]);
    if (answer === "yes") await this.#send(divided, count);
  }

  async #send(texts: string[], count: number): Promise<void> {
    const abort = (this.#abort = new AbortController());
    let sent = 0;
    try {
      this.#went(0, count);
      for (const text of texts) {
        await this.#guest.part(text, abort.signal);
        sent += characters(text);
        this.#went(sent, count);
      }
    } catch (error) {
      if (abort.signal.aborted) throw new Error(`The paste was stopped after ${sent} of ${count} characters.`);
      throw error;
    } finally {
      this.#abort = null;
      this.#went(0, 0);
    }
  }

  #went(sent: number, of: number): void {
    this.of = of;
    this.#progress(sent, of);
  }
}

async function askLines(text: string): Promise<boolean> {
  const lines = enters(text);
  const never = h("input", { type: "checkbox", id: freshId() });
  const shown = text.length > 600 ? `${text.slice(0, 600)}…` : text;
  const contents = [
    h("p", {}, lines === 1 ? "The text ends a line: the guest may act on it as soon as it arrives." : `The text has ${lines} lines: the guest may act on each as it arrives.`),
    h("pre", { className: "quote", tabIndex: 0, attributes: { role: "region", "aria-label": "The text" } }, shown),
    h("p", { className: "check" }, never, h("label", { htmlFor: never.id }, "Do not ask again in this browser")),
  ];
  const yes = (await show("Paste these lines?", contents, [closing("Cancel", ""), closing("Paste", "yes", "main")])) === "yes";
  if (yes && never.checked) prefer({ askLines: false });
  return yes;
}
