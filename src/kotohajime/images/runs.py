"""Put the shards together: of the networks that learned images, and of those that were trained on noise."""

from pathlib import Path

from kotohajime.cli import run
from kotohajime.io import UserError, write_csv
from kotohajime.study.runs import Folders, join


def main(*, shards: Folders, speed_shards: Folders, output: Path) -> None:
    """Put the tables of all shards together.

    Args:
        shards: the folders that `images_shard` wrote, in the order of their seeds.
        speed_shards: the folders that `images_speed` wrote, likewise.
        output: the folder for runs.csv, paths.csv, predictions.csv, teacher.csv, speed.csv and kernels.csv.
    """
    if not shards or not speed_shards:
        raise UserError("--shards and --speed-shards need a folder each, or more.")
    for folders, names in ((shards, ("runs", "paths", "predictions", "teacher")), (speed_shards, ("speed", "kernels"))):
        for name in names:
            write_csv(output / f"{name}.csv", *join([folder / f"{name}.csv" for folder in folders]))


if __name__ == "__main__":
    run(main)
