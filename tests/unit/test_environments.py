"""The files that name versions agree with each other and name no address."""

import re
import tomllib

import yaml
from conftest import ROOT
from packaging.requirements import Requirement

LOCK = (ROOT / "envs/lock.txt").read_text()
LOCKED = dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", LOCK, flags=re.MULTILINE))
CONDA_NAMES = {"pytorch-gpu": "torch", "matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}


def test_the_lock_is_hashed_and_names_no_address():
    pinned = [line for line in LOCK.splitlines() if "==" in line]
    assert len(pinned) > 50
    assert all(line.endswith("\\") for line in pinned)
    for name in ("lock.txt", "uv.txt"):
        assert not re.search(r"https?:|--index|--find-links|file:", (ROOT / "envs" / name).read_text())


def test_the_lock_has_all_that_the_project_asks_for():
    text = (ROOT / "pyproject.toml").read_text()
    asked = [Requirement(line) for line in re.findall(r'^    "([a-z0-9-]+[<>=][^"]*)"', text, flags=re.MULTILINE)]
    assert len(asked) >= 12
    assert [str(need) for need in asked if not need.specifier.contains(LOCKED.get(need.name, "0"))] == []


def test_conda_and_the_lock_name_the_same_versions():
    wanted = dict(
        line.split("=") for line in yaml.safe_load((ROOT / "envs/kotohajime.yaml").read_text())["dependencies"]
    )
    named = {
        CONDA_NAMES.get(name, name): version
        for name, version in wanted.items()
        if name not in ("python", "cuda-version")
    }
    assert named == {name: LOCKED[name] for name in named}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert named.keys() == {Requirement(line).name for line in project["dependencies"]}
