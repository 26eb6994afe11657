"""Jobs that an earlier run left in SLURM's queue: those of this folder, and only Snakemake's."""

import pytest

from kotohajime.cli import UserError
from kotohajime.workflow.slurm_jobs import queued

RUN = "kotohajime_d0ba24b3-1245-4567-a0c1-2ff869d69af9"


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Return a function that says what squeue prints, and how it ends."""

    def prints(lines: list[str], code: int = 0) -> None:
        command = tmp_path / "bin/squeue"
        command.parent.mkdir(exist_ok=True)
        text = "\n".join(lines)
        command.write_text(f"#!/bin/sh\n/bin/cat <<'LINES'\n{text}\nLINES\nexit {code}\n")
        command.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return prints


@pytest.fixture
def here(tmp_path):
    """Return a folder in which a run has used SLURM."""
    folder = tmp_path / "a folder"
    (folder / ".snakemake/slurm_logs").mkdir(parents=True)
    return folder


def test_only_snakemakes_jobs_of_this_folder_count(squeue, here):
    squeue([f"12|{RUN}|{here}", f"13|{RUN}|{here.parent}", f"14|mine|{here}", f"15|{RUN.split('_')[1]}|{here}/"])
    assert queued(here) == ["12", "15"]


def test_an_empty_queue_is_nobody(squeue, here):
    squeue([])
    assert queued(here) == []


def test_a_queue_that_does_not_answer_is_told(squeue, here):
    squeue([], code=1)
    with pytest.raises(UserError, match="SLURM does not answer"):
        queued(here)


def test_where_no_run_used_slurm_it_is_not_asked(squeue, tmp_path):
    squeue([f"12|{RUN}|{tmp_path}"])
    assert queued(tmp_path) == []


def test_without_slurm_there_is_nobody(here, monkeypatch):
    monkeypatch.setenv("PATH", str(here))
    assert queued(here) == []
