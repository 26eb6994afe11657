"""The index and the report."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kotohajime import machine, made
from kotohajime.io import UserError, write, write_csv, write_json, write_npz
from kotohajime.pages import report
from kotohajime.site import index

COLUMNS = [
    "training",
    "start",
    "optimizer",
    "learning_rate",
    "momentum",
    "epochs",
    "loss_first",
    "loss_max",
    "epoch_max",
    "loss_last",
    "diverged_at",
]


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Return a folder with a few results."""
    monkeypatch.chdir(tmp_path)
    folder = Path("results")
    write_csv(folder / "trainings.csv", COLUMNS, [["manual", *["1"] * (len(COLUMNS) - 2), ""]])
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
