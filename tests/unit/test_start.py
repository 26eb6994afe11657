"""What is looked at before a run: which command lines ask for one, and jobs of an earlier run in SLURM's queue."""

import re

import pytest
from projects import ROOT

from kotohajime.slurm_jobs import queued
from kotohajime.start import asks_for_a_run, check_flags

RUN = "kotohajime_d0ba24b3-1245-4567-a0c1-2ff869d69af9"


@pytest.mark.parametrize(
    "flags",
    [
        "-n", "-np", "--dry-run", "--dry-run --forceall", "--unlock", "--lint", "--list", "--list-target-rules",
        "--report report.html", "--summary", "--touch", "-t", "--forceall", "-F", "--delete-all-output", "--dag",
        "--delete-temp-output", "--version", "--help",
    ],
)  # fmt: skip
def test_what_makes_no_result_or_all_of_them_anew_is_never_blocked(flags):
    assert not asks_for_a_run(["/env/bin/snakemake", "--cores", "2", *flags.split()])


@pytest.mark.parametrize(
    "flags",
    ["", "--force results/problem.npz", "-p", "--notemp", "--forcerun index", "-c 2 -k", "-call", "-jall", "-Rnotebook",
     "-sSnakefile", "-fp", "--report report.html --report-after-run"],
)  # fmt: skip
def test_a_run_is_looked_at_before(flags):
    assert asks_for_a_run(["/env/bin/snakemake", *flags.split()])


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("--config epochs=3 --config=seed=3", "Of several --config Snakemake takes the last alone."),
        ("--workflow-profile profiles/slrum", "There is no profile profiles/slrum, and Snakemake would"),
        ("--workflow-profile=slrum", "There is no profile slrum"),
        ("--cores -1", "--cores -1: a run needs at least one core."),
    ],
)
def test_flags_that_snakemake_would_drop_or_misread_are_refused(flags, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        check_flags(["/env/bin/snakemake", *flags.split()], ROOT)


@pytest.mark.parametrize(
    "flags",
    [
        "--workflow-profile slurm",
        "--workflow-profile=profiles/gpu --cores 2",
        "--workflow-profile none --config seed=3",
    ],
)
def test_other_flags_are_snakemakes_own_affair(flags):
    check_flags(["/env/bin/snakemake", *flags.split()], ROOT)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder in which a run has used SLURM; `squeue` prints what lies in `queue` beside it, or fails."""
    folder = tmp_path / "a folder"
    (folder / ".snakemake/slurm_logs").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/squeue").write_text(f"#!/bin/sh\nexec /bin/cat '{tmp_path / 'queue'}'\n")
    (tmp_path / "bin/squeue").chmod(0o755)
    return folder


def test_only_snakemakes_jobs_of_this_folder_count(folder):
    theirs = [f"13|{RUN}|{folder.parent}", f"14|mine|{folder}", ""]
    ours = [f"12|{RUN}|{folder}", f"15|{RUN.split('_')[1]}|{folder}/"]
    (folder.parent / "queue").write_text("\n".join([*ours, *theirs]))
    assert queued(folder) == ["12", "15"]
    assert queued(folder.parent) == []  # no run used SLURM there
    (folder.parent / "bin/squeue").unlink()
    assert queued(folder) == []


def test_a_queue_that_does_not_answer_is_an_error_of_one_sentence(folder):
    with pytest.raises(RuntimeError, match=r"^SLURM does not answer, so jobs of an earlier run"):
        queued(folder)
