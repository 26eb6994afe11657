"""`--sdm conda`: a rule's environment holds what conda installed, not this project; its modules are found all the same.

conda itself is imitated: it makes an environment with the packages of this one, less the project.
"""

import os
import stat
import subprocess
import sys
import sysconfig

from projects import copy_project, environment

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


def test_a_rule_in_its_own_environment(tmp_path):
    folder, base = copy_project(tmp_path / "project"), tmp_path / "conda"
    (base / "bin").mkdir(parents=True)
    conda = base / "bin/conda"
    conda.write_text(CONDA.format(base=base, python=sys.executable, packages=sysconfig.get_path("purelib")))
    conda.chmod(conda.stat().st_mode | stat.S_IEXEC)
    (base / "bin/activate").write_text('export PATH="$1/bin:$PATH"\n')
    outside = environment(folder)
    outside["PATH"] = f"{conda.parent}{os.pathsep}{outside['PATH']}"

    command = ["snakemake", "--cores", "1", "--sdm=conda", "results/problem.npz"]
    done = subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (python,) = (folder / ".snakemake/conda").glob("*/bin/python")
    without = {name: value for name, value in outside.items() if name != "PYTHONPATH"}
    missing = subprocess.run(
        [python, "-m", "kotohajime.article.problem"], env=without, capture_output=True, text=True, check=False
    )
    assert "No module named" in missing.stderr  # else this test would prove nothing
