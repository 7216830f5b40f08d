// All consoles that the user may see, kept up to date. An event only says whose console is not what it was; what it is
// now is asked for, so that the page never has to know what each event changes.
import { Backoff } from "../core/backoff.ts";
import type { Console } from "../wire/console.ts";
import { SUBPROTOCOL } from "../wire/events.ts";
import { Refused, SIGN_IN_NEEDED, ask, consolePath, signInAnew, socketAddress } from "./gateway.ts";

const SETTLE = 120;
/** Milliseconds in which changes are gathered: a restart changes all consoles at once. */

const SINGLY = 12;
/** Consoles asked for one by one; for more the whole list is one request. */

export interface Watcher {
  /** These consoles changed; null stands for any. */
  changed(names: Set<string> | null): void;
  /** Whether the consoles are live, or as they were when the daemon went away. */
  live(live: boolean): void;
}

export class Inventory {
  readonly consoles = new Map<string, Console>();
  isLive = false;
  /** Whether the consoles were ever told. */
  loaded = false;
  #watchers = new Set<Watcher>();
  #dirty = new Set<string>();
  #all = false;
  #timer = 0;
  #backoff = new Backoff();
  #socket: WebSocket | null = null;
  #stopped = false;

  start(): void {
    const socket = new WebSocket(socketAddress("v1/events"), SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => this.#touch(null);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as { event: string; console?: string; code?: string };
      if (event.event === "refused") {
        if (event.code === SIGN_IN_NEEDED) signInAnew();
        if (event.code === "not-found") this.#touch(null); // no role on any console, so far
        return;
      }
      this.#touch(event.console ?? null);
    };
    socket.onclose = () => {
      this.#setLive(false);
      if (!this.#stopped) setTimeout(() => this.start(), this.#backoff.next(Math.random()));
    };
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.close();
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Ask anew for one console, such as after an act on it. */
  touch(name: string): void {
    this.#touch(name);
  }

  #touch(name: string | null): void {
    if (name === null) this.#all = true;
    else this.#dirty.add(name);
    this.#timer ||= window.setTimeout(() => void this.#refresh(), SETTLE);
  }

  async #refresh(): Promise<void> {
    const names = [...this.#dirty];
    const all = this.#all || names.length > SINGLY;
    this.#dirty.clear();
    this.#all = false;
    try {
      if (all) await this.#refreshAll();
      else await Promise.all(names.map((name) => this.#refreshOne(name)));
      this.#backoff.reset();
      this.#setLive(this.#socket?.readyState === WebSocket.OPEN);
    } catch {
      this.#all = true; // asked again when the events are back
    }
    this.#timer = 0;
    if ((this.#dirty.size || this.#all) && this.isLive) this.#touch([...this.#dirty][0] ?? null);
    if (all || names.length) for (const watcher of this.#watchers) watcher.changed(all ? null : new Set(names));
  }

  async #refreshAll(): Promise<void> {
    const { consoles } = await ask<{ consoles: Console[] }>("v1/consoles");
    this.consoles.clear();
    for (const console of consoles) this.consoles.set(console.name, console);
    this.loaded = true;
  }

  async #refreshOne(name: string): Promise<void> {
    try {
      this.consoles.set(name, await ask<Console>(consolePath(name)));
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.code !== "not-found") throw error;
      this.consoles.delete(name);
    }
  }

  #setLive(live: boolean): void {
    if (live === this.isLive) return;
    this.isLive = live;
    for (const watcher of this.#watchers) watcher.live(live);
  }
}
