"""Copies of the project, what they hold, and commands run in them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
NPM = ROOT / ".npm/node_modules"  # npm install --prefix .npm axe-core @biomejs/biome
PARTS = ["Snakefile", "workflow", "config", "data", "envs", "profiles", "src", "README.md", "Makefile",
         "pyproject.toml"]  # fmt: skip
MODULES = sorted(
    f"{path.parent.name}.{path.stem}"
    for path in (ROOT / "src/kotohajime").glob("*/*.py")
    if "\n    run(main)" in path.read_text() and path.stem not in ("band", "crate")  # no rules: a person calls them
)

SMALL = {"epochs": 40, "hidden_dim": 100, "study_seeds": 1, "study_seeds_per_shard": 1, "study_band_seeds": 10,
         "study_learning_rates": [1e-7, 1e-4], "images_train": 40, "images_test": 30, "images_epochs": 60,
         "map_points": 4, "map_epochs": 20}  # fmt: skip


FOURS = ["200", "202", "204", "206"]
FIRST_SEEDS = {"shards": FOURS, "speed_shards": FOURS, "band_shards": ["200", "220"]}  # of the project's own config


def copy_project(folder: Path) -> Path:
    """Copy what a user's clone holds, without results."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        skip = shutil.ignore_patterns("*.egg-info", "*.pyc.*")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=skip, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def environment(folder: Path) -> dict:
    """Return the environment of a command in a copy of the project: its own code, this environment's programs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "PATH": path}


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command in a copy of the project; its two outputs come as one text."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder) | variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def succeed(folder: Path, *command: str, **variables: str) -> str:
    """Return what a command says that ends well."""
    done = run(folder, *command, **variables)
    assert done.returncode == 0, done.stdout
    return done.stdout


def fail(folder: Path, *command: str, **variables: str) -> str:
    """Return what a command says that ends badly, and with no traceback."""
    done = run(folder, *command, **variables)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


def started(folder: Path, *command: str) -> subprocess.Popen:
    """Start a command in a session of its own."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # nohup ignores it
    )


NOTHING = "Nothing to be done"


def planned(folder: Path, *flags: str) -> set[str]:
    """Return the rules that a dry run would run."""
    told = succeed(folder, "snakemake", "--dry-run", "--cores", "1", *flags)
    rules = set(re.findall(r"^(?:local)?rule (\w+):", told, re.MULTILINE)) - {"all"}
    assert rules or NOTHING in told
    return rules


def without_roots_rights(folder: Path) -> list[str]:
    """Return what to put before a command that may not write to a closed folder; only root's needs anything."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root needs setpriv (util-linux) for this test")
    caps = "-dac_override,-dac_read_search"
    return ["setpriv", "--bounding-set", caps, "--inh-caps", caps]


def results(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in results/, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in (folder / "results").rglob("*") if path.is_file()
    }


def differences(folder: Path, other: Path) -> list[str]:
    """Return the files in results/ that two copies of the project do not hold with the same bytes.

    Snakemake's own report tells times.
    """
    ours, theirs = results(folder), results(other)
    names = (ours.keys() | theirs.keys()) - {"results/report.html"}
    return sorted(name for name in names if ours.get(name) != theirs.get(name))


def losses(folder: Path, name: str) -> np.ndarray:
    """Return the losses of one training."""
    return pd.read_csv(folder / f"results/train_{name}/losses.csv")["loss"].to_numpy()


def small_project(folder: Path, **changes: object) -> Path:
    """Copy the project with a config that is run in half a minute."""
    return configured(copy_project(folder), **changes)


def configured(folder: Path, **changes: object) -> Path:
    """Write such a config."""
    (folder / "config/config.yaml").write_text(json.dumps({**SMALL, **changes}, indent=1))  # JSON is YAML
    return folder


def of_no_run(folder: str, names: list[str]) -> list[str]:
    """Return what is not copied: temporary folders, and shards that were kept from a run with another config."""
    known = FIRST_SEEDS.get(Path(folder).name, names)
    return [name for name in names if name.startswith("tmp") or (name.isdigit() and name not in known)]


def with_results(folder: Path) -> Path:
    """Copy the project with the results that it has; what they are worth the workflow tells."""
    for name in ("results", "logs", "benchmarks", ".snakemake"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=of_no_run)
    return copy_project(folder)


def made(folder: Path) -> Path:
    """Run the workflow in a copy of the project; what it says goes to stdout.txt."""
    done = run(folder, "snakemake", "--logger", "kotohajime", "--cores", "all", "--forcerun", "index")
    assert done.returncode == 0, done.stdout
    (folder / "stdout.txt").write_text(done.stdout)
    return folder


def copied(project: Path, folder: Path) -> Path:
    """Copy a project with its results, without what other tests make come and go there."""
    return Path(shutil.copytree(project, folder, ignore=shutil.ignore_patterns("log", "tmp*", "*.lock")))
