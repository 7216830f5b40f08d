// The gateway's HTTP paths. The page stands at one segment below the base, so the base is the folder of its address.
import type { Problem } from "../wire/console.ts";

export interface SignedIn {
  user: string;
  name: string;
  expires: string;
  second_factor: boolean;
  sign_out: boolean;
}

export type Way = { kind: "oidc"; name: string; url: string } | { kind: "link" };

export const SIGN_IN_NEEDED = "sign-in-needed";
/** The code of what is refused because the sign-in has ended. */

const PATIENCE = 15000;
/** Milliseconds for an answer that does not wait for a guest. */

/** Give an address below the base. */
export function address(path: string): URL {
  return new URL(path, new URL(".", document.baseURI));
}

/** Give the address of a WebSocket below the base. */
export function socketAddress(path: string): URL {
  const url = address(path);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/** A refusal, or an answer that did not come. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super([problem.title, problem.detail].filter(Boolean).join(": "));
    this.problem = problem;
  }
}

export const UNREACHABLE: Problem = {
  code: "unreachable",
  status: 0,
  title: "The gateway does not answer",
  remedy: "Look at the network, and at com1-web on the host.",
};

/** Ask for JSON. Throws `Refused`. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await request(path, { signal: signal ?? AbortSignal.timeout(PATIENCE) });
  return (await answer.json()) as T;
}

/** Ask for something to be done. Throws `Refused`. May take as long as a guest does. */
export async function act<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await request(path, {
    method: "POST",
    headers: { "X-Com1": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  return (await answer.json().catch(() => ({}))) as T;
}

/** Make a request below the base. Throws `Refused`; an abort by the caller stays one. */
export async function request(path: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address(path), { credentials: "same-origin", redirect: "error", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(UNREACHABLE);
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (problem.code === SIGN_IN_NEEDED) signInAnew();
  throw new Refused(problem);
}

let leaving = false;

/** Load the page anew, at the same view: it asks for a sign-in. */
export function signInAnew(): void {
  if (!leaving) location.reload();
}

/** Sign out; at the provider, too, where it offers that. Throws `Refused`. */
export async function signOut(): Promise<void> {
  leaving = true; // connections that end now end by the user's own will
  const { url } = await act<{ url?: string | null }>("session/end");
  location.assign(url ?? address("").href);
}

async function problemOf(answer: Response): Promise<Problem> {
  const said: unknown = await answer.json().catch(() => null);
  const usual = { code: `http-${answer.status}`, status: answer.status, title: answer.statusText || `Status ${answer.status}` };
  return typeof said === "object" && said !== null ? { ...usual, ...said } : usual;
}

/** Give who is signed in, or the ways to sign in. Throws `Refused` when nobody answers. */
export async function session(): Promise<SignedIn | Way[]> {
  const answer = await fetch(address("session"), { credentials: "same-origin" }).catch(() => {
    throw new Refused(UNREACHABLE);
  });
  if (answer.status === 401) return ((await answer.json()) as { sign_in: Way[] }).sign_in;
  if (!answer.ok) throw new Refused(await problemOf(answer));
  return (await answer.json()) as SignedIn;
}

/** Give the path of a console, or of something of it. */
export function consolePath(name: string, rest = ""): string {
  return `v1/consoles/${encodeURIComponent(name)}${rest ? `/${rest}` : ""}`;
}
