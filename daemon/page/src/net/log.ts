// Reading the boot diagnostics log, a line of JSON at a time.
import type { Boot, LogItem } from "../wire/console.ts";
import { plain } from "../core/plain.ts";
import { ask, address, consolePath, request } from "./gateway.ts";

export const LOG_MOST = 4194304;
/** Bytes of a boot that a view holds: a whole log as it is configured by default. A download has all of it. */

export interface Part {
  boot?: number;
  from?: number;
  bytes?: number;
}

/** Give the boots that the log knows, the newest first. Throws `Refused`. */
export async function boots(name: string): Promise<Boot[]> {
  return (await ask<{ boots: Boot[] }>(consolePath(name, "boots"))).boots.reverse();
}

/** Read a part of the log, with times. Throws `Refused`. */
export async function* read(name: string, part: Part, signal: AbortSignal): AsyncGenerator<LogItem> {
  const answer = await request(logPath(name, part, true), { signal });
  if (answer.body === null) return;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of answer.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) yield JSON.parse(line) as LogItem;
  }
}

/** Give the bytes of a piece. */
export function bytesOf(data: string): Uint8Array {
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
}

/** Give the address of a part of the log, for a download. */
export function download(name: string, part: Part): string {
  return address(logPath(name, part, false)).href;
}

function logPath(name: string, part: Part, times: boolean): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(part)) query.set(key, String(value));
  if (times) query.set("times", "true");
  return `${consolePath(name, "log")}?${query}`;
}

/** Give the last line of a console's log that is not empty; empty where there is none. */
export async function lastLine(name: string): Promise<string> {
  const answer = await request(`${consolePath(name, "log")}?tail=4&bytes=2048`, { signal: AbortSignal.timeout(5000) });
  return plain(await answer.text());
}
