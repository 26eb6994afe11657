"""What hypotheses compare: a measure of the study's networks, seed by seed, and its estimate over the seeds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from kotohajime import statistics as estimates
from kotohajime.study.cells import having, main_precision
from kotohajime.statistics import best_rate, decades, log_ratio, soonest, spiked, usable_decades
from kotohajime.images.starts import ENOUGH, VARIANTS


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
    return Sample(spiked(study.networks(of)).to_numpy(), estimates.share)


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
