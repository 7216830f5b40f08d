// Where in the guest's output a client is, to the byte. Painted screens are no part of the output.
import type { Attached, Event } from "../wire/events.ts";

export class Stream {
  /** Absolute offset behind the last byte that came. */
  offset = 0;
  #painted = 0;

  /** Follow an event. False when the daemon counts anew: attach again, from 0. */
  follow(event: Event, wanted: number | null): boolean {
    if (event.event === "attached") return this.#begin(event, wanted);
    if (event.event === "screen") this.#painted = event.bytes;
    if (event.event === "lost") this.offset = event.offset;
    return true;
  }

  /** Count bytes that came. */
  take(bytes: number): void {
    const painted = Math.min(this.#painted, bytes);
    this.#painted -= painted;
    this.offset += bytes - painted;
  }

  // Without a log, a daemon that was restarted begins with nothing, and all that it has by now is new.
  #begin(event: Attached, wanted: number | null): boolean {
    this.#painted = 0;
    this.offset = event.offset - event.replay;
    if (wanted === null || event.offset >= wanted || event.logged) return true;
    this.offset = 0;
    return false;
  }
}
