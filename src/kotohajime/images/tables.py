"""Join the shards, and compare the initialisations over their seeds: on images, and by their speed on noise."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.images.starts import TRAIN_LOSS_TARGET
from kotohajime.io import write_table
from kotohajime.statistics import decades, estimate, soonest, usable_decades
from kotohajime.tables import join, significant, with_interval

KEY = ["start", "scale"]
KERNEL = ["sharpness", "condition", "predicted_sharpness", "predicted_condition"]


def summarise_learning(networks: pd.DataFrame) -> dict:
    """Return the columns of starts.csv for one initialisation: counts, medians, intervals of test error and accuracy.

    Networks that diverged or did not reach TRAIN_LOSS_TARGET are counted; none is dropped.
    """
    return {
        "seeds": len(networks),
        "diverged": int(networks["diverged_at"].notna().sum()),
        "unended": int((~(networks["train_loss"] < TRAIN_LOSS_TARGET)).sum()),
        "epochs": float(np.median(networks["epochs"])),
        "train_loss": float(np.median(networks["train_loss"])),
        **with_interval("test_loss", (10**value for value in estimate(decades(networks["test_loss"])))),
        **with_interval("test_accuracy", estimate(networks["test_accuracy"].to_numpy(float))),
    }


def summarise_speed(networks: pd.DataFrame) -> dict:
    """Return one initialisation's epochs at each seed's best rate, and how many decades of rates are usable."""
    epochs = estimate(decades(soonest(networks).to_numpy(float)))
    return {
        **with_interval("epochs", (10**value for value in epochs)),
        **with_interval("usable_decades", estimate(usable_decades(networks).to_numpy(float))),
    }


def by_start(table: pd.DataFrame, summarise: Callable[[pd.DataFrame], dict]) -> pd.DataFrame:
    """Return a row for each initialisation and size, in the order of the table."""
    groups = table.groupby(KEY, sort=False)
    return pd.DataFrame([{"start": start, "scale": scale, **summarise(rows)} for (start, scale), rows in groups])


def main(*, shards: list[Path], speed_shards: list[Path], output: Path) -> None:
    """Join the tables of all shards, and summarise the initialisations over their seeds.

    Args:
        shards: the folders that `images_shard` wrote, in the order of their seeds.
        speed_shards: the folders that `images_speed` wrote, likewise.
        output: the folder for runs.csv, paths.csv, predictions.csv, teacher.csv, speed.csv and kernels.csv, which are
            the joined tables, and starts.csv (images, a row an initialisation) and speeds.csv (noise, likewise).
    """
    tables = join(shards, ["runs", "paths", "predictions", "teacher"], output)
    tables |= join(speed_shards, ["speed", "kernels"], output)
    write_table(output / "starts.csv", by_start(tables["runs"], summarise_learning))
    medians = tables["kernels"].groupby(KEY, sort=False)[KERNEL].median().map(significant).reset_index()
    speeds = by_start(tables["speed"], summarise_speed)
    write_table(output / "speeds.csv", medians.merge(speeds, "left", on=KEY))


if __name__ == "__main__":
    run(main)
