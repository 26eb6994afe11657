"""The modules as commands: help, and one sentence for a mistake."""

import importlib
import inspect
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from projects import MODULES, ROOT

from kotohajime import provenance
from kotohajime.article.problem import draw

LITTLE_MEMORY = """
import importlib, resource, sys
from kotohajime import cli
del sys.argv[0]
module = importlib.import_module("kotohajime." + sys.argv[0])
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 12_000_000, -1))
cli.run(module.main)
"""
PUBLISHED = ["--curves", str(ROOT / "data/published/curves.csv"), "--notebook", str(ROOT / "data/published/manual.csv")]


def command(module: str, *flags: str, folder: Path | None = None, **variables: str) -> subprocess.CompletedProcess:
    words = [sys.executable, "-m", f"kotohajime.{module}", *flags]
    own = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **variables}
    return subprocess.run(words, cwd=folder, env=own, capture_output=True, text=True, check=False)


class Told(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def quick(monkeypatch, capsys):
    """Return what `command` is, but in this process, where torch has been loaded."""

    def run(module: str, *flags: str, folder: Path | None = None) -> Told:
        with monkeypatch.context() as patch:
            patch.chdir(folder or Path.cwd())
            patch.setattr(sys, "argv", [module, *flags])
            patch.delitem(sys.modules, f"kotohajime.{module}", raising=False)
            for name in ("job", "inputs"):
                patch.setattr(provenance, name, {})
            code = 0
            try:
                runpy.run_module(f"kotohajime.{module}", run_name="__main__", alter_sys=True)
            except SystemExit as end:
                code = end.code or 0
            finally:
                torch.set_deterministic_debug_mode("default")
        said = capsys.readouterr()
        return Told(code, *said) if isinstance(code, int) else Told(1, said.out, f"{said.err}{code}\n")

    return run


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("module", MODULES)
def test_help_explains_every_flag(quick, module):
    told = quick(module, "--help")
    assert told.returncode == 0
    assert told.stdout.startswith(f"Usage: python -m kotohajime.{module} ")
    parameters = inspect.signature(importlib.import_module(f"kotohajime.{module}").main).parameters.items()
    names = [field for name, one in parameters for field in getattr(one.annotation, "model_fields", [name])]
    explained = re.findall(r"--([\w-]+)(?: [A-Z.]+| --no-[\w-]+)?  +\w", told.stdout)  # flag, kind, words
    assert [name for name in names if name.replace("_", "-") not in explained] == []
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--epochs", "1e3"], "--epochs: Input should be a valid integer, unable to parse string as an integer"),
        (["--manual-learning-rate=-1"], "--manual-learning-rate: Input should be greater than 0 (found '-1')."),
        (["--epochs", "5", "--epochs", "6"], "Parameter --epochs specified multiple times."),
        (["--epochs"], "Parameter --epochs requires an argument."),
        (["--bogus", "1"], "Unknown option: --bogus."),
        (["3"], "Unused Tokens: ['3']."),
        ([], "nowhere.npz is missing."),
    ],
)
def test_a_mistake_is_one_sentence(quick, tmp_path, flags, sentence):
    told = quick("article.train_manual", "--problem", "nowhere.npz", "--output", str(tmp_path / "run"), *flags)
    assert told.returncode == 1
    assert told.stderr.startswith(f"train_manual: {sentence}")
    assert len(told.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("module", ["article.problem", "article.train_manual"])  # NumPy's error is not torch's
def test_not_enough_memory_is_one_sentence(tmp_path, module):
    assert command("article.problem", "--hidden-dim", "10000", "--output", str(tmp_path / "p.npz")).returncode == 0
    flags = {
        "article.problem": ["--hidden-dim", "10000", "--input-dim", "10000", "--output", str(tmp_path / "large.npz")],
        "article.train_manual": [
            "--problem",
            str(tmp_path / "p.npz"),
            "--output",
            str(tmp_path / "run"),
            "--epochs",
            "1",
        ],
    }
    with_little = [sys.executable, "-c", LITTLE_MEMORY, module, *flags[module]]
    told = subprocess.run(with_little, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith(f"{module.removeprefix('article.')}: not enough memory")
    assert told.stderr.strip().endswith("Ask for less.")
    assert "Traceback" not in told.stderr


@pytest.fixture
def inputs(tmp_path) -> Path:
    return with_inputs(tmp_path)


def with_inputs(folder: Path) -> Path:
    """Return a folder with a problem, two runs, and a shard of two seeds."""
    np.savez(folder / "p.npz", **draw(0, 6, 5, 8, 3))
    for name in ("a.csv", "m.csv", "a.png"):
        (folder / name).write_text("epoch,loss,learning_rate\n0,3.0,1e-6\n1,2.0,1e-6\n")
    for name in ("runs", "starts", "paths", "curves"):
        (folder / "s").mkdir(exist_ok=True)
        (folder / f"s/{name}.csv").write_text("seed,loss\n0,1.0\n1,2.0\n")
    (folder / "lock.txt").write_text("torch==2.13.0\n")
    return folder


RUNS = ["--autograd", "a.csv", "--module", "m.csv"]
TAKEN = "it is an input of this command. Name another."


@pytest.mark.parametrize(
    ("module", "flags", "sentence"),
    [
        ("study.shard", ["--study-learning-rates", "--output", "o"], "--study-learning-rates"),
        ("study.tables", ["--shards", "s", "s", "--band-shards", "s", *PUBLISHED, "--output", "o"], "seed 0 is in s/"),
        ("article.environment", ["--lock", "lock.txt", "--output", "lock.txt"], f"cannot write lock.txt: {TAKEN}"),
        (
            "article.loss_transition",
            [*RUNS, "--output", "a.csv"],
            "cannot draw a.csv: give it a name that ends in .png or .svg.",
        ),
        (
            "article.train_manual",
            ["--problem", "p.npz", "--epochs", "1", "--output", "p.npz"],
            "cannot write p.npz/losses.csv: ",
        ),
        ("article.train_manual", ["--problem", "a.csv", "--output", "run"], "cannot read a.csv (it is no whole NPZ"),
        ("article.problem", [], "Parameter --output requires an argument."),
        ("article.problem", ["--output", "a.csv/problem.npz"], "cannot write a.csv/problem.npz: "),
        ("article.problem", ["--output", "s"], "cannot write s: it is no regular file. Name another."),
        ("site.index", ["--results", ".", "--output", "x", "--sums", "y"], " is missing."),
    ],
)
def test_a_muddle_of_files_is_one_sentence_and_costs_no_input(quick, inputs, module, flags, sentence):
    before = content(inputs)
    told = quick(module, *flags, folder=inputs)
    assert told.returncode == 1
    assert told.stderr.startswith(f"{module.partition('.')[2]}: ")
    assert sentence in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert before.items() <= content(inputs).items()


def test_a_folder_that_the_terminal_cannot_show_costs_no_result(tmp_path):
    done = command("article.problem", "--output", str(tmp_path / "初/p.npz"), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u521d" in done.stdout
    assert (tmp_path / "初/p.npz").exists()


def test_a_terminal_that_is_closed_costs_no_result(tmp_path):
    words = [sys.executable, "-m", "kotohajime.article.problem", "--output", "p.npz"]
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "p.npz").exists()
