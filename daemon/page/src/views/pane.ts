// A console on the page: its terminal, the stay behind it, and what is said about it. The console view has one, the grid
// up to nine.
import { Gaps } from "../core/gaps.ts";
import { Latency } from "../core/latency.ts";
import { size } from "../core/moments.ts";
import { shortcut, types } from "../core/shortcuts.ts";
import { sentence } from "../core/words.ts";
import { write } from "../core/route.ts";
import { Refused, act, consolePath } from "../net/gateway.ts";
import { type Ending, type Mode, type Standing, Stay } from "../net/stay.ts";
import { Pasting, allowCopy, copy } from "../terminal/clipboard.ts";
import { Terminal } from "../terminal/terminal.ts";
import { Watch } from "../terminal/watch.ts";
import { announce } from "../ui/announce.ts";
import { confirm } from "../ui/dialogs.ts";
import { freshId, h } from "../ui/dom.ts";
import { preferences } from "../ui/preferences.ts";
import type { Console } from "../wire/console.ts";
import { type Event, PASTE_LIMIT } from "../wire/events.ts";
import { Cover } from "./cover.ts";
import { FADES, Notices, shownOf } from "./notices.ts";
import { Progress } from "./progress.ts";
import { Speech } from "./speech.ts";

const ECHO_LATE = 2000;
/** Milliseconds after which output is no echo of a key any more. */

const GATHER = 20;
/** Milliseconds in which changes are gathered before the view shows them. */

const REPLAY = 65536;
/** Bytes of what was printed before that come first: all that the daemon has in memory. */

/** What a pane tells the view around it. */
export interface Surroundings {
  /** What the pane is, or what its guest does, changed. */
  changed(): void;
  /** The user leaves the terminal by Ctrl+F6. */
  left(): void;
  search(): void;
  /** What is known of the console. */
  console(): Console | undefined;
}

export class Pane {
  readonly name: string;
  readonly element: HTMLElement;
  /** What lies over the terminal: notices, and what a view puts there. */
  readonly over: HTMLElement;
  readonly notices = new Notices();
  readonly terminal: Terminal;
  readonly echo = new Latency(ECHO_LATE);
  readonly pasting: Pasting;
  guestState = "unknown";
  hint = "";
  /** Whether the guest reads what is typed; null while that is not known. */
  reads: boolean | null = null;
  user = "";
  boot = 0;
  #stay: Stay;
  #watch: Watch;
  #around: Surroundings;
  #cover = new Cover();
  #speech: Speech;
  #gaps = new Gaps();
  #telling = 0;
  #progress = new Progress(() => this.pasting.cancel());

