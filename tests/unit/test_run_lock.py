"""One run at a time in a folder, and no job that outlives its run: with real processes, and SIGKILL."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kotohajime import run_lock

BEGIN = "import sys, time\nfrom pathlib import Path\nfrom kotohajime import run_lock\n"
RUN = f"{BEGIN}print(run_lock.acquire(Path(sys.argv[1])), flush=True)\ntime.sleep(60)\n"
JOB = f"""{BEGIN}
run_lock.end_with_the_run()
print("at work", flush=True)
sys.stdin.readline()
Path(sys.argv[1]).write_text("a result")
"""  # it writes when a line comes in
ENDED = "ended: the run that started this is over\n"


@pytest.fixture
def start():
    """Return a function that starts Python code in a process of its own, as a job of a run if one is named."""
    started = []

    def python(code: str, argument: Path, run: str | None = None) -> subprocess.Popen:
        environment = {name: value for name, value in os.environ.items() if name != run_lock.VARIABLE}
        environment |= {run_lock.VARIABLE: run} if run else {}
        command = [sys.executable, "-c", code, str(argument)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, env=environment, text=True, **pipes))
        return started[-1]

    yield python
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run(tmp_path, start):
    """Return a run in the folder `locks`: its process, and the file that it names to its jobs."""
    process = start(RUN, tmp_path / "locks")
    return process, process.stdout.readline().strip()


def test_a_second_run_is_refused_in_this_folder_alone_while_the_first_lives(tmp_path, start, run):
    first, path = run
    assert Path(path).parent == tmp_path / "locks"
    assert start(RUN, tmp_path / "locks").stdout.readline() == "None\n"
    assert start(RUN, tmp_path / "others").stdout.readline() != "None\n"
    first.kill()
    first.wait()
    assert start(RUN, tmp_path / "locks").stdout.readline() != "None\n"


def test_a_job_goes_on_while_its_run_lives_and_outside_of_a_run(tmp_path, start, run):
    for path in (run[1], None):
        job = start(JOB, tmp_path / "result.txt", path)
        assert job.communicate("go\n", timeout=20) == ("at work\n", "")
        (tmp_path / "result.txt").unlink()


def test_jobs_end_with_their_run_and_write_nothing(tmp_path, start, run):
    process, path = run
    jobs = [start(JOB, tmp_path / "result.txt", path) for _ in range(2)]
    assert [job.stdout.readline() for job in jobs] == ["at work\n"] * 2
    process.kill()
    process.wait()
    jobs.append(start(JOB, tmp_path / "result.txt", path))  # too late
    start(RUN, tmp_path / "locks").stdout.readline()
    jobs.append(start(JOB, tmp_path / "result.txt", path))  # while the next run is at work
    assert [job.wait(timeout=20) for job in jobs] == [1] * 4  # no line came in
    assert [job.stderr.read() for job in jobs] == [ENDED] * 4
    assert not (tmp_path / "result.txt").exists()


def test_the_next_run_waits_for_jobs_that_are_ending(tmp_path):
    ending = [run_lock.lock(tmp_path / f"jobs-{number}", run_lock.fcntl.LOCK_SH) for number in (1, 2)]
    acquired: list[Path] = []
    run = threading.Thread(target=lambda: acquired.append(run_lock.acquire(tmp_path)))
    run.start()
    for job in ending:
        run.join(timeout=0.3)
        assert run.is_alive()
        os.close(job)
    run.join(timeout=20)
    assert sorted(tmp_path.iterdir()) == [*acquired, tmp_path / "run"]


def test_a_file_system_without_locks_is_an_error(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError("No locks available")

    monkeypatch.setattr(run_lock.fcntl, "flock", flock)
    with pytest.raises(OSError, match="No locks available"):
        run_lock.acquire(tmp_path / "locks")
