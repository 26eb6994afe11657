"""The container image as its users run it: no network, a read-only file system, a user that it does not know.

`make image` builds it; without it, or without Docker, those tests that need it are skipped.
"""

import json
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from projects import ROOT, SMALL, results, run

from kotohajime.io import read_json

IMAGE = os.environ.get("IMAGE", "kotohajime")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to someone else")
HOSTILE = ["--network=none", "--read-only", "--tmpfs=/tmp", "--user=1234:1234"]
QUICK = ["--config", *(f"{key}={json.dumps(value)}" for key, value in SMALL.items())]
LEAST = ["--memory=3g", "--pids-limit=100", "--cap-drop=ALL", "--security-opt=no-new-privileges"]  # docs/container.md
KILLS = int(os.environ.get("KILLS", "3"))
REVISION = ["git", "describe", "--always", "--dirty"]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()


def docker(*arguments: str) -> subprocess.CompletedProcess:
    """Call Docker; its two outputs come as one text."""
    return subprocess.run(
        ["docker", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


@pytest.fixture(scope="module")
def image():
    if not shutil.which("docker") or docker("info").returncode:
        pytest.skip("no Docker engine answers here")
    label = '{{index .Config.Labels "org.opencontainers.image.revision"}}'
    if docker("image", "inspect", "--format", label, IMAGE).stdout != run(ROOT, *REVISION).stdout:
        pytest.skip(f"Docker has no image {IMAGE} of this code; `make image` builds it")


@pytest.fixture
def folder(image, tmp_path) -> Path:
    """Return a project folder whose results/ every user may write to."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results").chmod(0o777)
    return tmp_path


def start(folder: Path, *arguments: str, options=HOSTILE, before=("--rm",)) -> subprocess.CompletedProcess:
    mount = f"--volume={folder / 'results'}:/kotohajime/results"
    return docker("run", *before, *options, mount, IMAGE, *arguments)


def files(folder: Path) -> dict[str, bytes]:
    """Return the results, less what the container remembers of its runs, and Snakemake's report, which tells times."""
    left = ("/.container/", "report.html")
    return {name: data for name, data in results(folder).items() if not any(part in name for part in left)}


def test_the_dockerfile_and_the_files_it_rests_on_agree():
    conda = yaml.safe_load((ROOT / "envs/kotohajime.yaml").read_text())["dependencies"]
    assert re.findall(r"^ENV CONDA_OVERRIDE_CUDA=(\S+)", DOCKERFILE, re.MULTILINE) == [
        line.split("=")[1] for line in conda if line.startswith("cuda-version=")
    ]
    (version,) = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert f"ARG VERSION={version}\n" in DOCKERFILE


def test_what_goes_into_the_image_is_enough(tmp_path):
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"  # all else stays out
    for line in lines:
        source, target = ROOT / line[1:], tmp_path / line[1:]
        if line.startswith("!") and source.is_dir():
            shutil.copytree(source, target)
        elif line.startswith("!") and (source.exists() or line != "!envs/conda-linux-64.lock"):  # not yet made
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
    planned = run(tmp_path, "snakemake", "--dry-run", "--quiet")
    assert planned.returncode == 0, planned.stdout


def test_the_same_results_with_the_least_that_it_needs(folder, finished):
    done = start(folder, options=[*HOSTILE, *LEAST])
    assert done.returncode == 0, done.stdout
    here, there = files(finished), files(folder)
    assert there.keys() == here.keys()
    machine, container = (read_json(path / "results/environment.json") for path in (finished, folder))
    assert container["container"].startswith("kotohajime ")
    same_build = [machine[key] == container[key] for key in ("packages", "blas", "cpu", "device")]
    if not all(same_build):  # conda's builds round in another way: tests/unit/test_trainings.py tells how far
        pytest.skip("other builds than here: their bits are not compared")
    checks = [read_json(path / "results/checks.json") for path in (finished, folder)]
    installers = {one["install"].pop("installer") for one in checks}
    assert checks[0] == checks[1]
    told = {"environment.json", "SHA256SUMS", "README.md"}  # the image, and the sums of what tells it
    if len(installers) > 1:
        told |= {"checks.json", "claims.json", "claims.html", "index.html"}
    names = {name for name in here if here[name] != there[name]}
    differ = {re.sub(r"results/(?:\.made/(.*)\.json|(.*))$", r"\1\2", name) for name in names}
    assert "environment.json" in differ <= told


def test_what_was_made_is_known_to_the_next_container(folder):
    assert start(folder, "results/train_manual/run.json", *QUICK).returncode == 0
    again = start(folder, "results/train_manual/run.json", *QUICK)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout
    other = start(folder, "--dry-run", "results/train_manual/run.json", *QUICK, "manual_learning_rate=1e-6")
    assert "rule train_manual:" in other.stdout


@pytest.mark.parametrize("options", [["--user=0:0"], ["--user=0:0", "--read-only", "--tmpfs=/tmp"], ["--workdir=/tmp"]])
def test_other_ways_to_start_it(folder, options):
    (folder / "results").chmod(0o777)
    done = start(folder, "results/problem.npz", options=[*options, "--env=HOME=/tmp/home"])
    assert done.returncode == 0, done.stdout
    assert (folder / "results/problem.npz").stat().st_size > 400_000


def test_nothing_else_can_be_written(folder):
    places = ["/", "/kotohajime", "/kotohajime/src", "/opt/conda", "/opt/conda/bin", "/opt/conda/conda-meta"]
    command = f"id -u; for place in {' '.join(places)}; do touch $place/new || echo refused; done"
    for options, user in ((HOSTILE, "1234"), (["--network=none"], "57439")):
        entry = ["--entrypoint=/usr/local/bin/_entrypoint.sh", "--rm"]
        told = start(folder, "bash", "-c", command, options=options, before=entry).stdout
        assert told.splitlines()[0] == user
        assert told.count("refused") == len(places), told


@needs_root
@pytest.mark.parametrize("inside", ["", "train_manual", ".container/logs"])
def test_a_folder_of_someone_else_is_one_sentence(folder, inside):
    place = folder / "results" / inside
    for path in (folder / "results/.container", place):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o777)
    os.chown(place, 4321, 4321)
    place.chmod(0o755)
    told = start(folder)
    assert told.returncode == 1
    name = "/".join(filter(None, ("/kotohajime/results", inside)))
    assert told.stdout.startswith(f"kotohajime: 1234:1234 may not write to {name}, which belongs to 4321:4321.")
    assert "docker run --user 4321:4321" in told.stdout
    assert len(told.stdout.splitlines()) == 1


def test_results_from_elsewhere_are_refused(folder):
    (folder / "results/problem.npz").write_text("")
    (folder / "results/problem.npz").chmod(0o666)
    told = start(folder)
    assert told.returncode == 1
    assert "results/problem.npz: nothing tells how it was made" in told.stdout
    assert "Traceback" not in told.stdout


def test_no_room_for_temporary_files_is_told(folder):
    told = start(folder, options=["--read-only", "--network=none"])
    assert told.returncode == 1
    assert "/tmp cannot be written. Add --tmpfs /tmp" in told.stdout


def test_without_a_folder_it_says_that_the_results_will_go(image):
    told = docker("run", "--rm", IMAGE, "--dry-run", "--quiet")
    assert told.returncode == 0
    assert "no folder is mounted on /kotohajime/results" in told.stdout


def test_a_forgotten_gpu_is_told(folder):
    told = start(folder, *QUICK, "device=cuda")
    assert told.returncode == 1
    assert "environment: device cuda was asked for, but torch" in told.stdout
    assert "Traceback" not in told.stdout


@pytest.fixture
def name(folder):
    """Return a container's name; what has it is gone at the end."""
    name = f"kotohajime-{folder.name.replace('_', '-')}"
    yield name
    docker("rm", "--force", name)


def at_work(folder: Path, name: str) -> None:
    """Start a run in the background that would take minutes; return once it trains."""
    assert start(folder, *QUICK, "epochs=1000000", before=["--detach", f"--name={name}"]).returncode == 0
    deadline = time.monotonic() + 120
    while not (folder / "results/environment.json").exists():
        assert time.monotonic() < deadline, docker("logs", name).stdout
        time.sleep(0.1)
    time.sleep(2)


@pytest.fixture(scope="module")
def made_in_one_go(image, tmp_path_factory) -> tuple[Path, float]:
    """Return the same results from a container that nothing happened to, and in how many seconds."""
    fresh, begun = tmp_path_factory.mktemp("fresh"), time.monotonic()
    (fresh / "results").mkdir()
    (fresh / "results").chmod(0o777)
    assert start(fresh, *QUICK).returncode == 0
    return fresh, time.monotonic() - begun


def test_a_stopped_run_leaves_no_half_file_and_is_finished_by_the_next(folder, name, made_in_one_go):
    at_work(folder, name)
    assert docker("stop", "--time=60", name).returncode == 0
    assert docker("wait", name).stdout.strip() == "1", docker("logs", name).stdout  # 137: it had to be killed
    assert [path for path in files(folder) if path.endswith(".tmp")] == []
    assert start(folder, *QUICK).returncode == 0
    assert files(folder) == files(made_in_one_go[0])


@needs_root
def test_killed_at_random_moments_it_finishes_with_equal_bytes(folder, name, made_in_one_go):
    """KILLS in the environment sets how many; each strikes the container that goes on after the last one."""
    fresh, whole = made_in_one_go
    begun, chance, strikes = time.monotonic(), random.Random(20180429), 0
    while strikes < KILLS:
        assert time.monotonic() - begun < 20 * KILLS * whole, "the kills hit nothing"
        assert start(folder, *QUICK, before=["--detach", "--rm", f"--name={name}"]).returncode == 0
        time.sleep(chance.uniform(0.2, whole / 2))
        if docker("kill", name).returncode == 0:
            strikes += 1
        else:  # it had finished
            assert files(folder) == files(fresh)
            shutil.rmtree(folder / "results")
            (folder / "results").mkdir()
            (folder / "results").chmod(0o777)
        while docker("container", "inspect", name).returncode == 0:
            time.sleep(0.1)
    done = start(folder, *QUICK)
    assert done.returncode == 0, done.stdout
    assert files(folder) == files(fresh)


def test_a_full_disk_is_told(image):
    little = "--mount=type=tmpfs,destination=/kotohajime/results,tmpfs-size=200k,tmpfs-mode=1777"
    told = docker("run", "--rm", *HOSTILE, little, IMAGE, *QUICK)
    assert told.returncode == 1
    assert "No space left on device" in told.stdout
    assert "Traceback" not in told.stdout


def test_it_holds_no_key_and_nothing_that_everyone_may_write(image):
    entry = ["--rm", "--network=none", "--user=0:0", "--entrypoint=/bin/bash"]
    search = "find / -xdev -not -type l -perm -0002 -not -perm -1000 -not -path '/proc/*' -not -path '/dev/*'"
    assert docker("run", *entry, IMAGE, "-c", search).stdout == ""
    keys = r"grep -rlE 'BEGIN [A-Z ]*PRIVATE KEY|(password|secret|token)\s*=\s*\S{8}' /kotohajime /root /home /tmp /etc"
    assert docker("run", *entry, IMAGE, "-c", keys).stdout == ""
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE).stdout
    assert "micromamba install" in history
    assert not re.search(r"(?i)password|secret|token", history)
