"""What is told of a training: its files, its line in the log, its row in the table, the index, the report."""

import json
import math
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kotohajime import machine, made
from kotohajime.article import trainings
from kotohajime.article import run_files as runs
from kotohajime.article.problem import draw
from kotohajime.io import UserError, read_csv, write, write_csv, write_json, write_npz
from kotohajime.pages import report
from kotohajime.site import index

NAN, INF = float("nan"), float("inf")
SETTINGS = {"start": "normal", "optimizer": "gradient descent", "learning_rate": 1e-6, "epochs": 3}


@given(seed=st.integers(0, 2**63 - 1), sizes=st.tuples(*[st.integers(1, 12)] * 4))
def test_a_seed_is_a_problem(seed, sizes):
    batch, inputs, hidden, outputs = sizes
    first, again = draw(seed, *sizes), draw(seed, *sizes)
    shapes = {"x": (batch, inputs), "y": (batch, outputs), "w1": (inputs, hidden), "w2": (hidden, outputs)}
    assert {name: array.shape for name, array in first.items()} == shapes
    assert all(array.dtype == np.float32 for array in first.values())
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_another_seed_is_another_problem():
    assert not np.array_equal(draw(0, 9, 9, 9, 9)["x"], draw(1, 9, 9, 9, 9)["x"])


def test_the_draw_does_not_depend_on_the_c_library():
    """Tried with glibc 2.36 and 2.41; a draw in float32 differs between them for seed 5."""
    arrays = [array for seed in range(10) for array in draw(seed, 100, 100, 1000, 10).values()]
    digest = made.sha256(b"".join(array.tobytes() for array in arrays))
    assert digest == "1f7b4c94bb957bcf1130beae2cae17b1b49bc900d504bbced5359ff91ee0ac09"