  constructor(name: string, mode: Mode, around: Surroundings) {
    this.name = name;
    this.#around = around;
    const hint = freshId();
    const host = h("div", { className: "host", attributes: { role: "group", "aria-label": `Terminal of ${name}`, "aria-describedby": hint } });
    const screen = h("div", { className: "screen" }, host, this.#cover.element);
    const leave = h("p", { id: hint, className: "spoken" }, "Ctrl+F6 leaves the terminal.");
    this.over = h("div", { className: "over" }, this.notices.element, this.#progress.element);
    this.element = h("div", { className: "pane" }, this.over, screen, leave);
    this.#stay = new Stay(name, mode, String(REPLAY), {
      output: (data, parsed) => this.#output(data, parsed),
      event: (event) => this.#event(event),
      stands: (standing) => this.#stands(standing),
      ended: (ending) => this.#ended(ending),
    });
    this.pasting = new Pasting({
      paste: (text) => this.#stay.paste(text, false),
      part: (text, signal) => act(consolePath(name, "paste"), { text, verify: true }, signal),
      cancel: () => this.#stay.cancel(),
      limit: () => around.console()?.paste_limit ?? PASTE_LIMIT,
    }, (sent, of) => this.#progress.show(sent, of));
    this.terminal = new Terminal(host, {
      typed: (data) => this.type(data),
      reported: (data) => void this.#stay.type(data),
      key: (event) => this.#key(event),
      link: (address) => void this.#link(address),
      clipboard: (text) => void allowCopy(text),
      fitted: () => undefined,
    });
    this.#speech = new Speech(this.terminal);
    this.#watch = new Watch(name, () => this.#stay.offset, (data, parsed) => this.terminal.write(data, parsed), (bytes) => this.#missed(bytes));
    host.addEventListener("paste", (event) => this.#clipboard(event), { capture: true });
  }

  /** Begin, when the element is in the page. */
  start(): void {
    this.terminal.fit();
    this.#stay.open();
  }

  get standing(): Standing {
    return this.#stay.standing;
  }

  /** Milliseconds to the daemon and back; null before they are known. */
  get distance(): number | null {
    return this.#stay.heartbeat.latency.median;
  }

  get offset(): number {
    return this.#stay.offset;
  }

  become(mode: Mode): void {
    this.#cover.hide();
    this.#stay.become(mode);
  }

  grant(session: number): void {
    this.#stay.grant(session);
  }

  /** Tell all who are on the console, or write into its log. */
  tell(op: "message" | "note", text: string): void {
    this.#stay.say(op, text);
  }

  focus(): void {
    if (!this.#cover.focus()) this.terminal.focus();
  }

  dispose(): void {
    clearTimeout(this.#telling);
    this.#watch.stop();
    this.#stay.leave();
    this.#speech.stop();
    this.terminal.dispose();
  }

  leave(): void {
    this.#stay.leave();
    this.#ended({ code: "left", title: "You left the console" });
  }

  /** Type what a key or the terminal says. What does not reach the guest is told, once. */
  type(data: string): void {
    if (this.pasting.holdsKeys) {
      if (data === "\x03") this.pasting.cancel();
      return;
    }
    if (this.#stay.type(data)) this.echo.asked(performance.now());
  }

  press(keys: string[]): void {
    if (this.standing === "active") {
      this.#stay.press(keys);
      this.echo.asked(performance.now());
    } else this.#deaf();
  }

  async paste(text: string): Promise<void> {
    if (this.standing !== "active") return this.#deaf();
    try {
      await this.pasting.paste(text);
    } catch (error) {
      this.failed(error);
    }
    this.focus();
  }

  /** Have the daemon do something, and tell what it says to that. */
  async act(path: string, body: unknown, done: string, signal?: AbortSignal): Promise<Record<string, unknown> | null> {
    try {
      const answer = await act<Record<string, unknown>>(consolePath(this.name, path), body, signal);
      if (done) this.say(done);
      return answer;
    } catch (error) {
      if (!signal?.aborted) this.failed(error);
      return null;
    }
  }

  say(text: string, kind = "done"): void {
    this.notices.show({ kind, tone: "info", text, fades: FADES });
  }

  failed(error: unknown): void {
    const text = sentence(error instanceof Error ? error.message : String(error));
    const remedy = error instanceof Refused ? (error.problem.remedy ?? "") : "";
    this.notices.show({ kind: "failed", tone: "warn", text: `${text} ${remedy}`.trim() });
  }

  #output(data: Uint8Array, parsed: () => void): void {
    if (!this.#watch.takes(data, this.#stay.offset, parsed)) {
      this.terminal.write(data, () => {
        parsed();
        if (preferences.reader) this.#speech.printed();
      });
    }
    if (this.echo.answered(performance.now())) {
      this.reads = true; // it answers
      this.#changed();
    }
  }

  /** Have the view told, a little later: what happens in a row is shown once, and after the guest's own output. */
  #changed(): void {
    this.#telling ||= window.setTimeout(() => {
      this.#telling = 0;
      this.#around.changed();
    }, GATHER);
  }

  #event(event: Event): void {
    switch (event.event) {
      case "attached":
        this.#attached(event.guest_state, event.user, event.boot);
        if (!event.connected) this.notices.show({ kind: "port", tone: "info", text: "The VM is not running. This page shows what it prints as soon as it starts." });
        break;
      case "replayed":
        this.terminal.afterwards(() => this.#setAnswers());
        break;
      case "lost":
        this.terminal.cut();
        break;
      case "guest":
        this.guestState = event.state;
        this.hint = event.hint;
        break;
      case "paste":
        this.pasting.follow(event.sent, event.of);
        break;
      case "input-refused":
        this.pasting.stopped();
        break;
      case "not-draining":
        this.reads = false;
        break;
      case "preempted":
      case "handed-over":
        this.#cover.passed(event);
        break;
      case "seated":
        this.#setAnswers();
    }
    this.#tell(event);
    this.#changed();
  }

  #attached(state: string, user: string, boot: number): void {
    this.guestState = state;
    this.user = user;
    this.boot = boot;
    this.reads = null;
    this.#cover.hide();
    this.notices.dismiss("away");
  }

