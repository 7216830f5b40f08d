// The daemon's events in words for a person. Some come with something to do about it.
import type { Event } from "../wire/events.ts";
import { ALARMING } from "./states.ts";
import { moment, size } from "./moments.ts";

export type Action =
  | { do: "log"; from: number }
  | { do: "grant"; session: number };

export interface Notice {
  text: string;
  tone: "info" | "warn" | "bad";
  /** Notices of one kind replace each other. */
  kind: string;
  action?: { label: string; act: Action };
}

const VM: Record<string, string> = {
  "reset": "The VM was reset.",
  "shutdown": "The VM shuts down.",
  "panic": "The hypervisor says that the guest panicked.",
  "power-button": "The VM's power button was pressed.",
};

const SURVIVED: Record<string, string> = {
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

/** Put an event into words; none for one that is shown in another way. */
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
        text: `${event.by} asks you for the keyboard.`,
        action: { label: `Hand it over to ${event.by}`, act: { do: "grant", session: event.session } },
      };
    case "hint":
      return { kind: "hint", tone: event.confirm === undefined ? "info" : "warn", text: sentence(event.text) };
    case "not-draining":
      return { kind: "draining", tone: "warn", text: sentence(event.text) };
    case "guest":
      return ALARMING.has(event.state) ? { kind: "guest", tone: "bad", text: sentence(event.hint) } : null;
    case "notice":
      return { kind: "notice", tone: "warn", text: `The guest goes on, but ${SURVIVED[event.what] ?? event.what}: ${event.evidence}` };
    case "vm":
      return { kind: "vm", tone: event.what === "panic" ? "bad" : "info", text: event.text ? sentence(event.text) : (VM[event.what] ?? `The VM: ${event.what}.`) };
    case "message":
      return { kind: `message ${event.at}`, tone: "info", text: `${event.by} says: ${event.text}` };
    case "noted":
      return { kind: "noted", tone: "info", text: `${event.by} noted in the log: ${event.text}`, action: { label: "Show", act: { do: "log", from: event.offset } } };
    case "seated":
      return { kind: "seat", tone: "info", text: `It is your turn since ${moment(event.at, now)}: you type.` };
    default:
      return null;
  }
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
