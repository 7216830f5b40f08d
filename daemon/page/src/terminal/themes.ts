// Colours of the terminal: chosen so that each of the sixteen is read on its background, also by axe's measure.
import type { ITheme } from "@xterm/xterm";
import { isDark, preferences } from "../ui/preferences.ts";

const DARK: ITheme = {
  background: "#12141a",
  foreground: "#dfe2ea",
  cursor: "#8ab4f8",
  cursorAccent: "#12141a",
  selectionBackground: "#34507e",
  black: "#3b404d",
  red: "#f2777a",
  green: "#8cc98f",
  yellow: "#e5c07b",
  blue: "#7fb0ff",
  magenta: "#cf9ff2",
  cyan: "#76c7d6",
  white: "#cfd3dc",
  brightBlack: "#858b9b",
  brightRed: "#ff9a98",
  brightGreen: "#a9e0a6",
  brightYellow: "#f5d99a",
  brightBlue: "#a5c8ff",
  brightMagenta: "#e0bdfb",
  brightCyan: "#9be0ea",
  brightWhite: "#ffffff",
};

const LIGHT: ITheme = {
  background: "#ffffff",
  foreground: "#22262f",
  cursor: "#1b5fc1",
  cursorAccent: "#ffffff",
  selectionBackground: "#c5daf8",
  black: "#22262f",
  red: "#b3261e",
  green: "#1e6f33",
  yellow: "#7d5700",
  blue: "#1b5fc1",
  magenta: "#82349e",
  cyan: "#0b6a78",
  white: "#5d6472",
  brightBlack: "#5d6472",
  brightRed: "#c7352c",
  brightGreen: "#27803e",
  brightYellow: "#8a6200",
  brightBlue: "#2b6ed0",
  brightMagenta: "#9245ae",
  brightCyan: "#177886",
  brightWhite: "#22262f",
};

const SYSTEM: ITheme = {
  background: "Canvas",
  foreground: "CanvasText",
  cursor: "Highlight",
  cursorAccent: "HighlightText",
  selectionBackground: "Highlight",
  selectionForeground: "HighlightText",
};

/** Give the theme that the user chose; where the system forces its colours, those. */
export function theme(): ITheme {
  if (matchMedia("(forced-colors: active)").matches) return forced();
  const dark = preferences.terminal === "dark" || (preferences.terminal === "page" && isDark());
  return dark ? DARK : LIGHT;
}

/** Give the system's colours as the numbers that xterm.js wants. */
function forced(): ITheme {
  const probe = document.createElement("span");
  document.body.append(probe);
  const given = Object.entries(SYSTEM).map(([name, colour]) => {
    probe.style.color = String(colour);
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(given);
}
