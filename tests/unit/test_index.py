"""The index says what each file of the results holds, how it was made, and what was found."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from planted import write_results

from kotohajime import machine, provenance
from kotohajime.io import write, write_csv
from kotohajime.site import index
from kotohajime.text import words


@pytest.fixture
def indexable(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write_results(Path("results"))
    strays = ("stray.txt", "images/stray.png", "train_stray/losses.csv", "loss_transition.svg")
    for name in ("environment.json", "report.html", "study/shards/200/runs.csv", *strays):
        write(folder / name, '{"python": "3"}')
    return folder


def indexed(folder):
    index.main(results=folder, output=folder / "README.md", sums=folder / "SHA256SUMS")
    return (folder / "README.md").read_text()


def test_the_index_says_what_files_hold(indexable, capsys):
    text = indexed(indexable)
    for held in (
        "columns training, epoch, 1.0.0, 2.0.0; 2 rows",
        "list of 3: id, verdict, section",
        "| python ",
        "each job of the study",
    ):
        assert held in text
    assert re.search(r"^\| autograd +\| +1000 +\| +1e\+09 \| +3 \| +\| +\|$", text, re.MULTILINE)
    assert re.search(r"^\| c1 +\| a title \| does not hold \| It is ", text, re.MULTILINE)
    assert not re.search(r"stray|loss_transition\.svg|kinds of machine", text)
    assert not re.search(r"[|\n]", "".join(words("files").values()))  # which would break the table
    printed = capsys.readouterr().out
    assert "results/index.html  " in printed
    assert "| autograd " in printed
    assert printed.endswith("2, does not hold: 1.\ndoes not hold: c1\nReproduced: all of it.\n")
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum (coreutils) is not installed")
def test_the_checksums_can_be_compared(indexable):
    indexed(indexable)
    indexed(indexable)  # a second time, beside the checksums of the first
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    lines = subprocess.run(check, cwd=indexable, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {"README.md: OK", "study/runs.csv: OK", "study/shards/200/runs.csv: OK"} <= set(lines)
    assert not re.search("environment|report|stray", str(lines))


def test_results_of_two_kinds_of_machine_are_reported(indexable, capsys, monkeypatch):
    monkeypatch.setattr(provenance, "job", {"module": "site.index", "settings": ""})
    monkeypatch.setattr(provenance, "inputs", {})
    for shard, variables in (("200", {}), ("202", {"MKL_CBWR": "COMPATIBLE"})):
        kind = {"cpu": "A", "gpus": [], "packages": {"torch": "2"}, "variables": variables}
        monkeypatch.setattr(machine, "kind", lambda kind=kind: kind)
        write_csv(indexable / f"study/shards/{shard}/runs.csv", ["seed"], [[1]])
    files = {str(indexable / f"study/shards/{shard}/runs.csv"): "" for shard in ("200", "202")}
    monkeypatch.setattr(provenance, "inputs", files)
    write_csv(indexable / "study/runs.csv", ["seed"], [[1]])  # joined from both
    kinds = "* A, torch 2\n* A, torch 2, MKL_CBWR=COMPATIBLE\n"
    warning = f"Made on 2 kinds of machine, which round differently:\n\n{kinds}"
    assert warning in indexed(indexable)
    assert warning in capsys.readouterr().out