def test_the_draws_are_standard_normal():
    w1 = draw(0, 1, 100, 1000, 1)["w1"]
    assert abs(w1.mean()) < 0.01
    assert w1.var() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("losses", "diverged", "row", "line"),
    [
        ([3.0, 9.0, 1.0], None, (3.0, 9.0, 1, 1.0), "loss 3 at epoch 0, largest 9 at epoch 1, 1 at epoch 2"),
        ([3.0, INF, NAN], 1, (3.0, 3.0, 0, NAN), "loss 3 at epoch 0, largest 3 at epoch 0, "
                                           "diverged: not finite from epoch 1 on"),
        ([NAN, NAN, NAN], 0, (NAN, NAN, None, NAN), "diverged: the loss was not finite from the first epoch on"),
    ],
)  # fmt: skip
def test_a_training_is_written_and_told(tmp_path, capsys, losses, diverged, row, line):
    folder = tmp_path / "train_manual"
    start = torch.ones(4, 5), torch.ones(5, 2)
    runs.write_run(folder, losses=losses, rates=[1e-6] * 3, start=start, end=start, settings=SETTINGS)
    assert capsys.readouterr().out.splitlines()[-1] == line
    left = {**SETTINGS, "diverged_at": diverged, "machine": machine.checksum()}
    assert json.loads((folder / "run.json").read_text()) == left
    np.testing.assert_array_equal(read_csv(folder / "losses.csv")["loss"], losses)
    with np.load(folder / "weights.npz") as weights:
        assert {name: array.shape for name, array in weights.items()} == {
            "w1_start": (4, 5), "w2_start": (5, 2), "w1": (4, 5), "w2": (5, 2),
        }  # fmt: skip
    told = trainings.summarise(folder)
    assert list(told) == trainings.COLUMNS
    for name, expected in zip(("loss_first", "loss_max", "epoch_max", "loss_last"), row, strict=True):
        same = (
            math.isnan(told[name]) if isinstance(expected, float) and math.isnan(expected) else told[name] == expected
        )
        assert same, name
    assert told["diverged_at"] == diverged


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Return a folder with a few results."""
    monkeypatch.chdir(tmp_path)
    folder = Path("results")
    write_csv(folder / "trainings.csv", trainings.COLUMNS, [["manual", *["1"] * (len(trainings.COLUMNS) - 2), ""]])
    write_npz(folder / "problem.npz", {"x": np.ones((2, 3), dtype=np.float32)})
    said = {"statement": "The loss is the RMSE, " + "or so it says, " * 9, "verdict": "does not hold"}
    write_json(folder / "claims.json", [{"id": "rmse", "title": "The name of the loss", **said}])
    write_json(folder / "environment.json", {"python": "3", "cpu": {}})
    for stray in ("stray.txt", "stray.svg", "train_stray/losses.csv", "images/stray.png", "loss_transition.svg"):
        write(folder / stray, "not ours")
    return folder


def indexed(folder):
    index.main(results=folder, output=folder / "README.md", sums=folder / "SHA256SUMS")
    return (folder / "README.md").read_text()


def test_the_index_tells_what_files_hold(results, capsys):
    text = indexed(results)
    for words in (
        "x (2, 3) float32",
        "columns training, start,",
        "list of 1: id, title, statement, verdict",
        "python, cpu",
    ):
        assert words in text
    assert not re.search(r"stray|loss_transition\.svg", text)
    assert "kinds of machine" not in text
    printed = capsys.readouterr().out
    assert "| manual" in printed
    assert "The article's 1 statements; does not hold: 1.\n" in printed
    assert printed.endswith("\ndoes not hold: rmse\n")
    assert "results/index.html  " in printed
    assert re.search(r"^\| rmse +\| The name of the loss \| does not hold \| The loss", text, re.MULTILINE)
    assert max(map(len, printed.splitlines())) <= 100


def test_what_a_file_is_stands_in_one_cell_of_its_table():
    assert [name for name, what in index.WHAT.items() if "|" in what] == []


VERDICTS = ("holds", "does not hold", "not decided", "changed since 2018")


@given(
    st.lists(
        st.tuples(st.text("ab_", min_size=1, max_size=60), st.sampled_from(VERDICTS)),
        min_size=1,
        unique_by=lambda claim: claim[0],
    )
)
def test_the_closing_counts_the_verdicts_and_lists_what_does_not_hold(claims):
    told = index.closing([[name, "a title", verdict, "so it says"] for name, verdict in claims])
    first, *listed = told.splitlines()
    total, counts = re.fullmatch("The article's (\\d+) statements; (.*)\\.", first).groups()
    assert int(total) == len(claims)
    seen = {verdict: int(number) for verdict, number in (part.rsplit(": ", 1) for part in counts.split(", "))}
    assert seen == Counter(verdict for _, verdict in claims)
    assert [*seen.values()] == sorted(seen.values(), reverse=True)
    wrong = [name for name, verdict in claims if verdict == "does not hold"]
    assert " ".join(listed) == (f"does not hold: {', '.join(wrong)}" if wrong else "")
    assert max(map(len, told.splitlines())) <= 100


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum (coreutils) is not installed")
def test_the_checksums_can_be_compared(results):
    indexed(results)
    indexed(results)  # a second time, beside the checksums of the first
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    whole = subprocess.run(check, cwd=results, capture_output=True, text=True, check=True).stdout
    assert whole.splitlines() == [
        f"{name}: OK" for name in ("problem.npz", "trainings.csv", "claims.json", "README.md")
    ]
    write(results / "trainings.csv", "another")
    assert subprocess.run(check, cwd=results, capture_output=True, check=False).returncode == 1


def test_results_of_two_kinds_of_machine_are_told(results, capsys, monkeypatch):
    monkeypatch.setattr(made, "job", {"module": "test", "flags": ""})
    for name, variables in (("manual", {}), ("module", {"MKL_CBWR": "COMPATIBLE"})):
        here = {"cpu": "A", "gpus": [], "packages": {"torch": "2"}, "variables": variables}
        monkeypatch.setattr(machine, "kind", lambda here=here: here)
        write_csv(results / f"train_{name}" / "losses.csv", ["epoch"], [[1]])
    told = "Made on 2 kinds of machine, which round differently:\n\n* A, torch 2\n* A, torch 2, MKL_CBWR=COMPATIBLE\n"
    assert told in indexed(results)
    assert told in capsys.readouterr().out


CHART = 'var {}_spec = {{"$schema": "s", "data": {{"values": [{{"rule": "a", "runtime": 1.5}}]}}, "x": 1}};\n'


def test_the_report_loses_its_times_only():
    page = "<p>[1]</p>\n" + CHART.format("runtimes") + CHART.format("timeline") + CHART.format("rulegraph")
    emptied = report.without_times(page)
    assert emptied.count('"values": []') == 2
    assert CHART.format("rulegraph") in emptied
    assert emptied.startswith("<p>[1]</p>\n")


def test_a_report_of_another_form_is_refused():
    with pytest.raises(UserError, match="1 charts of job times, not 2"):
        report.without_times(CHART.format("runtimes"))


@pytest.mark.parametrize(
    "change",
    [
        {"y": np.ones((6, 1), dtype=np.float32)},  # would broadcast
        {"w1": np.ones((4, 8), dtype=np.float32)},
        {"x": np.ones(6, dtype=np.float32)},
        {"x": np.array([["a"]])},
        {"w2": np.ones((0, 3), dtype=np.float32)},
        *({"y": np.ones((6, 3), dtype)} for dtype in ("c8", "i8", "f2", ">f4", ">f8", "?", np.longdouble)),
    ],
)
def test_a_problem_whose_arrays_do_not_fit_is_told(tmp_path, change):
    write_npz(tmp_path / "p.npz", {**draw(0, 6, 5, 8, 3), **change})
    with pytest.raises(UserError, match=r"p\.npz holds x \(.*Needed are arrays of float32 or float64 of the shapes x"):
        runs.read_problem(tmp_path / "p.npz", device=torch.device("cpu"), dtype=torch.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_problem_in_either_precision_is_read_to_the_asked_one(tmp_path, dtype):
    arrays = {name: array.astype(dtype) for name, array in draw(0, 6, 5, 8, 3).items()}
    write_npz(tmp_path / "p.npz", arrays)
    for precision in (torch.float32, torch.float64):
        read = runs.read_problem(tmp_path / "p.npz", device=torch.device("cpu"), dtype=precision)
        assert [tensor.dtype for tensor in read] == [precision] * 4
        assert all(np.array_equal(ours, array) for ours, array in zip(read, arrays.values(), strict=True))
