"""Notice results that were changed by hand since the last whole run."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def sha256(path: Path) -> str:
    """Return a file's checksum in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sums_of(folder: Path, files: Iterable[Path]) -> str:
    """Return the files' checksums in the form that `sha256sum --check` reads inside `folder`."""
    return "".join(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)


def changed(sums: Path) -> list[Path]:
    """Return the files whose content is not what `sums` recorded; files that are gone do not count."""
    if not sums.exists():
        return []
    recorded = (line.split("  ", 1) for line in sums.read_text().splitlines())
    files = {sums.parent / name: digest for digest, name in recorded}
    return [path for path, digest in files.items() if path.exists() and sha256(path) != digest]
