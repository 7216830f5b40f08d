// A user's stay at a console, over as many connections as it takes. It goes on at the exact byte where a connection
// ended, whether the daemon, the gateway or the network went away, and ends with a reason.
import { Backoff } from "../core/backoff.ts";
import { Credit, WINDOW } from "../core/credit.ts";
import { Stream } from "../core/stream.ts";
import * as wire from "../wire/events.ts";
import type { Event } from "../wire/events.ts";
import type { Problem } from "../wire/console.ts";
import { Heartbeat } from "./heartbeat.ts";
import { SIGN_IN_NEEDED, consolePath, signInAnew, socketAddress } from "./gateway.ts";

export type Mode = "active" | "observe" | "wait" | "request";

/** Where a stay stands. Only `active` types. */
export type Standing = "connecting" | "active" | "observing" | "waiting" | "away" | "ended";

export interface Ending {
  code: string;
  title: string;
  remedy?: string;
}

/** The user's side of a stay. */
export interface Face {
  /** Show the guest's output; call `parsed` when the terminal has it. */
  output(data: Uint8Array, parsed: () => void): void;
  /** Show an event. */
  event(event: Event): void;
  stands(standing: Standing): void;
  ended(ending: Ending): void;
}

/** What a close code ends a stay with; null where it goes on by itself. */
const ENDINGS: Record<wire.CloseCode, Ending | null> = {
  [wire.CLOSE_PREEMPTED]: { code: "preempted", title: "Somebody else took over the console" },
  [wire.CLOSE_HANDED_OVER]: { code: "handed-over", title: "You handed the keyboard over" },
  [wire.CLOSE_DISABLED]: { code: "console-disabled", title: "The console was disabled" },
  [wire.CLOSE_FORBIDDEN]: { code: "forbidden", title: "You may no longer use this console" },
  [wire.CLOSE_DISCONNECTED]: { code: "disconnected", title: "An owner disconnected you" },
  [wire.CLOSE_IDLE]: { code: "idle", title: "You typed nothing for so long that the session was ended" },
  [wire.CLOSE_TOO_SLOW]: { code: "too-slow", title: "This page read too slowly" },
  [wire.CLOSE_REPLACED]: { code: "replaced", title: "Another VM has this name now", remedy: "Its console begins anew." },
  [wire.CLOSE_RESTARTING]: null,
};

const PASSING = new Set(["daemon-unreachable", "too-many-clients"]);
/** Refusals that end by themselves. */

const PONG = JSON.stringify({ event: "pong" } satisfies wire.Pong);
/** As the daemon sends it. */

