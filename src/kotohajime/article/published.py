"""The curves of 2018, by the names that the runs have here."""

from pathlib import Path

from kotohajime.io import read_csv

# How exactly the curves could be read off the pictures: the standard deviation, relative to the loss, of
# data/published/README.md.
READING_ERROR = {"manual": 0.10, "autograd": 0.02, "module": 0.02}


def read_published(curves: Path, notebook: Path) -> dict[str, dict[int, float]]:
    """Return, for each run, the published loss at each epoch that could be read off the pictures."""
    figure = read_csv(curves, ["epoch", "naive_update", "sgd_nesterov_momentum"])
    plot = read_csv(notebook, ["epoch", "manual"])
    columns = {
        "manual": (plot["epoch"], plot["manual"]),
        "autograd": (figure["epoch"], figure["naive_update"]),
        "module": (figure["epoch"], figure["sgd_nesterov_momentum"]),
    }
    return {name: dict(zip(map(int, epoch), map(float, loss), strict=True)) for name, (epoch, loss) in columns.items()}
