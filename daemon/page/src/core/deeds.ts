// What the toolbar can do to a guest, and what it says before it does.
import type { Console } from "../wire/console.ts";

export type Verb = "nmi" | "reset" | "restart" | "break" | "sysrq";

export interface Deed {
  verb: Verb;
  label: string;
  /** What it does to this guest, in a sentence or two. */
  says: string;
  harmful: boolean;
}

const WINDOWS_NMI = "Windows stops with a blue screen and writes a crash dump, and usually restarts. What was not saved is lost.";
const LINUX_NMI = "The kernel panics if it is set to (kernel.unknown_nmi_panic or kdump); otherwise it only notes the interrupt.";

/** Give what a console offers. What its port or hypervisor cannot do is not offered. */
export function deeds(console: Console): Deed[] {
  const can = new Set(console.can);
  const windows = console.guest === "windows";
  const all: [Deed, boolean][] = [
    [{ verb: "break", label: "Break", harmful: false, says: BREAK[windows ? 1 : 0] }, can.has("break")],
    [{ verb: "sysrq", label: "SysRq…", harmful: true, says: SYSRQ }, !windows && can.has("break")],
    [{ verb: "nmi", label: "NMI…", harmful: true, says: windows ? WINDOWS_NMI : console.guest === "linux" ? LINUX_NMI : `${LINUX_NMI} If it is Windows: ${WINDOWS_NMI}` }, can.has("nmi")],
    [{ verb: "restart", label: "Restart…", harmful: true, says: "The guest is asked to shut down, as by its power button, and the VM starts again. A guest that does not answer within two minutes is left as it is." }, can.has("restart")],
    [{ verb: "reset", label: "Reset…", harmful: true, says: "The VM is reset at once, as by a reset button. The guest is not asked; what was not saved is lost." }, can.has("reset")],
  ];
  return all.filter(([, offered]) => offered).map(([deed]) => deed);
}

const BREAK = [
  "A break on the line: Linux takes the next character as a SysRq key; a login may change its speed.",
  "A break on the line. Windows itself ignores it; a boot manager or a debugger may not.",
] as const;

const SYSRQ = "SysRq keys go to the kernel, past everything that runs. REISUB ends all processes, saves disks and restarts.";

export interface KeyButton {
  label: string;
  title: string;
  keys: string[];
}

const plain = (label: string, title = ""): KeyButton => ({ label, title, keys: [label] });

/** Keys of the toolbar: F8 first, which is what people come for. */
export const KEYS: KeyButton[] = [
  plain("F8", "Advanced boot options of Windows"),
  { label: "Esc", title: "Escape", keys: ["Escape"] },
  plain("Tab"),
  ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12].map((number) => plain(`F${number}`)),
];

/** Keys of the bar on a phone, which has none of these. */
export const PHONE_KEYS: KeyButton[] = [
  { label: "Esc", title: "Escape", keys: ["Escape"] },
  plain("Tab"),
  { label: "↑", title: "Up", keys: ["Up"] },
  { label: "↓", title: "Down", keys: ["Down"] },
  { label: "←", title: "Left", keys: ["Left"] },
  { label: "→", title: "Right", keys: ["Right"] },
  { label: "^C", title: "Ctrl-C", keys: ["Ctrl-C"] },
  { label: "^D", title: "Ctrl-D", keys: ["Ctrl-D"] },
  plain("F8"),
  { label: "⌫", title: "Backspace", keys: ["Backspace"] },
  { label: "PgUp", title: "Page up", keys: ["PageUp"] },
  { label: "PgDn", title: "Page down", keys: ["PageDown"] },
];
