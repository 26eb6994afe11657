"""One run at a time in a folder, and no job that outlives its run: with real processes, and SIGKILL."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from projects import without_roots_rights

from kotohajime import run_lock

RUN = """
import sys, time
from pathlib import Path
from kotohajime import run_lock
print(run_lock.take(Path(sys.argv[1])), flush=True)
time.sleep(60)
"""
# The job writes a file when a line comes in, which is after its run was killed.
JOB = """
import sys
from pathlib import Path
from kotohajime import run_lock
run_lock.end_with_the_run()
print("at work", flush=True)
sys.stdin.readline()
Path(sys.argv[1]).write_text("a result")
"""
CLOSED = """
import sys
from pathlib import Path
from kotohajime import run_lock
try:
    print(run_lock.take(Path(sys.argv[1])))
except OSError as error:
    print(f"{error.strerror}: {error.filename}")
"""


@pytest.fixture
def start():
    """Return a function that starts Python code in a process of its own."""
    started = []

    def python(code: str, *arguments: Path, run: str | None = None) -> subprocess.Popen:
        environment = {name: value for name, value in os.environ.items() if name != run_lock.VARIABLE}
        environment |= {run_lock.VARIABLE: run} if run is not None else {}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(
            subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], env=environment, text=True, **pipes)
        )
        return started[-1]

    yield python
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def own_locks(monkeypatch):
    """Give the locks of this process back after the test."""
    held = []
    monkeypatch.setattr(run_lock, "held", held)
    yield
    for file in held:
        file.close()


def killed(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_second_run_is_refused_while_the_first_lives(tmp_path, start):
    first = start(RUN, tmp_path / "locks")
    assert Path(first.stdout.readline().strip()).parent == tmp_path / "locks"
    assert start(RUN, tmp_path / "locks").stdout.readline() == "None\n"
    killed(first)
    assert run_lock.take(tmp_path / "locks").exists()


def test_runs_in_two_folders_do_not_know_each_other(tmp_path, start):
    assert start(RUN, tmp_path / "a").stdout.readline() != "None\n"
    assert run_lock.take(tmp_path / "b") is not None


def test_a_job_ends_with_its_run_and_writes_nothing(tmp_path, start):
    run = start(RUN, tmp_path / "locks")
    own = run.stdout.readline().strip()
    jobs = [start(JOB, tmp_path / f"{number}.txt", run=own) for number in range(3)]
    assert [job.stdout.readline() for job in jobs] == ["at work\n"] * 3
    assert [job.poll() for job in jobs] == [None] * 3
    killed(run)
    assert [job.wait(timeout=20) for job in jobs] == [1] * 3  # no line came in
    assert [job.stderr.read() for job in jobs] == ["ended: the run that started this is over\n"] * 3
    assert not list(tmp_path.glob("*.txt"))


@pytest.mark.parametrize("lock", [None, "", "of a run"])
def test_a_job_goes_on_while_its_run_lives_and_outside_of_a_run(tmp_path, start, lock):
    if lock:
        lock = start(RUN, tmp_path / "locks").stdout.readline().strip()
    job = start(JOB, tmp_path / "result.txt", run=lock)
    assert job.stdout.readline() == "at work\n"
    assert job.communicate("go\n", timeout=20)[1] == ""
    assert (job.returncode, (tmp_path / "result.txt").read_text()) == (0, "a result")


def test_a_job_that_starts_after_its_run_ends_at_once(tmp_path, start):
    run = start(RUN, tmp_path / "locks")
    own = run.stdout.readline().strip()
    killed(run)
    job = start(JOB, tmp_path / "result.txt", run=own)
    job.wait(timeout=20)  # nothing was written to it
    assert job.returncode == 1
    assert run_lock.take(tmp_path / "locks") is not None
    assert not Path(own).exists()
    late = start(JOB, tmp_path / "result.txt", run=own)
    late.wait(timeout=20)
    assert late.stderr.read().strip() == "the run that started this is over"
    assert late.returncode == 1
    assert not (tmp_path / "result.txt").exists()


@pytest.mark.parametrize("patience", [60, 0.1])
def test_the_next_run_waits_for_jobs_that_are_ending_and_says_so_once(tmp_path, monkeypatch, capsys, patience):
    monkeypatch.setattr(run_lock, "PATIENCE", patience)
    ending = [(tmp_path / f"jobs-1-{number}").open("ab") for number in (1, 2)]
    for job in ending:
        run_lock.fcntl.flock(job, run_lock.fcntl.LOCK_SH)
    taken = []
    run = threading.Thread(target=lambda: taken.append(run_lock.take(tmp_path)))
    run.start()
    run.join(timeout=0.5)
    assert run.is_alive()
    for job in ending:
        job.close()
        run.join(timeout=0.5)
    run.join(timeout=20)
    assert [path.parent for path in taken] == [tmp_path]
    assert sorted(path.name for path in tmp_path.iterdir()) == [taken[0].name, "run"]
    said = "Waiting until the jobs of an earlier run in this folder have ended.\n"
    assert capsys.readouterr().err == ("" if patience == 60 else said)


@pytest.mark.parametrize("left", [[], ["run"]])  # by a run of someone else
def test_a_folder_that_may_not_be_written_to_is_told_as_such(tmp_path, left):
    folder = tmp_path / "locks"
    folder.mkdir()
    for name in left:
        (folder / name).touch(0o444)
    folder.chmod(0o555)
    command = [*without_roots_rights(folder), sys.executable, "-c", CLOSED, str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == f"Permission denied: {folder / 'run'}"
    assert [path.name for path in folder.iterdir()] == left


NO_LOCKS = """
import errno, os
from kotohajime import run_lock
def flock(file, how):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
run_lock.fcntl.flock = flock
"""


def test_a_file_system_without_locks_is_told_as_such(tmp_path, start):
    assert start(NO_LOCKS + CLOSED, tmp_path / "locks").communicate(timeout=20)[0] == "No locks available: None\n"


def test_a_file_in_the_folders_place_is_told_as_such(tmp_path):
    (tmp_path / "locks").touch()
    with pytest.raises(OSError, match="File exists"):
        run_lock.take(tmp_path / "locks")
