// A console's state in a word and a tone. The tone is never the only sign: the word stands beside it.
import type { Console } from "../wire/console.ts";
import type { GuestStateName } from "../wire/events.ts";

export type Tone = "calm" | "good" | "busy" | "warn" | "bad" | "off";

const GUEST: Record<GuestStateName, [string, Tone]> = {
  "blank": ["No output yet", "calm"],
  "firmware": ["Firmware", "busy"],
  "boot-menu": ["Boot menu", "busy"],
  "booting": ["Booting", "busy"],
  "health-only": ["Health reports only", "warn"],
  "sac": ["SAC", "good"],
  "sac-channel": ["SAC channel", "good"],
  "cmd-login": ["Asks who you are", "good"],
  "cmd": ["Command Prompt", "good"],
  "powershell": ["PowerShell", "good"],
  "login": ["Login", "good"],
  "shell": ["Shell", "good"],
  "emergency": ["Emergency shell", "bad"],
  "passphrase": ["Waits for a passphrase", "warn"],
  "key-wait": ["Waits for a key", "warn"],
  "disk-check": ["Checks a disk", "warn"],
  "kernel-panic": ["Kernel panic", "bad"],
  "bugcheck": ["Windows stopped", "bad"],
  "kernel-debugger": ["Kernel debugger", "bad"],
  "unknown": ["Running", "calm"],
};

/** Say what a guest does. */
export function guestSaid(state: string): [string, Tone] {
  return Object.hasOwn(GUEST, state) ? GUEST[state as GuestStateName] : [state, "calm"];
}

/** Say what a console does: its switch first, then its port, then its guest. */
export function said(console: Console): [string, Tone] {
  if (!console.enabled) return ["Disabled", "off"];
  if (!console.connected) return ["Not running", "off"];
  return guestSaid(console.guest_state.state);
}

export const ALARMING = new Set(["kernel-panic", "bugcheck", "kernel-debugger", "emergency", "health-only"]);
/** States whose hint is shown by itself; of any other it is a step away. */
