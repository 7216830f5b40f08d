// What a guest asks a terminal. Only the terminal of the active session may answer, and only live: an answer to a replay
// or from an observer would be typed into a guest that has long stopped waiting for it.
import type { IFunctionIdentifier, IParser } from "@xterm/xterm";

const CSI: IFunctionIdentifier[] = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { final: "x" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" },
  { final: "t" },
];

const COLOURS = [4, 10, 11, 12];
/** Operating system commands that can ask for a colour, by `?`. */

/** Swallow questions while `answers` says no; what is no question passes. */
export function guard(parser: IParser, answers: () => boolean): void {
  const silent = () => !answers();
  for (const id of CSI) parser.registerCsiHandler(id, silent);
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, silent);
  parser.registerDcsHandler({ intermediates: "+", final: "q" }, silent);
  for (const command of COLOURS) parser.registerOscHandler(command, (data) => data.includes("?") && silent());
}
