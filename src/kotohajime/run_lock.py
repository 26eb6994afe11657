"""One run at a time in a folder, and no job that outlives its run, however that ends. Needs nothing but Python.

A run's process locks two files: `run` for the folder, and `jobs-*` for its own jobs, which wait for it. A job that gets
it knows that the run is gone and ends; until then it keeps the lock, so that the next run can wait for it.
"""

import fcntl
import os
import threading
import time
from pathlib import Path

VARIABLE = "KOTOHAJIME_RUN"  # the environment variable that names a run's `jobs-*` to its jobs


def lock(path: Path, flags: int) -> int:
    """Lock a file by `flock`; return its descriptor, which has the lock until it is closed or the process ends."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(file, flags)
    return file


def acquire(folder: Path) -> Path | None:
    """Lock `folder` for this process, once no job of an earlier run is left; return the file that its jobs wait for.

    Returns None while another run holds the folder. Raises OSError if files cannot be locked or written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock(folder / "run", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    for old in folder.glob("jobs-*"):
        file = lock(old, fcntl.LOCK_EX)  # waits for jobs that are just ending
        old.unlink()
        os.close(file)  # for a job that opened it a moment ago: it gets the lock, and ends
    jobs = folder / f"jobs-{os.getpid()}-{time.time_ns()}"
    lock(jobs, fcntl.LOCK_EX)
    return jobs.resolve()


def end_with_the_run() -> None:
    """In a job of a run, see to it that this process ends when the run's process does."""
    if path := os.environ.get(VARIABLE):
        threading.Thread(target=wait_and_end, args=(Path(path),), daemon=True).start()


def wait_and_end(jobs: Path) -> None:
    """Wait for the lock of a run, then end this process at once."""
    lock(jobs, fcntl.LOCK_SH)
    os.write(2, b"ended: the run that started this is over\n")
    os._exit(1)
