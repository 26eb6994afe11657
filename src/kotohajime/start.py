"""The checks before a run: no other one is active here, it may write, the results that lie here are the workflow's own.

Snakemake itself imports this module: it needs nothing but Python.
"""

import itertools
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from kotohajime import provenance, run_lock, slurm_jobs

# Flags of Snakemake with which no result is made, or all are made anew whatever lies here.
NO_RUN = re.compile(
    "--(dry|unlock|lint|list|report|touch|forceall|delete|summary|detailed|dag|rulegraph|filegraph|help|version|mode)"
    "|-[fkp]*[ntFlSDhv][fkpntFlSDhv]*$"  # short flags in one word; one that takes a value is none of these
)


def check_flags(arguments: Sequence[str], home: Path) -> None:
    """Raise ValueError for flags of Snakemake that it would drop in silence; `home` is the project's folder."""
    if "--mode" in arguments:  # a job of a run that was asked for
        return
    if sum(flag.split("=")[0] in ("--config", "-C") for flag in arguments) > 1:
        raise ValueError("Of several --config Snakemake takes the last alone. Put every KEY=VALUE after one --config.")
    places = (Path(), Path("profiles"), home / "profiles")
    for flag, following in itertools.pairwise([*arguments, ""]):
        name, _, value = flag.partition("=")
        value = value or following
        if name == "--workflow-profile" and value != "none" and not any((folder / value).exists() for folder in places):
            raise ValueError(f"There is no profile {value}, and Snakemake would go on without one.")
        if name in ("--cores", "-c") and value.startswith("-"):
            raise ValueError(f"{name} {value}: a run needs at least one core.")


def asks_for_a_run(arguments: Sequence[str]) -> bool:
    """Return whether a command line of Snakemake asks for a run that builds on the results that lie here."""
    command, *flags = arguments
    makes_nothing = any(map(NO_RUN.match, flags)) and "--report-after-run" not in flags
    return "snakemake" in command and not makes_nothing


def why_not(results: Iterable[str], settings: Mapping[str, str | Callable[[int], str]], forced: bool) -> str:
    """Lock the folder for a run; return the sentence why none may begin, "" if it may.

    Args:
        results: all files that the workflow makes by its config.
        settings: today's, by module; those of a shard by its first seed.
        forced: all results are made anew, so that none of those here is looked at.
    """
    try:
        if jobs_lock() is None:
            return "Another run is going on in this folder. Wait until it ends, or stop it."
    except OSError as error:
        return f"This folder cannot be locked: {error}. Run where you may write, on a file system that has locks."
    try:
        queued = slurm_jobs.queued(Path())
    except RuntimeError as error:
        return str(error)
    if queued:
        return (
            f"Jobs of an earlier run in this folder are still in SLURM's queue: {', '.join(queued)}. "
            f"Wait until they end, or end them (scancel {' '.join(queued)}), and run again; nothing was changed."
        )
    if closed := closed_folders():
        return f"No permission to write to {', '.join(closed)}. Give it and run again; nothing was changed."
    existing = [] if forced else list(filter(Path.is_file, map(Path, results)))
    objections = ((path, provenance.objection(path, settings)) for path in existing)
    return provenance.refusal((path, why) for path, why in objections if why)


@cache
def jobs_lock() -> Path | None:
    """Lock the folder for this process; return the file that its jobs wait for, None while another run is at work."""
    return run_lock.acquire(Path(".snakemake/kotohajime"))


def prefix(home: Path, lock: Path | None = None) -> str:
    """Return the shell's words before each job; `home` is the project's folder, `lock` the file that its run holds.

    The environments of conda hold what the modules need, not the modules; no style of the user's counts in a picture.
    """
    active = shlex.quote(os.environ.get("CONDA_PREFIX", ""))
    own = shlex.quote(str(Path(sys.executable).parent))
    python = f'[ "$CONDA_PREFIX" != {active} ] || PATH={own}:$PATH'  # a rule's own environment comes first
    variables = {
        "PYTHONPATH": home / "src",
        provenance.VARIABLE: provenance.COPIES,
        "MPLBACKEND": "agg",
        "MATPLOTLIBRC": os.devnull,
        **({run_lock.VARIABLE: lock} if lock else {}),
    }
    exports = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in variables.items())
    return f"{python}; set -euo pipefail; export {exports}; "


def closed_folders() -> list[str]:
    """Return folders that a run writes to and that this user may not write to, at most six, with their owners."""
    roots = [root for root in map(Path, ("results", "logs", "benchmarks")) if root.is_dir()]
    folders = [*roots, *(Path(top, name) for root in roots for top, names, _ in os.walk(root) for name in names)]
    closed = [folder for folder in folders if not os.access(folder, os.W_OK | os.X_OK)]
    return [f"{folder} (which belongs to {owner(folder)})" for folder in closed[:6]]


def owner(path: Path) -> str:
    """Return the name of the user that a folder belongs to."""
    try:
        return path.owner()
    except (KeyError, OSError):
        return "someone else"
