"""Decide the study's hypotheses by the rules of config/hypotheses.yaml."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from kotohajime.cells import Article, as_momentum, base
from kotohajime.cli import UserError, run
from kotohajime.estimates import estimate, iqm, log_ratio, share, spiked
from kotohajime.files import read_table, write_json
from kotohajime.words import between, percent

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"

Estimate = tuple[float, float, float]  # value, and the ends of its 95 % interval


@dataclass
class Study:
    """The study's networks and starts, and the rates that hypotheses name."""

    runs: pd.DataFrame
    starts: pd.DataFrame
    rates: dict[str, float]

    def networks(self, cell: Mapping) -> pd.DataFrame:
        """Return the networks of a cell, one a seed, by seed; UserError when the study has no such cell."""
        cell = {"schedule": "constant", "precision": base(self.runs["precision"]), **cell}
        rate = cell.pop("learning_rate")
        found = self.runs[np.logical_and.reduce([self.runs[name] == value for name, value in cell.items()])]
        rate = best_rate(found) if rate == "best" else self.rates[rate]
        return found[found["learning_rate"] == rate].set_index("seed").sort_index()


def best_rate(networks: pd.DataFrame) -> float:
    """Return the rate with the lowest interquartile mean of log10(last loss), among those that all seeds were given."""
    counts = networks.groupby("learning_rate").size()
    losses = networks.groupby("learning_rate")["loss_last"].agg(lambda loss: float(iqm(np.log10(loss.to_numpy(float)))))
    return float(losses[counts == counts.max()].idxmin()) if len(losses) else math.nan


def loss_ratio(study: Study, of: Mapping, to: Mapping) -> Estimate:
    """Return the paired log10 ratio of the last losses of two cells."""
    pair = pd.concat([study.networks(cell)["loss_last"] for cell in (of, to)], axis=1, join="inner")
    return estimate(log_ratio(*pair.to_numpy(float).T)) if len(pair) else (math.nan,) * 3


def share_diverged(study: Study, of: Mapping) -> Estimate:
    """Return the share of a cell's networks whose loss did not stay finite."""
    return share(study.networks(of)["diverged_at"].notna().to_numpy())


def share_spiked(study: Study, of: Mapping) -> Estimate:
    """Return the share of a cell's networks whose loss rose tenfold above its first value and came down again."""
    networks = study.networks(of)
    return share((spiked(networks) & networks["diverged_at"].isna()).to_numpy())


def limit_ratio(study: Study, of: Mapping, to: Mapping) -> Estimate:
    """Return the paired log10 ratio of limit x sharpness of two kinds of start and optimiser.

    Unknown unless every seed's limit was found: those that the grid does not hold are not missing at random.
    """
    both = []
    for kind in (of, to):
        starts = study.starts[np.logical_and.reduce([study.starts[name] == value for name, value in kind.items()])]
        both.append((starts["limit"] * starts["sharpness_hessian"]).set_axis(starts["seed"]))
    pair = pd.concat(both, axis=1)
    return (math.nan,) * 3 if pair.isna().any(axis=None) else estimate(log_ratio(*pair.to_numpy(float).T))


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


def told(measure: str, estimates: Estimate) -> str:
    """Return an estimate in words: a ratio as a factor, a share in percent."""
    if measure.startswith("share"):
        return between(*estimates, percent)
    with np.errstate(over="ignore"):
        return between(*np.power(10.0, estimates).tolist())


def decide(hypothesis: Mapping, study: Study) -> dict:
    """Return a hypothesis with its estimate and verdict; numbers that JSON lacks are null."""
    cells = {name: hypothesis[name] for name in ("of", "to") if name in hypothesis}
    estimates = MEASURES[hypothesis["measure"]](study, **cells)
    names = ("value", "low", "high")
    numbers = {name: number if math.isfinite(number) else None for name, number in zip(names, estimates, strict=True)}
    decided = verdict(*estimates[1:], hypothesis["range"])
    return {**hypothesis, **numbers, "told": told(hypothesis["measure"], estimates), "verdict": decided}


def decide_band(rows: pd.DataFrame, least_p: float) -> dict:
    """Return whether a run's published curve is one of ours, and how many epochs lie in the epoch-wise interval."""
    p = float(rows["curve_p"].iloc[0])
    known = {"inside": int(rows["inside"].sum()), "epochs": len(rows), "p": None if math.isnan(p) else p}
    return {**known, "verdict": OPEN if math.isnan(p) else HOLDS if p >= least_p else FAILS}


def decide_claim(rules: Mapping, verdicts: Mapping[str, str]) -> str:
    """Return the verdict on a statement of the article from those on hypotheses."""
    for decided, rule in ((HOLDS, rules["holds_if"]), (FAILS, rules["does_not_hold_if"])):
        if all(verdicts[name] == wanted for name, wanted in rule.items()):
            return decided
    return OPEN


def main(
    *,
    hypotheses: Path,
    settings: Path,
    runs: Path,
    starts: Path,
    band: Path,
    output: Path,
) -> None:
    """Decide the hypotheses.

    Args:
        hypotheses: the YAML file that states them and their rules.
        settings: the study's settings.json.
        runs: the table of networks.
        starts: the table of starting points.
        band: the table of the published losses among the seeds'.
        output: the JSON file to write.
    """
    article = Article.read(settings)
    rates = {**asdict(article), "as_momentum": as_momentum(article.module_learning_rate, article.momentum)}
    study = Study(read_table(runs), read_table(starts), rates)
    try:
        stated = yaml.safe_load(hypotheses.read_text(encoding="utf-8"))
        decided = [decide(hypothesis, study) for hypothesis in stated["hypotheses"]]
        verdicts = {hypothesis["id"]: hypothesis["verdict"] for hypothesis in decided}
        claims = {name: {**rules, "verdict": decide_claim(rules, verdicts)} for name, rules in stated["claims"].items()}
        of_2018 = {name: decide_band(rows, **stated["band"]) for name, rows in read_table(band).groupby("run")}
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise UserError(
            f"{hypotheses} cannot be used: {type(error).__name__}: {error}. See its first lines."
        ) from error
    seeds = int(study.runs["seed"].nunique())
    write_json(output, {"seeds": seeds, "hypotheses": decided, "claims": claims, "band": of_2018})
    for hypothesis in decided:
        print(f"{hypothesis['verdict']:14} {hypothesis['id']:18} {hypothesis['told']}")


if __name__ == "__main__":
    run(main)
