"""A record says who made a result and from what; from it follows whether the result may be used today."""

import json
import os
from pathlib import Path

import pytest

from kotohajime import io, machine, provenance

TODAY = "--epochs 40 --seed 1"
SETTINGS = {"article.trainings": TODAY, "study.shard": lambda first: f"--first-seed {first} --seeds 2"}


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Return a function that writes a result as a command does, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(provenance, "inputs", {})
    monkeypatch.setattr(provenance, "job", {})
    Path("data.csv").write_text("1")

    def write(name: str = "results/a.csv", settings: str = TODAY, module: str = "article.trainings") -> Path:
        provenance.begin(f"kotohajime.{module}", settings)
        io.read_bytes(Path("data.csv"))
        io.write(Path(name), "text")
        return Path(name)

    return write


def objection(path: Path) -> str:
    return provenance.objection(path, SETTINGS)


def test_a_record_holds_who_made_it_from_what_and_on_what_machine(job):
    record = json.loads(provenance.record_of(job()).read_text())
    assert (record["result"], record["module"]) == ("results/a.csv", "article.trainings")
    assert record["settings"] == TODAY
    assert list(record["inputs"]) == ["data.csv"]
    assert "article/trainings.py" in record["code"]
    assert record["machine"] == machine.kind()
    assert not {os.uname().nodename, str(Path.cwd())} & set(json.dumps(record).split('"'))


def test_what_is_written_by_no_command_has_no_record(tmp_path):
    io.write(tmp_path / "a.txt", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_result_as_today_would_make_it_is_used_and_an_edited_a_moved_and_an_unrecorded_one_are_not(job):
    assert objection(job()) == ""
    assert objection(job("results/study/shards/202/runs.csv", "--first-seed 202 --seeds 2", "study.shard")) == ""
    path, moved = job(), Path("results/b.csv")
    path.write_text("tex")
    assert objection(path) == "it was edited or cut short"
    job().rename(moved)
    provenance.record_of(path).rename(provenance.record_of(moved))
    assert objection(moved) == "it was made as results/a.csv"
    provenance.record_of(moved).write_text("[]")
    assert objection(moved) == "nothing tells how it was made"


def test_other_settings_code_and_inputs_are_told(job):
    assert objection(job(settings="--epochs 41 --seed 1")) == "it was made with other settings (--epochs 41)"
    shard = job("results/study/shards/204/runs.csv", "--first-seed 202 --seeds 2", "study.shard")
    assert objection(shard) == "it was made with other settings (--first-seed 202)"
    path = job()
    Path("data.csv").write_text("2")
    assert objection(path) == "it was made from another data.csv"
    Path("data.csv").unlink()
    assert objection(path) == ""  # what is not there cannot be compared
    record = json.loads(provenance.record_of(path).read_text())
    record["code"]["article/trainings.py"] = "0" * 64
    provenance.record_of(path).write_text(json.dumps(record))
    assert objection(path).endswith("article/trainings.py")


def test_what_a_run_here_made_is_left_to_snakemake_until_its_record_is_another(job, monkeypatch):
    monkeypatch.setenv(provenance.VARIABLE, str(provenance.COPIES))
    path = job(settings="--epochs 41 --seed 1")
    monkeypatch.delenv(provenance.VARIABLE)
    assert objection(path) == ""
    job(settings="--epochs 42 --seed 1")
    assert objection(path) == "it was made with other settings (--epochs 42)"


def test_an_input_is_not_overwritten(job):
    job()
    with pytest.raises(io.UserError, match=r"cannot write data\.csv: it is an input of this command"):
        io.write(Path("data.csv"), "x")


def test_a_refusal_names_six_and_counts_the_rest():
    assert provenance.refusal([]) == ""
    lines = provenance.refusal((Path(f"results/{place}.csv"), "it was edited") for place in range(9)).splitlines()
    assert lines[1:8] == [f"results/{place}.csv: it was edited" for place in range(6)] + ["and 3 more"]
