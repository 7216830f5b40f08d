// A boot played again, as it was painted then.
import { clock, precisely } from "../core/moments.ts";
import { Tape } from "../core/tape.ts";
import { bytesOf } from "../net/log.ts";
import { Terminal } from "../terminal/terminal.ts";
import { freshId, h, icon } from "../ui/dom.ts";
import type { LogItem } from "../wire/console.ts";

const SPEEDS = [1, 2, 4, 16];
const STEP = 100;
/** Milliseconds of a step of the slider. */

const FRAME = 50;
/** Milliseconds between two steps: twenty a second look even. */

export class Player {
  readonly element: HTMLElement;
  #tape = new Tape(true);
  #times: string[] = [];
  #terminal: Terminal | null = null;
  #host = h("div", { className: "host", attributes: { role: "group", "aria-label": "The boot as it was painted" } });
  #slider: HTMLInputElement;
  #toggle: HTMLButtonElement;
  #label = h("output", { className: "played" });
  #speed: HTMLSelectElement;
  #timer = 0;
  #time = 0;
  #done = 0;

  constructor(items: LogItem[]) {
    for (const item of items) {
      if (!("data" in item)) continue;
      this.#tape.add(item.at, bytesOf(item.data));
      this.#times.push(item.at);
    }
    const id = freshId();
    this.#slider = h("input", { id, type: "range", min: "0", max: String(STEP * Math.ceil(this.#tape.length / STEP)), step: String(STEP), value: "0", on: { input: () => this.#seek(Number(this.#slider.value)) } });
    this.#toggle = h("button", { type: "button", className: "button main", on: { click: () => this.#setPlaying(this.#timer === 0) } });
    this.#speed = h("select", { attributes: { "aria-label": "Speed" } }, ...SPEEDS.map((speed) => h("option", { value: String(speed), selected: speed === 4 }, `${speed}×`)));
    this.element = h("div", { className: "player" }, h("div", { className: "screen" }, this.#host),
      h("div", { className: "controls" }, this.#toggle, h("label", { htmlFor: id, className: "spoken" }, "Time in the boot"), this.#slider, this.#label, this.#speed));
    this.#face();
  }

  start(): void {
    this.#terminal = new Terminal(this.#host, { typed: nothing, reported: nothing, key: () => false, link: nothing, clipboard: nothing, fitted: nothing });
    this.#terminal.xterm.options.disableStdin = true;
    this.#terminal.fit();
    this.#setPlaying(true);
    this.#toggle.focus();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#terminal?.dispose();
  }

  #setPlaying(on: boolean): void {
    clearInterval(this.#timer);
    this.#timer = 0;
    if (on) {
      if (this.#time >= this.#tape.length) this.#seek(0);
      this.#timer = window.setInterval(() => this.#step(), FRAME);
    }
    this.#face();
  }

  #step(): void {
    this.#paint(Math.min(this.#tape.length, this.#time + FRAME * Number(this.#speed.value)));
    if (this.#time >= this.#tape.length) this.#setPlaying(false);
  }

  /** Go to a time; back is from the beginning, since a terminal cannot unpaint. */
  #seek(time: number): void {
    if (time < this.#time) {
      this.#terminal?.reset();
      this.#done = 0;
    }
    this.#paint(time);
  }

  #paint(time: number): void {
    this.#time = time;
    const until = this.#tape.until(time);
    for (const { data } of this.#tape.pieces.slice(this.#done, until)) this.#terminal?.write(data, nothing);
    this.#done = until;
    this.#face();
  }

  #face(): void {
    this.#slider.value = String(this.#time);
    this.#slider.setAttribute("aria-valuetext", `${clock(this.#time)} of ${clock(this.#tape.length)}`);
    const at = this.#times[Math.max(0, this.#done - 1)];
    this.#label.textContent = `${clock(this.#time)} / ${clock(this.#tape.length)}`;
    this.#label.title = at ? precisely(at) : "";
    const playing = this.#timer !== 0;
    this.#toggle.replaceChildren(icon(playing ? "pause" : "play"), playing ? "Pause" : "Play");
  }
}

function nothing(): void {
  // a boot of the past asks nobody and is told nothing
}
