// The log as lines of text: what a terminal would have shown, without its colours and cursor.

export interface Line {
  /** Offset of its first byte. */
  offset: number;
  /** When its first byte was printed, RFC 3339. */
  at: string;
  text: string;
  /** Set where this is no output, but what happened there. */
  mark?: string;
}

export const LINE_MOST = 4096;
/** Characters of a line: beyond, it goes on in the next, as a guest that never ends a line must not hold a browser. */

const ESCAPE = 0x1b;

/** Takes pieces of the log, gives lines. */
export class LogLines {
  readonly lines: Line[] = [];
  #decoder = new TextDecoder();
  #open: { offset: number; at: string; cells: string[]; column: number } | null = null;
  #sequence = "";

  /** Take what was printed from `offset` on, at `at`. */
  feed(data: Uint8Array, offset: number, at: string): void {
    let from = 0;
    // Only a line feed needs its offset; it is one byte in UTF-8 and part of no other character.
    for (let index = data.indexOf(10); index >= 0; index = data.indexOf(10, from)) {
      this.#put(data.subarray(from, index + 1), offset + from, at);
      this.#end();
      from = index + 1;
    }
    if (from < data.length) this.#put(data.subarray(from), offset + from, at);
  }

  /** Note what happened here. */
  mark(text: string, offset: number, at: string, kind: string): void {
    this.#end();
    this.lines.push({ offset, at, text, mark: kind });
  }

  /** The line that is not over yet, as it is now. */
  get last(): Line | null {
    const open = this.#open;
    return open === null ? null : { offset: open.offset, at: open.at, text: open.cells.join("").trimEnd() };
  }

  /** End the line that is not over. */
  finish(): void {
    this.#end();
  }

  #put(data: Uint8Array, offset: number, at: string): void {
    for (const character of this.#decoder.decode(data, { stream: true })) {
      const line = (this.#open ??= { offset, at, cells: [], column: 0 });
      if (this.#sequence !== "" || character.charCodeAt(0) === ESCAPE) this.#escape(character, line);
      else this.#print(character, line);
      if (line.column >= LINE_MOST) this.#end(line);
    }
  }

  #print(character: string, line: { cells: string[]; column: number }): void {
    switch (character) {
      case "\r":
        line.column = 0;
        break;
      case "\b":
        line.column = Math.max(0, line.column - 1);
        break;
      case "\t":
        do line.cells[line.column++] ??= " ";
        while (line.column % 8);
        break;
      default:
        if (character >= " " && character !== "\x7f") line.cells[line.column++] = character;
    }
  }

  // A sequence is over at its final byte; a move of the cursor to another row begins a new line, so that a screen that
  // was painted cell by cell is still read in its order.
  #escape(character: string, line: { cells: string[]; column: number }): void {
    this.#sequence += character;
    const sequence = this.#sequence;
    const kind = sequence[1];
    if (sequence.length < 2) return;
    if (kind === "[") {
      if (sequence.length < 3 || !/[@-~]/.test(character)) return this.#bound();
      if (/[HfJ]/.test(character) && line.cells.length) this.#end();
      else if (character === "K" && sequence.length === 3) line.cells.length = Math.min(line.cells.length, line.column);
      else if (character === "C") line.column += Math.min(80, Number(/\d+/.exec(sequence)?.[0] ?? 1));
    } else if (kind === "]" || kind === "P" || kind === "_" || kind === "^") {
      if (character !== "\x07" && !sequence.endsWith("\x1b\\")) return this.#bound();
    } else if (/[ -/]/.test(kind ?? "") && sequence.length < 3) return;
    this.#sequence = "";
  }

  // What never ends was no sequence.
  #bound(): void {
    if (this.#sequence.length > LINE_MOST) this.#sequence = "";
  }

  #end(open = this.#open): void {
    if (open === null) return;
    for (let index = 0; index < open.cells.length; index++) open.cells[index] ??= " ";
    this.lines.push({ offset: open.offset, at: open.at, text: open.cells.join("").trimEnd() });
    this.#open = null;
  }
}

/** Find a line by an offset: the last one that begins at it or before. */
export function lineAt(lines: readonly Line[], offset: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Give the lines in which the text is found, by index. */
export function matches(lines: readonly Line[], search: string): number[] {
  const wanted = search.toLowerCase();
  if (wanted === "") return [];
  const found: number[] = [];
  lines.forEach((line, index) => {
    if (line.text.toLowerCase().includes(wanted)) found.push(index);
  });
  return found;
}
