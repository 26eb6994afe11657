"""One run at a time in a folder; a run that was killed leaves no lock behind."""

import fcntl
from pathlib import Path

held = []  # open files: the system frees their locks when this process ends, however it ends


def take(path: Path) -> bool:
    """Lock `path` for the rest of this process; return False when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    held.append(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
