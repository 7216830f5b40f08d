import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/core/backoff.ts";
import { Credit, WINDOW } from "../src/core/credit.ts";
import { Gaps } from "../src/core/gaps.ts";
import { Latency } from "../src/core/latency.ts";
import { characters, enters, parts } from "../src/core/paste.ts";
import { person } from "../src/core/person.ts";
import { GRID_MOST, type Route, read, write } from "../src/core/route.ts";
import { shortcut, types } from "../src/core/shortcuts.ts";
import { Slice } from "../src/core/slice.ts";
import { Stream } from "../src/core/stream.ts";
import { Tape } from "../src/core/tape.ts";
import type { Attached } from "../src/wire/events.ts";

const attached = (offset: number, replay: number, logged = true): Attached => ({
  event: "attached", console: "vm", mode: "active", offset, replay, boot: 0, logged, user: "anna", connected: true, guest: "linux", guest_state: "shell", session: 7,
});

test("a stream counts to the byte, without painted screens", () => {
  const stream = new Stream();
  assert.equal(stream.follow(attached(1000, 100), null), true);
  stream.follow({ event: "screen", bytes: 30, offset: 900 }, null);
  stream.take(20);
  stream.take(20);
  assert.equal(stream.offset, 910);
  stream.follow({ event: "lost", bytes: 5000, offset: 5910 }, null);
  stream.take(1);
  assert.equal(stream.offset, 5911);
});

test("a daemon that counts anew is asked from the beginning", () => {
  const stream = new Stream();
  assert.equal(stream.follow(attached(10, 0, false), 500), false);
  assert.equal(stream.offset, 0);
  assert.equal(stream.follow(attached(10, 10, false), 0), true);
  assert.equal(stream.follow(attached(400, 0, true), 500), true);
});

test("every byte is acknowledged once, when it is parsed", () => {
  const sent: number[] = [];
  const credit = new Credit((bytes) => sent.push(bytes));
  for (let piece = 0; piece < 64; piece++) credit.came(4096);
  assert.equal(credit.unparsed, WINDOW);
  for (let piece = 0; piece < 63; piece++) credit.parsed(4096);
  assert.deepEqual(sent, Array(7).fill(WINDOW / 8));
  credit.parsed(4096);
  assert.equal(sent.reduce((sum, bytes) => sum + bytes), WINDOW);
});

test("tries to connect become rarer, up to a bound, and spread", () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 8 }, () => backoff.next(0.5));
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  backoff.reset();
  assert.equal(backoff.next(0), 188);
  assert.equal(backoff.next(1), 625);
});

test("root is told apart by who signed in", () => {
  assert.equal(person("root", { login: "anna", terminal: "pts/3", address: "192.0.2.7" }), "root (anna, pts/3, from 192.0.2.7)");
  assert.equal(person("anna", null), "anna");
  assert.equal(person("anna", { gateway: "com1-web" } as object), "anna");
});

test("a paste is counted as the daemon counts", () => {
  assert.equal(characters("a\r\nb🙂"), 4);
  assert.equal(enters("one\r\ntwo\rthree\n"), 3);
  assert.equal(enters("one"), 0);
});

test("parts are whole lines where there are any, and together the text", () => {
  const text = "first\nsecond\n" + "x".repeat(20);
  assert.deepEqual(parts(text, 10), ["first\n", "second\n", "x".repeat(10), "x".repeat(10)]);
  assert.deepEqual(parts("🙂🙂🙂", 2), ["🙂🙂", "🙂"]);
  assert.deepEqual(parts("", 10), []);
});

test("every view has an address that leads back to it", () => {
  const routes: Route[] = [
    { view: "list", filter: "web 1", state: "up", set: "a&b" },
    { view: "console", name: "web.1", observe: true },
    { view: "log", name: "web01", boot: -2, from: 4096, play: true },
    { view: "grid", names: ["a", "b"] },
  ];
  for (const route of routes) {
    const [path, search] = write(route).split("?") as [string, string];
    assert.deepEqual(read(`/com1/${path === "./" ? "" : path}`, `?${search}`), route);
  }
});

test("nonsense in an address is the list", () => {
  for (const path of ["console", "log", "grid?names=", "nosuch"]) {
    const [name, search] = path.split("?");
    assert.equal(read(`/${name}`, search ?? "").view, "list");
  }
  const route = read("/grid", `?names=${Array.from({ length: 20 }, (_, number) => number)}`);
  assert.equal(route.view === "grid" && route.names.length, GRID_MOST);
  assert.deepEqual(read("/log", "?name=a&boot=7&from=x"), { view: "log", name: "a", boot: 0, from: null, play: false });
});

test("an echo is timed once, and what comes much later is none", () => {
  const latency = new Latency(2000);
  latency.asked(100);
  latency.asked(105);
  assert.equal(latency.answered(104), true);
  assert.equal(latency.answered(200), false);
  latency.asked(300);
  assert.equal(latency.answered(9000), false);
  assert.equal(latency.median, 4);
});

test("a tape has its own time, with silences cut short", () => {
  const tape = new Tape(true);
  for (const second of [0, 1, 61]) tape.add(new Date(second * 1000).toISOString(), new Uint8Array([second]));
  assert.deepEqual(tape.pieces.map(({ at }) => at), [0, 1000, 3000]);
  assert.deepEqual([0, 999, 1000, 3000].map((time) => tape.until(time)), [1, 1, 2, 3]);
});

test("of the keys pressed in the terminal, few are the page's", () => {
  const pressed = (key: string, held = "") => ({ key, ctrlKey: held.includes("C"), shiftKey: held.includes("S"), altKey: held.includes("A"), metaKey: held.includes("M") });
  assert.equal(shortcut(pressed("F6", "C")), "leave");
  assert.equal(shortcut(pressed("c", "CS")), "copy");
  assert.equal(shortcut(pressed("V", "CS")), "paste");
  assert.equal(shortcut(pressed("Insert", "S")), "paste");
  for (const [key, held] of [["c", "C"], ["v", "C"], ["Tab", ""], ["Tab", "S"], ["F6", ""], ["F6", "CA"], ["a", ""]] as const) {
    assert.equal(shortcut(pressed(key, held)), null, key);
  }
  assert.ok(types(pressed("a")) && !types(pressed("a", "C")) && !types(pressed("F6")));
});

test("a slice of output is as large as fits into its time, and grows only step by step", () => {
  const slice = new Slice();
  const first = slice.bytes;
  slice.took(first, 0.1);
  assert.equal(slice.bytes, 2 * first);
  for (let time = 0; time < 20; time++) slice.took(slice.bytes, 0.1);
  assert.equal(slice.bytes, 65536);
  slice.took(65536, 160);
  assert.equal(slice.bytes, 6554);
  slice.took(6554, 100000);
  assert.equal(slice.bytes, first);
});

test("gaps that follow each other are one, until somebody has taken note", () => {
  const gaps = new Gaps();
  const lost = (bytes: number, offset: number) => ({ event: "lost" as const, bytes, offset });
  assert.deepEqual(gaps.add(lost(100, 1100), true), lost(100, 1100));
  assert.deepEqual(gaps.add(lost(50, 5000), false), lost(150, 1150));
  assert.deepEqual(gaps.add(lost(1, 9001), true), lost(1, 9001));
});
