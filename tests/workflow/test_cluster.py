"""On whatever SLURM cluster answers `sinfo`: the same bytes as at home, through what goes wrong on a cluster.

The jobs have to see this folder's parent (a shared file system, or a cluster on this host).
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from projects import ROOT, copy_project, differences, environment, fail, results, succeed

NUMBERS = {
    "epochs": 300, "hidden_dim": 200, "output_dim": 3, "study_seeds": 8, "study_seeds_per_shard": 2,
    "study_band_seeds": 10, "study_learning_rates": "[1e-7,1e-6,1e-5,1e-4]",
}  # fmt: skip
CONFIG = ["--config", *(f"{key}={value}" for key, value in NUMBERS.items())]
TARGETS = ["trainings", "study_tables"]
SHARDS = 4  # jobs; the article's trainings and the band are one more
SHARD_FILES = [f"results/study/shards/{seed}/runs.csv" for seed in (200, 202, 204, 206)]


def slurm(*command: str) -> str:
    """Call one of SLURM's commands; return what it says, nothing if it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def partition() -> str:
    """Return the name of the default partition."""
    if not shutil.which("sinfo") or not (
        names := re.findall(r"^(\S+)\*$", slurm("sinfo", "--noheader", "--format=%P"), re.MULTILINE)
    ):
        pytest.skip("no SLURM cluster answers here")
    return names[0]


@pytest.fixture(scope="module")
def at_home(partition, tmp_path_factory) -> Path:
    """Return a copy of the project after a local run."""
    folder = copy_project(tmp_path_factory.mktemp("home"))
    succeed(folder, "snakemake", "--cores", "2", *TARGETS, *CONFIG)
    return folder


@pytest.fixture
def folder(partition, tmp_path) -> Path:
    """Return a copy of the project whose profile names this cluster's partition."""
    profile = copy_project(tmp_path) / "profiles/slurm/config.yaml"
    profile.write_text(profile.read_text().replace("slurm_partition: main", f"slurm_partition: {partition}"))
    return tmp_path


def command(*arguments: str) -> list[str]:
    """Return how a run on the cluster is started: in the ordinary way, for its jobs are to be the cluster's own."""
    often = ["--slurm-init-seconds-before-status-checks", "3"]
    return ["env", "snakemake", "--workflow-profile", "profiles/slurm", *arguments, *often, *CONFIG]


