// Who somebody is, in words: root is any of several people, and the daemon knows which.

/** What is known of where a user came from; of a user of a gateway, only that. */
export interface Origin {
  login?: string;
  terminal?: string;
  address?: string;
}

/** `root (anna, pts/3, from 192.0.2.7)`. The gateway is left out: whoever reads this came by it, too. */
export function person(user: string, origin: Origin | null | undefined): string {
  const { login, terminal, address } = origin ?? {};
  const known = [login, terminal, address && `from ${address}`].filter(Boolean);
  return known.length ? `${user} (${known.join(", ")})` : user;
}
