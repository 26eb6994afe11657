"""Files appear whole, keep every digit, and damaged ones are named."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kotohajime import io as files
from kotohajime.io import UserError


@given(values=st.lists(st.floats(allow_nan=False), min_size=1, max_size=20))
def test_tables_keep_every_digit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    files.write_csv(path, ["loss"], [[value] for value in values])
    assert files.read_csv(path)["loss"].tolist() == values
    files.write_table(path, pd.DataFrame({"loss": values}))
    assert files.read_table(path)["loss"].tolist() == values


def test_an_older_pandas_is_asked_for_every_digit(tmp_path, monkeypatch):
    files.write_table(tmp_path / "a.csv", pd.DataFrame({"loss": [0.1 + 0.2]}))
    asked = []
    monkeypatch.setattr(pd, "read_csv", lambda _, **options: asked.append(options) or pd.DataFrame())
    for version in ("3.0.5", "3.1.0", "10.0"):
        monkeypatch.setattr(pd, "__version__", version)
        files.read_table(tmp_path / "a.csv")
    assert asked == [{"float_precision": "round_trip"}, {}, {}]


def test_csv_keeps_what_is_not_finite(tmp_path):
    files.write_csv(tmp_path / "a.csv", ["a", "b"], [[1, float("inf")], [2, float("nan")]])
    assert files.read_csv(tmp_path / "a.csv")["b"][0] == np.inf
    assert np.isnan(files.read_csv(tmp_path / "a.csv")["b"][1])


def test_npz_same_arrays_same_bytes_c_order(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    for name in ("a.npz", "b.npz"):
        files.write_npz(tmp_path / name, {"w": array})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    back = files.read_npz(tmp_path / "a.npz")["w"]
    assert back.flags.c_contiguous
    assert np.array_equal(back, array)


def test_json_refuses_what_json_lacks(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize("content", [b"", b"epoch,loss\n0,1\n1", b"epoch,loss\n0,one\n", b"\xff\xfe\x00"])
def test_damaged_csv_is_named(tmp_path, content):
    path = tmp_path / "losses.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"cannot read .*losses\.csv"):
        files.read_csv(path)


@pytest.mark.parametrize("read", [files.read_table, files.read_csv])
def test_a_table_or_archive_without_what_is_needed_is_named(tmp_path, read):
    files.write_csv(tmp_path / "a.csv", ["epoch"], [[1]])
    files.write_npz(tmp_path / "a.npz", {"x": np.ones(2)})
    with pytest.raises(UserError, match=r"a\.csv holds epoch, but not loss"):
        read(tmp_path / "a.csv", ["epoch", "loss"])
    with pytest.raises(UserError, match=r"a\.npz holds x, but not w1, w2"):
        files.read_npz(tmp_path / "a.npz", ["x", "w1", "w2"])


def test_damaged_npz_and_json_are_named(tmp_path):
    files.write_npz(tmp_path / "a.npz", {"w": np.ones(100)})
    os.truncate(tmp_path / "a.npz", 300)
    (tmp_path / "a.json").write_text('{"a": ')
    with pytest.raises(UserError, match=r"cannot read .*a\.npz"):
        files.read_npz(tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"cannot read .*a\.json"):
        files.read_json(tmp_path / "a.json")


@pytest.mark.parametrize("read", [files.read_csv, files.read_json, files.read_npz])
def test_missing_file_is_named(tmp_path, read):
    with pytest.raises(UserError, match="nowhere is missing"):
        read(tmp_path / "nowhere")


def test_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    files.write(path, "old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"cannot write .*a\.txt: No space left"):
        files.write(path, "new")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "old")]


KILLED = """
import os, signal, sys
from pathlib import Path
from kotohajime import io as files
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
files.write(Path(sys.argv[1]), "new")
"""


def test_killed_write_leaves_the_old_file_and_the_next_write_sweeps(tmp_path):
    path = tmp_path / "a.txt"
    files.write(path, "old")
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode == -9
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    files.write(path, "newer")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "newer")]


def test_written_files_are_readable_by_all(tmp_path):
    files.write(tmp_path / "a.txt", "x")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


def test_a_text_by_hand_may_begin_with_a_mark_but_has_to_be_utf8(tmp_path):
    (tmp_path / "a.yaml").write_bytes("\ufeff学習".encode())
    assert files.text_of(tmp_path / "a.yaml") == "学習"
    (tmp_path / "a.yaml").write_bytes("学習".encode("shift_jis"))
    with pytest.raises(UserError, match=r"a\.yaml is not UTF-8\. Save it as UTF-8\."):
        files.text_of(tmp_path / "a.yaml")


def test_csv_is_what_the_csv_module_reads(tmp_path):
    files.write_csv(tmp_path / "a.csv", ["name", "text"], [["x", 'a "quoted", text']])
    with (tmp_path / "a.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["name", "text"], ["x", 'a "quoted", text']]


def test_json_keeps_japanese(tmp_path):
    files.write_json(tmp_path / "a.json", {"題": "ことはじめ"})
    assert "ことはじめ" in (tmp_path / "a.json").read_text()
    assert json.loads((tmp_path / "a.json").read_text()) == {"題": "ことはじめ"}
