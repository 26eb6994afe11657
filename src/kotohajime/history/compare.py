"""What the article's lines gave on each release of torch, and the losses of its trainings, beside today's."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from packaging.version import Version

from kotohajime import colours, compute, plotting
from kotohajime.cli import run
from kotohajime.history import observe
from kotohajime.history.collect import EPOCHS, answers, read, thin
from kotohajime.io import write_csv, write_table

TRAININGS = ("manual", "autograd", "module")


def with_today(observed: Mapping[str, dict]) -> dict[str, dict]:
    """Return the observations with today's in the place of one of the same release, the oldest first."""
    today = thin(observe.observe())
    both = {**observed, today["torch"]: today}
    return {release: both[release] for release in sorted(both, key=Version)}


def losses(observed: Mapping[str, dict]) -> pd.DataFrame:
    """Return the losses, a column a release, a row a training and epoch."""
    index = pd.MultiIndex.from_product([TRAININGS, EPOCHS], names=["training", "epoch"])
    columns = {release: np.hstack([one["losses"][name] for name in TRAININGS]) for release, one in observed.items()}
    return pd.DataFrame(columns, index)


def draw_curves(table: pd.DataFrame, today: str) -> Figure:
    """Draw the three curves of the oldest release, and today's upon them."""
    figure, axes = plotting.new_figure()
    for name in TRAININGS:
        colour, curves, oldest = plotting.COLOURS[name], table.loc[name], table.columns[0]
        for release, look, width, alpha in ((oldest, "-", 5, 0.35), (today, plotting.LINES[name], 1.5, 1)):
            (line,) = axes.plot(curves.index + 1, curves[release], look, color=colour, linewidth=width, alpha=alpha)
            line.set_label(f"{name}, torch {release}")
    axes.set(xscale="log", xlabel="epoch + 1")
    axes.legend(ncols=3, loc="lower left", fontsize="small")
    figure.set_layout_engine("constrained")
    return figure


def draw_differences(table: pd.DataFrame, today: str) -> Figure:
    """Draw each release's relative distance from today's losses: a panel a training, a line for releases that agree."""
    apart = table.sub(table[today], axis=0).abs().div(table[today], axis=0)
    figure = Figure(figsize=(8, 8))
    for axes, name in zip(figure.subplots(3, sharex=True, sharey=True), TRAININGS, strict=True):
        curves: dict[tuple[float, ...], list[str]] = {}
        for release in apart:
            curves.setdefault(tuple(apart.loc[name][release]), []).append(str(release))
        axes.set_prop_cycle(color=colours.ALL, linestyle=["-", "--", "-.", ":", "-", "--", "-."])
        for curve, same in curves.items():
            label = same[0] if len(same) == 1 else f"{same[0]} to {same[-1]}"
            axes.plot(np.array(EPOCHS) + 1, np.maximum(curve, 1e-9), label=label)
        axes.set(xscale="log", yscale="log", ylabel=name)
        axes.legend(loc="upper left", fontsize="small", ncols=3)
    axes.set_xlabel(f"epoch + 1; the loss's relative difference from that of torch {today} (none is drawn at 1e-9)")
    figure.set_layout_engine("constrained")
    return figure


def main(*, observed: Path, answers_csv: Path, losses_csv: Path, curves: Path, differences: Path) -> None:
    """Put what every release gave beside what today's torch gives.

    Args:
        observed: what the releases gave, as `make history` left it.
        answers_csv: the table to write of answers: name, line, release that first gave it, answer.
        losses_csv: the table to write of losses: training, epoch, and a column a release.
        curves: the picture to write of the oldest release's curves under today's.
        differences: the picture to write of the relative differences from today's.
    """
    compute.use("cpu", "float32", 1)
    both = with_today(read(observed))
    write_table(answers_csv, pd.DataFrame(answers(both)))
    table, today = losses(both), observe.torch.__version__.split("+")[0]
    rows = zip(table.index, table.to_numpy(), strict=True)
    write_csv(losses_csv, ["training", "epoch", *table], ([*index, *row] for index, row in rows))
    with plotting.style():
        plotting.save(draw_curves(table, today), curves)
        plotting.save(draw_differences(table, today), differences)


if __name__ == "__main__":
    run(main)
