// Keys that are for the page, pressed in the terminal. All others are the guest's, Tab among them.

export type Shortcut = "leave" | "search" | "copy" | "paste";

const SHORTCUTS: Record<string, Shortcut> = {
  "Ctrl+F6": "leave",
  "Ctrl+Shift+F": "search",
  "Ctrl+Shift+C": "copy",
  "Ctrl+Insert": "copy",
  "Ctrl+Shift+V": "paste",
  "Shift+Insert": "paste",
};

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">;

/** Give what a key means to the page. */
export function shortcut({ key, ctrlKey, shiftKey, altKey, metaKey }: Pressed): Shortcut | null {
  if (altKey || metaKey) return null;
  const name = key.length === 1 ? key.toUpperCase() : key;
  return SHORTCUTS[`${ctrlKey ? "Ctrl+" : ""}${shiftKey ? "Shift+" : ""}${name}`] ?? null;
}

/** Tell whether a key would be typed as a character. */
export function types({ key, ctrlKey, metaKey }: Pressed): boolean {
  return key.length === 1 && !ctrlKey && !metaKey;
}
