// One console: its toolbar, what its guest does, and its terminal.
import { PHONE_KEYS } from "../core/deeds.ts";
import { size } from "../core/moments.ts";
import { write } from "../core/route.ts";
import { guestSaid } from "../core/states.ts";
import type { Inventory } from "../net/inventory.ts";
import { announce } from "../ui/announce.ts";
import { closing, show } from "../ui/dialogs.ts";
import { h, icon, setAttribute } from "../ui/dom.ts";
import { Pane } from "./pane.ts";
import { Seat } from "./seat.ts";
import { Search } from "./search.ts";
import { Toolbar } from "./toolbar.ts";
import type { View } from "./view.ts";

export class ConsoleView implements View {
  readonly element: HTMLElement;
  readonly name: string;
  readonly pane: Pane;
  #inventory: Inventory;
  #unwatch: () => void;
  #toolbar: Toolbar;
  #seat: Seat;
  #search: Search;
  #state = h("span", { className: "state" });
  #guest = h("div", { className: "guest", hidden: true });
  #foot = h("footer", { className: "foot" });
  #dismissed = "";
  #said = "";
  #full: () => void;

  constructor(name: string, observe: boolean, inventory: Inventory) {
    this.name = name;
    this.#inventory = inventory;
    this.pane = new Pane(name, observe ? "observe" : "active", {
      changed: () => this.#update(),
      left: () => this.#toolbar.focus(),
      search: () => this.#search.open(),
      console: () => this.#console,
    });
    this.#seat = new Seat(this.pane, () => this.#console);
    this.#search = new Search(this.pane.terminal);
    this.pane.over.prepend(this.#search.element);
    this.#toolbar = new Toolbar(this.pane, {
      console: () => this.#console,
      search: () => this.#search.open(),
      read: () => void this.#read(),
      full: () => this.#fullScreen(),
      ask: () => this.pane.become("request"),
    });
    const log = h("a", { className: "button quiet", href: write({ view: "log", name, boot: 0, from: null, play: false }), title: "Log" }, icon("log"), h("span", {}, "Log"));
    const head = h("header", { className: "head" },
      h("a", { className: "button quiet back", href: "./", title: "All consoles" }, icon("back"), h("span", {}, "Consoles")),
      h("h1", {}, name), this.#state, this.#seat.element);
    this.#toolbar.element.append(log);
    this.element = h("main", { className: "console-view" }, head, this.#toolbar.element, this.#guest, this.pane.element, this.#bar(), this.#foot);
    this.#unwatch = inventory.watch({ changed: (names) => (names === null || names.has(name)) && this.#heard(), live: () => undefined });
    this.#full = () => this.pane.terminal.fit();
    document.addEventListener("fullscreenchange", this.#full);
    this.#update();
  }

  get title(): string {
    return `${this.name} · ${guestSaid(this.pane.guestState)[0]}`;
  }

  start(): void {
    this.pane.start();
    this.pane.focus();
  }

  dispose(): void {
    this.#unwatch();
    document.removeEventListener("fullscreenchange", this.#full);
    this.pane.dispose();
  }

  get #console() {
    return this.#inventory.consoles.get(this.name);
  }

  #heard(): void {
    this.#update();
    this.#toolbar.update();
    this.#seat.refresh();
  }

  #update(): void {
    const [word, tone] = this.#stateNow();
    this.#state.textContent = word;
    this.#state.dataset["tone"] = tone;
    if (this.element.isConnected) document.title = `${this.title} – com1`;
    if (word !== this.#said && this.#said) announce(`${this.name}: ${word}.`);
    this.#said = word;
    this.#seat.update();
    this.#guestLine();
    this.#footer();
  }

  #stateNow() {
    const console = this.#console;
    if (console && !console.enabled) return ["Disabled", "off"] as const;
    if (console && !console.connected) return ["Not running", "off"] as const;
    return guestSaid(this.pane.guestState);
  }

  /** The guest's state in a sentence, with what can be done; a click takes it away until the state changes. */
  #guestLine(): void {
    const console = this.#console;
    const hint = this.pane.hint || (console?.guest_state.state === this.pane.guestState ? console.guest_state.hint : "");
    const key = `${this.pane.guestState} ${hint}`;
    this.#guest.hidden = !hint || key === this.#dismissed || console?.connected === false;
    if (this.#guest.hidden || this.#guest.dataset["key"] === key) return;
    this.#guest.dataset["key"] = key;
    const close = h("button", { type: "button", className: "button icon-only", title: "Dismiss", attributes: { "aria-label": "Dismiss the hint" }, on: { click: () => { this.#dismissed = key; this.#guestLine(); this.pane.focus(); } } }, icon("close"));
    const open = matchMedia("(min-width: 40rem) and (min-height: 30rem)").matches;
    const [word] = guestSaid(this.pane.guestState);
    this.#guest.replaceChildren(h("details", { open }, h("summary", {}, `${word}: what you can do here`), h("p", {}, hint)), close);
  }

  #footer(): void {
    const { pane } = this;
    const times: [string, number | null][] = [["Daemon", pane.distance], ["Echo", pane.echo.median]];
    const facts: [string, string][] = [["Boot", String(this.#console?.boot ?? pane.boot)], ["Printed", size(pane.offset)]];
    for (const [name, time] of times) if (time !== null) facts.push([name, `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`]);
    if (pane.reads !== null && pane.standing === "active") facts.push(["Input", pane.reads ? "the guest reads it" : "the guest does not read it"]);
    const list = h("dl", {}, ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    this.#foot.replaceChildren(list, h("p", {}, h("kbd", {}, "Ctrl+F6"), " leaves the terminal"));
  }

  #bar(): HTMLElement {
    const keys = PHONE_KEYS.map(({ label, title, keys: pressed }) => {
      const button = h("button", { type: "button", className: "key", on: { click: () => this.pane.press(pressed) } }, label);
      setAttribute(button, "aria-label", title || label);
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the terminal keeps its keyboard open
      return button;
    });
    return h("div", { className: "keybar", attributes: { role: "group", "aria-label": "Keys" } }, ...keys);
  }

  #fullScreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.pane.element.requestFullscreen().catch(() => undefined);
    this.pane.focus();
  }

  async #read(): Promise<void> {
    const text = h("pre", { className: "reading", tabIndex: 0, attributes: { role: "region", "aria-label": `Screen of ${this.name}` } });
    const fill = () => (text.textContent = this.pane.terminal.screen().join("\n") || "The screen is empty.");
    fill();
    const again = h("button", { type: "button", className: "button", on: { click: () => { fill(); text.focus(); } } }, "Read again");
    await show(`Screen of ${this.name}`, [text], [again, closing("Close", "", "main")], "wide");
    this.pane.focus();
  }
}
