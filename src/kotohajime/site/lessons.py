"""The three lessons beside each other: the loop of each, with what is new in it."""

import ast
import difflib
import inspect
from collections.abc import Callable
from typing import Any

from kotohajime.article import train_autograd, train_manual, train_module

LESSONS = {lesson.__name__.rpartition(".")[2]: lesson.train for lesson in (train_manual, train_autograd, train_module)}


def source_lines(train: Callable) -> list[str]:
    """Return the lines of a function without its docstring."""
    source = inspect.getsource(train)
    function: Any = ast.parse(source).body[0]
    docstring = function.body[0]
    lines = source.splitlines()
    return lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]


def marked() -> dict[str, list[tuple[str, bool]]]:
    """Return each lesson's lines, and of each whether it is new since the lesson before; nothing is in the first."""
    marks: dict[str, list[tuple[str, bool]]] = {}
    before: list[str] = []
    for name, train in LESSONS.items():
        lines = source_lines(train)
        diff = [line for line in difflib.ndiff(before or lines, lines) if line[0] in " +"]
        marks[name] = [(line[2:], line[0] == "+" and bool(line[2:].strip())) for line in diff]
        before = lines
    return marks
