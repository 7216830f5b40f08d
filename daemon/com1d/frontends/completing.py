"""`com1 completion`: what a shell asks while one types, answered from the parser of the commands.

The script of a shell only hands the words over, so that options, commands and keys are those of
`--help`, and consoles and boots those that the daemon shows to this user.
"""

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import Any, Final

from com1d.frontends.arguments import parser
from com1d.frontends.session.link import ClientError, Link, console_path


_SCRIPTS: Final = {
    "bash": """\
_com1() {
    local IFS=$'\\n'
    COMPREPLY=( $(com1 completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) )
}
complete -o default -F _com1 com1
""",
    "zsh": """\
#compdef com1
local -a found
found=("${(@f)$(com1 completion --words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
[[ -n "$found" ]] && compadd -a found || _files
""",
    "fish": """\
complete -c com1 -f -a '(com1 completion --words (commandline -opc)[2..] (commandline -ct))'
complete -c com1 -n '__fish_seen_subcommand_from paste replay' -F
""",
}

KEYS: Final = (
    *(f"F{number}" for number in range(1, 13)),
    *("Up", "Down", "Left", "Right", "Home", "End", "Insert", "Delete", "PageUp", "PageDown"),
    *("Enter", "Escape", "Tab", "Backspace", "Ctrl-Alt-Delete", "Ctrl-C", "Shift-Tab"),
)
"""Keys that are proposed: those with names, and the combinations that are pressed most."""

_WORDS: Final = {"keys": KEYS, "replay": ("boot", "screen", "none")}
"""Values of arguments, by what they are called in `options`."""


def run(options: Namespace) -> None:
    """Print the script of a shell, or the words that can stand at the end of others."""
    if options.words is None and options.shell is None:
        parser().error("say for which shell: bash, zsh or fish")
    if options.words is None:
        print(_SCRIPTS[options.shell], end="")
        return
    for word in candidates(options.words, Link(options.socket)):
        print(word)


def candidates(words: list[str], link: Link) -> list[str]:
    """Give what the last of `words` can become."""
    *before, begun = words or [""]
    place = _Place(parser())
    for word in before:
        place.take(word)
    return sorted({word for word in place.proposals(begun, link) if word.startswith(begun)})


class _Place:
    """How far a command line has been typed."""

    def __init__(self, root: ArgumentParser) -> None:
        self._parser = root
        self._positionals = 0
        self._wants: argparse.Action | None = None
        """The option whose value comes next."""
        self._name = ""

    def take(self, word: str) -> None:
        """Go on behind a whole word."""
        if self._wants is not None:
            self._wants = None
        elif word.startswith("-"):
            option = _option(self._parser, word)
            self._wants = option if option is not None and option.nargs != 0 else None
        elif (commands := _commands(self._parser)) is not None:
            self._parser = commands.get(word, self._parser)
        else:
            self._name = self._name or word
            self._positionals += 1

    def proposals(self, begun: str, link: Link) -> Iterable[str]:
        """Give all that can stand here."""
        if self._wants is not None:
            return self._values(self._wants, link)
        if begun.startswith("-"):
            return [text for action in _actions(self._parser) for text in action.option_strings]
        if (commands := _commands(self._parser)) is not None:
            return commands
        arguments = [action for action in _actions(self._parser) if not action.option_strings]
        if not arguments:
            return ()
        return self._values(arguments[min(self._positionals, len(arguments) - 1)], link)

    def _values(self, action: argparse.Action, link: Link) -> Iterable[str]:
        """Give the values of an argument; none where the shell may propose files."""
        if action.choices is not None:
            return map(str, action.choices)
        if action.dest in ("name", "set"):
            return _consoles(link, action.dest)
        if action.dest == "boot":
            return _boots(link, self._name)
        return _WORDS.get(action.dest, ())


def _actions(one: ArgumentParser) -> list[argparse.Action]:
    return one._actions  # noqa: SLF001  # argparse shows them to nobody


def _option(one: ArgumentParser, word: str) -> argparse.Action | None:
    return next((action for action in _actions(one) if word in action.option_strings), None)


def _commands(one: ArgumentParser) -> dict[str, Any] | None:
    for action in _actions(one):
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # the same
            return action.choices
    return None


def _consoles(link: Link, member: str) -> list[str]:
    try:
        consoles = link.get("/v1/consoles").get("consoles") or []
    except ClientError:
        return []
    return [str(console[member]) for console in consoles if console.get(member) is not None]


def _boots(link: Link, name: str) -> list[str]:
    try:
        boots = link.get(console_path(name, "boots")).get("boots") or []
    except ClientError:
        return []
    return [str(boot.get("boot")) for boot in boots]
