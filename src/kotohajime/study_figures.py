"""The study's pictures: last loss against learning rate, plain and in units of the curvature; the reproduction band."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kotohajime.cells import Article, Cell, base, stable
from kotohajime.cli import run
from kotohajime.figures import COLOURS, plot_published, save
from kotohajime.files import read_table

STARTS = {"normal": ("N(0, 1)", "tab:blue"), "linear": ("nn.Linear's default", "tab:orange")}
OPTIMIZERS = {"gd": ("gradient descent", "-", "o"), "nesterov": ("Nesterov momentum", "--", "s")}
LABELS = {  # beside the article's runs, off the curves
    "manual": {"xytext": (12, 8)},
    "autograd": {"xytext": (12, 8)},
    "module": {"xytext": (-12, -18), "ha": "right"},
}


def new_axes(title: str) -> tuple[Figure, Axes]:
    """Return an empty figure with room for a title and for labels."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.set_xscale("log")
    axes.set_yscale("log")
    return figure, axes


def plot_cells(axes: Axes, cells: pd.DataFrame, scale: Mapping[str, float]) -> None:
    """Draw a curve for each start and optimiser; rates are multiplied by the start's `scale`."""
    finite = cells["loss_last"].to_numpy(float)
    strip = 1e3 * max(finite[np.isfinite(finite)], default=1.0)  # above it, cells that diverged
    row = 0
    for start, (start_name, colour) in STARTS.items():
        for optimizer, (optimizer_name, line, marker) in OPTIMIZERS.items():
            curve = cells[(cells["start"] == start) & (cells["optimizer"] == optimizer)].sort_values("learning_rate")
            rate = curve["learning_rate"].to_numpy(float) * scale[start]
            ended = np.isfinite(curve["loss_last"].to_numpy(float))
            loss, low, high = (
                curve[name].to_numpy(float)[ended] for name in ("loss_last", "loss_last_low", "loss_last_high")
            )
            label = f"{start_name}, {optimizer_name}"
            axes.plot(rate[ended], loss, line, marker=marker, color=colour, markersize=5, label=label)
            axes.fill_between(rate[ended], low, np.minimum(high, strip), color=colour, alpha=0.25, linewidth=0)
            height = strip * 10 ** (0.6 + row)
            axes.plot(rate[~ended], np.full((~ended).sum(), height), "x", color=colour, markersize=6)
            axes.plot(rate[~ended], np.full((~ended).sum(), height), line, color=colour, linewidth=0.8)
            row += 1
    axes.axhspan(strip, strip * 1e4, color="0.93", zorder=0)
    axes.set_ylim(top=strip * 1e4)
    axes.set_yticks([tick for tick in axes.get_yticks() if tick < strip])
    axes.text(
        0.008, 0.985, "diverged (more than a quarter of the seeds)", transform=axes.transAxes, va="top", color="0.35"
    )
    axes.set_ylabel("last loss: summed squared error (log scale)")


def mark_article(axes: Axes, cells: pd.DataFrame, runs: Mapping[str, Cell], scale: Mapping[str, float]) -> None:
    """Mark the article's runs."""
    for name, run_as in runs.items():
        cell = cells[np.logical_and.reduce([cells[key] == value for key, value in run_as._asdict().items()])]
        loss = cell["loss_last"].to_numpy(float)
        if len(loss) and np.isfinite(loss[0]):
            at = run_as.learning_rate * scale[run_as.start], loss[0]
            axes.plot(*at, "*", color=COLOURS[name], markeredgecolor="black", markersize=17, zorder=5)
            text = f"the article's {name} run"
            white = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
            place = LABELS[name]
            axes.annotate(text, at, textcoords="offset points", fontweight="bold", bbox=white, zorder=6, **place)


def mark_limit(axes: Axes, rate: float, text: str, colour: str, side: str = "right") -> None:
    """Draw a vertical line at a limit of stability, its text on one side."""
    axes.axvline(rate, color=colour, linestyle=":", linewidth=1.5)
    shift, align = (4, "left") if side == "right" else (-4, "right")
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(
        text, (rate, 0.84), xytext=(shift, 0), rotation=90, ha=align, va="top", color=colour, size="small", **place
    )


def plot_band(axes: Axes, curves: pd.DataFrame, band: pd.DataFrame) -> None:
    """Draw each run's seeds, the interval in which another seed is expected, and what was published."""
    for name, colour in COLOURS.items():
        for _, seed in curves[curves["run"] == name].groupby("seed"):
            axes.plot(seed["epoch"] + 1, seed["loss"], color=colour, linewidth=0.5, alpha=0.4)
        rows = band[band["run"] == name]
        if rows.empty:  # a run shorter than the first published epoch
            continue
        epochs = rows["epoch"] + 1
        axes.fill_between(epochs, rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(epochs, rows["median"], color=colour, linewidth=1.5, label=f"{name}: the seeds, their median")
        plot_published(axes, dict(zip(epochs, rows["published"], strict=True)), f"{name}: published in 2018", colour)
    axes.set_xlabel("epoch, counted from 1 (log scale)")
    axes.set_ylabel("loss: summed squared error (log scale)")
    axes.legend(*axes.get_legend_handles_labels(), loc="lower left")


def main(
    *,
    settings: Path,
    cells: Path,
    limits: Path,
    curves: Path,
    band: Path,
    output: Path,
) -> None:
    """Draw the study's pictures, each as PNG and SVG.

    Args:
        settings: the study's settings.json.
        cells: the table of cells.
        limits: the table of limits.
        curves: the table of the article's runs, epoch by epoch.
        band: the table of the published losses among the seeds'.
        output: the folder for the pictures.
    """
    article = Article.read(settings)
    table, of_starts = read_table(cells), read_table(limits).drop_duplicates("start").set_index("start")
    table = table[table["precision"] == base(table["precision"])]
    constant = table[table["schedule"] == "constant"]
    sharpness = of_starts["sharpness"].to_dict()
    seeds = int(table["seeds"].max())
    what = f"Last loss after {article.epochs} epochs, {seeds} seeds a point (interquartile mean, 95 % interval)"

    figure, axes = new_axes(what)
    one = dict.fromkeys(STARTS, 1.0)
    plot_cells(axes, constant, one)
    mark_article(axes, table, article.runs(), one)
    for start, (name, colour) in STARTS.items():
        mark_limit(axes, 2 / sharpness[start], f"2 / sharpness, {name}", colour)
    axes.set_xlabel("learning rate (log scale)")
    axes.legend(loc="lower left")
    pictures = {"loss_by_rate": figure}

    figure, axes = new_axes(
        "The same in units of each start's own curvature (dotted: limits of stability on a quadratic)"
    )
    plot_cells(axes, constant, sharpness)
    mark_article(axes, table, article.runs(), sharpness)
    mark_limit(axes, 2, "2: gradient descent", "0.3")
    nesterov = stable(article.momentum)
    mark_limit(axes, nesterov, f"{nesterov:.3g}: Nesterov", "0.3", "left")
    axes.set_xlabel("learning rate x sharpness at the start (log scale)")
    axes.legend(loc="lower left")
    pictures["loss_by_scaled_rate"] = figure

    figure, axes = new_axes(
        f"The curves of 2018 among {seeds} seeds (shaded: where 95 % of further seeds are expected)"
    )
    plot_band(axes, read_table(curves), read_table(band))
    pictures["band"] = figure

    for name, figure in pictures.items():
        for kind in ("png", "svg"):
            save(figure, output / f"{name}.{kind}")


if __name__ == "__main__":
    run(main)
