"""Bad input never costs a result; divergence is told; kills leave nothing half done and nothing at work."""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from projects import (
    NOTHING,
    fail,
    planned,
    results,
    run,
    small_project,
    started,
    succeed,
    without_roots_rights,
)

KILLS = int(os.environ.get("KILLS", "1"))


WRONG = {
    "epohs=3": "epohs: no such key. Did you mean epochs?",
    "epochs=0": "epochs: Input should be greater than or equal to 1 (found 0).",
    "hidden_dim=1000000000": "hidden_dim: Input should be less than or equal to 10000 (found 1000000000).",
    "manual_learning_rate=nan": "manual_learning_rate: Input should be a finite number (found nan).",
    "study_learning_rates=[]": "study_learning_rates: ",
    "device=tpu": "device: Input should be 'auto', 'cpu' or 'cuda' (found 'tpu').",
    "seed=yes": "seed: Input should be a valid integer, unable to parse string as an integer (found 'yes').",
}


def test_a_wrong_config_is_refused_before_anything_runs_a_line_each(small):
    before = results(small)
    said = fail(small, "snakemake", "--cores", "1", "--config", *WRONG)
    assert [sentence for sentence in WRONG.values() if f"\n{sentence}" not in said] == []
    assert len(said.splitlines()) <= len(WRONG) + 6
    assert results(small) == before
    assert NOTHING in succeed(small, "snakemake", "-n", "--config", "manual_learning_rate=2e-6", "epochs=40")


def test_cuda_without_a_gpu_stops_at_the_environment(own_small):
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    complete = results(own_small)
    before = dict(complete)
    del before["results/environment.json"]  # the account of another request; the next run writes it again
    stopped = fail(own_small, "snakemake", "--cores", "2", "--config", "device=cuda")
    assert "environment: device cuda was asked for, but torch" in stopped
    assert results(own_small) == before
    assert run(own_small, "snakemake", "--cores", "2", "results/environment.json").returncode == 0
    assert results(own_small) == complete
    assert planned(own_small) == set()


@pytest.mark.parametrize("mode", [0o555, 0o644])
def test_a_folder_that_cannot_be_written_or_entered_is_one_sentence(tmp_path, mode):
    folder = small_project(tmp_path)
    (folder / "results/inner").mkdir(parents=True)
    (folder / "results").chmod(mode)
    told = fail(folder, *without_roots_rights(folder / "results"), "snakemake", "--cores", "1")
    assert f"No permission to write to results (which belongs to {folder.owner()})" in told


def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(tmp_path):
    folder = small_project(tmp_path, hidden_dim=1000, epochs=5)
    (folder / "results").mkdir()
    size = ["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(folder / "results")]
    if subprocess.run(size, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        told = fail(folder, "snakemake", "--cores", "1", "results/train_manual/weights.npz")
        left = results(folder)
    finally:
        subprocess.run(["umount", str(folder / "results")], check=True)
    assert "weights.npz: No space left on device. Nothing was left half written" in " ".join(told.split())
    assert not any(name.endswith(".tmp") for name in left)


def jobs_at_work(folder: Path) -> list[int]:
    """Return the processes in a folder that run a module of ours."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = b"-m\0kotohajime." in (process / "cmdline").read_bytes() and (process / "cwd").readlink() == folder
        except OSError:
            continue
        found += [int(process.name)] * ours
    return found


def waits_for_the_run(job: int) -> bool:
    """Return whether a job has imported what it needs, and holds the file of its run's lock open."""
    try:
        return any("kotohajime/jobs-" in str(file.readlink()) for file in Path(f"/proc/{job}/fd").iterdir())
    except FileNotFoundError:  # it has just closed another one
        return False


@pytest.mark.parametrize("struck", ["SIGKILL", "SIGHUP"])
def test_no_job_outlives_its_run_and_the_next_run_gets_its_own_result(own_small, small, struck):
    losses = own_small / "results/train_manual/losses.csv"
    command = ["snakemake", "--cores", "1", str(losses.relative_to(own_small)), "--config"]
    process = started(own_small, *command, "epochs=1000000")
    while not any(map(waits_for_the_run, jobs_at_work(own_small))):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(getattr(signal, struck))
    assert process.wait() < 0  # it was struck
    succeed(own_small, *command, "epochs=50")
    assert jobs_at_work(own_small) == []
    lines = losses.read_bytes().splitlines()
    assert len(lines) == 51
    assert lines[:41] == (small / "results/train_manual/losses.csv").read_bytes().splitlines()


def strike(process: subprocess.Popen, kind: str, folder: Path) -> bool:
    """Kill the workflow alone; or its jobs; or all at once, as a power cut does.

    Return whether there was something to kill: between two steps there is no job.
    """
    if kind == "job":
        jobs = jobs_at_work(folder)
        for job in jobs:
            with suppress(ProcessLookupError):
                os.kill(job, signal.SIGKILL)
        return bool(jobs)
    if kind == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    return process.wait() == -signal.SIGKILL


TO_THE_TABLES = ["snakemake", "--cores", "2", "trainings", "study_tables"]


def unlike(folder: Path, whole: Path) -> list[str]:
    """Return the results that differ from those of a whole run; all that were asked for are there."""
    assert planned(folder, *TO_THE_TABLES[-2:]) == set()
    here, there = results(folder), results(whole)
    return [name for name in here if here[name] != there.get(name)]


def struck(folder, kind, moment) -> bool:
    """Start the workflow and strike after `moment` seconds; False if it ended well by itself, before or unharmed."""
    process = started(folder, *TO_THE_TABLES)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        if strike(process, kind, folder):
            process.wait()
            return True
    assert process.wait() == 0
    return False


def test_killed_at_random_moments_it_finishes_with_equal_bytes(small, tmp_path):
    """KILLS in the environment sets how many; each kill strikes the run that goes on after the last one.

    Each within half the time that the same results took in `small`, so that the next one has something to strike.
    """
    begun, ended = ((small / name).stat().st_mtime for name in ("config/config.yaml", "results/study/runs.csv"))
    chance, kinds = random.Random(20180429), ("job", "workflow", "all")
    folder, strikes, tries = small_project(tmp_path / "killed"), 0, 0
    while strikes < KILLS:
        tries += 1
        assert tries <= 20 * KILLS, "the kills hit nothing"
        if struck(folder, kinds[strikes % len(kinds)], chance.uniform(0.2, (ended - begun) / 2)):
            strikes += 1
        else:
            assert unlike(folder, small) == []
            folder = small_project(tmp_path / f"killed{tries}")  # from nothing again
    succeed(folder, *TO_THE_TABLES)
    assert unlike(folder, small) == []
