"""One run at a time in a folder; a run that was killed leaves no lock behind."""

import fcntl
from pathlib import Path
from typing import IO

from kotohajime.cli import UserError


def take(path: Path) -> IO:
    """Lock `path` until the returned file is closed or this process ends, however it ends.

    Raises UserError when another process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError("another run is going on in this folder. Wait until it ends, or stop it.") from None
    return file
