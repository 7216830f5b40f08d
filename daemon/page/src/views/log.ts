// The boot diagnostics log of a console: a boot at a time, as text with times and marks, or played again.
import { LogLines, lineAt, matches, type Line } from "../core/log_lines.ts";
import { CAUSES, markSaid } from "../core/marks.ts";
import { moment, size } from "../core/moments.ts";
import { type Route, write } from "../core/route.ts";
import { LOG_MOST, boots, bytesOf, download, read } from "../net/log.ts";
import { Refused } from "../net/gateway.ts";
import { announce } from "../ui/announce.ts";
import { freshId, h, icon } from "../ui/dom.ts";
import type { Boot, LogItem } from "../wire/console.ts";
import { Lines } from "./lines.ts";
import { Player } from "./player.ts";
import type { View } from "./view.ts";

const FOLLOW = 1000;
/** Milliseconds between two looks for more, while following. */

type LogRoute = Extract<Route, { view: "log" }>;

export class LogView implements View {
  readonly element: HTMLElement;
  readonly title: string;
  #route: LogRoute;
  #lines = new Lines();
  #log = new LogLines();
  #end: number | null = null;
  #items: LogItem[] = [];
  #abort = new AbortController();
  #timer = 0;
  #player: Player | null = null;
  #boots: HTMLSelectElement;
  #field: HTMLInputElement;
  #found = h("span", { className: "found", attributes: { role: "status" } });
  #follow: HTMLInputElement;
  #save: HTMLAnchorElement;
  #play: HTMLButtonElement;
  #body = h("div", { className: "log-body" });
  #message = h("div", { className: "nothing", hidden: true });
  #matches: number[] = [];
  #at = 0;

