// What lies over a terminal whose session has ended: why, and the ways to go on. The first of them has the focus, so that
// Enter alone takes a console back.
import { moment } from "../core/moments.ts";
import { person } from "../core/person.ts";
import { sentence } from "../core/words.ts";
import type { Ending, Mode } from "../net/stay.ts";
import type { HandedOver, Preempted } from "../wire/events.ts";
import { announce } from "../ui/announce.ts";
import { h } from "../ui/dom.ts";

export class Cover {
  readonly element = h("div", { className: "cover", hidden: true });
  #by = "";

  /** Note who took over, or got the keyboard; the end follows. */
  passed(event: Preempted | HandedOver): void {
    const at = moment(event.at, new Date());
    this.#by = event.event === "preempted" ? `${person(event.by, event.origin)} took over at ${at}` : `You handed the keyboard over to ${person(event.to, event.origin)} at ${at}`;
  }

  ended(name: string, ending: Ending, goOn: (mode: Mode) => void): void {
    const preempted = ending.code === "preempted";
    const why = this.#by ? this.#by : ending.title;
    this.#by = "";
    const way = (label: string, mode: Mode, kind: string) => h("button", { type: "button", className: `button ${kind}`, on: { click: () => goOn(mode) } }, label);
    const handed = ending.code === "handed-over";
    const first = preempted || handed ? "Take it back" : ["left", "idle", "replaced"].includes(ending.code) ? "Connect again" : "Try again";
    const hopeless = ending.code === "forbidden" || ending.code === "not-found";
    const watch = way("Watch", "observe", handed ? "main" : "");
    const take = way(first, "active", handed ? "" : "main");
    const ways = hopeless ? [] : handed ? [watch, take] : [take, watch];
    const button = ways[0];
    this.element.replaceChildren(
      h("div", { className: "card" },
        h("h2", {}, preempted ? `${why}.` : sentence(why)),
        ending.remedy ? h("p", {}, ending.remedy) : null,
        preempted ? h("p", {}, "The newest session types. Nothing of the guest's output is lost.") : null,
        h("div", { className: "buttons" }, ...ways)),
    );
    const focused = this.element.parentElement?.contains(document.activeElement) || document.activeElement === document.body;
    this.element.hidden = false;
    if (focused) button?.focus();
    this.#setInert(true);
    announce(`${name}: ${why}.`);
  }

  hide(): void {
    this.#setInert(false);
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** What is covered can be neither reached nor read. */
  #setInert(inert: boolean): void {
    for (const other of this.element.parentElement?.children ?? []) if (other instanceof HTMLElement && other !== this.element) other.inert = inert;
  }

  /** Put the focus on the way to go on; false when the terminal is not covered. */
  focus(): boolean {
    this.element.querySelector("button")?.focus();
    return !this.element.hidden;
  }
}
