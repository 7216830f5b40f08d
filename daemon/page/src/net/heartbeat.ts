// Whether the daemon is still there, and how far away, through the gateway: a ping every few seconds while somebody
// looks. A network that is gone says nothing, and a browser would wait for it for minutes.
import { Latency } from "../core/latency.ts";

const BEAT = 5000;
/** Milliseconds between two pings. */

const DEAF = 20000;
/** Milliseconds without a word behind a ping, after which the connection is given up: four beats. */

export class Heartbeat {
  readonly latency = new Latency(DEAF);
  #ping: () => void;
  #lost: () => void;
  #timer = 0;
  #heard = 0;
  #waits = false;

  /** `ping` sends one; `lost` is told when the daemon cannot be heard any more. */
  constructor(ping: () => void, lost: () => void) {
    this.#ping = ping;
    this.#lost = lost;
  }

  start(): void {
    this.stop();
    this.#timer = window.setInterval(() => this.#beat(), BEAT); // not at once: the page is still busy with itself
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#waits = false;
    this.latency.forget();
  }

  /** Note a word of the daemon's; `pong` where it answers the ping. */
  heard(pong: boolean): void {
    this.#heard = performance.now();
    if (!pong) return;
    this.#waits = false;
    this.latency.answered(this.#heard);
  }

  #beat(): void {
    const now = performance.now();
    if (this.#waits && now - this.#heard > DEAF) return this.#lost();
    if (this.#waits || document.hidden) return; // a hidden page has its timers slowed down
    this.#waits = true;
    this.#heard = now;
    this.latency.asked(now);
    this.#ping();
  }
}
