// Generated from com1d/wire by generate.py. Do not edit.

/** The first event of every attach. */
export interface Attached {
  event: "attached";
  console: string;
  mode: string;
  offset: number;
  replay: number;
  window: number;
  boot: number;
  logged: boolean;
  user: string;
  connected: boolean;
  guest: string;
  guest_state: string;
  session: number;
  reason?: string;
  uuid?: string;
}

/** A painted screen follows. */
export interface Screen {
  event: "screen";
  bytes: number;
  offset: number;
}

/** The backlog is through. */
export interface Replayed {
  event: "replayed";
  offset: number;
}

/** The client missed bytes. */
export interface Lost {
  event: "lost";
  bytes: number;
  offset: number;
}

/** The port is closed. */
export interface PortDown {
  event: "port-down";
  reason: string;
  at: string;
  offset: number;
}

/** The port is open again. */
export interface PortUp {
  event: "port-up";
  at: string;
  offset: number;
}

/** What the client sent was not sent on. `more` has the other members of a problem. */
export interface InputRefused {
  event: "input-refused";
  code: string;
  detail?: string;
  bytes?: number;
  [more: string]: unknown;
}

/** What the client had typed will not reach the guest any more. */
export interface InputDiscarded {
  event: "input-discarded";
  bytes: number;
  reason?: string;
}

/** Another session took over. */
export interface Preempted {
  event: "preempted";
  by: string;
  at: string;
  offset: number;
  origin?: Record<string, unknown>;
}

/** The session gave its seat to another one. */
export interface HandedOver {
  event: "handed-over";
  to: string;
  at: string;
  offset: number;
  origin?: Record<string, unknown>;
}

/** The daemon ends the session; another one goes on. */
export interface Restarted {
  event: "restarted";
  offset: number;
}

/** The client's place in the queue for the active session. */
export interface Waiting {
  event: "waiting";
  place: number;
  by: string;
  since: string;
  origin?: Record<string, unknown>;
}

/** The client is the active session from here on. */
export interface Seated {
  event: "seated";
  at: string;
  offset: number;
}

/** Somebody who waits asks the active session for its seat. */
export interface Requested {
  event: "requested";
  by: string;
  at: string;
  session: number;
  origin?: Record<string, unknown>;
}

/** What a user says to the others on the console. */
export interface Message {
  event: "message";
  by: string;
  text: string;
  at: string;
  offset: number;
  session?: number;
  origin?: Record<string, unknown>;
}

/** What a user wrote into the log. */
export interface Noted {
  event: "noted";
  by: string;
  text: string;
  at: string;
  offset: number;
  session?: number;
  origin?: Record<string, unknown>;
}

/** How far a paste is. */
export interface PasteProgress {
  event: "paste";
  sent: number;
  of: number;
  verified: number;
}

/** Something that the user should know. */
export interface Hint {
  event: "hint";
  text: string;
  confirm?: string;
}

/** The guest does not read what was typed. */
export interface NotDraining {
  event: "not-draining";
  bytes: number;
  text: string;
}

/** The guest does something else now. */
export interface GuestState {
  event: "guest";
  state: string;
  since: string;
  hint: string;
  evidence: string;
  offset: number;
  [more: string]: unknown;
}

/** The guest survived something. */
export interface GuestNotice {
  event: "notice";
  what: string;
  evidence: string;
  offset: number;
  skipped: number;
}

/** What the hypervisor tells, and the steps of a restart. `more` depends on `what`. */
export interface VmTold {
  event: "vm";
  what: string;
  at: string;
  offset: number;
  cause?: string;
  text?: string;
  [more: string]: unknown;
}

/** The answer to `ping`. */
export interface Pong {
  event: "pong";
}

export type Event =
  | Attached
  | Screen
  | Replayed
  | Lost
  | PortDown
  | PortUp
  | InputRefused
  | InputDiscarded
  | Preempted
  | HandedOver
  | Restarted
  | Waiting
  | Seated
  | Requested
  | Message
  | Noted
  | PasteProgress
  | Hint
  | NotDraining
  | GuestState
  | GuestNotice
  | VmTold
  | Pong;

export type GuestStateName =
  | "blank"
  | "firmware"
  | "boot-menu"
  | "booting"
  | "health-only"
  | "sac"
  | "sac-channel"
  | "cmd-login"
  | "cmd"
  | "powershell"
  | "login"
  | "shell"
  | "emergency"
  | "passphrase"
  | "key-wait"
  | "disk-check"
  | "kernel-panic"
  | "bugcheck"
  | "kernel-debugger"
  | "unknown";

export type Survived =
  | "disk-error"
  | "hard-lockup"
  | "hung-task"
  | "machine-check"
  | "oops"
  | "out-of-memory"
  | "rcu-stall"
  | "read-only"
  | "soft-lockup";

export type VmWhat =
  | "reset"
  | "shutdown"
  | "paused"
  | "resumed"
  | "power-button"
  | "panic"
  | "crash-dump"
  | "watchdog"
  | "skipped"
  | "progress";

export type CloseCode =
  | 4001
  | 4002
  | 4003
  | 4004
  | 4005
  | 4007
  | 4008
  | 4009
  | 1012;

export const CLOSE_PREEMPTED = 4001;

export const CLOSE_DISABLED = 4002;

export const CLOSE_FORBIDDEN = 4003;

export const CLOSE_DISCONNECTED = 4004;

export const CLOSE_IDLE = 4005;

export const CLOSE_HANDED_OVER = 4007;

export const CLOSE_TOO_SLOW = 4008;

export const CLOSE_REPLACED = 4009;

export const CLOSE_RESTARTING = 1012;

export const SUBPROTOCOL = "com1.v1";

export const PASTE_LIMIT = 2048;

export const SCREEN_REPLAY = 16384;