  constructor(route: LogRoute) {
    this.#route = route;
    this.title = `Log of ${route.name}`;
    this.#boots = h("select", { attributes: { "aria-label": "Boot" }, on: { change: () => this.#choose(Number(this.#boots.value)) } });
    const id = freshId();
    this.#field = h("input", { id, type: "search", placeholder: "Search this boot", autocomplete: "off", spellcheck: false, on: { input: () => this.#search(), keydown: (event) => this.#searchKey(event) } });
    this.#follow = h("input", { type: "checkbox", on: { change: () => this.#setFollow() } });
    const narrow = matchMedia("(max-width: 40rem)").matches;
    const times: HTMLInputElement = h("input", { type: "checkbox", checked: !narrow, on: { change: () => this.#lines.element.classList.toggle("no-times", !times.checked) } });
    const wrap: HTMLInputElement = h("input", { type: "checkbox", checked: narrow, on: { change: () => this.#lines.element.classList.toggle("wrap", wrap.checked) } });
    this.#lines.element.classList.toggle("no-times", narrow);
    this.#lines.element.classList.toggle("wrap", narrow);
    this.#save = h("a", { className: "button quiet", title: "Download", attributes: { download: "" } }, icon("download"), h("span", {}, "Download"));
    this.#play = h("button", { type: "button", className: "button quiet", title: "Play this boot", on: { click: () => this.#setPlay(!this.#player) } }, icon("play"), h("span", {}, "Play"));
    const step = (label: string, symbol: "up" | "down", by: number) => h("button", { type: "button", className: "button icon-only", title: label, attributes: { "aria-label": label }, on: { click: () => this.#step(by) } }, icon(symbol));
    const check = (box: HTMLInputElement, label: string) => h("label", { className: "check" }, box, label);
    this.element = h("main", { className: "log-view" },
      h("header", { className: "head" },
        h("a", { className: "button quiet back", href: write({ view: "console", name: route.name, observe: false }), title: `Console of ${route.name}` }, icon("back"), h("span", {}, "Console")),
        h("h1", {}, route.name, " ", h("small", {}, "log"))),
      h("div", { className: "filters" },
        this.#boots,
        h("div", { className: "field" }, icon("search"), h("label", { htmlFor: id, className: "spoken" }, "Search this boot"), this.#field, this.#found, step("Previous match", "up", -1), step("Next match", "down", 1)),
        check(this.#follow, "Follow"), check(times, "Times"), check(wrap, "Wrap"), h("span", { className: "rule" }), this.#play, this.#save),
      this.#body);
    this.#body.append(this.#lines.element, this.#message);
  }

  start(): void {
    void this.#open();
  }

  dispose(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#player?.dispose();
  }

  async #open(): Promise<void> {
    try {
      const known = await boots(this.#route.name);
      const from = this.#route.from;
      if (from !== null) this.#route.boot = known.find(({ offset }) => offset <= from)?.boot ?? known.at(-1)?.boot ?? 0;
      this.#offer(known);
      await this.#load();
      if (this.#route.play) this.#setPlay(true);
    } catch (error) {
      this.#failed(error);
    }
  }

  #offer(known: Boot[]): void {
    const now = new Date();
    const said = (boot: Boot) => {
      const which = boot.boot === 0 ? "This boot" : boot.boot === -1 ? "The boot before" : `${-boot.boot} boots before`;
      const when = boot.cause === "unknown" ? "" : `, ${moment(boot.started, now)}`;
      return `${which}${when} – ${CAUSES[boot.cause] ?? boot.cause}, ${size(boot.bytes)}`;
    };
    this.#boots.replaceChildren(...known.map((boot) => h("option", { value: String(boot.boot) }, said(boot))));
    this.#boots.value = String(this.#route.boot);
    this.#boots.hidden = known.length === 0;
  }

  #choose(boot: number): void {
    this.#route = { ...this.#route, boot, from: null, play: false };
    history.replaceState(null, "", write(this.#route));
    this.#setPlay(false);
    void this.#load().catch((error: unknown) => this.#failed(error));
  }

  async #load(): Promise<void> {
    const { name, boot, from } = this.#route;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#log = new LogLines();
    this.#items = [];
    this.#end = null;
    this.#save.href = download(name, { boot });
    this.#save.download = `${name}-boot${boot}.log`;
    this.#follow.disabled = boot !== 0;
    this.#lines.element.setAttribute("aria-busy", "true");
    await this.#take({ boot, bytes: LOG_MOST });
    this.#lines.element.setAttribute("aria-busy", "false");
    this.#show();
    this.#message.hidden = this.#all().length > 0;
    if (!this.#message.hidden) this.#say("Nothing was printed yet", "As soon as the guest prints something, it is here.");
    if (from !== null) this.#reveal(from);
    else if (boot === 0) this.#lines.end();
    if (boot === 0 && from === null) {
      this.#follow.checked = true;
      this.#setFollow();
    }
    this.#search();
  }

  async #take(part: { boot?: number; from?: number; bytes?: number }): Promise<void> {
    for await (const item of read(this.#route.name, part, this.#abort.signal)) {
      if ("end" in item) this.#end = item.end;
      else {
        this.#items.push(item);
        if ("data" in item) this.#log.feed(bytesOf(item.data), item.offset, item.at);
        else this.#mark(item);
      }
    }
  }

  #mark(item: Extract<LogItem, { mark: string }>): void {
    const said = markSaid(item.mark, item.facts);
    if (said !== null) this.#log.mark(said, item.offset, item.at, item.mark);
  }

  #all(): Line[] {
    const last = this.#log.last;
    return last === null || last.text === "" ? this.#log.lines : [...this.#log.lines, last];
  }

  #show(): void {
    this.#lines.show(this.#all());
  }

  #reveal(offset: number): void {
    const index = lineAt(this.#all(), offset);
    this.#lines.mark("", index);
    this.#lines.reveal(index);
  }

  #setFollow(): void {
    clearTimeout(this.#timer);
    if (this.#follow.checked) this.#timer = window.setTimeout(() => void this.#more(), FOLLOW);
  }

  async #more(): Promise<void> {
    const before = this.#end;
    const stays = this.#lines.atEnd;
    try {
      if (!document.hidden && before !== null) await this.#take({ from: before });
    } catch {
      // the daemon is away: tried again
    }
    if (this.#abort.signal.aborted) return;
    if (this.#end !== before) {
      this.#message.hidden = true;
      this.#show();
      if (stays) this.#lines.end();
    }
    this.#setFollow();
  }

  #search(): void {
    this.#matches = matches(this.#all(), this.#field.value);
    this.#at = this.#matches.length - 1;
    if (this.#field.value === "") {
      this.#found.textContent = "";
      this.#lines.mark("", this.#route.from === null ? -1 : lineAt(this.#all(), this.#route.from));
    } else this.#step(0);
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#step(event.shiftKey ? -1 : 1);
  }

  #step(by: number): void {
    const count = this.#matches.length;
    this.#found.textContent = count ? "" : this.#field.value ? "Nothing found" : "";
    if (count === 0) return this.#lines.mark(this.#field.value, -1);
    this.#at = (this.#at + by + count) % count;
    const index = this.#matches[this.#at] ?? 0;
    this.#found.textContent = `${this.#at + 1} of ${count}`;
    this.#follow.checked = false;
    this.#setFollow();
    this.#lines.mark(this.#field.value, index);
    this.#lines.reveal(index);
  }

  #setPlay(on: boolean): void {
    this.#player?.dispose();
    this.#player?.element.remove();
    this.#player = on ? new Player(this.#items) : null;
    this.#lines.element.hidden = on;
    this.#play.setAttribute("aria-pressed", String(on));
    this.#play.lastElementChild?.replaceChildren(on ? "Text" : "Play");
    if (!this.#player) return;
    this.#follow.checked = false;
    this.#setFollow();
    this.#body.append(this.#player.element);
    this.#player.start();
  }

  #failed(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    const problem = error instanceof Refused ? error.problem : null;
    this.#say(problem?.title ?? "The log cannot be shown", problem?.remedy ?? String(error));
  }

  #say(title: string, text: string): void {
    this.#message.hidden = false;
    this.#message.replaceChildren(h("h2", {}, title), h("p", {}, text));
    announce(`${title}. ${text}`);
  }
}
