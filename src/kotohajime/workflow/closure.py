"""The code behind a rule: its module, all that this imports, and the templates that these name."""

import ast
import re
from functools import cache
from pathlib import Path

from kotohajime.made import NO_CODE, PACKAGE

TEMPLATES = PACKAGE / "pages/templates"


def code_of(module: str) -> list[Path]:
    """Return the files that decide what a module of this package does, "article.train_manual" for example.

    What only checks and carries numbers is left out (`made.NO_CODE`): a number reaches a rule as its flag.
    """
    found: set[Path] = set()
    waiting = within(module)
    while waiting:
        if (file := waiting.pop()) not in found:
            found.add(file)
            waiting += named_in(file)
    return sorted(file for file in found if not str(file.relative_to(PACKAGE)).startswith(NO_CODE))


def file_of(module: str) -> Path:
    """Return a module's file, a package's `__init__.py`."""
    path = PACKAGE / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def named_in(file: Path) -> list[Path]:
    """Return the files of this package that a file needs by itself."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return templates(re.findall(r'"([\w.]+)"', text))
    tree = list(ast.walk(ast.parse(text)))
    modules = {name for node in tree if isinstance(node, ast.ImportFrom) for name in imported(node)}
    strings = [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [file for name in sorted(modules) for file in within(name)] + templates(strings)


def within(module: str) -> list[Path]:
    """Return the files that an import of a module runs: its own and those of the packages around it."""
    parts = module.split(".")
    files = (file_of(".".join(parts[:depth])) for depth in range(len(parts) + 1))
    return [file for file in files if file.exists()]


def imported(node: ast.ImportFrom) -> list[str]:
    """Return the modules of this package that `from kotohajime... import ...` may name."""
    package, _, rest = (node.module or "").partition(".")
    if package != "kotohajime":
        return []
    return [rest, *(f"{rest}.{alias.name}".lstrip(".") for alias in node.names)]


def templates(names: list[str]) -> list[Path]:
    """Return the templates among some names."""
    return [path for path in sorted(TEMPLATES.iterdir()) if path.name in names]
