// A console's row in the list.
import { moment, precisely, since } from "../core/moments.ts";
import { write } from "../core/route.ts";
import { said } from "../core/states.ts";
import { h, icon } from "../ui/dom.ts";
import type { Console } from "../wire/console.ts";

export class Row {
  readonly element: HTMLLIElement;
  readonly link: HTMLAnchorElement;
  console: Console;
  #state = h("span", { className: "state" });
  #since = h("span", { className: "since" });
  #who = h("span", { className: "who" });
  #line = h("span", { className: "line" });

  constructor(console: Console, chosen: boolean, choose: (chosen: boolean) => void) {
    this.console = console;
    const { name } = console;
    const box: HTMLInputElement = h("input", { type: "checkbox", checked: chosen, title: "Open together with others", attributes: { "aria-label": `Choose ${name}` }, tabIndex: -1, on: { change: () => choose(box.checked) } });
    this.link = h("a", { className: "name", href: write({ view: "console", name, observe: false }), tabIndex: -1 },
      h("b", {}, name), console.set === null ? null : h("small", {}, `${console.set} ${console.instance ?? ""}`));
    const log = h("a", { className: "button icon-only log", href: write({ view: "log", name, boot: 0, from: null, play: false }), title: "Log", attributes: { "aria-label": `Log of ${name}` }, tabIndex: -1 }, icon("log"));
    this.element = h("li", {}, box, this.link, this.#state, this.#since, this.#line, this.#who, log);
    this.update(console);
  }

  update(console: Console): void {
    this.console = console;
    const [word, tone] = said(console);
    this.#state.textContent = word;
    this.#state.dataset["tone"] = tone;
    this.element.classList.toggle("down", tone === "off");
    this.#who.replaceChildren(...people(console));
    if (!console.connected) this.says(console.reason);
    else if (!this.#line.textContent) this.says(console.guest_state.evidence);
    this.tick();
  }

  /** Show what the guest said last. */
  says(line: string): void {
    this.#line.textContent = line;
    this.#line.title = line;
  }

  /** Show how long ago the guest's state changed. */
  tick(): void {
    const at = this.console.guest_state.since;
    this.#since.textContent = at && this.console.connected ? since(at, new Date()) : "";
    this.#since.title = at ? `Since ${precisely(at)}` : "";
  }
}

function people({ active, observers }: Console): Node[] {
  const found: Node[] = [];
  if (active) found.push(h("span", { className: "person", title: `${active.user} types since ${moment(active.since, new Date())}` }, icon("user"), active.user));
  if (observers.length) found.push(h("span", { className: "person watching", title: observers.map(({ user }) => user).join(", ") }, icon("view"), `${observers.length}`, h("span", { className: "spoken" }, observers.length === 1 ? " watches" : " watch")));
  return found;
}
