"""Files appear whole, keep every digit, and damaged ones are named."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kotohajime import io
from kotohajime.io import UserError


@given(values=st.lists(st.floats(allow_nan=False), min_size=1, max_size=20))
@settings(max_examples=40)
def test_tables_keep_every_digit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    io.write_csv(path, ["loss"], [[value] for value in values])
    assert io.read_table(path)["loss"].tolist() == values
    io.write_table(path, pd.DataFrame({"loss": values}))
    assert io.read_table(path)["loss"].tolist() == values


def test_npz_same_arrays_same_bytes_c_order(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    for name in ("a.npz", "b.npz"):
        io.write_npz(tmp_path / name, {"w": array})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    back = io.read_npz(tmp_path / "a.npz")["w"]
    assert back.flags.c_contiguous
    assert np.array_equal(back, array)


def test_json_keeps_japanese_and_refuses_what_json_lacks(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        io.write_json(tmp_path / "a.json", {"loss": float("nan")})
    io.write_json(tmp_path / "a.json", {"題": "ことはじめ"})
    assert "ことはじめ" in (tmp_path / "a.json").read_text(encoding="utf-8")
    assert io.read_json(tmp_path / "a.json") == {"題": "ことはじめ"}


@pytest.mark.parametrize("name", ["a.csv", "a.npz", "a.json", "nowhere.csv", "nowhere.npz", "nowhere.json"])
def test_a_damaged_or_missing_file_is_named(tmp_path, name):
    read = {"csv": io.read_table, "npz": io.read_npz, "json": io.read_json}[name.split(".")[1]]
    io.write_npz(tmp_path / "a.npz", {"w": np.ones(100)})
    os.truncate(tmp_path / "a.npz", 300)
    (tmp_path / "a.json").write_text('{"a": ')
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=f"nowhere.* is missing|cannot read .*{name}"):
        read(tmp_path / name)


def test_a_file_without_what_is_needed_is_named(tmp_path):
    io.write_csv(tmp_path / "a.csv", ["epoch"], [[1]])
    io.write_npz(tmp_path / "a.npz", {"x": np.ones(2)})
    with pytest.raises(UserError, match=r"a\.csv holds epoch, but not loss\. Is it the right file"):
        io.read_table(tmp_path / "a.csv", ["epoch", "loss"])
    with pytest.raises(UserError, match=r"a\.npz holds x, but not w1, w2"):
        io.read_npz(tmp_path / "a.npz", ["x", "w1", "w2"])


def test_a_text_may_begin_with_a_mark_but_has_to_be_utf8(tmp_path):
    (tmp_path / "a.yaml").write_bytes("\ufeff学習".encode())
    assert io.read_text(tmp_path / "a.yaml") == "学習"
    (tmp_path / "a.yaml").write_bytes("学習".encode("shift_jis"))
    with pytest.raises(UserError, match=r"a\.yaml \(it is not UTF-8\)"):
        io.read_text(tmp_path / "a.yaml")


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    io.write(path, "old")
    assert path.stat().st_mode & 0o777 == 0o644

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"cannot write .*a\.txt: No space left"):
        io.write(path, "new")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "old")]


KILLED = """
import os, signal, sys
from pathlib import Path
from kotohajime import io
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
io.write(Path(sys.argv[1]), "new")
"""


def test_a_killed_write_leaves_the_old_file_and_the_next_write_sweeps(tmp_path):
    path = tmp_path / "a.txt"
    io.write(path, "old")
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode == -9
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    io.write(path, "newer")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "newer")]
