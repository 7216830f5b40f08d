// What happened beside the bytes, in words.

/** Put a mark of the log into words; none for one that tells nothing to a reader. */
export function markSaid(mark: string, facts: Record<string, unknown>): string | null {
  const fact = (key: string) => String(facts[key] ?? "");
  switch (mark) {
    case "gap":
      return `${fact("bytes")} bytes are in no log${facts["reason"] ? `: ${fact("reason")}` : ""}`;
    case "session":
      return session(fact("what"), fact("user"), fact("mode"), fact("via"));
    case "note":
      return `${fact("user")} noted: ${fact("text")}`;
    case "nmi":
      return `${fact("user")} sent an NMI`;
    case "panic":
      return `${fact("state") === "bugcheck" ? "Windows stopped" : "The kernel panicked"}: ${fact("evidence")}`;
    case "crash":
      return `com1d was killed and came back; ${fact("bytes")} bytes that it was storing are lost, and what it was reading or sending may be`;
    case "skipped":
      return `${fact("bytes")} bytes of QEMU's own log are not shown`;
    default:
      return `${mark}: ${Object.values(facts).join(" ")}`;
  }
}

const ENDED: Record<string, string> = {
  left: "left",
  preempted: "lost the keyboard to somebody else",
  disabled: "left, since the console was disabled",
  forbidden: "left, since the role was taken away",
  disconnected: "was disconnected by an owner",
  idle: "was idle for too long",
  stopped: "left, since com1d stopped",
};

function session(what: string, user: string, mode: string, via: string): string {
  if (what === "began") return `${user} ${mode === "observe" ? "watches" : "types"} from here${via === "raw" ? ", on the raw socket" : ""}`;
  return `${user} ${ENDED[what] ?? what}`;
}

export const CAUSES: Record<string, string> = {
  reset: "reset",
  start: "started",
  firmware: "firmware seen",
  kernel: "kernel seen",
  sac: "SAC seen",
  unknown: "from before the log knew of boots",
};
