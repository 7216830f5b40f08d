// A button that shows a panel: the browser's own popover, which closes by Escape and by a click elsewhere.
import { type Icon, freshId, h, icon } from "./dom.ts";

export interface Menu {
  button: HTMLButtonElement;
  panel: HTMLElement;
  /** Fill the panel anew, if it is shown. */
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
    if ((event as ToggleEvent).newState === "open") panel.replaceChildren(...fill());
  });
  panel.addEventListener("toggle", (event) => {
    const open = (event as ToggleEvent).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (open) place(button, panel);
  });
  panel.addEventListener("keydown", (event) => walk(event, panel));
  const refresh = () => {
    if (!panel.matches(":popover-open")) return;
    const focused = controlsOf(panel).indexOf(document.activeElement as HTMLElement);
    panel.replaceChildren(...fill());
    controlsOf(panel)[focused]?.focus();
  };
  return { button, panel, refresh };
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
