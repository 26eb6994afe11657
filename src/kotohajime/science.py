"""The science behind a rule: the files of this package that decide what its module computes and writes.

A change in one of them runs the rule again, by a checksum in its `params`. What only carries numbers and files, the
plumbing, decides nothing of a result and runs nothing again. Snakemake itself imports this module: it needs nothing
but Python.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
IMPORT = re.compile(r"^ *from kotohajime\.?([\w.]*) import ([\w, ]+|\([^)]+\))$", re.MULTILINE)
PLUMBING = {"cli.py", "config.py", "io.py", "mistakes.py", "provenance.py", "run_lock.py", "science.py", "start.py"}

texts_read: set[Path] = set()  # by this process, of this package


def package_text(name: str) -> str:
    """Return a text, a template or a source file of this package, by its path in it, and note that it was read."""
    texts_read.add(PACKAGE / name)
    return PACKAGE.joinpath(name).read_text(encoding="utf-8")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fingerprint(module: str, data: Iterable[str | Path] = (), texts: Iterable[str] = ()) -> str:
    """Return a checksum over the files behind a module ("article.train_manual") and what it reads besides results.

    That is data files, and texts and templates, whose paths are those in this package.
    """
    read = [*map(Path, data), *map(PACKAGE.joinpath, texts)]
    lines = [f"{path.name} {checksum(path)}" for path in (*files_behind(module), *read)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@cache
def files_behind(module: str) -> tuple[Path, ...]:
    """Return a module's file and those of all that it imports from this package, less the plumbing, sorted."""
    behind: set[Path] = set()
    waiting = {file_of(module)}
    while waiting:
        path = waiting.pop()
        behind.add(path)
        waiting |= imports(path) - behind
    return tuple(sorted(behind))


@cache
def imports(path: Path) -> frozenset[Path]:
    """Return the files that a file imports from this package, in functions too, less the plumbing."""
    names = set()
    for inside, imported in IMPORT.findall(path.read_text(encoding="utf-8")):
        names |= {inside, *(f"{inside}.{name}".lstrip(".") for name in re.findall(r"\w+", imported))}
    files = {file_of(name) for name in names if name}
    return frozenset(file for file in files if file.is_file() and file.relative_to(PACKAGE).as_posix() not in PLUMBING)


def module_of(file: str) -> str:
    """Return the name of a module of this package by its file."""
    return ".".join(Path(file).resolve().relative_to(PACKAGE.resolve()).with_suffix("").parts)


def file_of(module: str) -> Path:
    """Return the file of a module of this package."""
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
