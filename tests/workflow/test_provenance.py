"""Nothing is taken for a result that is none, and nothing that is one is made again."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from projects import fail, planned, results, run, small_project, succeed
from test_reruns import END, FIGURES, SHARDS

REFUSED = "These results are not what the workflow wrote:"
TRAININGS = [f"train_{name}" for name in ("manual", "autograd", "module")]
LONGER = ["--config", "epochs=41"]
OF_THE_EPOCHS = {*TRAININGS, "study_floor", "notebook"} | FIGURES | SHARDS


def refused(folder: Path, *names: str) -> None:
    """Assert that a run stops before anything, in a sentence that names some results."""
    before = results(folder)
    told = fail(folder, "snakemake", "--cores", "1")
    assert REFUSED in told
    assert [name for name in names if f"\nresults/{name}: " not in told] == []
    assert "run again: they are made anew" in told
    assert results(folder) == before


def trained(folder: Path) -> list[int]:
    """Return how many epochs the table of the trainings has."""
    return pd.read_csv(folder / "results/trainings.csv")["epochs"].tolist()


def test_without_snakemakes_memory_another_config_makes_all_again(own_small):
    shutil.rmtree(own_small / ".snakemake")
    assert planned(own_small, *LONGER) == OF_THE_EPOCHS


def test_results_in_a_fresh_clone_are_used_where_they_fit_and_made_again_where_not(small, tmp_path):
    clone = small_project(tmp_path / "clone")
    for name in ("results", "logs"):
        shutil.copytree(small / name, clone / name)
    told = run(clone, "snakemake", "--dry-run", "--cores", "1").stdout
    assert "A run would stop" not in told
    assert "made with other settings" not in told
    assert planned(clone, *LONGER) >= OF_THE_EPOCHS
    succeed(clone, "snakemake", "--cores", "2", "results/trainings.csv", *LONGER)
    assert trained(clone) == [41, 41, 41]
    assert [json.loads((clone / f"results/{name}/run.json").read_text())["epochs"] for name in TRAININGS] == [41] * 3


def pasted(folder: Path, change=("", "")) -> None:
    """Run the command that a dry run prints for the manual run, with a change."""
    told = run(folder, "snakemake", "-n", "-p", "--cores", "1", "--force", "results/train_manual/run.json").stdout
    (command,) = re.findall(r"Shell command: (.*train_manual.*)", told)
    assert command.endswith("> logs/train_manual.log 2>&1")
    assert change[0] in command
    succeed(folder, "bash", "-c", command.replace(*change) if change[0] else command)


def test_a_pasted_command_makes_the_same_result_and_with_another_value_none(own_small):
    before = results(own_small)
    pasted(own_small)
    assert results(own_small) == before
    assert planned(own_small) == set()
    pasted(own_small, ("--epochs 40", "--epochs 41"))
    assert results(own_small) != before
    assert planned(own_small) == {"train_manual", "reproduction", "trainings", "story"} | END
    succeed(own_small, "snakemake", "--cores", "2", "results/trainings.csv")
    assert results(own_small) == before


@pytest.mark.parametrize("logs", ["kept", "deleted"])
def test_two_trainings_that_changed_places_are_refused(own_small, logs):
    manual, autograd = (own_small / f"results/train_{name}" for name in ("manual", "autograd"))
    manual.rename(own_small / "aside")
    autograd.rename(manual)
    (own_small / "aside").rename(autograd)
    if logs == "deleted":
        for name in ("logs", ".snakemake"):
            shutil.rmtree(own_small / name)
    refused(own_small, "train_manual/losses.csv", "train_manual/run.json", "train_autograd/weights.npz")


def test_a_foreign_problem_is_refused(own_small):
    for name in ("logs", ".snakemake"):
        shutil.rmtree(own_small / name)
    command = ["python", "-m", "kotohajime.article.problem", "--seed", "7", "--hidden-dim", "100", "--output", "p.npz"]
    assert run(own_small, *command).returncode == 0
    (own_small / "p.npz").replace(own_small / "results/problem.npz")
    refused(own_small, "problem.npz")


def test_results_without_their_records_are_refused(small, tmp_path):
    """`cp -r results/*` leaves the hidden folders of the first level behind."""
    clone = small_project(tmp_path / "clone")
    shutil.copytree(small / "results", clone / "results", ignore=shutil.ignore_patterns(".made"))
    refused(clone, "claims.html", "README.md")
    assert run(clone, "snakemake", "--dry-run", "--cores", "1").returncode == 0


def test_a_damaged_record_vouches_for_nothing(own_small):
    damages = {"trainings.csv": "{}", "checks.json": "", "claims.json": "[1]", "tensor_basics.json": "not JSON",
               "problem.npz": '{"result": "problem.npz"}'}  # fmt: skip
    for name, damage in damages.items():
        (own_small / f"results/.made/{name}.json").write_text(damage)
    refused(own_small, *damages)


def test_a_record_edited_to_fit_is_found_by_the_checksums_and_what_follows_is_made_again(own_small):
    """A record can be forged like any file; it cannot make the results that were made before say the same."""
    losses, record = (own_small / f"results/train_manual/{name}" for name in ("losses.csv", ".made/losses.csv.json"))
    (before,) = re.findall(r'"sha256": "(\w+)"', record.read_text())
    losses.write_text(losses.read_text().replace("1", "2", 1))
    after = run(own_small, "sha256sum", "results/train_manual/losses.csv").stdout.split()[0]
    record.write_text(record.read_text().replace(before, after))
    assert planned(own_small) == {"reproduction", "trainings", "story"} | END
    assert checksums(own_small) == ["train_manual/losses.csv: FAILED"]


def checksums(folder: Path) -> list[str]:
    """Return what `sha256sum -c` does not find good."""
    told = run(folder / "results", "sha256sum", "--check", "SHA256SUMS").stdout.splitlines()
    assert len(told) >= 48
    return [line for line in told if not line.endswith(": OK") and not line.startswith("sha256sum: ")]


def test_every_result_has_its_record_and_its_checksum(small):
    assert checksums(small) == []
    files = {Path(name) for name in results(small) if "/.made/" not in name}
    assert {path.parent / ".made" / f"{path.name}.json" for path in files} == {
        Path(name) for name in results(small) if "/.made/" in name
    }
    listed = {line.split("  ")[1] for line in (small / "results/SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS", "environment.json"} == {str(path.relative_to("results")) for path in files}


def edited(folder: Path) -> Path:
    """Edit a result by one digit."""
    path = folder / "results/trainings.csv"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    return path


def test_an_edited_result_is_told_where_nothing_is_run_and_stops_no_remedy(own_small):
    path, before = edited(own_small), results(own_small)["results/README.md"]
    assert checksums(own_small) == ["trainings.csv: FAILED"]
    told = run(own_small, "snakemake", "--dry-run", "--cores", "1").stdout
    assert "results/trainings.csv: it was edited or cut short. A run would stop." in told
    assert "claims" not in re.findall(r"^(?:local)?rule (\w+)", told, re.MULTILINE)
    for mode in (
        "--dry-run --forceall", "--dry-run --forcerun trainings", "--dry-run --force trainings", "--unlock", "--lint",
        "--list", "--report report.html", "--summary", "--delete-all-output --dry-run", "--touch",
    ):  # fmt: skip
        done = succeed(own_small, "snakemake", "--cores", "1", *mode.split())
        assert REFUSED not in done
        if "trainings" in mode or "forceall" in mode:
            assert "A run would stop" not in done
    assert results(own_small)["results/README.md"] == before
    assert (own_small / "report.html").stat().st_size > 100_000
    refused(own_small, "trainings.csv")
    path.unlink()
    assert run(own_small, "snakemake", "--cores", "1", "results/trainings.csv").returncode == 0
    assert checksums(own_small) == []


@pytest.mark.parametrize("force", [["--forcerun", "trainings"], ["--forcerun", "results/trainings.csv"], ["--force"]])
def test_an_edited_result_is_made_anew_on_demand(own_small, force):
    edited(own_small)
    succeed(own_small, "snakemake", "--cores", "1", "results/trainings.csv", *force)
    assert checksums(own_small) == []
    assert planned(own_small) == set()


def test_all_outputs_can_be_deleted_and_made_anew_after_an_edit(own_small):
    edited(own_small)
    assert run(own_small, "snakemake", "--cores", "1", "--delete-all-output").returncode == 0
    assert [name for name in results(own_small) if "/.made/" not in name] == []
    succeed(own_small, "snakemake", "--cores", "1", "results/problem.npz", "--forceall")


@pytest.mark.parametrize("damage", ["edit", "cut"])
def test_edited_results_are_noticed_and_made_again_once_removed(own_small, damage):
    names = ["environment.json", "train_autograd/losses.csv", "loss_transition.png", "README.md"]
    before = results(own_small)
    for name in names:
        path = own_small / "results" / name
        content = path.read_bytes()
        path.write_bytes(content[:100] if damage == "cut" else content.replace(b"1", b"2", 1))
    refused(own_small, *names)
    for name in names:
        (own_small / "results" / name).unlink()
    succeed(own_small, "snakemake", "--cores", "2", *(f"results/{name}" for name in names))
    assert results(own_small) == before


def test_more_seeds_on_another_kind_of_machine_are_told(own_small):
    before = results(own_small)
    done = succeed(own_small, "snakemake", "--cores", "all", "--config", "study_seeds=3", MKL_CBWR="COMPATIBLE")
    after = results(own_small)
    records = {seed: json.loads(after[f"results/study/shards/{seed}/.made/runs.csv.json"]) for seed in (200, 201, 202)}
    assert [records[seed]["machine"]["variables"].get("MKL_CBWR") for seed in (200, 201, 202)] == [
        None,
        None,
        "COMPATIBLE",
    ]
    shards = [name for name in before if re.search(r"/(train_\w+|\w*shards/\d+)/", name)]
    assert len(shards) >= 20
    assert [name for name in shards if after[name] != before[name]] == []
    for told in (done, after["results/README.md"].decode()):
        assert "Made on 2 kinds of machine, which round differently:" in told
        assert told.count("MKL_CBWR=COMPATIBLE") == 1
    assert "kinds of machine" not in (own_small / "stdout.txt").read_text()
