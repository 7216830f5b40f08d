// A button that shows a panel: the browser's own popover, which closes by Escape and by a click elsewhere.
import { type Icon, freshId, h, icon } from "./dom.ts";

export interface Menu {
  button: HTMLButtonElement;
  panel: HTMLElement;
  /** Fill the panel anew, if it is shown. A button that moves while it is pressed is never clicked: then after that. */
  refresh(): void;
}

/** Make a button with a panel. The panel is filled when it is shown, so it is always about what is now. */
export function menu(label: string, symbol: Icon, fill: () => Node[], name = ""): Menu {
  const id = freshId();
  const panel = h("div", { id, className: `panel ${name}`, popover: "auto", attributes: { role: "group", "aria-label": label } });
  const button = h("button", {
    type: "button",
    className: "button quiet",
    title: label,
    attributes: { popovertarget: id, "aria-expanded": "false" },
  }, icon(symbol), h("span", {}, label));
  panel.addEventListener("beforetoggle", (event) => {
    if ((event as ToggleEvent).newState !== "open") return;
    panel.replaceChildren(...fill());
    requestAnimationFrame(() => place(button, panel)); // before it is seen, and not after as on `toggle`
  });
  panel.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String((event as ToggleEvent).newState === "open"));
  });
  panel.addEventListener("keydown", (event) => walk(event, panel));
  const refresh = () => {
    if (!panel.matches(":popover-open")) return;
    if (panel.matches(":active")) return addEventListener("pointerup", () => setTimeout(refresh), { once: true });
    const focused = controlsOf(panel).indexOf(document.activeElement as HTMLElement);
    patch(panel, fill());
    if (!panel.contains(document.activeElement)) controlsOf(panel)[focused]?.focus();
  };
  return { button, panel, refresh };
}

/** Put nodes into a panel, and leave in place what is as it was: it keeps the focus, and is not read again. */
function patch(panel: HTMLElement, wanted: Node[]): void {
  const present = [...panel.childNodes];
  const kept = wanted.map((node) => {
    const same = present.findIndex((old) => old.isEqualNode(node));
    return same < 0 ? node : (present.splice(same, 1)[0] as Node);
  });
  for (const old of present) old.remove();
  kept.forEach((node, at) => panel.childNodes[at] === node || panel.insertBefore(node, panel.childNodes[at] ?? null));
}

/** Put a panel below its button, inside the window. */
function place(button: HTMLElement, panel: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - panel.offsetWidth - 8));
  panel.style.left = `${left}px`;
  panel.style.top = `${Math.max(8, Math.min(at.bottom + 6, innerHeight - panel.offsetHeight - 8))}px`;
  controlsOf(panel)[0]?.focus();
}

function controlsOf(panel: HTMLElement): HTMLElement[] {
  return [...panel.querySelectorAll<HTMLElement>("button:not(:disabled), a, input, select")];
}

/** Move among a panel's controls by the arrow keys, beside Tab. */
function walk(event: KeyboardEvent, panel: HTMLElement): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step === undefined || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
  const controls = controlsOf(panel);
  const here = controls.indexOf(document.activeElement as HTMLElement);
  controls[(here + step + controls.length) % controls.length]?.focus();
  event.preventDefault();
}
