"""Whether the current folder can hold a run."""

import os
from pathlib import Path

from kotohajime.files import UserError

ROOTS = ("results", "logs", "benchmarks", ".snakemake")


def check() -> None:
    """Make the folder for logs, so that a printed command works; UserError where a file stands in a folder's place."""
    if files := [name for name in ROOTS if Path(name).exists() and not Path(name).is_dir()]:
        raise UserError(f"{', '.join(files)}: a file stands where a folder has to be. Move it away and run again.")
    if os.access(".", os.W_OK):
        Path("logs").mkdir(exist_ok=True)
    elif not os.access(".snakemake", os.W_OK):
        raise UserError(f"No permission to write to this folder, {owned('.')}. Give it, or run in a folder of yours.")


def check_writable() -> None:
    """Raise UserError when a folder that a run writes to is closed."""
    roots = [Path(name) for name in ROOTS[:-1]]
    folders = [folder for root in roots for folder in (root, *root.rglob("*/")) if folder.is_dir()]
    if closed := [folder for folder in [*folders, Path(".snakemake")] if not os.access(folder, os.W_OK)]:
        named = ", ".join(f"{folder} ({owned(folder)})" for folder in closed[:6])
        raise UserError(f"No permission to write to {named}. Give it and run again; nothing was changed.")


def owned(path: str | Path) -> str:
    """Return whose a folder is."""
    try:
        return f"which belongs to {Path(path).owner()}"
    except (KeyError, OSError):
        return "which belongs to someone else"
