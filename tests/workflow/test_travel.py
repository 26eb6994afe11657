"""Other folders, other users, other machines: the workflow works there, or says in a sentence why not."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from projects import NOTHING, configured, copied, environment, fail, losses, results, small_project, succeed

MODULE = """
module kotohajime:
    snakefile: {snakefile!r}
    config: {{"epochs": 42, "hidden_dim": 100}}

use rule * from kotohajime as kotohajime_*

rule everything:
    default_target: True
    input: rules.kotohajime_train_manual.output
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> dict[str, Path]:
    """Return folders in which one project ran, at once: with a config there, without one, and as another's module."""
    project = small_project(tmp_path_factory.mktemp("project"))
    here = {name: tmp_path_factory.mktemp(name) for name in ("config", "none", "module")}
    (here["config"] / "config").mkdir()
    (here["config"] / "config/config.yaml").write_text("epochs: 41\nhidden_dim: 100\n")
    (here["module"] / "config").mkdir()
    (here["module"] / "config/hypotheses.yaml").write_text("theirs: not ours to read\n")
    (here["module"] / "Snakefile").write_text(MODULE.format(snakefile=str(project / "Snakefile")))
    ours = ["--snakefile", str(project / "Snakefile")]
    flags = {
        "config": [*ours, "results/reproduction.csv"],
        "none": [*ours, "results/train_manual/run.json"],
        "module": [],
    }
    runs = {
        name: subprocess.Popen(
            ["snakemake", "--directory", str(folder), "--cores", "1", *flags[name]],
            cwd=folder if name == "module" else project, env=environment(project), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for name, folder in here.items()
    }  # fmt: skip
    said = {name: process.communicate()[0] for name, process in runs.items()}
    assert {name: runs[name].returncode for name in runs} == dict.fromkeys(runs, 0), "\n".join(said.values())
    return {**here, "project": project}


@pytest.mark.parametrize(("name", "epochs"), [("config", 41), ("none", 40), ("module", 42)])
def test_the_article_is_made_in_another_folder_with_its_config(elsewhere, small, name, epochs):
    assert len(losses(elsewhere[name], "manual")) == epochs
    ours, theirs = results(elsewhere[name]), results(small)
    curve = "results/train_manual/losses.csv"
    assert ours["results/problem.npz"] == theirs["results/problem.npz"]
    assert (ours[curve] == theirs[curve]) == (epochs == 40)
    for name in ("results", "logs", "benchmarks"):
        assert not list((elsewhere["project"] / name).glob("*"))


@pytest.mark.parametrize("name", ["none", "module"])
def test_in_another_folder_too_what_was_made_is_made_once_and_vouched_for(elsewhere, name):
    snakefile = "Snakefile" if name == "module" else str(elsewhere["project"] / "Snakefile")
    command = [
        "snakemake",
        "--cores",
        "1",
        "--snakefile",
        snakefile,
        *(["results/train_manual/run.json"] if name != "module" else []),
    ]
    assert NOTHING in succeed(elsewhere[name], *command)
    path = elsewhere[name] / "results/train_manual/losses.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"1", b"2", 1))
    assert "losses.csv: it was edited or cut short" in fail(elsewhere[name], *command)
    path.write_bytes(before)


def test_a_study_of_one_seed_is_told_in_whole_sentences(small):
    for name in ("finding.md", "finding.ja.md"):
        assert not re.search(r"unknown|nan|inf|None", (small / "results/study" / name).read_text())


def test_float64_and_divergence_run_to_the_end(own_small):
    folder = configured(own_small, precision="float64", epochs=20, hidden_dim=20, device="cpu",
                        manual_learning_rate=1e-1, module_learning_rate=100)  # fmt: skip
    shard = "results/study/shards/200/runs.csv"
    succeed(folder, "snakemake", "--cores", "2", "trainings", "loss_transition", shard)
    with np.load(folder / "results/train_module/weights.npz") as weights:
        assert weights["w1"].dtype == np.float64
        assert weights["w1"].shape == (100, 20)
    table = pd.read_csv(folder / "results/trainings.csv", index_col="training")
    assert table.loc["manual", "diverged_at"] > 0
    assert table.loc["module", "diverged_at"] > 0
    assert pd.isna(table.loc["autograd", "diverged_at"])
    assert "diverged: not finite from epoch" in (folder / "logs/train_manual.log").read_text()
    assert (folder / "results/loss_transition.png").stat().st_size > 10_000
    assert pd.read_csv(folder / shard)["precision"].eq("float64").all()


def test_in_an_odd_folder_a_printed_command_can_be_pasted_and_a_run_runs(tmp_path, small):
    folder = small_project(tmp_path / "two words 'quoted' 100% 初")
    command = ["snakemake", "--cores", "1", "results/train_manual/run.json"]
    assert "Traceback" not in succeed(folder, *command)
    assert NOTHING in succeed(folder, *command)
    told = succeed(folder, "snakemake", "-n", "-p", "--forceall", "--cores", "1")
    (printed,) = re.findall(r"Shell command: (.*article.problem.*)", told)
    succeed(folder, "bash", "-c", printed)
    for name, content in results(folder).items():
        if "/.made/" not in name:
            assert content == results(small)[name]


def test_variables_that_spoil_other_programs_change_nothing(own_small, tmp_path):
    before = results(own_small)
    (tmp_path / "matplotlibrc").write_bytes(b"figure.figsize: nonsense\nlines.linewidth\n\xff\xfe: 1\n")
    spoiled = {"MPLBACKEND": "nonsense", "MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}
    command = ["snakemake", "--cores", "1", "--force", "results/loss_transition.png", "results/study/band.svg"]
    succeed(own_small, "env", *command, **spoiled)  # with imports of its own
    assert results(own_small) == before


def test_a_local_run_asks_no_queue(own_small, tmp_path):
    squeue = tmp_path / "bin/squeue"
    squeue.parent.mkdir()
    squeue.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexit 1\n")
    squeue.chmod(0o755)
    there = {"PATH": f"{squeue.parent}{os.pathsep}{environment(own_small)['PATH']}"}
    command = ["snakemake", "--cores", "1", "--force", "results/problem.npz"]
    succeed(own_small, *command, **there)
    assert not (tmp_path / "asked").exists()
    (own_small / ".snakemake/slurm_logs").mkdir()
    assert "SLURM does not answer" in fail(own_small, *command, **there)
    assert (tmp_path / "asked").exists()


def test_snakemake_runs_without_activation_for_a_user_without_a_name():
    """As an IDE, cron or a container starts it: the jobs run with the Python that Snakemake has."""
    nobody = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
    may = [*nobody, "bash", "-c", f"PATH={Path(sys.executable).parent} && python -c ''"]
    if os.getuid() or subprocess.run(may, check=False, capture_output=True).returncode:
        nobody = []  # only root can be someone else, who may enter the folder of this Python
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        folder = small_project(Path(home) / "project")
        bare = ["env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin", f"PYTHONPATH={folder / 'src'}"]
        snakemake = [f"{Path(sys.executable).parent}/snakemake", "--cores", "1", "results/trainings.csv"]
        subprocess.run(["chmod", "-R", "a+rwX", home], check=True)
        succeed(folder, *bare, *nobody, *snakemake)


def test_a_lesson_runs_by_its_files_path(own_small):
    flags = ["--problem", "results/problem.npz", "--epochs", "1", "--output", "mine"]
    succeed(own_small, sys.executable, "src/kotohajime/article/train_manual.py", *flags)
    assert (own_small / "mine/losses.csv").exists()


SOMEONE = ["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"]


@pytest.fixture
def of_root(small):
    """Return a project that root ran, in a place where others may go."""
    if os.getuid() or not shutil.which("setpriv"):
        pytest.skip("only root can be someone else, with setpriv (util-linux)")
    if subprocess.run([*SOMEONE, sys.executable, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("nobody but root may enter the folder of this Python")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield copied(small, Path(folder) / "project")


def as_someone(folder: Path, *command: str) -> str:
    """Return what a command says that fails as another user."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    os.chown(home, 1234, 1234)
    told = fail(folder, "env", f"HOME={home}", "USER=someone", *SOMEONE, *command)
    assert "locks" not in told
    return " ".join(told.split())


def test_a_run_after_another_users_says_what_may_not_be_written_and_whose_it_is(of_root):
    for path in (of_root / ".snakemake", *(of_root / ".snakemake").rglob("*")):
        os.chown(path, 1234, 1234)
    (of_root / "results/trainings.csv").unlink()
    said = as_someone(of_root, "snakemake", "--cores", "1", "results/trainings.csv")
    assert "No permission to write to results (which belongs to root), " in said
    assert "Give it and run again; nothing was changed." in said
