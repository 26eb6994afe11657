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
    low, high = (10**value for value in prediction_interval(np.log10(finite)))
    lower, equal = (losses < loss_of_2018).sum(), (losses == loss_of_2018).sum()
    return {
        "published": loss_of_2018,
        "median": float(np.median(finite)) if finite.size else np.nan,
        "low": low,
        "high": high,
        "percentile": float(100 * (lower + equal / 2) / len(losses)),
        "inside": bool(low <= loss_of_2018 <= high),
    }


def band(curves: pd.DataFrame, of_2018: dict[str, dict[int, float]]) -> pd.DataFrame:
    """Return a row for each published epoch that the seeds reached: published loss, prediction interval, percentile."""
    losses = {key: rows["loss"].to_numpy(float) for key, rows in curves.groupby(["run", "epoch"])}
    rows = [
        {"run": name, "epoch": epoch, **compare(losses[name, epoch], loss)}
        for name, points in of_2018.items()
        for epoch, loss in points.items()
        if (name, epoch) in losses
    ]
    return pd.DataFrame(rows, columns=["run", "epoch", "published", "median", "low", "high", "percentile", "inside"])


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
