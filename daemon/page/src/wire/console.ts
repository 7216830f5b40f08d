// The answers of the daemon's HTTP requests, as PROTOCOL.md describes them.
import type { Origin } from "../core/person.ts";
import type { GuestStateName } from "./events.ts";

export interface Session {
  user: string;
  uid: number;
  pid: number;
  command: string;
  gateway: string | null;
  origin: Origin | null;
  since: string;
  via: string;
  session: number;
}

export interface Console {
  name: string;
  aliases?: string[];
  port: string;
  guest: "windows" | "linux" | "auto";
  set: string | null;
  instance: number | null;
  discovered: string | null;
  connected: boolean;
  reason: string;
  trouble: string;
  enabled: boolean;
  disabled: { code: string; by?: string; at?: string } | null;
  guest_state: { state: GuestStateName; since: string; hint: string; evidence: string };
  control: { kind: string; can: string[]; hears: boolean } | null;
  /** What port and hypervisor can do now beside passing bytes. */
  can: string[];
  paste_limit: number;
  active: Session | null;
  observers: Session[];
  waiting: Session[];
  offset: number;
  oldest: number;
  boot: number;
  log: { oldest: number; bytes: number; missed: number; failing: string | null } | null;
}

export interface Boot {
  boot: number;
  offset: number;
  started: string;
  cause: string;
  bytes: number;
}

/** A refusal, RFC 9457. */
export interface Problem {
  code: string;
  title: string;
  status: number;
  remedy?: string;
  detail?: string;
}

/** A line of the log with `times=true`. */
export type LogItem =
  | { offset: number; at: string; data: string }
  | { offset: number; at: string; mark: string; facts: Record<string, unknown> }
  | { end: number };
