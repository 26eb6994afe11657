"""The three lessons beside each other: the loop of each, with what is new in it."""

import ast
import difflib
import inspect
from collections.abc import Callable

from kotohajime.article import train_autograd, train_manual, train_module

LESSONS = {lesson.__name__.rpartition(".")[2]: lesson.train for lesson in (train_manual, train_autograd, train_module)}


def loop(train: Callable) -> list[str]:
    """Return the lines of a function without its docstring."""
    source = inspect.getsource(train)
    docstring = ast.parse(source).body[0].body[0]
    lines = source.splitlines()
    return lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]


def marked() -> dict[str, list[tuple[str, bool]]]:
    """Return each lesson's lines, and of each whether the lesson before had it; nothing is new in the first."""
    found, before = {}, None
    for name, train in LESSONS.items():
        lines = loop(train)
        kept = set()
        for block in difflib.SequenceMatcher(None, before or lines, lines, autojunk=False).get_matching_blocks():
            kept |= set(range(block.b, block.b + block.size))
        found[name] = [(line, place not in kept and bool(line.strip())) for place, line in enumerate(lines)]
        before = lines
    return found
