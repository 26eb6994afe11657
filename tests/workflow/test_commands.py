"""The modules as commands: help, and one sentence for a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

LITTLE_MEMORY = """
import importlib, resource, sys
from kotohajime import cli
del sys.argv[0]
module = importlib.import_module("kotohajime." + sys.argv[0])
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 12_000_000, -1))
cli.run(module.main)
"""
MODULES = sorted(path.stem for path in (ROOT / "src/kotohajime").glob("*.py") if "\nif __name__" in path.read_text())


def command(module: str, *flags: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", f"kotohajime.{module}", *flags], capture_output=True, text=True, check=False
    )


def test_each_rule_has_its_module_and_each_module_its_rule():
    rules = [line.split()[1].rstrip(":") for path in (ROOT / "workflow/rules").glob("*.smk")
             for line in path.read_text().splitlines() if line.startswith("rule ")]  # fmt: skip
    assert sorted(set(rules) - {"article", "study", "findings"}) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_help_explains_every_flag(module):
    told = command(module, "--help")
    assert told.returncode == 0
    assert told.stdout.startswith(f"Usage: python -m kotohajime.{module} ")
    assert "--" in told.stdout


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--epochs", "0"], 'train_manual: Invalid value "0" for --epochs. Must be >= 1.'),
        (
            ["--epochs", "many"],
            "train_manual: Invalid value for --epochs: 'many' is no whole number.",
        ),
        (["--epochs", "2.9"], "train_manual: Invalid value for --epochs: '2.9' is no whole number."),
        (["--learning-rate", "1001"], 'train_manual: Invalid value "1001.0" for --learning-rate. Must be <= 1000.'),
        (["--learning-rate", "nan"], 'train_manual: Invalid value "nan" for --learning-rate.'),
        (["--learning-rate=-1"], 'train_manual: Invalid value "-1.0" for --learning-rate. Must be > 0.'),
        (["--device", "tpu"], "train_manual: Invalid value"),
        (["--bogus", "1"], "train_manual: Unknown option: --bogus."),
        ([], "train_manual: nowhere.npz is missing."),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, flags, sentence):
    told = command("train_manual", "--problem", "nowhere.npz", "--output", str(tmp_path / "run"), *flags)
    assert told.returncode == 1
    assert told.stderr.startswith(sentence)
    assert "Traceback" not in told.stderr
    assert len(told.stderr.splitlines()) <= 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "flags",
    [["--epochs", "1000000"], ["--learning-rate", "1000"], ["--weight-decay", "1"], ["--seed", str(2**63 - 1)]],
)
def test_what_the_config_allows_the_command_takes(tmp_path, flags):
    told = command("train_module", "--problem", "nowhere.npz", "--output", str(tmp_path / "run"), *flags)
    assert told.stderr.startswith("train_module: nowhere.npz is missing.")


def test_a_file_of_another_kind_is_named(tmp_path):
    told = command("train_manual", "--problem", str(ROOT / "README.md"), "--output", str(tmp_path / "run"))
    assert told.returncode == 1
    assert told.stderr.startswith("train_manual: cannot read ")
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("module", ["problem", "train_manual"])  # NumPy's error is not torch's
def test_not_enough_memory_is_one_sentence(tmp_path, module):
    assert command("problem", "--hidden-dim", "10000", "--output", str(tmp_path / "p.npz")).returncode == 0
    flags = {
        "problem": ["--hidden-dim", "10000", "--input-dim", "10000", "--output", str(tmp_path / "large.npz")],
        "train_manual": ["--problem", str(tmp_path / "p.npz"), "--output", str(tmp_path / "run"), "--epochs", "1"],
    }
    with_little = [sys.executable, "-c", LITTLE_MEMORY, module, *flags[module]]
    told = subprocess.run(with_little, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith(f"{module}: not enough memory")
    assert told.stderr.strip().endswith("Ask for less.")
    assert "Traceback" not in told.stderr


def test_missing_flags_are_named():
    told = command("problem")
    assert told.returncode == 1
    assert "--output" in told.stderr
    assert "Traceback" not in told.stderr


def test_unwritable_output_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    told = command("problem", "--output", str(tmp_path / "file" / "problem.npz"))
    assert told.returncode == 1
    assert told.stderr.startswith("problem: cannot write ")
    assert Path(tmp_path / "file").read_text() == ""
