// Every view has an address, so that it can be sent to a colleague. Views are one segment below the base, so that
// the page needs to know nothing of the path that a proxy put in front of it.

export type Route =
  | { view: "list"; filter: string; state: string; set: string }
  | { view: "console"; name: string; observe: boolean }
  | { view: "log"; name: string; boot: number; from: number | null; play: boolean }
  | { view: "grid"; names: string[] }
  | { view: "link" };

export const GRID_MOST = 9;
/** A screen of 80 columns is still read at a ninth of a large monitor, and no smaller. */

/** Read an address below the base, such as `console?name=web01`. */
export function read(path: string, search: string): Route {
  const given = new URLSearchParams(search);
  const name = given.get("name") ?? "";
  switch (path.replace(/^.*\//, "")) {
    case "console":
      return name ? { view: "console", name, observe: given.get("mode") === "observe" } : LIST;
    case "log":
      return name ? log(name, given) : LIST;
    case "grid": {
      const names = (given.get("names") ?? "").split(",").filter(Boolean);
      return names.length ? { view: "grid", names: [...new Set(names)].slice(0, GRID_MOST) } : LIST;
    }
    case "link":
      return { view: "link" };
    default: {
      const word = (key: string) => given.get(key) ?? "";
      return { view: "list", filter: word("filter"), state: word("state"), set: word("set") };
    }
  }
}

const LIST: Route = { view: "list", filter: "", state: "", set: "" };

function log(name: string, given: URLSearchParams): Route {
  const number = (key: string) => (/^-?[0-9]{1,15}$/.test(given.get(key) ?? "") ? Number(given.get(key)) : null);
  const play = given.get("play") === "true";
  return { view: "log", name, boot: Math.min(0, number("boot") ?? 0), from: number("from"), play };
}

/** Write the address of a view, below the base. */
export function write(route: Route): string {
  const given = new URLSearchParams();
  const add = (key: string, value: string | number | null, usual: string | number | null = "") => {
    if (value !== usual && value !== null) given.set(key, String(value));
  };
  switch (route.view) {
    case "list":
      add("filter", route.filter);
      add("state", route.state);
      add("set", route.set);
      break;
    case "console":
      add("name", route.name);
      add("mode", route.observe ? "observe" : "");
      break;
    case "log":
      add("name", route.name);
      add("boot", route.boot, 0);
      add("from", route.from);
      add("play", route.play ? "true" : "");
      break;
    case "grid":
      return `grid?names=${route.names.map(encodeURIComponent).join(",")}`;
    case "link":
  }
  const query = given.toString();
  return (route.view === "list" ? "./" : route.view) + (query ? `?${query}` : "");
}
