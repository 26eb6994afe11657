"""The article by release of torch: one file for all of them, what has changed and since when, what cannot be had."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from projects import ROOT

from kotohajime.history import compare, observe
from kotohajime.history.collect import EPOCHS, answers, changes, collect, read, thin

OBSERVED = read(ROOT / "data/history/observed.jsonl")
TODAY = torch.__version__.split("+")[0]


def test_the_file_is_of_2018():
    pyenv = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.6.*/bin/python"))
    python = pyenv[0] if pyenv else shutil.which("python3.6")
    if not python:
        pytest.skip("no Python 3.6 here")
    code = f"compile(open({observe.__file__!r}).read(), 'observe.py', 'exec')"
    subprocess.run([python, "-c", code], check=True)


@pytest.mark.slow
@pytest.mark.skipif(TODAY not in OBSERVED, reason=f"torch {TODAY} is not the lock's")
def test_the_locks_torch_gives_what_was_recorded():
    """In a process of its own, as `make history` runs it. Another processor rounds differently."""
    command = [sys.executable, observe.__file__]
    today = thin(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    recorded = OBSERVED[TODAY]
    assert today["answers"] == recorded["answers"]
    assert observe.news(today, json.dumps(recorded)) == []
    for name, losses in recorded["losses"].items():
        assert today["losses"][name][:10] == pytest.approx(losses[:10], rel=1e-4), name
        assert today["losses"][name] == pytest.approx(losses, rel=0.1), name


def test_an_answer_that_the_last_release_did_not_give_fails_the_weekly_check():
    known = json.dumps({"torch": "1.0", "answers": {"a": "1", "b": "2"}})
    assert observe.news({"torch": "1.1", "answers": {"a": "1", "b": "2"}}, known) == []
    (sentence,) = observe.news({"torch": "1.1", "answers": {"a": "1", "b": "3"}}, known)
    assert sentence == "b: torch 1.1 gives 3; torch 1.0 gave 2"


@given(st.lists(st.sampled_from("abc"), min_size=1))
def test_changes_are_the_first_releases_of_each_answer_in_turn(answers):
    """They are enough to tell every release's answer, and none of them repeats the one before."""
    by_release = {f"1.{number}": answer for number, answer in enumerate(answers)}
    changed, current = changes(by_release), ""
    for release, answer in by_release.items():
        assert changed.get(release, "another") != current
        current = changed.get(release, current)
        assert current == answer


def test_what_changed_and_when_is_what_the_releases_gave():
    rows = {(row["name"], row["release"]): row["answer"] for row in answers(OBSERVED)}
    assert rows["negative_step", "1.0.0"] == "ValueError: negative step not yet supported"
    (since,) = (release for name, release in rows if name == "zero_grad" and release != "1.0.0")
    assert (since, rows["zero_grad", since]) == ("2.0.0", "None")
    assert [release for name, release in rows if name == "relu_at_zero"] == ["1.0.0"]  # the same on all


def test_the_curves_are_the_same_on_all():
    table = compare.losses(OBSERVED)
    apart = table.sub(table[TODAY], axis=0).abs().div(table[TODAY], axis=0)
    assert len(table) == 3 * len(EPOCHS)
    assert apart.to_numpy().max() < 1e-2


UV = """#!/bin/sh
case "$*" in *torch==1.1.0*) echo 'error: no such release' >&2; exit 1 ;; *) cat '{}' ;; esac
"""


def test_a_release_that_cannot_be_had_is_told_and_the_others_are_kept(tmp_path, monkeypatch, capsys):
    losses = {name: [1.0] * observe.EPOCHS for name in compare.TRAININGS}
    (tmp_path / "answer").write_text(json.dumps({"torch": "1.0.0", "answers": {"a": "1"}, "losses": losses}))
    (tmp_path / "uv").write_text(UV.format(tmp_path / "answer"))
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    releases = "".join(f"- {{torch: {name}, date: 2018-12-07, python: '3.7'}}\n" for name in ("1.0.0", "1.1.0"))
    (tmp_path / "releases.yaml").write_text(releases)
    for _ in range(2):  # the second time only what is missing
        collect(tmp_path / "releases.yaml", tmp_path / "observed.jsonl")
        assert list(read(tmp_path / "observed.jsonl")) == ["1.0.0"]
    sentence = "torch 1.1.0 on Python 3.7 cannot be had here: error: no such release"
    assert capsys.readouterr().out.splitlines() == ["torch 1.0.0", sentence, sentence]
