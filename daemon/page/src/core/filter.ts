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
  const text = textOf(console);
  return wanted.filter.toLowerCase().split(/\s+/).every((part) => text.includes(part));
}

const texts = new WeakMap<Console, string>();

/** What a filter looks at, made once for each state of a console. */
function textOf(console: Console): string {
  let text = texts.get(console);
  if (text === undefined) {
    const words = [console.name, ...(console.aliases ?? []), console.set ?? "", said(console)[0], console.active?.user ?? ""];
    texts.set(console, (text = words.join(" ").toLowerCase()));
  }
  return text;
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

/** Give the consoles by name, web2 before web10; sorted anew only when others are there than before. */
export function merge(before: readonly Console[], consoles: ReadonlyMap<string, Console>): Console[] {
  if (before.length === consoles.size && before.every(({ name }) => consoles.has(name))) {
    return before.map(({ name }) => consoles.get(name) as Console);
  }
  return [...consoles.values()].sort((a, b) => NAMES.compare(a.name, b.name));
}

/** Give every set that there is. */
export function sets(consoles: Iterable<Console>): string[] {
  const found = new Set<string>();
  for (const { set } of consoles) if (set !== null) found.add(set);
  return [...found].sort(NAMES.compare);
}
