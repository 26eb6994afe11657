"""Whether the current folder can hold a run."""

import os
import time
from pathlib import Path

from kotohajime.io import UserError

ROOTS = ("results", "logs", "benchmarks", ".snakemake")


def check(project: Path) -> None:
    """Make the folder for logs, so that a printed command works; UserError where a run cannot work."""
    if {"{", "}"} & set(str(project)):
        raise UserError(f"Snakemake takes the braces in {project} for a variable. Rename that folder.")
    if ahead := from_the_future(project):
        raise UserError(f"{ahead} is dated in the future. Set the clock right, or give it today's date: touch {ahead}")
    if files := [name for name in ROOTS if os.path.lexists(name) and not Path(name).is_dir()]:
        raise UserError(f"{', '.join(files)}: no folder, but a file or a dead link. Move it away and run again.")
    state = ".snakemake" if Path(".snakemake").is_dir() else "."
    if not os.access(state, os.W_OK):
        named = "this folder" if state == "." else state
        raise UserError(f"No permission to write to {named}, {owned(state)}. Give it, or run in a folder of yours.")
    if os.access(".", os.W_OK):
        Path("logs").mkdir(exist_ok=True)


def from_the_future(project: Path) -> Path | None:
    """Return a file that no result could be newer than, which Snakemake asks for; None if there is none."""
    sources = (path for name in ("config", "data", "envs", "src", "workflow") for path in (project / name).rglob("*.*"))
    return next((path for path in sources if path.exists() and path.stat().st_mtime > time.time() + 60), None)


def check_writable() -> None:
    """Raise UserError when a folder that a run writes to is closed."""
    roots = [root for root in map(Path, ROOTS[:-1]) if root.is_dir()]
    inside = [Path(top, name) for root in roots for top, names, _ in os.walk(root) for name in names]
    folders = [*roots, *inside, Path(".snakemake")]
    if closed := [folder for folder in folders if not os.access(folder, os.W_OK | os.X_OK)]:
        named = ", ".join(f"{folder} ({owned(folder)})" for folder in closed[:6])
        raise UserError(f"No permission to write to {named}. Give it and run again; nothing was changed.")


def owned(path: str | Path) -> str:
    """Return whose a folder is."""
    try:
        return f"which belongs to {Path(path).owner()}"
    except (KeyError, OSError):
        return "which belongs to someone else"