def start(folder: Path, *targets: str) -> subprocess.Popen:
    """Start a run on the cluster, in a session of its own; what it says goes to said.txt."""
    with (folder / "said.txt").open("w") as said:
        return subprocess.Popen(
            command(*targets), cwd=folder, env=environment(folder), stdout=said, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def finish(folder: Path, process: subprocess.Popen) -> None:
    """Wait for a run's good end, at most ten minutes."""
    try:
        code = process.wait(timeout=600)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert code == 0, (folder / "said.txt").read_text()


def submitted(folder: Path) -> int:
    return (folder / "said.txt").read_text().count("has been submitted with SLURM jobid")


def jobs(folder: Path, state: str = "RUNNING", what: str = "study_shard") -> list[tuple[str, str]]:
    """Return number and node of the folder's jobs in a state."""
    lines = slurm("squeue", "--noheader", f"--states={state}", "--format=%i|%N|%Z|%k").splitlines()
    found = [line.split("|") for line in lines]
    return [(job, node) for job, node, where, comment in found if where == str(folder) and what in comment]


def wait_for_shards(folder: Path, process: subprocess.Popen) -> list[tuple[str, str]]:
    deadline = time.monotonic() + 300
    while len(running := jobs(folder)) < SHARDS:
        assert process.poll() is None, (folder / "said.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return running


def test_the_profiles_differ_in_what_they_say():
    """A profile takes the place of profiles/default, and the one for GPUs that of the one without."""
    default, gpu, slurm, slurm_gpu = (
        yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())
        for name in ("default", "gpu", "slurm", "slurm-gpu")
    )
    limits = {"resources", "default-resources", "__use_yte__", "__definitions__"}  # of this machine
    shared = {key: value for key, value in default.items() if key not in limits}
    assert len(shared) == 5
    assert shared.items() <= gpu.items()
    assert shared.items() <= slurm.items()
    own = {"default-resources", "set-resources", "configfile"}
    assert {key for key in slurm | slurm_gpu if slurm.get(key) != slurm_gpu.get(key)} == own


def test_a_run_survives_a_killed_job_a_lost_node_and_an_absent_controller(folder, at_home):
    if os.geteuid() or not shutil.which("slurmctld"):
        pytest.skip("takes a node and the controller away, which only this cluster's administrator can do")
    if "accounting_storage/none" in slurm("scontrol", "show", "config"):
        pytest.skip("this cluster keeps no accounts, without which Snakemake loses sight of its jobs (docs/cluster.md)")
    with start(folder, *SHARD_FILES) as process:
        (first, _), (_, node), *_ = wait_for_shards(folder, process)
        slurm("scancel", first)
        slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        slurm("pkill", "-STOP", "-x", "slurmctld")
        try:
            time.sleep(30)
        finally:
            slurm("pkill", "-CONT", "-x", "slurmctld")
            slurm("scontrol", "update", f"nodename={node}", "state=resume")
        finish(folder, process)
    again = submitted(folder) - 1 - SHARDS
    assert 2 <= again <= SHARDS + 1  # what was cancelled, what ran on that node, what began without the controller
    there = results(at_home)
    assert [name for name, data in results(folder).items() if data != there[name]] == []


def test_a_failed_job_of_several_steps_shows_their_words_and_slurms_log(folder):
    (folder / "src/kotohajime/article/train_autograd.py").write_text('raise SystemExit("train_autograd: no memory")\n')
    flags = ("results/train_autograd/losses.csv", "--retries", "0", "--logger", "kotohajime")
    lines = fail(folder, *command(*flags)).splitlines()
    assert [line for line in lines if line.startswith("Failed: group article: ") and "train autograd" in line]
    *_, name, words, slurms_log, end = lines
    assert (name, words) == ("The end of logs/train_autograd.log:", "train_autograd: no memory")
    assert Path(slurms_log.removeprefix("SLURM's own log: ")).is_file()
    assert end == "Put that right and run again: what other steps made is kept."


def test_a_job_out_of_memory_gets_more(folder, at_home):
    if "cgroup" not in slurm("scontrol", "show", "config").split("TaskPlugin ")[-1].splitlines()[0]:
        pytest.skip("this cluster does not end jobs that take too much memory")
    done = succeed(
        folder, *command("results/study/shards/200/runs.csv", "--set-resources", "study_shard:mem_mb=500*attempt")
    )
    assert done.count("Error in rule study_shard") == 1
    shards = [name for name in differences(folder, at_home) if "study/shards/200/" in name]
    assert shards == []


def test_the_same_bytes_in_a_handful_of_jobs_none_of_which_runs_twice_after_a_kill(folder, at_home):
    with start(folder, *TARGETS) as process:
        wait_for_shards(folder, process)
        os.killpg(process.pid, signal.SIGKILL)
    before = {job for job, _ in jobs(folder, "running,pending", "")}
    assert submitted(folder) == 1 + SHARDS
    refused = fail(folder, *command(*TARGETS))
    left = {job for job, _ in jobs(folder, "running,pending", "")}  # some may have ended since
    words = " ".join(refused.split())
    said = re.search(
        r"still in SLURM's queue: ([\d, ]+)\. Wait until they end, or end them \((scancel [\d ]+)\)", words
    )
    assert left <= set(said[1].split(", ")) <= before
    slurm("scancel", "--full", "--signal=KILL", *left)  # else they may end well before they are ended
    slurm(*said[2].split())
    while jobs(folder, "running,completing", ""):
        time.sleep(0.5)
    finished = len(list(folder.glob("results/study/shards/*/starts.csv")))
    with start(folder, *TARGETS) as process:
        finish(folder, process)
    assert SHARDS - finished <= submitted(folder) <= SHARDS  # a job may have been ended as its files were there
    assert differences(folder, at_home) == []
