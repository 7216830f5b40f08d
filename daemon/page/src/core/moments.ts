// Times as people read them, in their own time zone.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hour12: false });

/** `14:05` today, `28 Nov 14:05` before. */
export function moment(at: string, now: Date): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return "at an unknown time";
  const clock = CLOCK.format(then);
  return then.toDateString() === now.toDateString() ? clock : `${DAY.format(then)} ${clock}`;
}

/** A date and a time to the second. */
export function precisely(at: string): string {
  const then = new Date(at);
  return Number.isNaN(then.getTime()) ? "at an unknown time" : WHOLE.format(then);
}

/** `14:05:09.25`, as the log's lines have it. */
export function stamp(at: string): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [then.getHours(), then.getMinutes(), then.getSeconds()].map(two).join(":");
  return `${clock}.${String(then.getMilliseconds()).padStart(3, "0")}`;
}

/** `just now`, `4 min`, `3 h`, `2 d`: how long ago. */
export function since(at: string, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - new Date(at).getTime()) / 1000);
  if (Number.isNaN(seconds)) return "";
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** `1:05` or `1:02:05`: a length of time. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** `812 bytes`, `14 KiB`, `2.3 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  const [value, unit] = bytes < 1048576 ? [bytes / 1024, "KiB"] : [bytes / 1048576, "MiB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
