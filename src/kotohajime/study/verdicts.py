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
from kotohajime.study.estimates import best_rate, log_ratio, spiked
from kotohajime.study.hypotheses import read
from kotohajime.study.rules import Hypothesis, Rule, rates
from kotohajime.words import FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, between, percent

NETWORKS = ["seed", *Cell._fields, "precision", "loss_first", "loss_last", "loss_max", "diverged_at"]
STARTING = ["seed", "start", "optimizer", "sharpness_hessian", "limit"]
BAND = ["run", "inside", "seeds", "curve_p"]


class Estimate(NamedTuple):
    """An estimate with the ends of its 95 % interval, NaN if unknown, and the seeds or pairs that it stands on."""

    value: float
    low: float
    high: float
    seeds: int

    @classmethod
    def of(cls, values: np.ndarray, statistic: Callable) -> "Estimate":
        """Return what a statistic of `estimates` says of one value a seed."""
        return cls(*statistic(values), len(values) - int(np.isnan(values).sum()))


@dataclass
class Study:
    """The study's networks and starts, and the rates that hypotheses name."""

    runs: pd.DataFrame
    starts: pd.DataFrame
    rates: dict[str, float]

    def networks(self, cell: Mapping) -> pd.DataFrame:
        """Return the networks of a cell, one a seed, by seed; none when not every seed of the study has one there.

        Which seeds have a network in float64 depends on how it ended in float32: those alone would be a selection.
        """
        cell = {"schedule": "constant", "precision": main_precision(self.runs["precision"]), **cell}
        rate = cell.pop("learning_rate")
        found = self.runs[np.logical_and.reduce([self.runs[name] == value for name, value in cell.items()])]
        seeds = self.runs["seed"].nunique()
        rate = best_rate(found, seeds) if rate == "best" else self.rates[rate]
        found = found[found["learning_rate"] == rate].set_index("seed").sort_index()
        return found if len(found) == seeds else found.iloc[:0]


def loss_ratio(study: Study, of: Mapping, to: Mapping) -> Estimate:
    """Return the paired log10 ratio of the final losses of two cells."""
    pair = pd.concat([study.networks(cell)["loss_last"] for cell in (of, to)], axis=1, join="inner")
    return Estimate.of(log_ratio(*pair.to_numpy(float).T), estimates.estimate)


def share_diverged(study: Study, of: Mapping) -> Estimate:
    """Return the share of a cell's networks whose loss did not stay finite."""
    return Estimate.of(study.networks(of)["diverged_at"].notna().to_numpy(), estimates.share)


def share_spiked(study: Study, of: Mapping) -> Estimate:
    """Return the share of a cell's networks whose loss rose tenfold above its first value and came down again."""
    networks = study.networks(of)
    return Estimate.of((spiked(networks) & networks["diverged_at"].isna()).to_numpy(), estimates.share)


def limit_ratio(study: Study, of: Mapping, to: Mapping) -> Estimate:
    """Return the paired log10 ratio of limit x sharpness of two kinds of start and optimiser.

    Unknown unless every seed's limit was found: those that the grid does not hold are not missing at random.
    """
    both = []
    for kind in (of, to):
        starts = study.starts[np.logical_and.reduce([study.starts[name] == value for name, value in kind.items()])]
        both.append((starts["limit"] * starts["sharpness_hessian"]).set_axis(starts["seed"]))
    *estimate, seeds = Estimate.of(log_ratio(*pd.concat(both, axis=1).to_numpy(float).T), estimates.estimate)
    return Estimate(*np.round(estimate, 6).tolist(), seeds)  # a sharpness is found to 1e-6


MEASURES: dict[str, Callable[..., Estimate]] = {
    measure.__name__: measure for measure in (loss_ratio, share_diverged, share_spiked, limit_ratio)
}


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
    """Return an estimate in words: a ratio as a factor, a share in percent."""
    if measure.startswith("share"):
        return between(*estimate, percent)
    with np.errstate(over="ignore"):
        return between(*np.power(10.0, estimate).tolist())


def decide(hypothesis: Hypothesis, study: Study) -> dict:
    """Return a hypothesis with its estimate and verdict; numbers that JSON lacks are null."""
    stated = hypothesis.model_dump(exclude_unset=True)
    cells = {name: stated[name] for name in ("of", "to") if name in stated}
    *estimate, seeds = found = MEASURES[hypothesis.measure](study, **cells)
    numbers = {name: value if math.isfinite(value) else None for name, value in found._asdict().items()}
    decided = verdict(found.low, found.high, stated["range"])
    return {**stated, **numbers, "seeds": seeds, "told": told(hypothesis.measure, *estimate), "verdict": decided}


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
    """Return the verdict on a statement of the article from those on hypotheses."""
    for decided, wanted in ((HOLDS, rule.holds_if), (FAILS, rule.does_not_hold_if)):
        if all(verdicts[name] == one for name, one in wanted.items()):
            return decided
    return OPEN


def main(*, hypotheses: Path, settings: Path, runs: Path, starts: Path, band: Path, output: Path) -> None:
    """Decide the hypotheses.

    Args:
        hypotheses: the YAML file that states them and their rules.
        settings: the study's settings.json.
        runs: the table of networks.
        starts: the table of starting points.
        band: the table of the published losses among the seeds'.
        output: the JSON file to write.
    """
    stated = read(hypotheses)
    study = Study(read_table(runs, NETWORKS), read_table(starts, STARTING), rates(Article.read(settings)))
    decided = [decide(hypothesis, study) for hypothesis in stated.hypotheses]
    verdicts = {hypothesis["id"]: hypothesis["verdict"] for hypothesis in decided}
    claims = {name: {**dict(rule), "verdict": decide_claim(rule, verdicts)} for name, rule in stated.claims}
    published = {name: decide_band(rows, **dict(stated.band)) for name, rows in read_table(band, BAND).groupby("run")}
    seeds = int(study.runs["seed"].nunique())
    write_json(output, {"seeds": seeds, "hypotheses": decided, "claims": claims, "band": published})
    for hypothesis in decided:
        print(f"{hypothesis['verdict']:14} {hypothesis['id']:18} {hypothesis['told']}")


if __name__ == "__main__":
    run(main)
