import assert from "node:assert/strict";
import { test } from "node:test";
import { merge, sets, shows } from "../src/core/filter.ts";
import { said } from "../src/core/states.ts";
import { wantedRows } from "../src/core/window.ts";
import type { Console } from "../src/wire/console.ts";

function made(name: string, change: Partial<Console> = {}): Console {
  return {
    name, port: "demo:", guest: "linux", set: null, instance: null, discovered: null, connected: true, reason: "", trouble: "",
    enabled: true, disabled: null, control: null, can: [], paste_limit: 2048, active: null, observers: [], waiting: [], offset: 0, oldest: 0, boot: 0, log: null,
    guest_state: { state: "login", since: "2026-11-28T12:00:00Z", hint: "", evidence: "login:" }, ...change,
  };
}

const mapped = (...consoles: Console[]) => new Map(consoles.map((console) => [console.name, console]));
const any = { filter: "", state: "", set: "" };

test("consoles are by name, and numbers in it count as numbers", () => {
  const sorted = merge([], mapped(made("web10"), made("web2"), made("db1")));
  assert.deepEqual(sorted.map(({ name }) => name), ["db1", "web2", "web10"]);
  const changed = made("web2", { connected: false });
  const again = merge(sorted, mapped(made("web10"), changed, made("db1")));
  assert.equal(again[1], changed);
  assert.deepEqual(merge(again, mapped(changed)), [changed]);
});

test("every word of the filter is looked for in name, alias, set, state and user", () => {
  const console = made("web01", { set: "shop", aliases: ["front"], guest_state: { state: "kernel-panic", since: "", hint: "", evidence: "" } });
  for (const filter of ["", "web", "WEB shop", "panic", "front"]) assert.ok(shows(console, { ...any, filter }), filter);
  assert.ok(!shows(console, { ...any, filter: "web db" }));
  assert.ok(!shows(console, { ...any, set: "other" }));
});

test("states are chosen by what a user looks for", () => {
  const panicked = made("a", { guest_state: { state: "kernel-panic", since: "", hint: "", evidence: "" } });
  const off = made("b", { enabled: false });
  const states = (console: Console) => ["up", "down", "used", "alarm"].filter((state) => shows(console, { ...any, state }));
  assert.deepEqual(states(panicked), ["up", "alarm"]);
  assert.deepEqual(states(off), ["down"]);
  assert.deepEqual(said(off), ["Disabled", "off"]);
  assert.deepEqual(said(made("c", { connected: false })), ["Not running", "off"]);
  assert.deepEqual(sets([made("a", { set: "b" }), made("b", { set: "a" }), made("c")]), ["a", "b"]);
});

test("of a long list only what is near what is seen is there, and the row with the focus", () => {
  const all = wantedRows(4000, 50, 100000, 800, -1);
  assert.equal(all[0], 2000 - 12);
  assert.equal(all.at(-1), 2016 + 12);
  assert.equal(wantedRows(4000, 50, 100000, 800, 3)[0], 3);
  assert.equal(wantedRows(4000, 50, 100000, 800, 3999).at(-1), 3999);
  assert.deepEqual(wantedRows(3, 50, -200, 800, 1), [0, 1, 2]);
  assert.deepEqual(wantedRows(0, 50, 0, 800, -1), []);
  assert.deepEqual(wantedRows(10, 0, 0, 800, -1), []);
});