export class Stay {
  readonly name: string;
  standing: Standing = "connecting";
  readonly heartbeat = new Heartbeat(() => this.#operate({ op: "ping" }), () => this.#deafened());
  #face: Face;
  #mode: Mode;
  #stream = new Stream();
  #credit = new Credit((bytes) => this.#operate({ op: "ack", bytes }));
  #backoff = new Backoff();
  #socket: WebSocket | null = null;
  #timer = 0;
  #from: number | null = null;
  #replay: string | null;
  /** Only a user's own word takes the seat from somebody: two pages that both come back must not preempt each other
   * for ever. */
  #preempts = false;
  #returns = false;
  /** Our own session, which the daemon may still have when its network is gone; 0 before there is one. */
  #session = 0;
  #refused: Problem | null = null;

  /** Stay at `name`. `replay` is what comes first: a number of bytes, `screen`, `boot` or `none`. */
  constructor(name: string, mode: Mode, replay: string | null, face: Face) {
    this.name = name;
    this.#mode = mode;
    this.#replay = replay;
    this.#face = face;
  }

  /** Absolute offset behind the last byte that came. */
  get offset(): number {
    return this.#stream.offset;
  }

  open(): void {
    clearTimeout(this.#timer);
    if (this.standing !== "away") this.#stand("connecting");
    this.#refused = null;
    const socket = new WebSocket(this.#address(), wire.SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#credit = new Credit((bytes) => this.#operate({ op: "ack", bytes }));
    const credit = this.#credit;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (socket !== this.#socket) return;
      this.heartbeat.heard(data === PONG);
      if (typeof data === "string") this.#told(data);
      else this.#came(new Uint8Array(data), credit);
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#closed(code, reason);
    };
  }

  /** Change what this stay is, at the same byte: take over, observe, or queue. */
  become(mode: Mode): void {
    this.#mode = mode;
    this.#preempts = mode === "active";
    if (this.#returns) this.#from = this.#stream.offset;
    this.#drop();
    this.open();
  }

  /** Leave. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#stand("ended");
  }

  /** Type. False when nobody is there to take it. */
  type(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.standing !== "active" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(typeof data === "string" ? new TextEncoder().encode(data) : data);
    return true;
  }

  paste(text: string, verify: boolean): void {
    this.#operate({ op: "paste", text, verify });
  }

  press(keys: string[]): void {
    this.#operate({ op: "keys", keys });
  }

  grant(session: number): void {
    this.#operate({ op: "grant", session });
  }

  /** Tell all who are on the console, or write into its log. */
  say(op: "message" | "note", text: string): void {
    this.#operate({ op, text });
  }

  cancel(): void {
    this.#operate({ op: "cancel" });
  }

  #address(): URL {
    const url = socketAddress(consolePath(this.name, "attach"));
    const ask = url.searchParams;
    if (this.#mode === "observe") ask.set("mode", "observe");
    if (this.#mode === "wait" || this.#mode === "request") ask.set(this.#mode, "true");
    if (this.#mode === "active" && !this.#preempts) ask.set("preempt", String(this.#session || false));
    if (this.#from !== null) ask.set("from", String(this.#from));
    else if (this.#replay !== null) ask.set("replay", this.#replay);
    ask.set("window", String(WINDOW));
    return url;
  }

  #came(data: Uint8Array, credit: Credit): void {
    this.#stream.take(data.length);
    credit.came(data.length);
    this.#face.output(data, () => {
      if (credit === this.#credit) credit.parsed(data.length);
    });
  }

  #told(text: string): void {
    const event = JSON.parse(text) as Event | ({ event: "refused" } & Problem);
    if (event.event === "refused") {
      if (event.code === SIGN_IN_NEEDED) signInAnew();
      this.#refused = event;
      return;
    }
    if (!this.#stream.follow(event, this.#from)) {
      this.#from = 0;
      this.#drop();
      this.open();
      return;
    }
    if (event.event === "attached") this.#attached(event.session);
    if (event.event === "waiting") this.#stand("waiting");
    if (event.event === "seated") {
      this.#mode = "active";
      this.#stand("active");
    }
    this.#face.event(event);
  }

  #attached(session: number): void {
    this.#backoff.reset();
    this.#session = session;
    this.heartbeat.start();
    this.#returns = true;
    this.#preempts = false;
    this.#from = this.#stream.offset;
    const queues = this.#mode === "wait" || this.#mode === "request";
    this.#stand(this.#mode === "observe" ? "observing" : queues ? "waiting" : "active");
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    this.heartbeat.stop();
    const ending = this.#ending(code, reason);
    if (ending === null) return this.#retry();
    this.#from = this.#stream.offset;
    if (code === wire.CLOSE_REPLACED) this.#forget();
    this.#stand("ended");
    this.#face.ended(ending);
  }

  /** Begin with nothing the next time: what came so far was of another VM. */
  #forget(): void {
    this.#from = null;
    this.#returns = false;
  }

  #deafened(): void {
    this.#drop();
    this.#retry();
  }

  #ending(code: number, reason: string): Ending | null {
    const refused = this.#refused;
    if (refused !== null) {
      if (PASSING.has(refused.code)) return null;
      const title = [refused.title, refused.detail].filter(Boolean).join(": ");
      return { code: refused.code, title, ...(refused.remedy ? { remedy: refused.remedy } : {}) };
    }
    const known = ENDINGS[code as wire.CloseCode];
    if (known) return reason && code === wire.CLOSE_DISABLED ? { ...known, title: reason } : known;
    return null;
  }

  #retry(): void {
    if (this.#returns) this.#from = this.#stream.offset;
    this.#stand(this.#returns ? "away" : "connecting");
    this.#timer = window.setTimeout(() => this.open(), this.#backoff.next(Math.random()));
  }

  #operate(operation: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(operation));
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.heartbeat.stop();
    socket?.close(1000);
  }

  #stand(standing: Standing): void {
    if (standing === this.standing) return;
    this.standing = standing;
    this.#face.stands(standing);
  }
}
