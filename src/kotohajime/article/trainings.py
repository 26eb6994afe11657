"""One table of the trainings: what each was and how its loss went."""

from pathlib import Path

from kotohajime.cli import run
from kotohajime.io import read_json, read_table, write_csv

COLUMNS = [
    "training",
    "start",
    "optimizer",
    "learning_rate",
    "momentum",
    "epochs",
    "loss_first",
    "loss_max",
    "epoch_max",
    "loss_last",
    "diverged_at",
]


def summarise(folder: Path) -> dict:
    """Return one training's row: `loss_max` is the largest finite loss, `diverged_at` None where all are finite."""
    settings, loss = read_json(folder / "run.json"), read_table(folder / "losses.csv", ["loss"])["loss"]
    finite = loss[: settings["diverged_at"]]
    row = {
        "training": folder.name.removeprefix("train_"),
        "momentum": 0.0,
        "loss_first": loss.iloc[0],
        "loss_max": finite.max(),
        "epoch_max": None if finite.empty else finite.idxmax(),
        "loss_last": loss.iloc[-1],
        **settings,
    }
    return {name: row[name] for name in COLUMNS}


def main(*, runs: list[Path], output: Path) -> None:
    """Put trainings into one table, a row each.

    Args:
        runs: the run.json of each training; its losses.csv lies beside it.
        output: the CSV file to write.
    """
    write_csv(output, COLUMNS, [summarise(path.parent).values() for path in runs])


if __name__ == "__main__":
    run(main)
