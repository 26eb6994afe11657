"""The files around the code: versions agree, and what a person is told to type is there."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yte
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from projects import ROOT

from kotohajime.science import PACKAGE

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


def test_a_clone_by_git_for_windows_holds_the_same_bytes(tmp_path):
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("no git here, or no clone of the project")
    command = ["git", "-c", "core.autocrlf=true", "clone", "--quiet", "--no-hardlinks", ROOT, tmp_path / "clone"]
    subprocess.run(command, check=True)
    for name in ("docker/run.sh", "data/published/curves.csv", "envs/lock.txt"):
        assert b"\r" not in (tmp_path / "clone" / name).read_bytes()


@pytest.mark.parametrize(
    ("files", "limits"),
    [
        ({}, (None, None)),
        ({"memory.max": "max\n", "cpu.max": "max 100000\n"}, (None, None)),
        ({"memory.max": "900000000\n", "cpu.max": "150000 100000\n"}, (900, 1)),
        ({"memory/memory.limit_in_bytes": "9223372036854771712", "cpu/cpu.cfs_quota_us": "-1"}, (None, None)),
        ({"memory/memory.limit_in_bytes": "900000000"}, (900, None)),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, (None, 1)),
    ],
)
def test_a_run_takes_no_more_than_a_containers_memory_and_quota(tmp_path, files, limits):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    profile = (ROOT / "profiles/default/config.yaml").read_text().replace("/sys/fs/cgroup", str(tmp_path))
    asked = yte.process_yaml(profile, require_use_yte=True)["resources"]
    here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000, os.cpu_count()
    assert (asked["mem_mb"], asked["cpus"]) == (limits[0] or here[0], limits[1] or here[1])


def test_the_map_of_the_house_names_every_folder_and_helper_and_no_other_file():
    page = (ROOT / "docs/development.md").read_text()
    names = [path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert [name for name in names if f"`{name}" not in page and name != "__init__.py"] == []
    named = re.findall(r"`((?:src|workflow|words|engine|article|envs|config|tests)/[\w./]*|\w+\.py)`", page)
    folders = [ROOT, PACKAGE, *(path for path in PACKAGE.iterdir() if path.is_dir())]
    assert len(named) > 30
    assert [name for name in named if not any((folder / name).exists() for folder in folders)] == []


def test_what_they_type_is_there():
    """Every target of make that the workflows, the hooks and CONTRIBUTING.md name is one of the Makefile's."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = "\n".join(path.read_text() for path in (*WORKFLOWS, ROOT / ".pre-commit-config.yaml"))
    typed = set(re.findall(r"\bmake ([a-z-]+)\b(?!/)", steps))
    named = set(re.findall(r"`make\s+([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text()))
    assert {"lint", "check"} <= typed & named
    assert typed | named <= known
