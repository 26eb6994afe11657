"""The workflow is plain Snakemake: it is planned where that alone is installed, and conda brings what rules need."""

import os
import re
import stat
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from projects import ROOT, fail, planned, small_project

CONDA = """#!/bin/bash
case "$*" in
    "info --json") echo '{{"conda_prefix": "{base}", "platform": "linux-64"}}' ;;
    --version) echo conda 26.1.0 ;;
    "clean "*) ;;
    "config --get"*) echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
    "env create"*"--prefix "*)
        "{python}" -m venv --without-pip "${{!#}}"
        site=$(echo "${{!#}}"/lib/python*/site-packages)
        echo {packages} > "$site/packages.pth" ;;
    *) echo "conda $* is not imitated" >&2; exit 1 ;;
esac
"""
MODULE = """
module kotohajime:
    snakefile: {snakefile!r}
    config: {{"epochs": 42}}

use rule * from kotohajime as kotohajime_*
"""
REMOTE = """
module kotohajime:
    snakefile: gitfile("{}", path="workflow/Snakefile", ref="HEAD")

use rule * from kotohajime as kotohajime_*
"""
# What Snakemake keeps to itself, or what would replace a part of it at run time.
PRIVATE = (
    r"workflow\.(dag|modifier|scheduler|output_settings|overwrite_\w+|config_settings|get_rule|global_resources|"
    r"is_main_process|current_basedir|touch|rules|persistence)\b|removeHandler|DefaultStreamHandler|job_rate_limiter"
)


def needed(name: str, known: set[str]) -> set[str]:
    """Return a package and all that it needs."""
    try:
        requirements = map(Requirement, distribution(name).requires or [])
    except PackageNotFoundError:
        return known
    known.add(name)
    for requirement in requirements:
        if requirement.name not in known and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            needed(requirement.name, known)
    return known


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """Return the programs of an environment that holds Snakemake and what it needs, nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in needed("snakemake", set()):
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files if not file.parts[0].startswith("..")}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(sysconfig.get_path("purelib"), top))
    program = folder / "bin/snakemake"
    program.write_text(f"#!{folder}/bin/python\nimport sys\nfrom snakemake.cli import main\nsys.exit(main())\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return folder / "bin"


def plainly(bare: Path, folder: Path, *command: str, **variables: str) -> str:
    """Return what a command says that ends well where there is only Snakemake."""
    path = f"{bare}{os.pathsep}/usr/bin{os.pathsep}/bin"
    own = {"HOME": os.environ["HOME"], "USER": "someone", "PATH": path, **variables}
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_it_is_planned_where_there_is_only_snakemake(bare, tmp_path):
    missing = subprocess.run([bare / "python", "-c", "import numpy"], capture_output=True, text=True, check=False)
    assert "No module named 'numpy'" in missing.stderr  # else this test would prove nothing
    folder = small_project(tmp_path / "project")
    snakefile = str(folder / "Snakefile")
    assert "train_manual" in plainly(bare, folder, "snakemake", "-n")
    (tmp_path / "elsewhere").mkdir()
    assert "train_manual" in plainly(bare, tmp_path / "elsewhere", "snakemake", "-n", "--snakefile", snakefile)
    (tmp_path / "module").mkdir()
    (tmp_path / "module/Snakefile").write_text(MODULE.format(snakefile=snakefile))
    assert "--epochs 42" in plainly(bare, tmp_path / "module", "snakemake", "-n", "-p", "kotohajime_article")


def test_the_workflow_catalogues_snakefile_is_the_same_workflow(tmp_path):
    folder = small_project(tmp_path / "project")
    plan = planned(folder, "--snakefile", "workflow/Snakefile") - {"everything"}
    assert plan == planned(folder) >= {"train_manual", "index"}


def test_rules_that_are_fetched_without_the_code_are_refused_in_a_sentence(tmp_path):
    (tmp_path / "repository").mkdir()
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], cwd=small_project(tmp_path / "repository"), check=True)
    (tmp_path / "Snakefile").write_text(REMOTE.format(tmp_path / "repository"))
    assert "clone kotohajime, name that Snakefile." in fail(tmp_path, "snakemake", "-n")


def test_conda_brings_what_a_rule_needs(bare, tmp_path):
    """conda itself is imitated: it makes an environment with the packages of this one, less the project."""
    folder, base = small_project(tmp_path / "project"), tmp_path / "conda"
    (base / "bin").mkdir(parents=True)
    conda = base / "bin/conda"
    conda.write_text(CONDA.format(base=base, python=sys.executable, packages=sysconfig.get_path("purelib")))
    conda.chmod(conda.stat().st_mode | stat.S_IEXEC)
    (base / "bin/activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    path = os.pathsep.join(map(str, (conda.parent, bare, "/usr/bin", "/bin")))
    plainly(bare, folder, "snakemake", "--cores", "1", "--sdm=conda", "results/problem.npz", PATH=path)
    assert (folder / "results/problem.npz").exists()


def test_nothing_of_snakemakes_own_is_used_or_replaced():
    sources = [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk"), *(ROOT / "src").rglob("*.py")]
    assert len(sources) > 60
    assert [str(path) for path in sources if re.search(PRIVATE, path.read_text())] == []
