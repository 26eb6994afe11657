"""Nothing is taken for a result of the workflow that is none, and what is one is used wherever it lies."""

import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from projects import NOTHING, fail, planned, results, run, small_project, started, succeed

REFUSED = "These results are not what a run here would make:"
HARMLESS = ["--unlock", "--touch"]  # as all that test_start.py names


def refused(folder: Path, *sentences: str, flags: tuple[str, ...] = ()) -> str:
    """Assert that a run stops before anything, in a sentence that names some results."""
    before = results(folder)
    said = fail(folder, "snakemake", "--cores", "1", *flags)
    assert REFUSED in said
    assert [sentence for sentence in sentences if sentence not in said] == []
    assert "Delete them (or move them away) and run again" in said
    assert results(folder) == before
    return said


def edited(folder: Path, name: str) -> Path:
    """Edit a result by one digit; its date stays."""
    path = folder / "results" / name
    date = path.stat()
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    assert path.stat().st_size == date.st_size
    return path


def checksums(folder: Path) -> list[str]:
    """Return what `sha256sum -c` does not find good."""
    lines = run(folder / "results", "sha256sum", "--check", "SHA256SUMS").stdout.splitlines()
    assert len(lines) >= 45
    return [line for line in lines if not line.endswith(": OK") and not line.startswith("sha256sum: ")]


def test_every_result_has_its_record_and_its_checksum(small):
    assert checksums(small) == []
    files = {Path(name) for name in results(small) if "/.made/" not in name} - {Path("results/report.html")}
    records = {Path(name) for name in results(small) if "/.made/" in name}
    assert {path.parent / ".made" / f"{path.name}.json" for path in files} == records
    listed = {line.split("  ")[1] for line in (small / "results/SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS", "environment.json"} == {str(path.relative_to("results")) for path in files}


@pytest.mark.parametrize("half", [False, True])
def test_edited_and_cut_results_are_refused_in_a_finished_and_in_a_half_finished_folder(own_small, half):
    edited(own_small, "trainings.csv")
    edited(own_small, "README.md")  # nothing follows from it
    cut = own_small / "results/train_autograd/losses.csv"
    cut.write_bytes(cut.read_bytes()[:100])
    if half:
        shutil.rmtree(own_small / "results/study")
    names = ("README.md", "trainings.csv", "train_autograd/losses.csv")
    sentences = [f"results/{name}: it was edited or cut short" for name in names]
    refused(own_small, *sentences)
    assert REFUSED in fail(own_small, "snakemake", "--cores", "1", "results/trainings.csv")
    if not half:
        for name in names:
            (own_small / "results" / name).unlink()
        succeed(own_small, "snakemake", "--cores", "2", "results/trainings.csv")


def test_no_remedy_is_blocked_by_an_edited_result(own_small):
    edited(own_small, "trainings.csv")
    before = results(own_small)
    for flags in HARMLESS:
        assert REFUSED not in succeed(own_small, "snakemake", "--cores", "1", *flags.split()), flags
    assert results(own_small) == before
    succeed(own_small, "snakemake", "--cores", "1", "results/problem.npz", "--forceall")
    succeed(own_small, "snakemake", "--cores", "1", "--delete-all-output")
    assert [name for name in results(own_small) if "/.made/" not in name] == []


def test_two_trainings_that_changed_places_are_refused(own_small):
    """Their dates stay, and each has its record beside it."""
    manual, autograd = (own_small / f"results/train_{name}" for name in ("manual", "autograd"))
    manual.rename(own_small / "aside")
    autograd.rename(manual)
    (own_small / "aside").rename(autograd)
    refused(own_small, "results/train_manual/losses.csv: it was made as results/train_autograd/losses.csv")


def test_a_pasted_command_makes_the_same_result_and_with_another_value_one_that_is_refused(own_small):
    before = results(own_small)
    shown = succeed(own_small, "snakemake", "-n", "-p", "--cores", "1", "--force", "results/train_manual/run.json")
    (command,) = re.findall(r"Shell command: (.*train_manual.*)", shown)
    succeed(own_small, "bash", "-c", command)
    assert results(own_small) == before
    assert planned(own_small) == set()
    succeed(own_small, "bash", "-c", command.replace("--epochs 40", "--epochs 41"))
    refused(own_small, "results/train_manual/losses.csv: it was made with other settings (--epochs 41)")


@pytest.fixture
def clone(small, tmp_path) -> Path:
    """Return another clone with copies of the results, their dates kept, and without .snakemake."""
    folder = small_project(tmp_path / "clone")
    shutil.copytree(small / "results", folder / "results")
    return folder


def test_results_in_another_clone_are_used_where_settings_and_science_are_the_same(clone):
    assert planned(clone) == set()
    assert NOTHING in succeed(clone, "snakemake", "--cores", "1")


def test_results_of_other_settings_science_or_data_are_refused_in_another_clone(clone):
    said = refused(clone, "it was made with other settings (--epochs 40)", flags=("--config", "epochs=41"))
    assert "bring it along, or run with the settings of then" in said
    succeed(clone, "snakemake", "--dry-run", "--cores", "1", "--config", "epochs=41")
    science = clone / "src/kotohajime/images/speed.py"
    science.write_text(science.read_text() + "\n")
    refused(clone, "speed.csv: it was made from another ", "images/speed.py")
    science.write_text(science.read_text()[:-1])
    data = clone / "data/published/manual.csv"
    data.write_text(data.read_text().replace("0,", "0.0,", 1))
    refused(clone, "results/reproduction.csv: it was made from another data/published/manual.csv")


def test_a_full_study_is_not_lost_with_snakemakes_memory(own_small):
    """What a user does who is told to delete .snakemake: another config is refused, the same one goes on."""
    shutil.rmtree(own_small / ".snakemake")
    refused(own_small, "it was made with other settings (--epochs 40)", flags=("--config", "epochs=41"))
    (own_small / "results/claims.json").unlink()
    assert planned(own_small) == {"claims", "reproduced", "story", "report", "index"}


def test_results_without_their_records_or_with_damaged_ones_are_refused(clone):
    """`cp -r results/*` leaves the hidden folders of the first level behind."""
    damages = {"trainings.csv": "{}", "checks.json": "", "problem.npz": '{"result": "problem.npz"}'}
    for name, damage in damages.items():
        (clone / f"results/.made/{name}.json").write_text(damage)
    shutil.rmtree(clone / "results/train_module/.made")
    names = (*damages, "train_module/losses.csv")
    refused(clone, *(f"results/{name}: nothing tells how it was made" for name in names))


def test_another_run_is_told_first_whatever_else_is_wrong(own_small):
    edited(own_small, "trainings.csv")
    for left in (own_small / ".snakemake/kotohajime").glob("jobs-*"):
        left.unlink()
    command = ["snakemake", "--cores", "1", "results/problem.npz", "--forceall"]
    with started(own_small, *command) as first:
        while not list((own_small / ".snakemake/kotohajime").glob("jobs-*")):
            assert first.poll() is None
            time.sleep(0.02)
        first.send_signal(signal.SIGSTOP)  # it keeps its locks, and cannot end before the second has tried
        try:
            said = fail(own_small, "snakemake", "--cores", "1")
        finally:
            first.send_signal(signal.SIGCONT)
        assert first.wait() == 0
    assert "Another run is going on in this folder." in said
    assert REFUSED not in said
