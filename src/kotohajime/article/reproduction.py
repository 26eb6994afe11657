"""Our three runs with the published curves laid over them, as a picture and as a table."""

from pathlib import Path

import numpy as np

from kotohajime.article.published import read_published
from kotohajime.cli import run
from kotohajime.plotting import COLOURS, new_figure, plot_published, plot_run, save
from kotohajime.io import read_csv, write_csv


def compare(run: dict[str, np.ndarray], of_2018: dict[int, float]) -> list[tuple]:
    """Return (epoch, published loss, our loss, ours / published) for the published epochs that the run reached."""
    ours = dict(zip(run["epoch"].astype(int).tolist(), run["loss"].tolist(), strict=True))
    return [(epoch, loss, ours[epoch], ours[epoch] / loss) for epoch, loss in of_2018.items() if epoch in ours]


def main(
    *, manual: Path, autograd: Path, module: Path, curves: Path, notebook: Path, png: Path, svg: Path, csv: Path
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
    runs = {"manual": manual, "autograd": autograd, "module": module}
    of_2018 = read_published(curves, notebook)
    figure, axes = new_figure()
    rows = []
    for name, losses in runs.items():
        plot_run(axes, losses, f"{name}, ours", color=COLOURS[name])
        plot_published(axes, of_2018[name], f"{name}, published in 2018", COLOURS[name])
        rows += [(name, *row) for row in compare(read_csv(losses), of_2018[name])]
    axes.set_ylabel("loss: summed squared error (log scale)")
    axes.legend(loc="upper right", ncols=2)
    figure.set_layout_engine("constrained")
    save(figure, png, svg)
    write_csv(csv, ["run", "epoch", "published", "ours", "ratio"], rows)


if __name__ == "__main__":
    run(main)
