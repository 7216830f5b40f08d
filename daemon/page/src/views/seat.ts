// Whose keyboard it is: a badge that says what you are, and the ways to change that.
import { moment } from "../core/moments.ts";
import { person } from "../core/person.ts";
import type { Standing } from "../net/stay.ts";
import { h } from "../ui/dom.ts";
import { menu } from "../ui/popover.ts";
import { askText, confirm } from "../ui/dialogs.ts";
import type { Console, Session } from "../wire/console.ts";
import type { Pane } from "./pane.ts";

const SAID: Record<Standing, string> = {
  connecting: "Connecting",
  active: "You type",
  observing: "You watch",
  waiting: "You wait",
  away: "Reconnecting",
  ended: "Not connected",
};

export class Seat {
  readonly element: HTMLElement;
  #pane: Pane;
  #refresh: () => void;
  #console: () => Console | undefined;
  #badge = h("span", { className: "standing" });
  #main = h("button", { type: "button", className: "button", hidden: true });

  constructor(pane: Pane, console: () => Console | undefined) {
    this.#pane = pane;
    this.#console = console;
    const people = menu("People", "user", () => this.#people(), "people");
    this.#refresh = people.refresh;
    this.#main.addEventListener("click", () => this.#act());
    this.element = h("div", { className: "seat" }, this.#badge, this.#main, people.button, people.panel);
  }

  /** Show what is now. */
  update(): void {
    const { standing } = this.#pane;
    const holder = this.#console()?.active;
    this.#badge.textContent = SAID[standing] + (standing === "observing" && holder ? `; ${holder.user} types` : "");
    this.#badge.dataset["standing"] = standing;
    const label = { active: "Only watch", observing: holder ? "Take over" : "Type here", waiting: "Take over" }[standing as string];
    this.#main.hidden = label === undefined;
    this.#main.textContent = label ?? "";
    this.#main.classList.toggle("main", standing !== "active");
  }

  /** Show who is on now. */
  refresh(): void {
    this.update();
    this.#refresh();
  }

  #act(): void {
    this.#pane.become(this.#pane.standing === "active" ? "observe" : "active");
    this.#pane.focus();
  }

  #people(): Node[] {
    const console = this.#console();
    if (!console) return [h("p", { className: "empty" }, "Nothing is known about this console yet.")];
    const { standing } = this.#pane;
    const others = [...(console.active ? [this.#person(console.active, "types")] : []), ...console.waiting.map((session) => this.#waits(session)), ...console.observers.filter((one) => !console.waiting.some(({ session }) => session === one.session)).map((session) => this.#person(session, "watches"))];
    const ways: Node[] = [];
    if (standing === "observing" && console.active) {
      ways.push(this.#entry(`Ask ${console.active.user} for the keyboard`, () => this.#pane.become("request")));
      ways.push(this.#entry("Wait until it is free", () => this.#pane.become("wait")));
    }
    if (standing === "waiting") ways.push(this.#entry("Wait no longer, only watch", () => this.#pane.become("observe")));
    if (standing === "active" || standing === "observing" || standing === "waiting") ways.push(this.#entry("Say something to all here…", () => void this.#tell("message")));
    if (standing === "active") ways.push(this.#entry("Write a note into the log…", () => void this.#tell("note")));
    if (standing !== "ended") ways.push(this.#entry("Leave the console", () => this.#pane.leave()));
    ways.push(this.#entry("Disconnect everybody…", () => void this.#disconnect()));
    return [others.length ? h("ul", { className: "sessions" }, ...others) : h("p", { className: "empty" }, "Nobody is on this console."), ...ways];
  }

  #person(session: Session, does: string): HTMLElement {
    const since = moment(session.since, new Date());
    return h("li", { attributes: { "data-session": String(session.session) } }, h("b", {}, person(session.user, session.origin)), ` ${does} since ${since}`, h("small", {}, session.gateway ? "by the browser" : `${session.command || session.via}`));
  }

  #waits(session: Session): HTMLElement {
    const line = this.#person(session, "waits");
    if (this.#pane.standing === "active") {
      line.append(h("button", { type: "button", className: "button small", on: { click: () => this.#pane.grant(session.session) } }, "Hand over"));
    }
    return line;
  }

  #entry(label: string, act: () => void): HTMLElement {
    return h("button", { type: "button", className: "entry", on: { click: ({ currentTarget }) => { (currentTarget as HTMLElement).closest<HTMLElement>("[popover]")?.hidePopover(); act(); } } }, h("b", {}, label));
  }

  async #tell(op: "message" | "note"): Promise<void> {
    const { name } = this.#pane;
    const text = op === "message"
      ? await askText(`To all on ${name}`, "Everybody who types or watches here reads it.", "Message", "Send")
      : await askText(`A note in the log of ${name}`, "It stands in the boot diagnostics log, with your name and the time.", "Note", "Write");
    if (text) this.#pane.tell(op, text);
    this.#pane.focus();
  }

  async #disconnect(): Promise<void> {
    if (await confirm(`Disconnect everybody from ${this.#pane.name}?`, "All sessions of this console end, yours too. An owner may do this.", "Disconnect", true)) {
      await this.#pane.act("disconnect", undefined, "");
    }
  }
}
