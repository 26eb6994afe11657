"""Run `observe.py` on every release of torch, each in an environment of its own, which is removed afterwards.

`make history` does this: it needs uv, a network and, for the old releases, an old Python, which uv fetches. What it
finds is kept in data/history, so that nothing else needs an old torch.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import yaml
from packaging.version import Version

from kotohajime import machine
from kotohajime.history import observe
from kotohajime.io import read_text, replace

LARGE = Version("2")  # from there on an environment takes up to 7 GB, with its cache; before, up to 4
EPOCHS = sorted({round(10 ** (step / 20) - 1) for step in range(61)})  # 0 to 999, evenly on a log axis


def read(path: Path) -> dict[str, dict]:
    """Return what was observed, by release, the oldest first: a line of JSON each; {} if there is no such file."""
    lines = read_text(path).splitlines() if path.exists() else []
    observed = {one["torch"]: one for one in map(json.loads, lines)}
    return {release: observed[release] for release in sorted(observed, key=Version)}


def changes(answers: Mapping[str, str]) -> dict[str, str]:
    """Return each answer that is another than the one before, by the release that first gave it, the oldest first."""
    return {next(same)[0]: answer for answer, same in groupby(answers.items(), itemgetter(1))}


def answers(observed: Mapping[str, dict]) -> list[dict[str, str]]:
    """Return name, line, release and answer of each line, the oldest release first: a row for each new answer."""
    rows = []
    for name, setup, line in observe.LINES:
        by_release = {release: one["answers"][name] for release, one in observed.items() if name in one["answers"]}
        code = f"{setup}\n{line}".strip()
        rows += [
            {"name": name, "line": code, "release": release, "answer": answer}
            for release, answer in changes(by_release).items()
        ]
    return rows


def thin(observed: Mapping) -> dict:
    """Return an observation with the losses at EPOCHS alone, and the processor that made it."""
    losses = {name: [values[epoch] for epoch in EPOCHS] for name, values in observed["losses"].items()}
    return {**observed, "cpu": machine.kind()["cpu"], "losses": losses}


def command(release: Mapping, folder: Path) -> list[str]:
    """Return how `observe.py` is run on a release, with what there was in its week; `folder` gets all of it."""
    after = date.fromisoformat(str(release["date"])) + timedelta(days=7)  # a part of it may have come days later
    return [
        *("uv", "run", "--no-project", "--no-config", "--cache-dir", str(folder), "--exclude-newer", str(after)),
        *("--python", release["python"], "--with", f"torch=={release['torch']}", "--with", "numpy"),
        *("python", observe.__file__),
    ]


def variables() -> dict[str, str]:
    """Return this process's variables, with pyenv's interpreters before its shims, which answer and do not run."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    path = os.pathsep.join([*map(str, sorted(pyenv.glob("versions/*/bin"))), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "PATH": path}


def observe_on(release: Mapping) -> dict | str:
    """Return what a release gives, or a sentence that says why it cannot be had."""
    with tempfile.TemporaryDirectory(prefix="torch-") as folder:
        words = command(release, Path(folder))
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=variables())
    if done.returncode:
        *_, last = ["no reason was given", *filter(str.strip, done.stderr.splitlines())]
        return f"torch {release['torch']} on Python {release['python']} cannot be had here: {last.strip()}"
    return thin(json.loads(done.stdout))


def observe_each(releases: Sequence[Mapping]) -> Iterator[dict | str]:
    """Yield what each release gives, the small ones two at a time."""
    small = [one for one in releases if Version(one["torch"]) < LARGE]
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(observe_on, small)
    yield from (observe_on(one) for one in releases if one not in small)


def collect(releases: Path, output: Path) -> None:
    """Add to `output` every release that it lacks; one that cannot be had is told, and the others go on.

    Args:
        releases: the YAML file of releases: torch, date, python.
        output: the file to add to: a line of JSON for each release.
    """
    there = read(output)
    missing = [release for release in yaml.safe_load(read_text(releases)) if release["torch"] not in there]
    for observed in observe_each(missing):
        print(observed if isinstance(observed, str) else f"torch {observed['torch']}", flush=True)
        if not isinstance(observed, str):
            there[observed["torch"]] = observed
            ordered = sorted(there.values(), key=lambda one: Version(one["torch"]))
            replace(output, "".join(json.dumps(one) + "\n" for one in ordered).encode())


if __name__ == "__main__":
    collect(*map(Path, sys.argv[1:]))
