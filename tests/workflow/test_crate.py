"""The results as a Workflow Run RO-Crate, valid by a validator of the profile and the same each time; the citation."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import rocrate
import yaml
from projects import ROOT, fail, run, succeed

VALIDATOR = "roc-validator==0.13.0"
CITATION_VALIDATOR = "cffconvert==2.0.0"
RUN_TERMS = ["ParameterConnection", "connection", "sourceParameter", "targetParameter", "sha256", "environment"]
FILL = """
import io, json, sys
import requests, urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache import CachedSession

contexts = json.load(open(sys.argv[2]))

class Copies(BaseAdapter):
    def send(self, request, **_):
        body = io.BytesIO(json.dumps(contexts[request.url]).encode())
        raw = urllib3.HTTPResponse(body, {"Content-Type": "application/ld+json"}, 200, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

session = CachedSession(cache_name=sys.argv[1], backend="sqlite", expire_after=-1)
session.mount("https://", Copies())
for url in contexts:
    session.get(url)
"""


def contexts() -> dict[str, object]:
    """Return copies of what the crate's terms are defined by: RO-Crate's own, as 1.1 names them, and the run's."""
    text = (Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text()
    text = re.sub(r"bioschemas.org/terms/(input|output)", r"bioschemas.org/ComputationalWorkflow#\1", text)
    terms = {name: f"https://w3id.org/ro/terms/workflow-run#{name}" for name in RUN_TERMS}
    return {
        "https://w3id.org/ro/crate/1.1/context": json.loads(text.replace("bioschemas.org/terms/", "bioschemas.org/")),
        "https://w3id.org/ro/terms/workflow-run/context": {"@context": terms},
    }


def install(package: str, folder: Path) -> Path:
    """Install a package into an environment of its own, or skip; return the folder of its programs."""
    if not shutil.which("uv"):
        pytest.skip("no uv here")
    programs = folder / "env/bin"
    for command in (["uv", "venv", folder / "env"], ["uv", "pip", "install", "--python", programs / "python", package]):
        if subprocess.run([*command, "--quiet"], check=False).returncode:
            pytest.skip(f"{package} cannot be had here")
    return programs


@pytest.fixture(scope="module")
def validator(tmp_path_factory):
    """Return a command that validates a folder, from an environment of its own, without a network."""
    folder = tmp_path_factory.mktemp("validator")
    programs = install(VALIDATOR, folder)
    (folder / "contexts.json").write_text(json.dumps(contexts()))
    subprocess.run([programs / "python", "-c", FILL, folder / "cache", folder / "contexts.json"], check=True)
    options = ["--offline", "--cache-path", folder / "cache", "-p", "provenance-run-crate-0.5"]
    return [programs / "rocrate-validator", "-y", "--disable-color", "validate", *options]


def test_the_citation_is_valid_and_a_broken_one_is_refused(tmp_path):
    text = (ROOT / "CITATION.cff").read_text()
    validate = [str(install(CITATION_VALIDATOR, tmp_path) / "cffconvert"), "--validate", "--infile"]
    broken = {"title": ("\ntitle:", "\ntitel:"), "date": ("2018-04-29", "29 April 2018"), "type": (": blog", ": bolg")}
    succeed(tmp_path, *validate, str(ROOT / "CITATION.cff"))
    for name, change in broken.items():
        assert text.count(change[0]) == 1
        (tmp_path / name).write_text(text.replace(*change))
        done = run(tmp_path, *validate, name)
        assert (done.returncode, "ValidationError" in done.stdout) == (1, True), done.stdout


def test_the_citation_has_the_version_of_the_changelog():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    released = re.findall(r"^## (\S+) \(([\d-]+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert (citation["version"], str(citation["date-released"])) == released[0]


CRATE = ["python", "-m", "kotohajime.site.crate", "--results", "results", "--snakefile", "Snakefile",
         "--citation", str(ROOT / "CITATION.cff")]  # fmt: skip


def test_the_crate_is_valid_and_a_broken_one_is_refused(own_small, validator):
    metadata = own_small / "results/ro-crate-metadata.json"
    succeed(own_small, *CRATE)
    first = metadata.read_bytes()
    succeed(own_small, *CRATE)
    assert metadata.read_bytes() == first
    assert run(own_small, *map(str, validator), "results").returncode == 0
    graph = json.loads(first)["@graph"]
    (losses,) = (one for one in graph if one["@id"] == "train_autograd/losses.csv")
    actions = [one for one in graph if one["@type"] == "CreateAction" and one["@id"] != "#run"]
    (action,) = (one for one in actions if losses["@id"] in json.dumps(one["result"]))
    assert action["name"].startswith("kotohajime.article.train_autograd --")
    assert "problem.npz" in json.dumps(action["object"])
    metadata.write_bytes(first.replace(b'"mainEntity"', b'"about"'))
    assert run(own_small, *map(str, validator), "results").returncode == 1


def test_a_folder_without_results_is_told_in_a_line(own_small):
    (own_small / "empty").mkdir()
    assert "empty holds no result with a record. Run make first." in fail(
        own_small, *[word if word != "results" else "empty" for word in CRATE]
    )
