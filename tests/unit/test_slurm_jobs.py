"""Jobs that an earlier run left in SLURM's queue: those of this folder, and only Snakemake's."""

import pytest

from kotohajime.slurm_jobs import queued

RUN = "kotohajime_d0ba24b3-1245-4567-a0c1-2ff869d69af9"


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Return a function that makes a `squeue` which prints lines and ends with a code."""

    def make(lines: list[str], code: int = 0) -> None:
        command = tmp_path / "bin/squeue"
        command.parent.mkdir(exist_ok=True)
        text = "\n".join(lines)
        command.write_text(f"#!/bin/sh\n/bin/cat <<'LINES'\n{text}\nLINES\nexit {code}\n")
        command.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return make


@pytest.fixture
def folder(tmp_path):
    """Return a folder in which a run has used SLURM."""
    used = tmp_path / "a folder"
    (used / ".snakemake/slurm_logs").mkdir(parents=True)
    return used


def test_only_snakemakes_jobs_of_this_folder_count(squeue, folder):
    theirs = [f"13|{RUN}|{folder.parent}", f"14|mine|{folder}", ""]
    squeue([f"12|{RUN}|{folder}", *theirs, f"15|{RUN.split('_')[1]}|{folder}/"])
    assert queued(folder) == ["12", "15"]


def test_a_queue_that_does_not_answer_is_an_error_of_one_sentence(squeue, folder):
    squeue([], code=1)
    with pytest.raises(RuntimeError, match=r"^SLURM does not answer, so jobs of an earlier run"):
        queued(folder)


def test_without_slurm_or_where_no_run_used_it_there_are_none(squeue, folder):
    assert queued(folder) == []  # no squeue
    squeue([f"12|{RUN}|{folder.parent}"])
    assert queued(folder.parent) == []
