// Pastes: how long one is, and how a long one is divided.

/** Count as the daemon does: Unicode code points, with CRLF as one. */
export function characters(text: string): number {
  return [...text.replaceAll("\r\n", "\n")].length;
}

/** Count the lines that the guest would act on: those that end with Enter. */
export function enters(text: string): number {
  return text.replaceAll("\r\n", "\n").split(/[\r\n]/).length - 1;
}

/** Divide a text into parts of at most `limit` characters, behind the end of a line where there is one. */
export function parts(text: string, limit: number): string[] {
  const rest = [...text.replaceAll("\r\n", "\n")];
  const found: string[] = [];
  let start = 0;
  while (start < rest.length) {
    let end = Math.min(rest.length, start + limit);
    if (end < rest.length) {
      const line = Math.max(rest.lastIndexOf("\n", end - 1), rest.lastIndexOf("\r", end - 1));
      if (line >= start) end = line + 1;
    }
    found.push(rest.slice(start, end).join(""));
    start = end;
  }
  return found;
}
