"""Decide the study's hypotheses by the rules of config/hypotheses.yaml."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.files import read_table, write_json
from kotohajime.study import estimates
from kotohajime.study.cells import Article, Cell, main_precision
from kotohajime.study.estimates import best_rate, decades, log_ratio, soonest, spiked, usable_decades
from kotohajime.study.hypotheses import read
from kotohajime.study.rules import Hypothesis, NamedVariant, Rule, rates
from kotohajime.study.variants import ENOUGH, VARIANTS
from kotohajime.words import FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, between, percent

NETWORKS = ["seed", *Cell._fields, "precision", "loss_first", "loss_last", "loss_max", "diverged_at"]
STARTING = ["seed", "start", "optimizer", "sharpness_hessian", "limit"]
LEARNED = ["seed", "start", "scale", "train_loss", "test_loss", "test_accuracy"]
SPEED = ["seed", "start", "scale", "c", "usable_at", "done_at"]
TAUGHT = ["seed", "start", "c", "train_loss", "test_loss"]
BAND = ["run", "inside", "seeds", "curve_p"]


class Estimate(NamedTuple):
    """An estimate with the ends of its interval, NaN if unknown, and the seeds or pairs that it stands on."""

    value: float
    low: float
    high: float
    seeds: int


@dataclass
class Sample:
    """What was measured of each seed, and the statistic over the seeds."""

    values: np.ndarray
    statistic: Callable = estimates.estimate

    def estimate(self, level: float = estimates.LEVEL) -> Estimate:
        """Return the statistic and its interval."""
        known = len(self.values) - int(np.isnan(self.values).sum())
        return Estimate(*self.statistic(self.values, level=level), known)


@dataclass
class Study:
    """The study's networks and starts, the rates that hypotheses name, and the networks of the images' chapter."""

    runs: pd.DataFrame
    starts: pd.DataFrame
    rates: dict[str, float]
    images: pd.DataFrame | None = None
    speed: pd.DataFrame | None = None
    teacher: pd.DataFrame | None = None

    def networks(self, cell: Mapping) -> pd.DataFrame:
        """Return the networks of a cell, one a seed, by seed; none when not every seed of the study has one there.

        Which seeds have a network in float64 depends on how it ended in float32: those alone would be a selection.
        """
        cell = {"schedule": "constant", "precision": main_precision(self.runs["precision"]), **cell}
        rate = cell.pop("learning_rate")
        found = having(self.runs, cell)
        seeds = self.runs["seed"].nunique()
        rate = best_rate(found, seeds) if rate == "best" else self.rates[rate]
        found = found[found["learning_rate"] == rate].set_index("seed").sort_index()
        return found if len(found) == seeds else found.iloc[:0]

    def learned(self, variant: Mapping) -> pd.DataFrame:
        """Return the networks that learned images from a start, by seed."""
        return ended(having(self.images, variant))


def ended(networks: pd.DataFrame) -> pd.DataFrame:
    """Return networks by seed; those whose training error is not low enough to compare test errors are unknown."""
    found = networks.set_index("seed").sort_index()
    return found.where(found["train_loss"] < ENOUGH)


def having(table: pd.DataFrame, values: Mapping) -> pd.DataFrame:
    """Return the rows of a table that have some values."""
    return table[np.logical_and.reduce([table[name] == value for name, value in values.items()])]


def paired(one: pd.Series, other: pd.Series) -> Sample:
    """Return the paired log10 ratio of two values of each seed."""
    pair = pd.concat([one.astype(float), other.astype(float)], axis=1, join="inner")
    return Sample(log_ratio(*pair.to_numpy(float).T))


def loss_ratio(study: Study, of: Mapping, to: Mapping) -> Sample:
    """Return the paired log10 ratio of the final losses of two cells."""
    return paired(*(study.networks(cell)["loss_last"] for cell in (of, to)))


def share_diverged(study: Study, of: Mapping) -> Sample:
    """Return the share of a cell's networks whose loss did not stay finite."""
    return Sample(study.networks(of)["diverged_at"].notna().to_numpy(), estimates.share)


