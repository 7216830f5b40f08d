"""A guest's output as the lines that a terminal would have shown.

`reading` splits the bytes into text, controls and sequences; `page` is what they are shown on: a
screen whose lines are as long as they are, so that a log's lines stay whole. A line is given once
it has left the page, in the state in which it left.
"""

from com1d.frontends.words.lines.page import LINE_MAX, Shown
from com1d.frontends.words.lines.reading import Lines


__all__ = ["LINE_MAX", "Lines", "Shown"]
