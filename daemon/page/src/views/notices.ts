// Notices over a terminal: a line each, with something to do about it where there is something, and a way to dismiss it.
import { h, icon, setAttribute } from "../ui/dom.ts";
import type { Event } from "../wire/events.ts";
import { write } from "../core/route.ts";
import { notice } from "../core/words.ts";
import { announce } from "../ui/announce.ts";

export interface Shown {
  text: string;
  tone: "info" | "warn" | "bad";
  kind: string;
  button?: { label: string; press: () => void } | undefined;
  link?: { label: string; href: string } | undefined;
  /** Milliseconds after which it goes by itself; left out, it stays. */
  fades?: number | undefined;
}

export const FADES = 6000;
/** Milliseconds after which a notice goes that needs no answer: long enough to read two lines twice. */

const MOST = 3;
/** Notices at once: more would hide what the guest says. The newest stay. */

export class Notices {
  readonly element = h("div", { className: "notices" });
  #shown = new Map<string, HTMLElement>();

  /** Show a notice; it replaces one of its kind. */
  show(notice: Shown): void {
    this.dismiss(notice.kind);
    while (this.#shown.size >= MOST) this.dismiss([...this.#shown.keys()][0] ?? "");
    const line = this.#line(notice);
    this.#shown.set(notice.kind, line);
    this.element.append(line);
    announce(notice.text);
    if (notice.fades) this.#fade(notice.kind, line, notice.fades);
  }

  /** Let a notice go, unless somebody is at it. */
  #fade(kind: string, line: HTMLElement, after: number): void {
    setTimeout(() => {
      if (this.#shown.get(kind) !== line) return;
      if (this.element.matches(":hover, :focus-within")) this.#fade(kind, line, after);
      else this.dismiss(kind);
    }, after);
  }

  shows(kind: string): boolean {
    return this.#shown.has(kind);
  }

  dismiss(kind: string): void {
    this.#shown.get(kind)?.remove();
    this.#shown.delete(kind);
  }

  #line({ text, tone, kind, button, link }: Shown): HTMLElement {
    const close = h("button", { type: "button", className: "button icon-only", title: "Dismiss", on: { click: () => this.dismiss(kind) } }, icon("close"));
    close.setAttribute("aria-label", `Dismiss: ${text.slice(0, 60)}`);
    const line = h("div", { className: `notice ${tone}` }, icon(tone === "info" ? "info" : "warn"), h("p", {}, text));
    setAttribute(line, "data-kind", kind);
    if (button) line.append(h("button", { type: "button", className: "button small", on: { click: button.press } }, button.label));
    if (link) line.append(h("a", { className: "button small", href: link.href }, link.label));
    line.append(close);
    return line;
  }
}

/** Give the notice of an event of a console, if there is one. `grant` hands the keyboard to a session. */
export function shownOf(event: Event, name: string, grant: (session: number) => void): Shown | null {
  const said = notice(event, new Date());
  if (said === null) return null;
  const { action, stays, ...rest } = said;
  const shown: Shown = { ...rest, fades: said.tone === "info" && !action && !stays ? FADES : undefined };
  if (action?.act.do === "log") {
    shown.link = { label: action.label, href: write({ view: "log", name, boot: 0, from: action.act.from, play: false }) };
  } else if (action?.act.do === "grant") {
    const { session } = action.act;
    shown.button = { label: action.label, press: () => grant(session) };
  }
  return shown;
}
