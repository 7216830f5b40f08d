// The daemon's events in words for a person. Some come with something to do about it.
import type { Event, Survived, VmWhat } from "../wire/events.ts";
import { ALARMING } from "./states.ts";
import { moment, size } from "./moments.ts";
import { person } from "./person.ts";

export type Action =
  | { do: "log"; from: number }
  | { do: "grant"; session: number };

export interface Notice {
  text: string;
  tone: "info" | "warn" | "bad";
  /** Whether it is true until something else is. */
  stays?: boolean;
  /** Notices of one kind replace each other. */
  kind: string;
  action?: { label: string; act: Action };
}

const VM: Record<VmWhat, string> = {
  "reset": "The VM was reset.",
  "shutdown": "The VM shuts down.",
  "paused": "The VM was paused: its guest stands still.",
  "resumed": "The VM goes on.",
  "power-button": "The VM's power button was pressed.",
  "panic": "The hypervisor says that the guest panicked.",
  "crash-dump": "The guest's kernel crashed, and writes a dump.",
  "watchdog": "The guest did not feed its watchdog in time.",
  "skipped": "Some things that happened to the VM are not told here: they came too fast.",
  "progress": "The VM is being restarted.",
};

const GRAVE: ReadonlySet<string> = new Set<VmWhat>(["panic", "crash-dump", "watchdog"]);

const SURVIVED: Record<Survived, string> = {
  "soft-lockup": "a processor did not answer for a while",
  "hard-lockup": "a processor was locked up",
  "rcu-stall": "the kernel stalled",
  "out-of-memory": "the kernel killed a process to free memory",
  "hung-task": "a task hangs",
  "oops": "the kernel made a mistake and went on",
  "machine-check": "the hardware reported an error",
  "read-only": "a file system became read-only",
  "disk-error": "a disk reported an error",
};

/** Put an event into words; none for one that is shown in another way, or that only a newer daemon knows. */
export function notice(event: Event, now: Date): Notice | null {
  switch (event.event) {
    case "lost":
      return {
        kind: "lost",
        tone: "warn",
        text: `${size(event.bytes)} of output are missing here: they came faster than this page could show them.`,
        action: { label: "Find them in the log", act: { do: "log", from: event.offset - event.bytes } },
      };
    case "input-refused":
      return { kind: "input", tone: "warn", text: sentence(event.detail ?? text(event, "title") ?? event.code) };
    case "input-discarded":
      return { kind: "input", tone: "warn", text: `${size(event.bytes)} that you typed did not reach the guest.` };
    case "port-down":
      return { kind: "port", tone: "warn", text: `The VM is not there: ${event.reason || "its port is closed"}. This page waits for it.` };
    case "port-up":
      return { kind: "port", tone: "info", text: "The VM is back." };
    case "requested":
      return {
        kind: "requested",
        tone: "info",
        text: `${person(event.by, event.origin)} asks you for the keyboard.`,
        action: { label: `Hand it over to ${event.by}`, act: { do: "grant", session: event.session } },
      };
    case "hint":
      return { kind: "hint", tone: event.confirm === undefined ? "info" : "warn", text: sentence(event.text) };
    case "not-draining":
      return { kind: "draining", tone: "warn", text: sentence(event.text) };
    case "guest":
      return ALARMING.has(event.state) ? { kind: "guest", tone: "bad", text: sentence(event.hint) } : null;
    case "notice":
      return { kind: "notice", tone: "warn", text: `The guest goes on, but ${word(SURVIVED, event.what) ?? event.what}: ${event.evidence}` };
    case "vm":
      return { kind: "vm", tone: GRAVE.has(event.what) ? "bad" : "info", text: event.text ? sentence(event.text) : (word(VM, event.what) ?? `The VM: ${event.what}.`) };
    case "message":
      return { kind: `message ${event.at}`, tone: "info", text: `${person(event.by, event.origin)} says: ${event.text}` };
    case "noted":
      return { kind: "noted", tone: "info", text: `${person(event.by, event.origin)} noted in the log: ${event.text}`, action: { label: "Show", act: { do: "log", from: event.offset } } };
    case "seated":
      return { kind: "seat", tone: "info", text: `It is your turn since ${moment(event.at, now)}: you type.` };
    case "waiting":
      return { kind: "seat", tone: "info", stays: true, text: `You wait for the keyboard, at place ${event.place}; ${person(event.by, event.origin)} has it. Meanwhile you watch.` };
    case "attached": // the console view shows what it is
    case "screen":
    case "replayed":
    case "paste": // a bar shows how far it is
    case "preempted": // what lies over the terminal says by whom
    case "handed-over":
    case "restarted": // it attaches again by itself, from where it has counted to
    case "pong": // the foot of the console has the time
      return null;
    default:
      event satisfies never;
      return null;
  }
}

/** Look a word up that a newer daemon may have sent. */
function word(words: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

function text(event: object, key: string): string | undefined {
  const value = (event as Record<string, unknown>)[key];
  return typeof value === "string" ? value : undefined;
}

/** Make a clause a sentence. */
export function sentence(clause: string): string {
  const begun = clause.charAt(0).toUpperCase() + clause.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
