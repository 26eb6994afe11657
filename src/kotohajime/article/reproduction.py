"""Our three runs with the published curves laid over them, as a picture and as a table."""

from collections.abc import Mapping
from pathlib import Path

from kotohajime import plotting
from kotohajime.article.published import read_published
from kotohajime.cli import run
from kotohajime.config import Sizes
from kotohajime.io import read_table, write_csv


def compare(ours: Mapping[int, float], published: Mapping[int, float]) -> list[tuple[int, float, float, float]]:
    """Return (epoch, published loss, our loss, ours / published) for the published epochs that our run reached."""
    return [(epoch, loss, ours[epoch], ours[epoch] / loss) for epoch, loss in published.items() if epoch in ours]


def main(
    *,
    manual: Path,
    autograd: Path,
    module: Path,
    curves: Path,
    notebook: Path,
    sizes: Sizes = Sizes(),
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
        sizes: of the problem; curves of other sizes than the article's are not compared.
        png: the picture to write.
        svg: the same picture, as SVG.
        csv: the table to write: run, epoch, published, ours, ratio.
    """
    published = read_published(curves, notebook, sizes)
    rows = []
    with plotting.style():
        figure, axes = plotting.new_figure()
        for name, losses in {"manual": manual, "autograd": autograd, "module": module}.items():
            colour = plotting.COLOURS[name]
            plotting.plot_run(axes, losses, f"{name}, ours", color=colour, linestyle=plotting.LINES[name])
            plotting.plot_published(axes, published[name], f"{name}, published in 2018", colour)
            ours = read_table(losses).set_index("epoch")["loss"].to_dict()
            rows += [(name, *row) for row in compare(ours, published[name])]
        axes.set_ylabel("loss: summed squared error (log scale)")
        axes.legend(loc="upper right", ncols=2)
        figure.set_layout_engine("constrained")
        plotting.save(figure, png, svg)
    write_csv(csv, ["run", "epoch", "published", "ours", "ratio"], rows)


if __name__ == "__main__":
    run(main)