  #tell(event: Event): void {
    const told = event.event === "lost" ? this.#gaps.add(event, !this.notices.shows("lost")) : event;
    const said = shownOf(told, this.name, (session) => this.#handOver(session));
    if (said) this.notices.show(said);
  }

  #handOver(session: number): void {
    this.notices.dismiss("requested");
    this.grant(session);
  }

  #stands(standing: Standing): void {
    this.terminal.xterm.options.disableStdin = standing !== "active";
    if (standing !== "active") this.terminal.answers = false;
    if (standing === "away") this.notices.show({ kind: "away", tone: "warn", text: "The connection was lost. This page tries again, and goes on at the same byte." });
    if (standing === "active") announce(`You type on ${this.name}.`);
    if (standing === "observing") announce(`You watch ${this.name}.`);
    this.#changed();
  }

  #setAnswers(): void {
    this.terminal.answers = this.standing === "active";
  }

  #ended(ending: Ending): void {
    this.pasting.stopped();
    if (ending.code === "replaced") this.terminal.reset();
    for (const kind of ["away", "requested", "seat"]) this.notices.dismiss(kind);
    if (ending.code === "busy") {
      this.become("observe");
      return;
    }
    this.#cover.ended(this.name, ending, (mode) => {
      this.become(mode);
      this.terminal.focus();
    });
    this.#changed();
  }

  #key(event: KeyboardEvent): boolean {
    const meant = shortcut(event);
    if (meant === null) {
      if (this.standing !== "active" && types(event)) this.#deaf();
      return false;
    }
    if (meant === "paste") return true; // the browser makes a paste event of it
    event.preventDefault();
    if (meant === "leave") this.#around.left();
    else if (meant === "search") this.#around.search();
    else if (this.terminal.xterm.hasSelection()) void this.#copy();
    return true;
  }

  async #copy(): Promise<void> {
    if (await copy(this.terminal.xterm.getSelection())) this.say("Copied.", "copied");
  }

  #clipboard(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    void this.paste(event.clipboardData?.getData("text/plain") ?? "");
  }

  async #link(address: string): Promise<void> {
    const text = `The guest printed this address. Nobody has checked where it leads:\n${address}`;
    if (/^https?:/i.test(address) && (await confirm("Open this address?", text, "Open it in a new tab"))) open(address, "_blank", "noopener,noreferrer");
  }

  #deaf(): void {
    if (this.standing === "observing" || this.standing === "waiting") {
      this.notices.show({ kind: "deaf", tone: "info", text: "You only watch, so what you type goes nowhere.", button: { label: "Take over", press: () => this.become("active") }, fades: FADES });
    } else if (this.standing !== "ended") {
      this.notices.show({ kind: "deaf", tone: "warn", text: "There is no connection, so what you type goes nowhere.", fades: FADES });
    }
  }

  #missed(bytes: number): void {
    const from = this.offset - bytes;
    this.notices.show({ kind: "missed", tone: "info", text: `${size(bytes)} were printed while this page was hidden. You see the screen as it is now.`, link: { label: "See them in the log", href: write({ view: "log", name: this.name, boot: 0, from, play: false }) } });
  }
}
