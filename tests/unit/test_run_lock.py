"""One run at a time in a folder, and no job that outlives its run: with real processes, and SIGKILL."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from projects import without_roots_rights

from kotohajime import run_lock

BEGIN = "import sys, time\nfrom pathlib import Path\nfrom kotohajime import run_lock\n"
RUN = f"{BEGIN}print(run_lock.acquire(Path(sys.argv[1])), flush=True)\ntime.sleep(60)\n"
# It writes a file when a line comes in.
JOB = f"""{BEGIN}
run_lock.end_with_the_run()
print("at work", flush=True)
sys.stdin.readline()
Path(sys.argv[1]).write_text("a result")
"""
ENDED = "ended: the run that started this is over\n"


@pytest.fixture
def start():
    """Return a function that starts Python code in a process of its own, as a job of a run if one is named."""
    started = []

    def python(code: str, argument: Path, run: str | None = None) -> subprocess.Popen:
        environment = {name: value for name, value in os.environ.items() if name != run_lock.VARIABLE}
        environment |= {} if run is None else {run_lock.VARIABLE: run}
        command = [sys.executable, "-c", code, str(argument)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, env=environment, text=True, **pipes))
        return started[-1]

    yield python
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_run_is_refused_in_this_folder_alone_while_the_first_lives(tmp_path, start):
    first = start(RUN, tmp_path / "locks")
    assert Path(first.stdout.readline().strip()).parent == tmp_path / "locks"
    assert start(RUN, tmp_path / "locks").stdout.readline() == "None\n"
    assert start(RUN, tmp_path / "others").stdout.readline() != "None\n"
    first.kill()
    first.wait()
    assert start(RUN, tmp_path / "locks").stdout.readline() != "None\n"


def test_a_job_ends_with_its_run_and_writes_nothing(tmp_path, start):
    run = start(RUN, tmp_path / "locks")
    path = run.stdout.readline().strip()
    jobs = [start(JOB, tmp_path / f"{number}.txt", path) for number in range(3)]
    assert [job.stdout.readline() for job in jobs] == ["at work\n"] * 3
    assert [job.poll() for job in jobs] == [None] * 3
    run.kill()
    run.wait()
    assert [job.wait(timeout=20) for job in jobs] == [1] * 3  # no line came in
    assert [job.stderr.read() for job in jobs] == [ENDED] * 3
    assert not list(tmp_path.glob("*.txt"))


@pytest.mark.parametrize("run", [None, "", "lives"])
def test_a_job_goes_on_while_its_run_lives_and_outside_of_a_run(tmp_path, start, run):
    if run:
        run = start(RUN, tmp_path / "locks").stdout.readline().strip()
    job = start(JOB, tmp_path / "result.txt", run)
    assert job.communicate("go\n", timeout=20) == ("at work\n", "")
    assert (tmp_path / "result.txt").read_text() == "a result"


def test_a_job_that_starts_after_its_run_ends_at_once(tmp_path, start):
    run = start(RUN, tmp_path / "locks")
    path = run.stdout.readline().strip()
    run.kill()
    run.wait()
    before = start(JOB, tmp_path / "result.txt", path)
    assert (before.wait(timeout=20), before.stderr.read()) == (1, ENDED)
    assert start(RUN, tmp_path / "locks").stdout.readline() not in ("None\n", path)
    during = start(JOB, tmp_path / "result.txt", path)
    assert (during.wait(timeout=20), during.stderr.read()) == (1, ENDED)
    assert not (tmp_path / "result.txt").exists()


def test_the_next_run_waits_for_jobs_that_are_ending(tmp_path):
    ending = [run_lock.lock(tmp_path / f"jobs-{number}", run_lock.fcntl.LOCK_SH) for number in (1, 2)]
    acquired: list[Path] = []
    run = threading.Thread(target=lambda: acquired.append(run_lock.acquire(tmp_path)))
    run.start()
    for job in ending:
        run.join(timeout=0.5)
        assert run.is_alive()
        os.close(job)
    run.join(timeout=20)
    assert sorted(tmp_path.iterdir()) == [*acquired, tmp_path / "run"]


@pytest.mark.parametrize("left", [[], ["run"]])  # by a run of someone else
def test_a_folder_that_may_not_be_written_to_is_an_error(tmp_path, left):
    folder = tmp_path / "locks"
    folder.mkdir()
    for name in left:
        (folder / name).touch(0o444)
    folder.chmod(0o555)
    command = [*without_roots_rights(folder), sys.executable, "-c", RUN, str(folder)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.stderr.splitlines()[-1] == f"PermissionError: [Errno 13] Permission denied: '{folder / 'run'}'"
    assert [path.name for path in folder.iterdir()] == left


def test_a_file_system_without_locks_is_an_error(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError("No locks available")

    monkeypatch.setattr(run_lock.fcntl, "flock", flock)
    with pytest.raises(OSError, match="No locks available"):
        run_lock.acquire(tmp_path / "locks")
