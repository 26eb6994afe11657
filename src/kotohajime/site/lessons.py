"""The three lessons beside each other: the loop of each, with what is new in it."""

import ast
import difflib
from typing import Any

from kotohajime.text import source

LESSONS = ("train_manual", "train_autograd", "train_module")


def source_lines(lesson: str) -> list[str]:
    """Return the lines of a lesson's function `train` without its docstring."""
    code = source(f"article/{lesson}", "train")
    function: Any = ast.parse(code).body[0]
    docstring = function.body[0]
    lines = code.splitlines()
    return lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]


def marked() -> dict[str, list[tuple[str, bool]]]:
    """Return each lesson's lines, and of each whether it is new since the lesson before; nothing is in the first."""
    marks: dict[str, list[tuple[str, bool]]] = {}
    before: list[str] = []
    for name in LESSONS:
        lines = source_lines(name)
        diff = [line for line in difflib.ndiff(before or lines, lines) if line[0] in " +"]
        marks[name] = [(line[2:], line[0] == "+" and bool(line[2:].strip())) for line in diff]
        before = lines
    return marks
