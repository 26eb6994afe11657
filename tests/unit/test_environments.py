"""The files that name versions agree with each other and name no address."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from projects import ROOT

LOCK = (ROOT / "envs/lock.txt").read_text()
LOCKED = dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", LOCK, flags=re.MULTILINE))
CONDA_NAMES = {
    "pytorch-gpu": "torch",
    "matplotlib-base": "matplotlib",
    "snakemake-minimal": "snakemake",
    "jupyter_client": "jupyter-client",
}


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


CONDA = re.findall(
    r"^  - ([a-z0-9_-]+)([<>=].*?)(?:  # (.*))?$", (ROOT / "envs/kotohajime.yaml").read_text(), re.MULTILINE
)


def test_conda_and_the_lock_agree():
    """A version is exact and that of the lock, or a range that is told to be one, no tighter than the project's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {need.name: need.specifier for need in map(Requirement, project["dependencies"])}
    wanted = {CONDA_NAMES.get(name, name): (version, why) for name, version, why in CONDA
              if name not in ("python", "cuda-version")}  # fmt: skip
    assert wanted.keys() == asked.keys()
    for name, (version, why) in wanted.items():
        exact = version == f"={LOCKED[name]}"
        assert exact != (why.startswith("not seen") and version.startswith(">=")), name
        if not exact:
            assert LOCKED[name] in SpecifierSet(version), name
            assert set(map(str, asked[name])) <= set(version.split(",")), name


def lacking(lock: str) -> list[str]:
    """Return what an image's lock lacks of envs/kotohajime.yaml."""
    held = dict(re.findall(r"/([^/]+)-([^-/]+)-[^-/]+\.(?:conda|tar\.bz2)", lock))
    wanted = {name: f"={version}.*" if version[1].isdigit() else version for name, version, _ in CONDA}
    return [name for name, version in wanted.items() if held.get(name, "0") not in SpecifierSet(version)]


def test_a_lock_of_the_image_has_all_that_is_asked_for():
    versions = {name: re.search(r"[\d.]+", version)[0] for name, version, _ in CONDA}
    lines = [f"https://channel/linux-64/{name}-{version}-h1_0.conda#abc" for name, version in versions.items()]
    assert lacking("\n".join(lines)) == []
    assert lacking("\n".join(lines[:-1]).replace("pytorch-gpu-2", "pytorch-gpu-1")) == ["pytorch-gpu", CONDA[-1][0]]
    lock = ROOT / "envs/conda-linux-64.lock"
    assert not lock.exists() or lacking(lock.read_text()) == []
