// One polite live region for the whole page: what changed is said when the reader has finished its sentence.
import { h } from "./dom.ts";

const region = h("div", { className: "spoken", attributes: { role: "status", "aria-live": "polite" } });
let timer = 0;
let waiting: string[] = [];

const GATHER = 150;
/** Milliseconds in which messages are gathered into one: a reader drops what is replaced at once. */

const MOST = 6;
/** Messages said at once; of more only the newest, since nobody listens to a minute of them. */

/** Put the region into the page. */
export function install(): void {
  document.body.append(region);
}

/** Say something. */
export function announce(text: string): void {
  waiting = [...waiting, text].slice(-MOST);
  timer ||= window.setTimeout(() => {
    timer = 0;
    region.replaceChildren(...waiting.map((line) => h("p", {}, line)));
    waiting = [];
  }, GATHER);
}
