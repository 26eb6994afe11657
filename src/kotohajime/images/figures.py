"""Figures of what an initialisation buys: errors on images, their predictions, a teacher; and those on noise."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import ScaledTranslation

from kotohajime import plotting
from kotohajime.cli import run
from kotohajime.config import Article, Sizes
from kotohajime.images.noise_figures import balance, plot_intervals, scale_axis, trainability
from kotohajime.images.starts import TEACHER_INITS, TEACHER_RATES, TRAIN_LOSS_TARGET, VARIANTS
from kotohajime.io import read_npz, read_table
from kotohajime.tables import select
from kotohajime.text import percent, short

FIGURE_INITS = {  # name and size: label
    ("linear", 1.0): VARIANTS["linear"].label,
    ("balanced", 10.0): f"{VARIANTS['balanced'].label}, second layer 10 x",
    **{(name, 1.0): VARIANTS[name].label for name in ("xavier", "he", "centred", "normal")},
}
ERROR = "mean squared error per output"
RED_BOX = {"boxstyle": "round", "facecolor": "firebrick", "edgecolor": "none"}
WRONG: dict[str, Any] = {"color": "white", "fontweight": "bold", "bbox": RED_BOX}


def reference_line(axes: Axes, y: float, text: str) -> None:
    """Draw a grey line at y across the axes, with its text."""
    axes.axhline(y, color="0.5", linewidth=0.8)
    place = ScaledTranslation(4 / 72, 3 / 72, axes.figure.dpi_scale_trans)  # points
    axes.text(0, y, text, color="0.35", transform=axes.get_yaxis_transform() + place)


def error_axis(axes: Axes) -> None:
    """Set a log scale for errors, once all is drawn, that includes 1, the error of predicting nothing."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.5), max(high, 2))
    reference_line(axes, 1, "predicting nothing")


def label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write texts beside the axes, once its limits are set: of each curve its last x and y, its text, its colour."""
    to_axes = axes.transData - axes.transAxes
    heights = [float(to_axes.transform((x, y))[1]) for x, y, *_ in ends]  # as shares of the axes
    lowest = 0.0  # at which there is room
    for height, (x, y, text, colour) in sorted(zip(heights, ends, strict=True)):
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkB": 0, "relpos": (0, 0.5)}
        where: Any = {"xytext": (1.03, max(height, lowest)), "textcoords": "axes fraction", "va": "center"}
        axes.annotate(text, (x, y), color=colour, fontsize="small", arrowprops=line, **where)
        lowest = max(height, lowest) + 0.04


def generalisation(runs: pd.DataFrame, paths: pd.DataFrame, starts: pd.DataFrame) -> Figure:
    """Return test error against training error: the path of the first seed, and where each seed's network ended."""
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    axes = figure.subplots()
    first_seed, last = runs["seed"].min(), []
    for (start, scale), label in FIGURE_INITS.items():
        ends = select(runs, start=start, scale=scale)
        ends = ends[np.isfinite(ends["test_loss"])]
        path = select(paths, seed=first_seed, start=start, scale=scale)
        path = pd.concat([path[np.isfinite(path["test_loss"])], ends[ends["seed"] == first_seed]])
        right = percent(select(starts, start=start, scale=scale)["test_accuracy"].iloc[0])
        style = VARIANTS[start].style
        axes.plot(path["train_loss"], path["test_loss"], linewidth=1, markersize=3, **style)
        axes.plot(ends["train_loss"], ends["test_loss"], linestyle="none", markersize=8, alpha=0.6, **style)
        if len(path):
            last.append(
                (*path[["train_loss", "test_loss"]].iloc[-1], f"{right} right: {label}", VARIANTS[start].colour)
            )
    axes.set(xscale="log", xlabel=f"training error: {ERROR} (log scale)", ylabel="test error (log scale)")
    axes.set_title("Test error against training error; large: where each network ended", loc="left")
    axes.invert_xaxis()
    error_axis(axes)
    label_ends(axes, last)
    return figure


