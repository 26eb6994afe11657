"""The files around the code: versions agree, and what a person is told to type is there."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from projects import ROOT

LOCK = (ROOT / "envs/lock.txt").read_text()
LOCKED = dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", LOCK, flags=re.MULTILINE))
CONDA = re.findall(
    r"^  - ([a-z0-9_-]+)([<>=].*?)(?:  # (.*))?$", (ROOT / "envs/kotohajime.yaml").read_text(), re.MULTILINE
)
ON_PYPI = {
    "pytorch-gpu": "torch",
    "matplotlib-base": "matplotlib",
    "snakemake-minimal": "snakemake",
    "jupyter_client": "jupyter-client",
}
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


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


def test_conda_and_the_lock_agree():
    """A version is exact and that of the lock, or a range that is told to be one, no tighter than the project's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {need.name: need.specifier for need in map(Requirement, project["dependencies"])}
    wanted = {ON_PYPI.get(name, name.replace("_", "-")): (version, why) for name, version, why in CONDA}
    assert wanted.keys() - {"python", "cuda-version"} == asked.keys()
    for name in asked:
        version, why = wanted[name]
        exact = version == f"={LOCKED[name]}"
        assert exact != (why.startswith("not seen") and version.startswith(">=")), name
        if not exact:
            assert LOCKED[name] in SpecifierSet(version), name
            assert set(map(str, asked[name])) <= set(version.split(",")), name


def test_what_they_type_is_there():
    """Every target of make that the workflows, the hooks and CONTRIBUTING.md name is one of the Makefile's."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = "\n".join(path.read_text() for path in (*WORKFLOWS, ROOT / ".pre-commit-config.yaml"))
    typed = set(re.findall(r"\bmake ([a-z-]+)\b(?!/)", steps))
    named = set(re.findall(r"`make\s+([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text()))
    assert {"lint", "check"} <= typed & named
    assert typed | named <= known
