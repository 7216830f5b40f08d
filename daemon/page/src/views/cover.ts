// What lies over a terminal whose session has ended: why, and the ways to go on. The first of them has the focus, so that
// Enter alone takes a console back.
import { moment } from "../core/moments.ts";
import { sentence } from "../core/words.ts";
import type { Ending, Mode } from "../net/stay.ts";
import { announce } from "../ui/announce.ts";
import { h } from "../ui/dom.ts";

export class Cover {
  readonly element = h("div", { className: "cover", hidden: true });
  #by = "";

  /** Note who took over; the end follows. */
  preempted(by: string, at: string): void {
    this.#by = `${by} took over at ${moment(at, new Date())}`;
  }

  ended(name: string, ending: Ending, goOn: (mode: Mode) => void): void {
    const preempted = ending.code === "preempted";
    const why = preempted && this.#by ? this.#by : ending.title;
    this.#by = "";
    const way = (label: string, mode: Mode, kind: string) => h("button", { type: "button", className: `button ${kind}`, on: { click: () => goOn(mode) } }, label);
    const first = preempted ? "Take it back" : ending.code === "left" || ending.code === "idle" ? "Connect again" : "Try again";
    const ways = ending.code === "forbidden" || ending.code === "not-found" ? [] : [way(first, "active", "main"), way("Watch", "observe", "")];
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
    announce(`${name}: ${why}.`);
    if (focused) button?.focus();
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** Put the focus on the way to go on; false when the terminal is not covered. */
  focus(): boolean {
    this.element.querySelector("button")?.focus();
    return !this.element.hidden;
  }
}
