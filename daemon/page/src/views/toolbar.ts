// The console's toolbar: keys, what acts on the VM, and the view. It offers only what this console can do.
import { type Deed, type KeyButton, type Verb, KEYS, deeds } from "../core/deeds.ts";
import type { Console } from "../wire/console.ts";
import { askText, confirm } from "../ui/dialogs.ts";
import { h, icon } from "../ui/dom.ts";
import { type Menu, menu } from "../ui/popover.ts";
import { prefer, preferences } from "../ui/preferences.ts";
import type { Pane } from "./pane.ts";

export interface Commands {
  console(): Console | undefined;
  search(): void;
  read(): void;
  full(): void;
  ask(): void;
}

export class Toolbar {
  readonly element: HTMLElement;
  #pane: Pane;
  #commands: Commands;
  #ofConsole: Menu[];
  #holding: AbortController | null = null;

  constructor(pane: Pane, commands: Commands) {
    this.#pane = pane;
    this.#commands = commands;
    const menus = [
      menu("Keys", "keys", () => this.#keys(), "keys"),
      menu("Send", "bolt", () => this.#deeds(["break", "sysrq", "nmi"]), "deeds"),
      menu("Power", "power", () => this.#deeds(["restart", "reset"]), "deeds"),
      menu("View", "view", () => this.#view(), "settings"),
    ] as [Menu, Menu, Menu, Menu];
    const [keys, send, power, view] = menus;
    this.#ofConsole = [keys, send, power];
    const paste = button("Paste", "paste", () => void this.#paste());
    const search = button("Search", "search", () => commands.search());
    const full = button("Full screen", "full", () => commands.full());
    this.element = h("div", { className: "toolbar", attributes: { role: "group", "aria-label": "Tools of the console" } },
      keys.button, send.button, power.button, h("span", { className: "rule" }), paste, search, view.button, full,
      ...menus.map(({ panel }) => panel));
  }

  /** Offer what the console can do now. */
  update(): void {
    for (const { refresh } of this.#ofConsole) refresh();
  }

  /** Put the focus on its first button. */
  focus(): void {
    this.element.querySelector("button")?.focus();
  }

  #keys(): Node[] {
    const console = this.#commands.console();
    const press = ({ label, title, keys }: KeyButton) => h("button", { type: "button", className: "key", title: title || label, on: { click: () => this.#pane.press(keys) } }, label);
    const more: Node[] = [this.#entry("Hold F8 until the menu", "Pressed again and again, for a minute at most", () => void this.#hold())];
    if (console?.can.includes("keyboard")) {
      more.push(this.#entry("Ctrl-Alt-Del", "On the keyboard of the VM, not on the serial port", () => void this.#pane.act("keys", { keys: ["Ctrl-Alt-Delete"], on: "keyboard" }, "Ctrl-Alt-Del was pressed.")));
    }
    const keys = KEYS.map(press);
    return [
      h("div", { className: "keyrow" }, ...keys.slice(0, 3)),
      h("div", { className: "keygrid" }, ...keys.slice(3)),
      ...more,
      ...(console?.guest === "linux" ? [] : this.#channels()),
    ];
  }

  #channels(): Node[] {
    const sac = (body: object, done: (answer: Record<string, unknown>) => string) => async () => {
      const answer = await this.#pane.act("sac", body, "");
      if (answer) this.#pane.say(done(answer));
      this.#pane.focus();
    };
    return [
      h("p", { className: "heading" }, "Windows SAC"),
      this.#entry("Next channel", "ESC TAB", sac({ do: "next" }, ({ channel }) => `${String(channel)} is next.`)),
      this.#entry("Back to SAC", "ESC TAB 0", sac({ do: "switch", channel: "SAC" }, () => "Back at SAC.")),
      this.#entry("Open a Command Prompt", "Up to the question for a user", sac({ do: "cmd" }, ({ channel }) => `${String(channel)} asks who you are.`)),
    ];
  }

  #deeds(verbs: string[]): Node[] {
    const console = this.#commands.console();
    const offered = console ? deeds(console).filter(({ verb }) => verbs.includes(verb)) : [];
    if (offered.length === 0) return [h("p", { className: "empty" }, "This console's port and hypervisor offer none of these.")];
    return offered.map((deed) => this.#entry(deed.label, deed.says, () => void this.#carryOut(deed)));
  }

  async #carryOut(deed: Deed): Promise<void> {
    const { name } = this.#pane;
    if (deed.verb === "sysrq") {
      const keys = await askText(ASKED.sysrq[0].replace("VM", name), deed.says, "Keys", "Send", "[A-Za-z0-9]{1,16}");
      if (keys !== null) await this.#pane.act("sysrq", { keys }, `SysRq ${keys} was sent.`);
      return this.#pane.focus();
    }
    const [title, label] = ASKED[deed.verb];
    if (await confirm(title.replace("VM", name), deed.says, label, deed.harmful)) {
      await this.#pane.act(deed.verb, undefined, DONE[deed.verb]);
    }
    this.#pane.focus();
  }

  async #hold(): Promise<void> {
    const { notices } = this.#pane;
    this.#holding?.abort();
    const holding = (this.#holding = new AbortController());
    notices.show({ kind: "hold", tone: "info", text: "F8 is held until the boot menu.", button: { label: "Let go", press: () => holding.abort() } });
    const answer = await this.#pane.act("keys", { keys: ["F8"], hold: true }, "", holding.signal);
    if (this.#holding !== holding) return;
    notices.dismiss("hold");
    const until = String(answer?.["until"] ?? "");
    if (holding.signal.aborted) this.#pane.say("F8 was let go.");
    else if (until === "timeout") this.#pane.say("No menu came within a minute; F8 was let go.");
    else if (until) this.#pane.say(`F8 was held until: ${until}.`);
    this.#pane.focus();
  }

  async #paste(): Promise<void> {
    let text: string | null;
    try {
      text = await navigator.clipboard.readText();
    } catch {
      text = await askText("Paste", "This browser does not let the page read the clipboard. Paste the text here.", "Text", "Paste");
    }
    if (text !== null) await this.#pane.paste(text);
  }

  #view(): Node[] {
    const sizes = h("div", { className: "row", attributes: { role: "group", "aria-label": "Text size" } },
      h("span", {}, "Text size"),
      small("Smaller text", "−", () => this.#size(-1)),
      small("Text fitted to the window", "Fit", () => prefer({ text: 0 })),
      small("Larger text", "+", () => this.#size(1)));
    return [
      sizes,
      choice("Page", preferences.theme, { system: "As the system", light: "Light", dark: "Dark" }, (theme) => prefer({ theme })),
      choice("Terminal", preferences.terminal, { dark: "Dark", light: "Light", page: "As the page" }, (terminal) => prefer({ terminal })),
      toggle("Read output aloud", preferences.reader, (reader) => prefer({ reader })),
      this.#entry("Reading view", "The screen as plain text", () => this.#commands.read()),
    ];
  }

  #size(step: number): void {
    const now = preferences.text || this.#pane.terminal.xterm.options.fontSize || 14;
    prefer({ text: Math.max(6, Math.min(40, Math.round(now) + step)) });
  }

  #entry(label: string, says: string, act: () => void): HTMLElement {
    const close = (event: Event) => (event.currentTarget as HTMLElement).closest<HTMLElement>("[popover]")?.hidePopover();
    return h("button", { type: "button", className: "entry", on: { click: (event) => { close(event); act(); } } }, h("b", {}, label), says ? h("small", {}, says) : null);
  }
}

const ASKED: Record<Verb, [title: string, button: string]> = {
  break: ["Send a break to VM?", "Send break"],
  nmi: ["Send an NMI to VM?", "Send NMI"],
  sysrq: ["Send SysRq keys to VM?", "Send"],
  reset: ["Reset VM?", "Reset"],
  restart: ["Restart VM?", "Restart"],
};

const DONE: Record<Verb, string> = {
  sysrq: "The keys were sent.",
  break: "The break was sent.",
  nmi: "The NMI was sent.",
  reset: "The VM was reset.",
  restart: "The VM has restarted.",
};

function button(label: string, symbol: Parameters<typeof icon>[0], click: () => void): HTMLButtonElement {
  return h("button", { type: "button", className: "button quiet", title: label, on: { click } }, icon(symbol), h("span", {}, label));
}

function small(title: string, label: string, click: () => void): HTMLButtonElement {
  return h("button", { type: "button", className: "button small", title, attributes: { "aria-label": title }, on: { click } }, label);
}

function choice<T extends string>(label: string, value: T, options: Record<T, string>, choose: (value: T) => void): HTMLElement {
  const entries = Object.entries<string>(options).map(([key, text]) => h("option", { value: key, selected: key === value }, text));
  const select: HTMLSelectElement = h("select", { on: { change: () => choose(select.value as T) } }, ...entries);
  return h("label", { className: "row" }, h("span", {}, label), select);
}

function toggle(label: string, checked: boolean, choose: (on: boolean) => void): HTMLElement {
  const box: HTMLInputElement = h("input", { type: "checkbox", checked, on: { change: () => choose(box.checked) } });
  return h("label", { className: "row" }, h("span", {}, label), box);
}
