"""The curves of 2018, by the names that the runs have here."""

from pathlib import Path

from kotohajime.config import Sizes
from kotohajime.io import read_table

# How exactly the curves could be read off the pictures: the standard deviation, relative to the loss, of
# data/published/README.md.
READING_ERROR = {"manual": 0.10, "autograd": 0.02, "module": 0.02}


def read_published(curves: Path, notebook: Path, sizes: Sizes = Sizes()) -> dict[str, dict[int, float]]:
    """Return, for each run, the published loss at each epoch that could be read off the pictures.

    None of a network of other sizes: it has losses of another kind.
    """
    figure = read_table(curves, ["epoch", "naive_update", "sgd_nesterov_momentum"]).set_index("epoch")
    plot = read_table(notebook, ["epoch", "manual"]).set_index("epoch")
    if sizes != Sizes():
        return {name: {} for name in READING_ERROR}
    return {
        "manual": plot["manual"].to_dict(),
        "autograd": figure["naive_update"].to_dict(),
        "module": figure["sgd_nesterov_momentum"].to_dict(),
    }
