"""What hypotheses compare: one value a seed, measured on networks of the study or of the images' chapter.

Each function from `loss_ratio` on is a measure of config/hypotheses.yaml and takes the keys of a hypothesis. It returns
an array (seeds,): float, or bool where the share of the seeds matters. NaN is an unknown value; the array is empty if
the study trained no such networks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kotohajime.images.starts import TRAIN_LOSS_TARGET, VARIANTS
from kotohajime.statistics import best_rate, decades, log_ratio, soonest, spiked, usable_decades
from kotohajime.study.cells import FLOOR, main_precision
from kotohajime.tables import select


@dataclass
class Study:
    """The tables of results, and the learning rates that hypotheses name."""

    runs: pd.DataFrame  # the study's networks
    curves: pd.DataFrame  # of the article's runs, and of the autograd run with half its rate, at every fifth epoch
    starts: pd.DataFrame  # limit and sharpness of each initialisation and optimiser
    images: pd.DataFrame  # networks that learned images
    speed: pd.DataFrame  # networks that learned noise
    teacher: pd.DataFrame  # networks that learned from a teacher
    rates: dict[str, float]

    def networks(self, cell: Mapping) -> pd.DataFrame:
        """Return the networks of a cell, by seed; none when not every seed of the study has one there.

        Which seeds have a network in float64 depends on how it ended in float32: those alone would be a selection.
        """
        cell = {"schedule": "constant", "precision": main_precision(self.runs["precision"]), **cell}
        name = cell.pop("learning_rate")
        networks = select(self.runs, **cell)
        seeds = self.runs["seed"].nunique()
        rate = best_rate(networks, seeds) if name == "best" else self.rates[name]
        networks = select(networks, learning_rate=rate).set_index("seed").sort_index()
        return networks if len(networks) == seeds else networks.iloc[:0]

    def follow(self, run: str) -> pd.DataFrame:
        """Return the losses of a run, a row a seed, a column an epoch; one that diverged is infinite."""
        losses = select(self.curves, run=run).pivot(index="seed", columns="epoch", values="loss")
        return losses.fillna(np.inf)


def tested(networks: pd.DataFrame) -> pd.DataFrame:
    """Return networks by seed, unknown where the training error is too high to compare test errors."""
    networks = networks.set_index("seed").sort_index()
    return networks.where(networks["train_loss"] < TRAIN_LOSS_TARGET)


def paired(of: pd.Series, to: pd.Series) -> np.ndarray:
    """Return log10(of / to) of each seed that has both."""
    pairs = pd.concat([of.astype(float), to.astype(float)], axis=1, join="inner")
    return log_ratio(*pairs.to_numpy(float).T)


def loss_ratio(study: Study, of: Mapping, to: Mapping) -> np.ndarray:
    """Return the log10 ratio of the final losses of two cells."""
    return paired(*(study.networks(cell)["loss_last"] for cell in (of, to)))


def by_rounding(study: Study, of: Mapping, to: Mapping) -> bool:
    """Return whether float32's rounding decides the ratio of two final losses: the median of one is below its floor."""
    cells = [study.networks(cell) for cell in (of, to)]
    return any(select(cell, precision="float32")["loss_last"].median() < FLOOR for cell in cells)


def share_diverged(study: Study, of: Mapping) -> np.ndarray:
    """Return whether a cell's loss became infinite or NaN."""
    return study.networks(of)["diverged_at"].notna().to_numpy()


def share_spiked(study: Study, of: Mapping) -> np.ndarray:
    """Return whether a cell's loss rose above ten times its first value and stayed finite."""
    return spiked(study.networks(of)).to_numpy()


def limit_ratio(study: Study, of: Mapping, to: Mapping) -> np.ndarray:
    """Return the log10 ratio of limit x sharpness of two setups.

    Unknown where the grid does not hold a limit: such seeds are not missing at random.
    """
    setups = [select(study.starts, **setup).set_index("seed") for setup in (of, to)]
    ratios = paired(*(rows["limit"] * rows["sharpness_hessian"] for rows in setups))
    return np.round(ratios, 6)  # a sharpness is known to 1e-6


def overtakes_at(study: Study, of: str, to: str) -> np.ndarray:
    """Return the epoch from which on the curve of one run is below that of another; infinite where it never is."""
    curves = study.follow(of), study.follow(to)
    return first_for_good(curves[0] < curves[1])


def arrives_at(study: Study, of: str, to: str) -> np.ndarray:
    """Return the epoch from which on the curve of one run is below another's final loss; infinite where it never is."""
    return first_for_good(study.follow(of).lt(study.follow(to).iloc[:, -1], axis=0))


def first_for_good(below: pd.DataFrame) -> np.ndarray:
    """Return the first column from which on all are true, row by row; infinite where the last one is not."""
    for_good = below.loc[:, ::-1].cummin(axis=1).loc[:, ::-1]
    return for_good.idxmax(axis=1).where(for_good.iloc[:, -1], np.inf).to_numpy(float)


def test_accuracy(study: Study, of: Mapping) -> np.ndarray:
    """Return the accuracy on test images from an initialisation."""
    return tested(select(study.images, **of))["test_accuracy"].to_numpy(float)


def test_ratio(study: Study, of: Mapping, to: Mapping) -> np.ndarray:
    """Return the log10 ratio of the test errors on images from two initialisations."""
    return paired(*(tested(select(study.images, **learner))["test_loss"] for learner in (of, to)))


def test_growth(study: Study, above_scale: float) -> np.ndarray:
    """Return the slope of log10(test error) against log10(scale) of scale x N(0, 1), a least-squares line a seed."""
    learners = [("scaled", scale) for scale in VARIANTS["scaled"].scales if scale >= above_scale] + [("normal", 1.0)]
    losses = [tested(select(study.images, start=start, scale=scale))["test_loss"] for start, scale in learners]
    scales = decades(np.array([scale for _, scale in learners]))
    scales -= scales.mean()
    return decades(pd.concat(losses, axis=1).to_numpy(float)) @ scales / (scales @ scales)


def teacher_ratio(study: Study, of: Mapping, to: Mapping) -> np.ndarray:
    """Return the log10 ratio of the test errors of two kinds of networks that learned from a teacher."""
    return paired(*(tested(select(study.teacher, **student))["test_loss"] for student in (of, to)))


def epochs_ratio(study: Study, of: Mapping, to: Mapping) -> np.ndarray:
    """Return the log10 ratio of the epochs to 0.01 on noise from two initialisations, each at its best rate."""
    return paired(*(soonest(select(study.speed, **learner)) for learner in (of, to)))


def usable_ratio(study: Study, of: Mapping, to: Mapping) -> np.ndarray:
    """Return the log10 ratio of how many decades of rates are usable from two initialisations."""
    return paired(*(usable_decades(select(study.speed, **learner)) for learner in (of, to)))
