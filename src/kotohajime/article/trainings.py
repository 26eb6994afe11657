"""One table of the trainings: what each was and how its loss went."""

from pathlib import Path

from kotohajime.cli import run
from kotohajime.io import read_json, read_table, write_csv


def summarise(folder: Path) -> dict[str, object]:
    """Return one training's row: `loss_max` is the largest finite loss, `diverged_at` None where all are finite."""
    settings, loss = read_json(folder / "run.json"), read_table(folder / "losses.csv", ["loss"])["loss"]
    finite = loss[: settings["diverged_at"]]
    return {
        "training": folder.name.removeprefix("train_"),
        **{name: settings[name] for name in ("start", "optimizer", "learning_rate")},
        "momentum": settings.get("momentum", 0.0),
        "epochs": settings["epochs"],
        "loss_first": loss.iloc[0],
        "loss_max": finite.max(),
        "epoch_max": None if finite.empty else finite.idxmax(),
        "loss_last": loss.iloc[-1],
        "diverged_at": settings["diverged_at"],
    }


def main(*, runs: list[Path], output: Path) -> None:
    """Put trainings into one table, a row each.

    Args:
        runs: the run.json of each training; its losses.csv lies beside it.
        output: the CSV file to write.
    """
    rows = [summarise(path.parent) for path in runs]
    write_csv(output, rows[0], [row.values() for row in rows])


if __name__ == "__main__":
    run(main)
