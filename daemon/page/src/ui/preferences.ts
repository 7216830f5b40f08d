// What a user chose about the page, kept in this browser alone.

export interface Preferences {
  theme: "system" | "light" | "dark";
  terminal: "dark" | "light" | "page";
  /** Pixels; 0 fits 80 columns to the width. */
  text: number;
  reader: boolean;
  askLines: boolean;
}

const USUAL: Preferences = { theme: "system", terminal: "dark", text: 0, reader: false, askLines: true };
const KEY = "com1";

export const preferences: Preferences = { ...USUAL, ...stored() };

const listeners = new Set<() => void>();

function stored(): Partial<Preferences> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {}; // storage is off, or holds something else
  }
}

/** Change some. */
export function prefer(change: Partial<Preferences>): void {
  Object.assign(preferences, change);
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // kept for this page only
  }
  apply();
  for (const listener of listeners) listener();
}

/** Be called when a preference changed; gives the way to stop that. */
export function onPreference(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Set the page's colours. */
export function apply(): void {
  if (preferences.theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = preferences.theme;
}

/** Tell whether the page is dark now. */
export function isDark(): boolean {
  return preferences.theme === "dark" || (preferences.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}
