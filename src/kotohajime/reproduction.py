"""Our three runs with the published curves laid over them, as a picture and as a table."""

from pathlib import Path

import numpy as np

from kotohajime.cli import run
from kotohajime.figures import new_figure, plot_run, save
from kotohajime.files import read_csv, write_csv

COLOURS = {"manual": "tab:green", "autograd": "tab:blue", "module": "tab:orange"}


def compare(run: dict[str, np.ndarray], epoch: np.ndarray, published: np.ndarray) -> list[tuple]:
    """Return (epoch, published loss, our loss, ours / published) for the published epochs that the run reached."""
    ours = dict(zip(run["epoch"].astype(int).tolist(), run["loss"].tolist(), strict=True))
    pairs = zip(epoch.astype(int).tolist(), published.tolist(), strict=True)
    return [(at, loss, ours[at], ours[at] / loss) for at, loss in pairs if at in ours]


def main(
    *,
    manual: Path,
    autograd: Path,
    module: Path,
    curves: Path,
    notebook: Path,
    png: Path,
    svg: Path,
    csv: Path,
) -> None:
    """Lay the published curves over ours.

    Args:
        manual: the losses.csv of the manual run.
        autograd: the losses.csv of the autograd run.
        module: the losses.csv of the module run.
        curves: the table of the two curves published in the article's figure.
        notebook: the table of the manual run's curve, published in the notebook.
        png: the picture to write.
        svg: the same picture, as SVG.
        csv: the table to write: run, epoch, published, ours, ratio.
    """
    figure_of_2018, plot_of_2018 = (
        read_csv(curves, ["epoch", "naive_update", "sgd_nesterov_momentum"]),
        read_csv(notebook, ["epoch", "manual"]),
    )
    runs = {
        "manual": (manual, plot_of_2018["epoch"], plot_of_2018["manual"]),
        "autograd": (autograd, figure_of_2018["epoch"], figure_of_2018["naive_update"]),
        "module": (module, figure_of_2018["epoch"], figure_of_2018["sgd_nesterov_momentum"]),
    }
    figure, axes = new_figure()
    rows = []
    for name, (losses, epoch, loss) in runs.items():
        plot_run(axes, losses, f"{name}, ours", color=COLOURS[name])
        axes.plot(
            epoch,
            loss,
            "o",
            mfc="none",
            markersize=5,
            color=COLOURS[name],
            label=f"{name}, published in 2018",
        )
        rows += [(name, *row) for row in compare(read_csv(losses), epoch, loss)]
    axes.set_ylabel("loss: summed squared error (log scale)")
    axes.legend(loc="upper right", ncols=2)
    save(figure, png)
    save(figure, svg)
    write_csv(csv, ["run", "epoch", "published", "ours", "ratio"], rows)


if __name__ == "__main__":
    run(main)
