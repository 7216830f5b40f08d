// The page: who is signed in, which view its address asks for, and the bar above it.
import { type Route, read } from "./core/route.ts";
import { Refused, type SignedIn, address, session, signOut } from "./net/gateway.ts";
import { Inventory } from "./net/inventory.ts";
import { install } from "./ui/announce.ts";
import { tell } from "./ui/dialogs.ts";
import { h, icon } from "./ui/dom.ts";
import { menu } from "./ui/popover.ts";
import { apply } from "./ui/preferences.ts";
import { ConsoleView } from "./views/console.ts";
import { GridView } from "./views/grid.ts";
import { ListView } from "./views/list.ts";
import { LogView } from "./views/log.ts";
import { SignInView, logo, remembered, useLink } from "./views/signin.ts";
import type { View } from "./views/view.ts";
import type { Problem } from "./wire/console.ts";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/list.css";
import "./style/console.css";
import "./style/log.css";

const SIGN_IN_AGAIN = 300000;
/** Milliseconds before the end of a session at which the user is told. */

class Page {
  #inventory = new Inventory();
  #view: View | null = null;
  /** A console whose log is looked at: its session goes on meanwhile. */
  #kept: ConsoleView | null = null;
  #place = h("div", { className: "place" });

  constructor(user: SignedIn) {
    document.body.append(skip(), bar(user), this.#place);
    document.addEventListener("click", (event) => this.#click(event));
    addEventListener("popstate", () => this.#go());
    addEventListener("pagehide", () => this.#inventory.stop());
    this.#inventory.start();
    this.#expire(new Date(user.expires).getTime() - Date.now());
    this.#go();
  }

  #go(): void {
    const route = read(location.pathname, location.search);
    this.#leave(route);
    const kept = this.#kept;
    if (route.view === "console" && kept) {
      this.#kept = null;
      this.#place.replaceChildren(kept.element);
      this.#view = kept;
      kept.pane.terminal.fit();
      kept.pane.focus();
    } else {
      const view = (this.#view = this.#make(route));
      this.#place.replaceChildren(view.element);
      view.start();
    }
    this.#view.element.id = "content";
    this.#view.element.tabIndex = -1;
    document.title = `${this.#view.title} – com1`;
  }

  #leave(to: Route): void {
    const view = this.#view;
    const name = to.view === "log" || to.view === "console" ? to.name : null;
    if (this.#kept && this.#kept.name !== name) {
      this.#kept.dispose();
      this.#kept = null;
    }
    if (view instanceof ConsoleView && to.view === "log" && view.name === name) this.#kept = view;
    else view?.dispose();
    this.#view = null;
  }

  #make(route: Route): View {
    switch (route.view) {
      case "console":
        return new ConsoleView(route.name, route.observe, this.#inventory);
      case "log":
        return new LogView(route);
      case "grid":
        return new GridView(route.names, this.#inventory);
      case "link":
        return new ListView({ filter: "", state: "", set: "" }, this.#inventory);
      case "list":
        return new ListView(route, this.#inventory);
    }
  }

  /** Follow a link of the page's own without loading the page anew. */
  #click(event: MouseEvent): void {
    const link = (event.target as Element).closest("a");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute("download") || !isView(link)) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    this.#go();
  }

  #expire(left: number): void {
    if (!Number.isFinite(left) || left > 2 ** 31 - 1) return;
    setTimeout(() => void tell("Your sign-in ends soon", "In five minutes you have to sign in again. Sessions at consoles end then."), Math.max(0, left - SIGN_IN_AGAIN));
    setTimeout(() => location.reload(), Math.max(0, left) + 1000);
  }
}

function skip(): HTMLElement {
  const over = (event: Event) => {
    event.preventDefault();
    document.getElementById("content")?.focus();
  };
  return h("a", { className: "skip", href: "#content", on: { click: over } }, "Skip to the content");
}

function isView(link: HTMLAnchorElement): boolean {
  const base = address("").pathname;
  const rest = link.pathname.startsWith(base) ? link.pathname.slice(base.length) : null;
  return rest !== null && ["", "console", "log", "grid"].includes(rest) && !link.hash;
}

function bar(user: SignedIn): HTMLElement {
  const account = menu(user.name || user.user, "user", () => [
    h("p", { className: "heading" }, user.second_factor ? `${user.user}, with a second factor` : user.user),
    ...(user.sign_out ? [h("button", { type: "button", className: "entry", on: { click: () => void signOut().catch(() => location.reload()) } }, h("b", {}, "Sign out"))] : []),
  ], "account");
  return h("nav", { className: "bar", attributes: { "aria-label": "com1" } },
    h("a", { className: "brand", href: "./" }, logo(), h("b", {}, "com1")), account.button, account.panel);
}

async function start(): Promise<void> {
  apply();
  install();
  let problem = "";
  let trap: Problem | null = null;
  if (read(location.pathname, location.search).view === "link") {
    try {
      await useLink();
    } catch (error) {
      problem = error instanceof Refused ? error.message : String(error);
      if (error instanceof Refused && error.problem.code === "signed-in-already") trap = error.problem;
    }
  }
  await enter(problem);
  if (trap) void tell(trap.title, `${trap.detail}. ${trap.remedy}`);
}

async function enter(problem: string): Promise<void> {
  let found: Awaited<ReturnType<typeof session>>;
  try {
    found = await session();
  } catch (error) {
    return unreachable(error instanceof Refused ? error.message : String(error));
  }
  if (Array.isArray(found)) {
    const view = new SignInView(found, problem);
    document.body.append(view.element);
    document.title = `${view.title} – com1`;
    return view.start();
  }
  const back = remembered();
  if (back !== null) history.replaceState(null, "", back);
  new Page(found);
}

const RETRY = 3000;

/** Say that the gateway does not answer, and try again. */
function unreachable(why: string): void {
  const card = h("main", { className: "sign-in" }, h("div", { className: "card" }, h("div", { className: "logo" }, logo()), h("h1", {}, why), h("p", {}, icon("info"), " This page tries again.")));
  document.body.append(card);
  setTimeout(() => {
    card.remove();
    void enter("");
  }, RETRY);
}

void start();
