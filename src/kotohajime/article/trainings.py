"""One table of the trainings: what each was and how its loss went."""

import math
from pathlib import Path

from kotohajime.cli import run
from kotohajime.io import read_csv, read_json, write_csv

COLUMNS = ["training", "start", "optimizer", "learning_rate", "momentum", "epochs",
           "loss_first", "loss_max", "epoch_max", "loss_last", "diverged_at"]  # fmt: skip


def summarise(folder: Path) -> dict:
    """Return one training's row; `loss_max` is the largest finite loss, `diverged_at` None if all are finite."""
    settings, loss = read_json(folder / "run.json"), read_csv(folder / "losses.csv", ["loss"])["loss"]
    finite = loss[: settings["diverged_at"]]
    top = int(finite.argmax()) if finite.size else None
    row = {
        "training": folder.name.removeprefix("train_"),
        "momentum": 0.0,
        "loss_first": loss[0],
        "loss_max": math.nan if top is None else loss[top],
        "epoch_max": top,
        "loss_last": loss[-1],
        **settings,
    }
    return {name: row[name] for name in COLUMNS}


def main(*, results: Path, output: Path) -> None:
    """Put the three trainings into one table.

    Args:
        results: the folder that holds train_manual, train_autograd and train_module.
        output: the CSV file to write.
    """
    rows = [summarise(results / f"train_{name}") for name in ("manual", "autograd", "module")]
    write_csv(output, COLUMNS, [row.values() for row in rows])


if __name__ == "__main__":
    run(main)
