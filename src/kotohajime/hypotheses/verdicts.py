"""Decide the study's hypotheses by the rules of config/hypotheses.yaml."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_table, write_json
from kotohajime.study.cells import Article, Cell
from kotohajime.statistics import corrected
from kotohajime.hypotheses.schema import read
from kotohajime.hypotheses.measures import MEASURES, Study
from kotohajime.hypotheses.rules import Hypothesis, Rule, rates
from kotohajime.text import FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, between, percent

NETWORKS = ["seed", *Cell._fields, "precision", "loss_first", "loss_last", "loss_max", "diverged_at"]
STARTING = ["seed", "start", "optimizer", "sharpness_hessian", "limit"]
LEARNED = ["seed", "start", "scale", "train_loss", "test_loss", "test_accuracy"]
SPEED = ["seed", "start", "scale", "c", "usable_at", "done_at"]
TAUGHT = ["seed", "start", "c", "train_loss", "test_loss"]
BAND = ["run", "inside", "seeds", "curve_p"]


def verdict(low: float, high: float, allowed: Mapping[str, float]) -> str:
    """Return whether an interval lies inside a range, outside, or across one of its ends; an end may be absent."""
    if math.isnan(low) or math.isnan(high):
        return OPEN
    above, below = allowed.get("above"), allowed.get("below")
    if (above is None or low > above) and (below is None or high < below):
        return HOLDS
    outside = (above is not None and high <= above) or (below is not None and low >= below)
    return FAILS if outside else OPEN


def told(measure: str, *estimate: float) -> str:
    """Return an estimate in words: a ratio as a factor, a share in percent, a power as it is."""
    if measure == "test_growth":
        return between(*estimate)
    if not measure.endswith("ratio"):
        return between(*estimate, percent)
    with np.errstate(over="ignore"):
        return between(*np.power(10.0, estimate).tolist())


def decide(hypothesis: Hypothesis, study: Study, count: int = 1) -> dict:
    """Return a hypothesis with its estimate and verdict; numbers that JSON lacks are null.

    `corrected` is the verdict by the interval of Bonferroni's correction for `count` hypotheses.
    """
    stated = hypothesis.model_dump(exclude_unset=True)
    asked = hypothesis.model_dump(exclude={*Hypothesis.model_fields, "range"}, exclude_none=True)
    sample = MEASURES[hypothesis.measure](study, **asked)
    found, strict = sample.estimate(), sample.estimate(corrected(count))
    numbers = {name: value if math.isfinite(value) else None for name, value in found._asdict().items()}
    verdicts = {name: verdict(one.low, one.high, stated["range"])
                for name, one in (("verdict", found), ("corrected", strict))}  # fmt: skip
    return {**stated, **numbers, "told": told(hypothesis.measure, *found[:3]), **verdicts}


def decide_band(rows: pd.DataFrame, least_p: float) -> dict:
    """Return whether a run's published curve is rejected as one of its kind, by how many seeds, and its epochs inside.

    Among n seeds p cannot fall below 1 / (n + 1): where that is no less than `least_p`, nothing is decided.
    """
    seeds, p = int(rows["seeds"].iloc[0]), float(rows["curve_p"].iloc[0])
    known = {
        "seeds": seeds,
        "p": None if math.isnan(p) else p,
        "inside": int(rows["inside"].sum()),
        "epochs": len(rows),
    }
    decides = not math.isnan(p) and 1 / (seeds + 1) < least_p
    return {**known, "verdict": OPEN if not decides else REJECTED if p < least_p else NOT_REJECTED}


def decide_claim(rule: Rule, verdicts: Mapping[str, str]) -> str:
    """Return the verdict on a statement: it holds if all that it needs is so, not if one thing is decided otherwise."""
    found = [(verdicts[name], wanted) for name, wanted in rule.needs.items()]
    if all(one == wanted for one, wanted in found):
        return HOLDS
    return FAILS if any(one not in (wanted, OPEN) for one, wanted in found) else OPEN


def main(
    *,
    hypotheses: Path,
    settings: Path,
    runs: Path,
    starts: Path,
    band: Path,
    images: Path,
    speed: Path,
    teacher: Path,
    output: Path,
) -> None:
    """Decide the hypotheses.

    Args:
        hypotheses: the YAML file that states them and their rules.
        settings: the study's settings.json.
        runs: the table of networks.
        starts: the table of starting points.
        band: the table of the published losses among the seeds'.
        images: the table of networks that learned images.
        speed: the table of networks that were trained on noise from some starts.
        teacher: the table of networks that a teacher taught.
        output: the JSON file to write.
    """
    stated = read(hypotheses)
    study = Study(
        read_table(runs, NETWORKS),
        read_table(starts, STARTING),
        rates(Article.read(settings)),
        read_table(images, LEARNED),
        read_table(speed, SPEED),
        read_table(teacher, TAUGHT),
    )
    decided = [decide(hypothesis, study, len(stated.hypotheses)) for hypothesis in stated.hypotheses]
    verdicts = {hypothesis["id"]: hypothesis["verdict"] for hypothesis in decided}
    claims = {name: {**dict(rule), "verdict": decide_claim(rule, verdicts)} for name, rule in stated.claims}
    published = {name: decide_band(rows, **dict(stated.band)) for name, rows in read_table(band, BAND).groupby("run")}
    seeds = int(study.runs["seed"].nunique())
    write_json(output, {"seeds": seeds, "hypotheses": decided, "claims": claims, "band": published})
    for hypothesis in decided:
        print(f"{hypothesis['verdict']:14} {hypothesis['id']:18} {hypothesis['told']}")


if __name__ == "__main__":
    run(main)
