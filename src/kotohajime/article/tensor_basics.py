"""The tensor tour: the article's lines about tensors and parameters, run today, beside what it reported in 2018."""

import re
from pathlib import Path

import numpy as np
import torch
from packaging.version import Version

from kotohajime import compute
from kotohajime.article.prompt import execute
from kotohajime.cli import run
from kotohajime.config import Device, Seed
from kotohajime.history.collect import answers, read
from kotohajime.io import write, write_json
from kotohajime.render import render
from kotohajime.text import words


def same_outcome(kind: str, today: str, reported: str) -> bool | None:
    """Return whether today's outcome is the reported one: the same type of error, or the same text but for decimals.

    None where the article reported nothing. Values drawn at random differ, and so may an error's wording.
    """
    if not reported:
        return None
    name = reported.split(":")[0]
    if name.endswith("Error"):
        return kind == "error" and today.startswith(f"{name}:")
    return kind == "value" and without_decimals(today) == without_decimals(reported)


def later(release: str) -> bool:
    """Return whether a release of torch is later than the one that runs here."""
    return Version(release) > Version(Version(torch.__version__).base_version)


def without_decimals(text: str) -> str:
    """Return a printed value with its decimal numbers masked, so that only its form counts."""
    return re.sub(r"\s+", " ", re.sub(r"\s*-?\d+\.\d+(e[+-]\d+)?", "#", text))


def run_tour(names: dict[str, object], history: list[dict[str, str]]) -> list[dict]:
    """Run the tour's lines one after another in the namespace `names`; return each with its outcome, today and then.

    `history` holds what a line gave between, by the release of torch that first gave it.
    """
    steps = []
    for step in words("tour"):
        kind, today = execute(step["code"], names)
        reported = step.get("reported", "")
        steps.append(
            {
                "topic": [*step["topic"].values()],
                "code": step["code"],
                "reported": reported,
                "releases": [
                    row for row in history if row["name"] == step.get("history") and not later(row["release"])
                ],
                "why": [*step["why"].values()] if "why" in step else None,
                "outcome": kind,
                "today": today,
                "as_reported": same_outcome(kind, today, reported),
            }
        )
    return steps


def main(*, seed: Seed = Seed(), device: Device = Device(), observed: Path, json: Path, html: Path) -> None:
    """Run the tensor tour and write what each line printed or raised.

    Args:
        seed: the seed of torch's generator.
        device: where the tour's module is moved to.
        observed: what the releases of torch gave, as `make history` left it.
        json: the JSON file to write.
        html: the page to write.
    """
    place = compute.use(device.device, "float32", threads=1)
    torch.manual_seed(seed.seed)
    steps = run_tour({"torch": torch, "np": np, "device": place["device"]}, answers(read(observed)))
    write_json(json, steps)
    write(html, render("tensor_basics.html", steps=steps, version=torch.__version__.split("+")[0]))
    changed = sum(step["as_reported"] is False for step in steps)
    print(f"{len(steps)} steps, {changed} with another outcome than in 2018")


if __name__ == "__main__":
    run(main)
