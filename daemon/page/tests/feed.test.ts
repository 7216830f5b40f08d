import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Feed } from "../src/terminal/feed.ts";

let frames: (() => void)[] = [];
globalThis.requestAnimationFrame = (act) => frames.push(() => act(0));

/** A terminal that parses when it is told to. */
class Parser {
  parsed = "";
  writes = 0;
  #callbacks: (() => void)[] = [];

  take = (data: Uint8Array, done?: () => void): void => {
    this.parsed += new TextDecoder().decode(data);
    this.writes++;
    this.#callbacks.push(done ?? (() => undefined));
  };

  parse(): void {
    const now = this.#callbacks;
    this.#callbacks = [];
    for (const done of now) done();
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
const paint = async () => {
  const now = frames;
  frames = [];
  for (const act of now) act();
  await new Promise((resolve) => setTimeout(resolve));
};

beforeEach(() => {
  frames = [];
});

test("what comes first is parsed at once, and what comes meanwhile after the next frame", async () => {
  const parser = new Parser();
  const feed = new Feed(parser.take);
  const done: string[] = [];
  feed.write(bytes("a"), () => done.push("a"));
  feed.write(bytes("b"), () => done.push("b"));
  assert.equal(parser.parsed, "a");
  parser.parse();
  assert.deepEqual(done, ["a"]);
  assert.equal(parser.parsed, "a");
  await paint();
  assert.equal(parser.parsed, "ab");
  parser.parse();
  assert.deepEqual(done, ["a", "b"]);
  assert.equal(frames.length, 0);
  feed.write(bytes("c"), () => done.push("c"));
  assert.equal(parser.parsed, "abc");
});

test("a burst is parsed in slices, each byte once, and called back in order", async () => {
  const parser = new Parser();
  const feed = new Feed(parser.take);
  const done: number[] = [];
  const pieces = Array.from({ length: 40 }, (_, number) => String(number).padStart(2, "0").repeat(1 + number * 97));
  pieces.forEach((piece, number) => feed.write(bytes(piece), () => done.push(number)));
  let slices = 0;
  for (; done.length < pieces.length; slices++) {
    const before = parser.parsed.length;
    parser.parse();
    await paint();
    assert.ok(parser.parsed.length - before <= 65536);
  }
  assert.equal(parser.parsed, pieces.join(""));
  assert.deepEqual(done, pieces.map((_, number) => number));
  assert.ok(slices > 3);
});

test("what waits can be forgotten", async () => {
  const parser = new Parser();
  const feed = new Feed(parser.take);
  feed.write(bytes("a"), () => undefined);
  feed.write(bytes("old"), () => undefined);
  feed.clear();
  feed.write(bytes("new"), () => undefined);
  parser.parse();
  await paint();
  assert.equal(parser.parsed, "anew");
});
