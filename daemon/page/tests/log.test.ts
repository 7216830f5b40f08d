import assert from "node:assert/strict";
import { test } from "node:test";
import { LINE_MOST, LogLines, lineAt, matches } from "../src/core/log_lines.ts";
import { markSaid } from "../src/core/marks.ts";
import { plain } from "../src/core/plain.ts";

const AT = "2026-11-28T12:00:00.000Z";

function lines(...pieces: string[]): string[] {
  const log = new LogLines();
  let offset = 0;
  for (const piece of pieces) {
    const data = new TextEncoder().encode(piece);
    log.feed(data, offset, AT);
    offset += data.length;
  }
  log.finish();
  return log.lines.map(({ text }) => text);
}

test("lines are what a terminal would have shown", () => {
  assert.deepEqual(lines("one\r\ntwo\r\n"), ["one", "two"]);
  assert.deepEqual(lines("10%\r20%\r30%\r\n"), ["30%"]);
  assert.deepEqual(lines("pass\b\b\b\bword\r\n"), ["word"]);
  assert.deepEqual(lines("a\tb\n"), ["a       b"]);
  assert.deepEqual(lines("\x1b[1;31mred\x1b[0m \x1b]0;title\x07done\n"), ["red done"]);
});

test("a screen that was painted is read row by row", () => {
  assert.deepEqual(lines("\x1b[2J\x1b[1;1HMenu\x1b[3;1HEntry\n"), ["Menu", "Entry"]);
});

test("a sequence or a character may be cut anywhere", () => {
  assert.deepEqual(lines("\x1b", "[3", "1mgr\xfc", "n\n"), ["grün"]);
  const log = new LogLines();
  const data = new TextEncoder().encode("grün\n");
  log.feed(data.subarray(0, 3), 0, AT);
  log.feed(data.subarray(3), 3, AT);
  assert.equal(log.lines[0]?.text, "grün");
});

test("a guest that never ends a line or a sequence is bounded", () => {
  const long = lines("x".repeat(3 * LINE_MOST));
  assert.deepEqual(long.map(({ length }) => length), [LINE_MOST, LINE_MOST, LINE_MOST]);
  assert.equal(lines(`\x1b]0;${"y".repeat(2 * LINE_MOST)}\nend\n`).at(-1), "end");
});

test("each line knows its offset, and is found by any offset in it", () => {
  const log = new LogLines();
  log.feed(new TextEncoder().encode("one\ntwo\nthree"), 100, AT);
  assert.deepEqual(log.lines.map(({ offset }) => offset), [100, 104]);
  assert.equal(log.last?.offset, 108);
  assert.deepEqual([0, 100, 103, 104, 999].map((offset) => lineAt(log.lines, offset)), [0, 0, 0, 1, 1]);
  assert.deepEqual(matches(log.lines, "TWO"), [1]);
  assert.deepEqual(matches(log.lines, ""), []);
});

test("a mark stands between the lines", () => {
  const log = new LogLines();
  log.feed(new TextEncoder().encode("SAC>"), 0, AT);
  log.mark("anna sent an NMI", 4, AT, "nmi");
  assert.deepEqual(log.lines.map(({ text, mark }) => [text, mark]), [["SAC>", undefined], ["anna sent an NMI", "nmi"]]);
});

test("marks are words", () => {
  assert.equal(markSaid("gap", { bytes: 12, reason: "the disk was full" }), "12 bytes are in no log: the disk was full");
  assert.equal(markSaid("session", { what: "began", user: "anna", mode: "observe", via: "websocket" }), "anna watches from here");
  assert.equal(markSaid("session", { what: "preempted", user: "anna" }), "anna lost the keyboard to somebody else");
});

test("the last line of a piece of log is plain text", () => {
  assert.equal(plain("boot\r\n\x1b[32mlogin:\x1b[0m \r\n\r\n"), "login:");
  assert.equal(plain(""), "");
});
