"""Whether a result may be used: what its record says, and what this config, this code and these inputs would make."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

from kotohajime import made
from kotohajime.files import UserError


def foreign(path: Path, module: str) -> str:
    """Return why nothing vouches for an existing result; "" if its record does."""
    record = made.read(path)
    if record is None:
        return "nothing tells how it was made"
    if record["module"] != module:
        return f"{record['module']} made it"
    return "" if record["sha256"] == checksum(path) else "it was edited or cut short"


def stale(path: Path, flags: str, declared: Collection[str]) -> str:
    """Return why a result that its record vouches for would be another one today; "" if it would be the same."""
    record = made.read(path)
    if record["flags"] != flags:
        return "made with other settings"
    if gone := record["inputs"].keys() - set(declared):
        return f"made from {min(gone)}, which is none of its inputs today"
    files = {Path(name): digest for name, digest in record["inputs"].items()}
    files |= {made.PACKAGE / name: digest for name, digest in record["code"].items()}
    changed = [str(file) for file, digest in files.items() if file.exists() and checksum(file) != digest]
    return f"made from another {changed[0]}" if changed else ""


@cache
def checksum(path: Path) -> str | None:
    """Return the checksum of a file, None if it cannot be read."""
    try:
        return made.sha256(path.read_bytes())
    except OSError:
        return None


def refusal(found: dict[str, str]) -> UserError:
    """Return the error for results that nothing vouches for."""
    lines = [f"{path}: {why}" for path, why in sorted(found.items())]
    more = [f"and {len(lines) - 6} more"] if len(lines) > 6 else []
    remedy = "Delete them (or move them away) and run again: they are made anew. Or make everything anew: --forceall."
    told = ["These results are not what the workflow wrote:", *lines[:6], *more, remedy]
    return UserError("\n".join([*told, "Nothing was run or changed."]))
