"""The starts compared over their seeds: on images, and by their speed on noise."""

from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_table, write_table
from kotohajime.study.cells import significant
from kotohajime.statistics import decades, estimate, soonest, usable_decades
from kotohajime.study.tables import with_ends
from kotohajime.images.starts import ENOUGH

KIND = ["start", "scale"]
RUNS = ["seed", *KIND, "epochs", "train_loss", "test_loss", "test_accuracy", "diverged_at"]
SPEED = ["seed", *KIND, "c", "usable_at", "done_at"]
KERNELS = ["seed", *KIND, "sharpness", "condition", "predicted_sharpness", "predicted_condition"]


def learned(own: pd.DataFrame) -> dict:
    """Return what became of one start's networks; those that diverged or did not end are counted, none is dropped."""
    return {
        "seeds": len(own),
        "diverged": int(own["diverged_at"].notna().sum()),
        "unended": int((~(own["train_loss"] < ENOUGH)).sum()),
        "epochs": float(np.median(own["epochs"])),
        "train_loss": float(np.median(own["train_loss"])),
        **with_ends("test_loss", (10**value for value in estimate(decades(own["test_loss"])))),
        **with_ends("test_accuracy", estimate(own["test_accuracy"].to_numpy(float))),
    }


def trained(own: pd.DataFrame) -> dict:
    """Return how soon one start is done at each seed's best rate, and how wide its band of usable rates is."""
    epochs = estimate(decades(soonest(own).to_numpy(float)))
    return {
        **with_ends("epochs", (10**value for value in epochs)),
        **with_ends("usable_decades", estimate(usable_decades(own).to_numpy(float))),
    }


def by_start(table: pd.DataFrame, summary) -> pd.DataFrame:
    """Return a row for each start and scale, in the order of the table."""
    groups = table.groupby(KIND, sort=False)
    return pd.DataFrame([{**dict(zip(KIND, kind, strict=True)), **summary(own)} for kind, own in groups])


def kernel(own: pd.DataFrame) -> dict:
    """Return the medians of one start's sharpness and condition, to the digits that are known."""
    return {name: significant(float(np.median(own[name]))) for name in KERNELS[len(KIND) + 1 :]}


def main(*, runs: Path, speed: Path, kernels: Path, output: Path) -> None:
    """Sum the starts up over their seeds.

    Args:
        runs: the table of networks that learned images.
        speed: the table of those trained on noise.
        kernels: the table of tangent kernels.
        output: the folder for starts.csv (images, a row a start) and speeds.csv (noise, likewise).
    """
    write_table(output / "starts.csv", by_start(read_table(runs, RUNS), learned))
    speeds = by_start(read_table(speed, SPEED), trained)
    write_table(output / "speeds.csv", by_start(read_table(kernels, KERNELS), kernel).merge(speeds, "left", on=KIND))


if __name__ == "__main__":
    run(main)
