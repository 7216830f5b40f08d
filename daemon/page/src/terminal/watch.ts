// A hidden tab: its timers run once a second, so it cannot parse a stream. It takes the bytes and drops them, keeps the
// offset, and has the screen painted anew when somebody looks again.
import { consolePath, socketAddress } from "../net/gateway.ts";
import { SUBPROTOCOL, type Event } from "../wire/events.ts";
import { COLUMNS, ROWS } from "./terminal.ts";

const GRACE = 3000;
/** Milliseconds hidden until the parser is given up: a look at another tab costs nothing. */

const CATCH_UP = 65536;
/** Bytes that are fetched and shown in full on return; of more only the screen, as after an attach. */

const PATIENCE = 10000;

export class Watch {
  #hidden = 0;
  #sleeping = false;
  #asleepAt = 0;
  #offset: () => number;
  #missed: (bytes: number) => void;
  #write: (data: Uint8Array, parsed: () => void) => void;
  #held: { offset: number; data: Uint8Array; parsed: () => void }[] | null = null;
  #name: string;
  #change = () => (document.hidden ? this.#hide() : this.#show());

  /** `offset` is where the stream is, `write` shows bytes, `missed` tells how many were only painted. */
  constructor(name: string, offset: () => number, write: (data: Uint8Array, parsed: () => void) => void, missed: (bytes: number) => void) {
    this.#name = name;
    this.#offset = offset;
    this.#write = write;
    this.#missed = missed;
    document.addEventListener("visibilitychange", this.#change);
  }

  /** Take bytes that end at `end`; true where they are not to be parsed now. `parsed` is called when they are done with. */
  takes(data: Uint8Array, end: number, parsed: () => void): boolean {
    if (this.#held !== null) this.#held.push({ offset: end - data.length, data, parsed });
    else if (this.#sleeping) parsed();
    return this.#sleeping || this.#held !== null;
  }

  stop(): void {
    clearTimeout(this.#hidden);
    document.removeEventListener("visibilitychange", this.#change);
  }

  #hide(): void {
    this.#hidden = window.setTimeout(() => {
      this.#sleeping = true;
      this.#asleepAt = this.#offset();
    }, GRACE);
  }

  #show(): void {
    clearTimeout(this.#hidden);
    if (!this.#sleeping) return;
    this.#sleeping = false;
    const missed = this.#offset() - this.#asleepAt;
    if (missed > 0) void this.#catchUp(missed);
  }

  // What comes meanwhile is held and joined at its offset: no byte twice and none missing. It is not acknowledged before,
  // so that it is a window at most.
  async #catchUp(missed: number): Promise<void> {
    this.#held = [];
    const whole = missed <= CATCH_UP;
    let end = this.#asleepAt;
    try {
      end = await this.#fetch(whole ? { from: String(this.#asleepAt) } : { replay: "screen", rows: String(ROWS), cols: String(COLUMNS) });
    } catch {
      // the daemon is away; the stay says so, and comes back at its own offset
    }
    const held = this.#held;
    this.#held = null;
    for (const { offset, data, parsed } of held) {
      const known = Math.min(data.length, Math.max(0, end - offset));
      this.#write(data.subarray(known), parsed);
    }
    if (!whole) this.#missed(missed);
  }

  /** Show what an observer is replayed; give the offset behind it. */
  #fetch(query: Record<string, string>): Promise<number> {
    const url = socketAddress(consolePath(this.#name, "attach"));
    url.search = new URLSearchParams({ mode: "observe", ...query }).toString();
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, SUBPROTOCOL);
      socket.binaryType = "arraybuffer";
      const timer = setTimeout(() => socket.close(), PATIENCE);
      socket.onclose = () => {
        clearTimeout(timer);
        reject(new Error("the replay did not come"));
      };
      socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
        if (typeof data !== "string") return this.#write(new Uint8Array(data), () => undefined);
        const event = JSON.parse(data) as Event;
        if (event.event !== "replayed") return;
        clearTimeout(timer);
        resolve(event.offset);
        socket.close();
      };
    });
  }
}
