"""What the gateway itself refuses, in the form of the daemon's problems."""

from com1d.errors import EX_NOPERM, EX_UNAVAILABLE, Problem


class SignInNeeded(Problem):
    """Nobody is signed in here, or not any more."""

    code, status, exit_code = "sign-in-needed", 401, EX_NOPERM
    title = "You are not signed in"
    cause = "There is no sign-in, or its time is over."
    remedy = "Sign in again."


class WrongOrigin(Problem):
    """Another site's page asks, or a program that does not say where it comes from."""

    code, status, exit_code = "wrong-origin", 403, EX_NOPERM
    title = "This request does not come from the console's own page"
    cause = "Its Origin is not that of `url` in web.toml, or X-Com1 is missing."
    remedy = "Open the console by the address that web.toml has as `url`."


class NotReached(Problem):
    """The daemon cannot be reached."""

    code, status, exit_code = "daemon-unreachable", 503, EX_UNAVAILABLE
    title = "com1d does not answer"
    cause = "The daemon is not running, is restarting, or its socket may not be opened."
    remedy = "Wait: it is tried again. `systemctl status com1d` says more."


class TooManyTries(Problem):
    """So many sign-ins have failed from one address that no more are looked at for a while."""

    code, status = "too-many-tries", 429
    title = "Too many sign-ins have failed from your address"
    cause = "Ten failed within a minute."
    remedy = "Wait a minute, and try again."


class SignedInAlready(Problem):
    """A one-time link is for another user than the one who is signed in at this browser."""

    code, status, exit_code = "signed-in-already", 409, EX_NOPERM
    title = "Somebody else is signed in here"
    cause = "The link is another user's. What you type next would be said to be his."
    remedy = "Sign out, and open the link again: it still works, for five minutes in all."


class LinkSpent(Problem):
    """A one-time link is used up, too old, or was never made."""

    code, status, exit_code = "link-spent", 403, EX_NOPERM
    title = "This link is used up or too old"
    cause = "A link works once, within five minutes."
    remedy = "Run `com1-web link` again."
