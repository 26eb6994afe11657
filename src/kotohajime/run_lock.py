"""One run at a time in a folder, and no job that outlives its run.

The run holds two locks as long as its process lives, however that ends: one that says that a run goes on in this
folder, and one of its own. Each of its jobs waits for the latter; a job that gets it knows that its run is gone, and
ends. It keeps the lock while it does, so that the next run can wait until it is gone.
"""

import fcntl
import math
import os
import sys
import threading
import time
from pathlib import Path

VARIABLE = "KOTOHAJIME_RUN"  # tells a job where its run's own lock is
PATIENCE = 3  # seconds in silence, when jobs of an earlier run are still ending
held = []  # open files: the system frees their locks when this process ends


def lock(path: Path) -> bool:
    """Lock a file for the rest of this process; return False when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    held.append(file)
    return True


def take(folder: Path) -> Path | None:
    """Lock `folder` for this process, when all jobs of earlier runs are gone; return the lock that its jobs wait for.

    None when another run goes on. Raises OSError where there are no locks, or no permission.
    """
    if not lock(folder / "run"):
        return None
    tell_at = time.monotonic() + PATIENCE
    for old in folder.glob("jobs-*"):
        while not lock(old):  # a job that is just ending
            time.sleep(0.05)
            if time.monotonic() > tell_at:
                print("Waiting until the jobs of an earlier run in this folder have ended.", file=sys.stderr)
                tell_at = math.inf
        old.unlink()
        held.pop().close()  # a job that opened it a moment ago gets it, and ends
    own = folder / f"jobs-{os.getpid()}-{time.time_ns()}"
    lock(own)
    return own.resolve()


def end_with_the_run() -> None:
    """In a job of the workflow: see to it that this process ends when its run does."""
    if path := os.environ.get(VARIABLE):
        try:
            file = Path(path).open("rb")  # noqa: SIM115 (the lock is kept as long as the process lives)
        except FileNotFoundError:
            sys.exit("the run that started this is over")
        threading.Thread(target=wait, args=(file,), daemon=True).start()


def wait(file) -> None:
    """Wait until the run's lock is free, then end this process at once."""
    fcntl.flock(file, fcntl.LOCK_SH)
    os.write(2, b"ended: the run that started this is over\n")
    os._exit(1)
