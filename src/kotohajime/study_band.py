"""The reproduction band: are the curves of 2018 what other seeds could have given?"""

from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.estimates import prediction_interval
from kotohajime.files import read_table, write_table
from kotohajime.published import read_published


def compare(losses: np.ndarray, loss_of_2018: float) -> dict:
    """Return where the published loss lies among the seeds' losses at the same epoch."""
    finite = losses[np.isfinite(losses)]
    with np.errstate(over="ignore"):
        low, high = np.power(10.0, prediction_interval(np.log10(finite))).tolist()
    lower, equal = (losses < loss_of_2018).sum(), (losses == loss_of_2018).sum()
    return {
        "published": loss_of_2018,
        "median": float(np.median(finite)) if finite.size else np.nan,
        "low": low,
        "high": high,
        "percentile": float(100 * (lower + equal / 2) / len(losses)),
        "inside": bool(low <= loss_of_2018 <= high),
    }


def whole_curve(seeds: np.ndarray, published: np.ndarray) -> float:
    """Return the share of curves, the published one among them, that deviate at least as much as it does.

    Args:
        seeds: (seeds, epochs), log10 losses.
        published: (epochs,), log10 losses.
    """
    curves = np.vstack([seeds, published])
    spread = curves.std(axis=0)
    deviation = abs((curves - curves.mean(axis=0)) / np.where(spread > 0, spread, 1)).max(axis=1)
    return float((deviation >= deviation[-1]).mean())


def band(curves: pd.DataFrame, of_2018: dict[str, dict[int, float]]) -> pd.DataFrame:
    """Return a row for each published epoch that the seeds reached: prediction interval, percentile, the curve's p."""
    losses = {key: rows["loss"].to_numpy(float) for key, rows in curves.groupby(["run", "epoch"])}
    rows = []
    for name, points in of_2018.items():
        reached = {epoch: loss for epoch, loss in points.items() if (name, epoch) in losses}
        ours = np.log10([losses[name, epoch] for epoch in reached]).T
        ours = ours[np.isfinite(ours).all(axis=1)] if reached else ours
        p = whole_curve(ours, np.log10(list(reached.values()))) if len(ours) > 1 else np.nan
        rows += [{"run": name, "epoch": epoch, **compare(losses[name, epoch], loss), "curve_p": p}
                 for epoch, loss in reached.items()]  # fmt: skip
    columns = ["run", "epoch", "published", "median", "low", "high", "percentile", "inside", "curve_p"]
    return pd.DataFrame(rows, columns=columns)


def main(*, study_curves: Path, curves: Path, notebook: Path, output: Path) -> None:
    """Compare the published curves with the seeds'.

    Args:
        study_curves: the study's table of the article's runs, epoch by epoch.
        curves: the table of the two curves published in the article's figure.
        notebook: the table of the manual run's curve, published in the notebook.
        output: the CSV file to write.
    """
    write_table(output, band(read_table(study_curves), read_published(curves, notebook)))


if __name__ == "__main__":
    run(main)
