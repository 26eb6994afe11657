"""The page's trainer in node, for tests that ask it."""

import json
import shutil
import subprocess

import pytest
from projects import ROOT

NODE = shutil.which("node")
SCRIPT = ROOT / "src/kotohajime/templates/trainer.js"
HARNESS = """
const { readFileSync } = require("node:fs");
require("node:vm").runInThisContext(readFileSync(process.argv[1], "utf8"));
const given = JSON.parse(readFileSync(0, "utf8"));
const plain = (_, value) => (value instanceof Float64Array ? [...value] : value);
process.stdout.write(JSON.stringify(new Function("given", given.body)(given), plain));
"""
needs_node = pytest.mark.skipif(not NODE, reason="no node on this machine (Debian: apt-get install nodejs)")


def in_node(body, **given):
    """Return what the body of a function of `given` returns where the trainer is loaded; infinity becomes None."""
    text = json.dumps(
        {"body": body, **given}, default=lambda array: array.ravel().tolist() if hasattr(array, "ravel") else str(array)
    )
    done = subprocess.run([NODE, "-e", HARNESS, SCRIPT], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