def start_scale(starts: pd.DataFrame) -> Figure:
    """Return test error and accuracy against the initial scale, with the law that the error grows as scale^4."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    scaled = pd.concat([select(starts, start="scaled"), select(starts, start="normal")]).sort_values("scale")
    style = VARIANTS["scaled"].style
    plot_intervals(left, scaled, "test_loss", **style)
    plot_intervals(right, scaled, "test_accuracy", **style)
    scales, losses = scaled["scale"].tolist(), scaled["test_loss"].tolist()
    least, growth = losses[0], losses[-1] - losses[0]
    fine = np.geomspace(scales[0], scales[-1], 100)
    left.plot(fine, least + growth * fine**4, "k:")
    middle, law = scales[-2], f"dotted: {short(least)} + {short(growth)} x scale$^4$  "
    left.text(middle, least + growth * middle**4, law, ha="right", va="center")
    left.set(ylabel=f"test error: {ERROR} (log scale)", title="Test error")
    right.set(ylim=(0, 1.02), ylabel="test images recognised, %", title="Accuracy")
    right.yaxis.set_major_formatter(PercentFormatter(1, symbol=None))
    for axes in (left, right):
        scale_axis(axes, scales, "start: scale x N(0, 1)")
    error_axis(left)
    reference_line(right, 0.1, "guessing")
    figure.suptitle("Test error and accuracy by the scale of the start")
    return figure


def predictions(images: np.ndarray, table: pd.DataFrame) -> Figure:
    """Return some test images of the first seed, and below each the classes that networks predict for it."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    table = select(table, seed=table["seed"].min())
    for row, ((start, scale), label) in enumerate(FIGURE_INITS.items(), 1):
        axes.text(-0.1, 0.2 - row * 0.6, label, ha="right", va="center")
        rows = select(table, start=start, scale=scale)[["image", "label", "predicted"]]
        for column, (image, right, predicted) in enumerate(rows.itertuples(index=False)):
            text = "-" if pd.isna(predicted) else f"{predicted:.0f}"
            style = {} if predicted == right else WRONG
            axes.text(column + 0.5, 0.2 - row * 0.6, text, ha="center", va="center", fontsize=13, **style)
            if row == 1:
                corners = (column + 0.05, column + 0.95, 0.05, 0.95)
                axes.imshow(images[image], cmap="gray_r", vmin=0, vmax=images.max(), extent=corners)
    axes.set(xlim=(-4.7, column + 1), ylim=(-0.1 - 0.6 * len(FIGURE_INITS), 1.1))
    axes.set_axis_off()
    axes.set_title("Test images, and what networks from each start take them for (red: wrong)")
    return figure


def teacher(table: pd.DataFrame) -> Figure:
    """Return test error against the learning rate of networks that learned from a teacher: each seed, the median."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    ended = table.assign(test_loss=table["test_loss"].where(table["train_loss"] < TRAIN_LOSS_TARGET))
    for start in TEACHER_INITS:
        by_seed = select(ended, start=start).pivot(index="c", columns="seed", values="test_loss")
        style = VARIANTS[start].style
        axes.plot(by_seed.index, by_seed, alpha=0.25, markersize=4, **style)
        axes.plot(by_seed.index, by_seed.median(axis=1), linewidth=2, label=VARIANTS[start].label, **style)
    axes.axvline(2, color="black", linestyle="--", linewidth=1, label="2 / sharpness: above it the loss first rises")
    axes.set(xlabel="learning rate x sharpness at the start", ylabel=f"test error: {ERROR} (log scale)")
    axes.set_xticks(TEACHER_RATES, [f"{c:g}" for c in TEACHER_RATES])
    error_axis(axes)
    target = f"{TRAIN_LOSS_TARGET:g}"
    axes.set_title(f"A teacher's outputs, learned to a training error of {target}: every seed, and the median")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def main(*, article: Article = Article(), sizes: Sizes = Sizes(), images: Path) -> None:
    """Draw the figures, each as PNG and SVG.

    Args:
        article: its runs are marked on the map.
        sizes: of their networks.
        images: the folder with the tables and data.npz, and for the figures.
    """
    names = ("runs", "paths", "predictions", "teacher", "starts", "speeds", "map")
    table = {name: read_table(images / f"{name}.csv") for name in names}
    data = read_npz(images / "data.npz", ["images"])["images"]
    with plotting.style():
        figures = {
            "generalisation": generalisation(table["runs"], table["paths"], table["starts"]),
            "start_scale": start_scale(table["starts"]),
            "balance": balance(table["speeds"]),
            "trainability": trainability(table["map"], article, sizes),
            "predictions": predictions(data, table["predictions"]),
            "teacher": teacher(table["teacher"]),
        }
        for name, figure in figures.items():
            plotting.save(figure, images / f"{name}.png", images / f"{name}.svg")


if __name__ == "__main__":
    run(main)
