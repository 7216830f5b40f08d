// Which consoles a list shows, and in which order.
import type { Console } from "../wire/console.ts";
import { said } from "./states.ts";

export interface Wanted {
  filter: string;
  /** `up`, `down`, `used`, `alarm`; empty for all. */
  state: string;
  set: string;
}

export const STATES: Record<string, string> = {
  up: "Running",
  down: "Not running",
  used: "Somebody is on",
  alarm: "Needs attention",
};

/** Tell whether a console is one of those wanted: every word of the filter is in its name, set or guest's state. */
export function shows(console: Console, wanted: Wanted): boolean {
  if (wanted.set && console.set !== wanted.set) return false;
  if (wanted.state && !inState(console, wanted.state)) return false;
  const [word] = said(console);
  const text = [console.name, ...(console.aliases ?? []), console.set ?? "", word, console.active?.user ?? ""].join(" ").toLowerCase();
  return wanted.filter.toLowerCase().split(/\s+/).every((part) => text.includes(part));
}

function inState(console: Console, state: string): boolean {
  const [, tone] = said(console);
  switch (state) {
    case "up":
      return console.enabled && console.connected;
    case "down":
      return !console.enabled || !console.connected;
    case "used":
      return console.active !== null || console.observers.length > 0;
    default:
      return tone === "bad" || tone === "warn";
  }
}

const NAMES = new Intl.Collator("en", { numeric: true });

/** Order by name, with web2 before web10. */
export function before(a: Console, b: Console): number {
  return NAMES.compare(a.name, b.name);
}

/** Give every set that there is. */
export function sets(consoles: Iterable<Console>): string[] {
  const found = new Set<string>();
  for (const { set } of consoles) if (set !== null) found.add(set);
  return [...found].sort(NAMES.compare);
}
