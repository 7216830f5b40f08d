"""Text as roff, the language of manual pages (man(7))."""

import re
from collections.abc import Iterable, Iterator


def escaped(text: str) -> str:
    """Give a text as roff shows it unchanged."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(
        f"\\&{line}" if line.startswith((".", "'")) else line for line in plain.splitlines()
    )


def title(name: str, section: int, says: str, version: str) -> str:
    """Begin a page."""
    head = f'.TH {name.upper()} {section} "" "com1d {version}"\n'
    return f"{head}.SH NAME\n{escaped(name)} \\- {escaped(says)}\n"


def section(name: str, body: str) -> str:
    """Give a section; an empty one is none."""
    return f".SH {escaped(name.upper())}\n{body}" if body.strip() else ""


def paragraph(text: str) -> str:
    """Give a paragraph that is filled."""
    return f".PP\n{escaped(text.strip())}\n" if text.strip() else ""


def verbatim(text: str) -> str:
    """Give lines as they are."""
    return f".PP\n.nf\n{escaped(text)}\n.fi\n" if text.strip() else ""


def entry(term: str, text: str) -> str:
    """Give a term and what it is."""
    return f".TP\n.B {escaped(term)}\n{escaped(text.strip() or '-')}\n"


def from_markdown(lines: Iterable[str]) -> str:
    """Turn what of Markdown our documents have into roff: headings, tables, code, paragraphs."""
    return "".join(_blocks(lines))


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    text: list[str] = []
    code: list[str] | None = None
    for line in lines:
        if line.startswith("```"):
            yield verbatim("\n".join(code)) if code is not None else paragraph(_words(text))
            text, code = [], [] if code is None else None
        elif code is not None:
            code.append(line)
        elif line.startswith(("#", "|", "<!--")) or not line.strip():
            yield paragraph(_words(text))
            text = []
            yield _line(line)
        else:
            text.append(line)
    yield paragraph(_words(text))


def _line(line: str) -> str:
    if line.startswith("#"):
        level, _, words = line.partition(" ")
        return f".{'SH' if len(level) <= 2 else 'SS'} {escaped(_words([words]))}\n"  # noqa: PLR2004
    if line.startswith("|") and not re.fullmatch(r"[|:\s-]+", line):
        first, *rest = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        return entry(_words([first]), _words([cell for cell in rest if cell]))
    return ""


def _words(lines: Iterable[str]) -> str:
    """Take the marks of Markdown out."""
    text = " ".join(line.strip() for line in lines)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"`([^`]*)`|\*\*([^*]*)\*\*", lambda found: found[1] or found[2] or "", text)
