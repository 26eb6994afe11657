"""Lines for the terminal: at most 100 columns wide."""

import textwrap
from collections.abc import Mapping

WIDTH = 100


def wrapped(text: str) -> list[str]:
    """Return the lines of a text, none too wide; a word stays whole unless it alone is too wide."""
    lines = []
    for line in text.expandtabs().splitlines():
        indent = line[: min(len(line) - len(line.lstrip()), 20)]
        folded = textwrap.wrap(
            line.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )
        lines += [line] if len(line) <= WIDTH else folded
    return lines


def cut(text: str, width: int = WIDTH) -> str:
    """Return one line of a text, cut where it is too wide."""
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def in_words(rule: str, docstring: str | None, wildcards: Mapping[str, str]) -> str:
    """Return what a step does: the first line of its rule's docstring, and its wildcards."""
    first = " ".join((docstring or "").strip().partition("\n")[0].split()).rstrip(" .") or rule
    values = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in wildcards.items())
    return f"{first} ({values})" if values else first


def duration(seconds: float) -> str:
    """Return a time in at most eight characters."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