def share_spiked(study: Study, of: Mapping) -> Sample:
    """Return the share of a cell's networks whose loss rose tenfold above its first value and came down again."""
    networks = study.networks(of)
    return Sample((spiked(networks) & networks["diverged_at"].isna()).to_numpy(), estimates.share)


def limit_ratio(study: Study, of: Mapping, to: Mapping) -> Sample:
    """Return the paired log10 ratio of limit x sharpness of two kinds of start and optimiser.

    Unknown unless every seed's limit was found: those that the grid does not hold are not missing at random.
    """
    both = (having(study.starts, kind).set_index("seed") for kind in (of, to))
    sample = paired(*(starts["limit"] * starts["sharpness_hessian"] for starts in both))
    return Sample(np.round(sample.values, 6))  # a sharpness is found to 1e-6


def test_accuracy(study: Study, of: Mapping) -> Sample:
    """Return the accuracy on test images of networks from a start."""
    return Sample(study.learned(of)["test_accuracy"].to_numpy(float))


def test_ratio(study: Study, of: Mapping, to: Mapping) -> Sample:
    """Return the paired log10 ratio of the test errors from two starts."""
    return paired(*(study.learned(variant)["test_loss"] for variant in (of, to)))


def test_growth(study: Study, above_scale: float) -> Sample:
    """Return the slope of log10(test error) against log10(scale) of scale x N(0, 1), a least-squares line a seed."""
    scales = [{"start": "scaled", "scale": size} for size in VARIANTS["scaled"].sizes if size >= above_scale]
    scales += [{"start": "normal", "scale": 1.0}]
    found = pd.concat([study.learned(variant)["test_loss"] for variant in scales], axis=1).to_numpy(float)
    across = decades([variant["scale"] for variant in scales])
    across -= across.mean()
    return Sample(decades(found) @ across / (across @ across))


def teacher_ratio(study: Study, of: Mapping, to: Mapping) -> Sample:
    """Return the paired log10 ratio of the test errors of networks that a teacher taught, at two rates or starts."""
    return paired(*(ended(having(study.teacher, student))["test_loss"] for student in (of, to)))


def epochs_ratio(study: Study, of: Mapping, to: Mapping) -> Sample:
    """Return the paired log10 ratio of the epochs to 0.01 on noise from two starts, each at its best rate."""
    return paired(*(soonest(having(study.speed, variant)) for variant in (of, to)))


def usable_ratio(study: Study, of: Mapping, to: Mapping) -> Sample:
    """Return the paired log10 ratio of how many decades of rates are usable from two starts."""
    return paired(*(usable_decades(having(study.speed, variant)) for variant in (of, to)))


MEASURES: dict[str, Callable[..., Sample]] = {
    measure.__name__: measure
    for measure in (loss_ratio, share_diverged, share_spiked, limit_ratio, test_accuracy, test_ratio, test_growth,
                    teacher_ratio, epochs_ratio, usable_ratio)
}  # fmt: skip


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
    variants = {name: part.model_dump() for name, part in hypothesis if isinstance(part, NamedVariant)}
    asked = {name: value for name, value in stated.items() if name not in ("id", "says", "measure", "range")}
    sample = MEASURES[hypothesis.measure](study, **{**asked, **variants})
    *estimate, seeds = found = sample.estimate()
    strict = sample.estimate(1 - (1 - estimates.LEVEL) / count)
    numbers = {name: value if math.isfinite(value) else None for name, value in found._asdict().items()}
    verdicts = {name: verdict(one.low, one.high, stated["range"])
                for name, one in (("verdict", found), ("corrected", strict))}  # fmt: skip
    return {**stated, **numbers, "seeds": seeds, "told": told(hypothesis.measure, *estimate), **verdicts}


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
        speed: the table of networks that were trained on noise from many starts.
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
