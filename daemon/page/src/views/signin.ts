// Signing in: the ways that the gateway offers, and nothing about the host before.
import { Refused, type Way, act } from "../net/gateway.ts";
import { h, icon } from "../ui/dom.ts";
import type { View } from "./view.ts";

const RETURN = "com1-return";
/** Where the user wanted to go, kept while a provider asks who he is. */

export class SignInView implements View {
  readonly title = "Sign in";
  readonly element: HTMLElement;

  constructor(ways: Way[], problem = "") {
    const buttons = ways.flatMap((way) => (way.kind === "oidc" ? [h("a", { className: "button main wide", href: way.url, on: { click: remember } }, `Sign in with ${way.name}`)] : []));
    const link = ways.some(({ kind }) => kind === "link");
    this.element = h("main", { className: "sign-in" },
      h("div", { className: "card" },
        h("div", { className: "logo" }, logo()),
        h("h1", {}, "Serial consoles"),
        problem ? h("p", { className: "notice warn" }, icon("warn"), problem) : null,
        buttons.length ? h("p", {}, "Sign in to see the consoles that you may use.") : null,
        ...buttons,
        link ? hint(buttons.length > 0) : null,
        ways.length === 0 ? h("p", {}, "This gateway knows no way to sign in. An administrator sets one up in web.toml.") : null));
  }

  start(): void {
    this.element.querySelector<HTMLElement>("a.button")?.focus();
  }

  dispose(): void {
    // nothing is kept
  }
}

function hint(other: boolean): HTMLElement {
  return h("div", { className: "way" },
    h("p", {}, other ? "Or, if you are signed in on the host, make a link there:" : "Make a link on the host, where you are signed in:"),
    h("pre", {}, "com1-web link"),
    h("p", {}, "It works once, and for a short time."));
}

/** The product's sign. */
export function logo(): SVGSVGElement {
  const svg = icon("keys");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("class", "mark");
  svg.firstElementChild?.setAttribute("d", "M9 11l5 5-5 5M16.500 21.500h7");
  return svg;
}

/** Use the token of a one-time link, and take it out of the address at once. Throws `Refused`. */
export async function useLink(): Promise<void> {
  const token = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", wanted());
  if (!token) throw new Refused({ code: "bad-request", status: 400, title: "This link is not whole" });
  await act("link", { token });
}

/** Give the view that a link leads to (`com1 open`), and nothing that is none. */
function wanted(): string {
  const view = new URLSearchParams(location.search).get("view") ?? "";
  return /^(console|log|grid)\?/.test(view) ? view : "./";
}

function remember(): void {
  sessionStorage.setItem(RETURN, location.href);
}

/** Give where the user wanted to go before he signed in, once. */
export function remembered(): string | null {
  const found = sessionStorage.getItem(RETURN);
  sessionStorage.removeItem(RETURN);
  return found !== null && new URL(found).origin === location.origin ? found : null;
}
