"""Notice results that were changed after the workflow wrote them."""

import hashlib
import re
from pathlib import Path

WROTE = re.compile(r"^wrote (?P<path>.+) sha256 (?P<digest>[0-9a-f]{64})$", re.MULTILINE)


def sha256(content: bytes) -> str:
    """Return the checksum in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def edited(logs: Path) -> list[str]:
    """Return the results whose content is not what their log says was written; missing ones do not count.

    A job's log is emptied before the job writes and gets a line after each file: it never speaks of an older file.
    """
    lines = [
        line
        for log in sorted(logs.glob("*.log"))
        for line in WROTE.finditer(log.read_text(encoding="utf-8", errors="replace"))
    ]
    there = [(Path(line["path"]), line["digest"]) for line in lines if Path(line["path"]).is_file()]
    return sorted({str(path) for path, digest in there if content(path) != digest})


def content(path: Path) -> str | None:
    """Return the checksum of a file, None if it cannot be read."""
    try:
        return sha256(path.read_bytes())
    except OSError:
        return None
