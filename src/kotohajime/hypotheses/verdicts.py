"""Decide the study's hypotheses by the rules of config/hypotheses.yaml."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime import statistics
from kotohajime.cli import run
from kotohajime.engine.optimizers import as_momentum
from kotohajime.hypotheses import measures
from kotohajime.hypotheses.schema import Hypothesis, Rule, Stated, parse
from kotohajime.io import UserError, read_bytes, read_table, write_json
from kotohajime.study.cells import Cell, read_settings
from kotohajime.text import FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, between, percent

RUNS = ["seed", *Cell._fields, "precision", "loss_first", "loss_last", "loss_max", "diverged_at"]
CURVES = ["seed", "run", "epoch", "loss"]
STARTS = ["seed", "start", "optimizer", "sharpness_hessian", "limit"]
IMAGES = ["seed", "start", "scale", "train_loss", "test_loss", "test_accuracy"]
SPEED = ["seed", "start", "scale", "c", "usable_at", "done_at"]
TEACHER = ["seed", "start", "c", "train_loss", "test_loss"]
BAND = ["run", "inside", "seeds", "curve_p", "factor"]


def estimate(values: np.ndarray, level: float = statistics.LEVEL) -> tuple[float, float, float]:
    """Return the share of true values, or the interquartile mean of numbers, over the seeds, and its interval."""
    statistic = statistics.share if values.dtype == bool else statistics.estimate
    return statistic(values, level=level)


def verdict(low: float, high: float, above: float | None = None, below: float | None = None) -> str:
    """Return whether an interval lies inside a range, outside, or across one of its ends."""
    if math.isnan(low) or math.isnan(high):
        return OPEN
    if (above is None or low > above) and (below is None or high < below):
        return HOLDS
    outside = (above is not None and high <= above) or (below is not None and low >= below)
    return FAILS if outside else OPEN


def describe(measure: str, value: float, low: float, high: float) -> str:
    """Return an estimate in words: a ratio as a factor, a share in percent, a power or an epoch as it is."""
    if measure == "test_growth" or measure.endswith("_at"):
        return between(value, low, high)
    if not measure.endswith("ratio"):
        return between(value, low, high, percent)
    with np.errstate(over="ignore"):
        return between(*np.power(10.0, [value, low, high]).tolist())


def decide(hypothesis: Hypothesis, study: measures.Study, count: int) -> dict:
    """Return a hypothesis with its estimate and verdict; numbers that JSON lacks are null.

    `corrected` is the verdict by the interval of Bonferroni's correction for `count` hypotheses; `rounding` tells that
    float32's rounding decides the estimate, which then is no measure of how far apart two losses are.
    """
    stated = hypothesis.model_dump(exclude_unset=True)
    parts = hypothesis.model_dump(include={"of", "to", "above_scale"}, exclude_none=True)
    values = getattr(measures, hypothesis.measure)(study, **parts)
    value, low, high = estimate(values)
    numbers = {"value": value, "low": low, "high": high}
    strict = estimate(values, statistics.corrected(count))
    return {
        **stated,
        **{name: number if math.isfinite(number) else None for name, number in numbers.items()},
        "seeds": int((~np.isnan(values)).sum()),
        "rounding": hypothesis.measure == "loss_ratio" and measures.by_rounding(study, **parts),
        "told": describe(hypothesis.measure, value, low, high),
        "verdict": verdict(low, high, **stated["range"]),
        "corrected": verdict(*strict[1:], **stated["range"]),
    }


def decide_band(rows: pd.DataFrame, least_p: float) -> dict:
    """Return whether a run's published curve is rejected as one of its kind, by how many seeds, and its epochs inside.

    Among n seeds p cannot fall below 1 / (n + 1): where that is no less than `least_p`, nothing is decided.
    """
    seeds, p, factor = int(rows["seeds"].iloc[0]), float(rows["curve_p"].iloc[0]), float(rows["factor"].iloc[0])
    known = {
        "seeds": seeds,
        "p": None if math.isnan(p) else p,
        "factor": factor if math.isfinite(factor) else None,
        "inside": int(rows["inside"].sum()),
        "epochs": len(rows),
    }
    if math.isnan(p) or 1 / (seeds + 1) >= least_p:
        return {**known, "verdict": OPEN}
    return {**known, "verdict": REJECTED if p < least_p else NOT_REJECTED}


def decide_claim(rule: Rule, verdicts: Mapping[str, str]) -> str:
    """Return the verdict on a claim: it holds if all that it needs is so, not if one thing is decided otherwise."""
    pairs = [(verdicts[name], needed) for name, needed in rule.needs.items()]
    if all(decided == needed for decided, needed in pairs):
        return HOLDS
    return FAILS if any(decided not in (needed, OPEN) for decided, needed in pairs) else OPEN


def decide_all(stated: Stated, study: measures.Study, band: pd.DataFrame) -> dict:
    """Return what is decided: each hypothesis, each claim, and each published curve of the table `band`."""
    decided = [decide(hypothesis, study, len(stated.hypotheses)) for hypothesis in stated.hypotheses]
    verdicts = {hypothesis["id"]: hypothesis["verdict"] for hypothesis in decided}
    return {
        "seeds": int(study.runs["seed"].nunique()),
        "hypotheses": decided,
        "claims": {
            name: {"needs": rule.needs, "verdict": decide_claim(rule, verdicts)} for name, rule in stated.claims
        },
        "band": {name: decide_band(rows, stated.band.least_p) for name, rows in band.groupby("run")},
    }


def main(
    *,
    hypotheses: Path,
    settings: Path,
    runs: Path,
    curves: Path,
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
        curves: the table of curves.
        starts: the table of starting points.
        band: the table of the published losses among the seeds'.
        images: the table of networks that learned images.
        speed: the table of networks that were trained on noise from some starts.
        teacher: the table of networks that a teacher taught.
        output: the JSON file to write.
    """
    try:
        stated = parse(read_bytes(hypotheses), str(hypotheses))
    except ValueError as error:
        raise UserError(str(error)) from error
    article = read_settings(settings)
    study = measures.Study(
        read_table(runs, RUNS),
        read_table(curves, CURVES),
        read_table(starts, STARTS),
        read_table(images, IMAGES),
        read_table(speed, SPEED),
        read_table(teacher, TEACHER),
        article.model_dump() | {"as_momentum": as_momentum(article.module_learning_rate, article.module_momentum)},
    )
    decided = decide_all(stated, study, read_table(band, BAND))
    write_json(output, decided)
    for hypothesis in decided["hypotheses"]:
        rounding = ", float32's rounding" if hypothesis["rounding"] else ""
        print(f"{hypothesis['verdict']:14} {hypothesis['id']:18} {hypothesis['told']}{rounding}")


if __name__ == "__main__":
    run(main)
