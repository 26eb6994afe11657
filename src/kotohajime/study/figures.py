"""The study's pictures: final loss by learning rate, plain and in units of the curvature; the reproduction band."""

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kotohajime import plotting
from kotohajime.cli import run
from kotohajime.config import Article
from kotohajime.engine.optimizers import OPTIMIZERS, Optimizer
from kotohajime.engine.starts import STARTS
from kotohajime.io import read_table
from kotohajime.study.cells import article_cells, main_precision, read_settings
from kotohajime.tables import select
from kotohajime.text import count

Limit = tuple[float, str, str, str]  # of stability: its place on the horizontal axis, label, colour, marker


def log_losses(axes: Axes) -> None:
    """Set a log scale for losses, once all is drawn; axes on which nothing is above 0 need limits for that."""
    if not np.isfinite(axes.dataLim.minposy):
        axes.set_ylim(0.1, 10)
    axes.set(yscale="log", ylabel=f"{axes.get_ylabel()}: summed squared error (log scale)")


def plot_kind(strip: Axes, axes: Axes, row: int, start: str, optimizer: str, curve: pd.DataFrame) -> Line2D:
    """Draw the final losses of a start with an optimiser, by the column `x`; what diverged in a row of the strip."""
    colour, look = STARTS[start].colour, OPTIMIZERS[optimizer]
    x, loss, low, high = (curve[name].to_numpy(float) for name in ("x", "loss_last", "loss_last_low", "loss_last_high"))
    ended = np.isfinite(loss)
    high = np.minimum(high, 1e3 * loss)  # an interval may have no end
    axes.fill_between(x[ended], low[ended], high[ended], color=colour, alpha=0.25, linewidth=0)
    strip.plot(x[~ended], [row] * (~ended).sum(), look.line, marker="x", color=colour, linewidth=0.8)
    (line,) = axes.plot(x[ended], loss[ended], look.line, marker=look.marker, color=colour, markersize=5)
    line.set_fillstyle(STARTS[start].fill)
    line.set_label(f"{STARTS[start].label}, {look.label}")
    return line


def plot_article(axes: Axes, cells: pd.DataFrame, article: Article, factors: Mapping[str, float]) -> list[Line2D]:
    """Draw stars at the article's runs; return them."""
    stars = []
    for name, cell in article_cells(article).items():
        losses = select(cells, **cell._asdict())["loss_last"].to_numpy(float)
        if cell.start in factors and np.isfinite(losses).any():
            x, colour = cell.learning_rate * factors[cell.start], plotting.COLOURS[name]
            (star,) = axes.plot(x, losses[0], "*", color=colour, markeredgecolor="black", markersize=16, zorder=5)
            star.set_label(name if cell.schedule == "constant" else f"{name} (its rate halves)")
            stars.append(star)
    return stars


def plot_limit(strip: Axes, axes: Axes, x: float, label: str, colour: str, marker: str) -> Line2D:
    """Draw a dotted line through both axes, with the optimiser's marker at its ends; return it."""
    for part, end in ((strip, 1), (axes, 0)):
        (line,) = part.plot([x, x], [0, 1], ":", transform=part.get_xaxis_transform(), color=colour)
        line.set(marker=marker, markerfacecolor="white", markevery=[end], clip_on=False, label=label)
    return line


def loss_by_rate(
    cells: pd.DataFrame,
    article: Article,
    factors: Mapping[str, float],
    limits: Iterable[Limit],
    title: str,
    xlabel: str,
) -> Figure:
    """Return a picture of final losses by learning rate, and above it a strip for the cells that diverged.

    A start's rates are multiplied by its factor; a start without one is not drawn.
    """
    kinds = list(product(factors, OPTIMIZERS))  # a row of the strip each
    rows = max(len(kinds), 1)
    height = 0.2 * max(rows, 3)  # inches
    figure = Figure(figsize=(10, 6.5 + 2 * height), layout="constrained")
    strip, axes = figure.subplots(2, sharex=True, height_ratios=[height, 5])
    strip.set_title(title, loc="left")
    strip.set(ylim=(rows - 0.5, -0.5), facecolor="0.93")
    strip.set_yticks([(rows - 1) / 2], ["diverged\n(over a quarter\nof the seeds)"])
    strip.tick_params(length=0)
    axes.set(xscale="log", xlabel=xlabel, ylabel="final loss")
    dotted = [plot_limit(strip, axes, *limit) for limit in limits]
    curves = []
    for row, (start, optimizer) in enumerate(kinds):
        curve = select(cells, start=start, optimizer=optimizer, schedule="constant").sort_values("learning_rate")
        curve = curve.assign(x=curve["learning_rate"] * factors[start])
        curves.append(plot_kind(strip, axes, row, start, optimizer, curve))
    stars = plot_article(axes, cells, article, factors)
    log_losses(axes)
    add_legend(figure, "left", "final loss of", curves)
    add_legend(figure, "center", "stable on a quadratic up to", dotted)
    add_legend(figure, "right", "the article's runs", stars)
    return figure


def add_legend(figure: Figure, side: str, title: str, lines: list[Line2D]) -> None:
    """Put a legend below the axes, unless it is empty; `side` is left, center or right."""
    loc: Any = f"outside lower {side}"
    if lines:
        figure.legend(handles=lines, loc=loc, title=title, fontsize="small", markerscale=0.8)


def stable_limits(article: Article) -> list[tuple[Optimizer, float]]:
    """Return each optimiser with the largest stable learning rate on a quadratic, times its sharpness."""
    return [(look, look.limit(article.module_momentum)) for look in OPTIMIZERS.values()]


def by_rate(cells: pd.DataFrame, article: Article, sharpness: Mapping[str, float]) -> Figure:
    """Return the picture of final losses by learning rate; `sharpness` is the initial one of each start."""
    epochs, seeds = count(article.epochs, "epoch"), count(int(cells["seeds"].max()), "seed")
    title = f"Final loss after {epochs}, {seeds} per point (interquartile mean, 95 % interval)"
    limits = [
        (limit / sharpness[name], f"{limit:.3g} / sharpness: {start.label}, {look.label}", start.colour, look.marker)
        for (name, start), (look, limit) in product(STARTS.items(), stable_limits(article))
        if sharpness.get(name, 0) > 0
    ]
    return loss_by_rate(cells, article, dict.fromkeys(STARTS, 1.0), limits, title, "learning rate (log scale)")


def by_scaled_rate(cells: pd.DataFrame, article: Article, sharpness: Mapping[str, float]) -> Figure:
    """Return the same picture in units of each start's curvature; a start without curvature is left out."""
    factors = {name: sharpness[name] for name in STARTS if sharpness.get(name, 0) > 0}
    flat = [start.label for name, start in STARTS.items() if name not in factors]
    title = "The same in units of each start's own curvature"
    title += f"\n(not drawn, as no curvature was found there: {', '.join(flat)})" if flat else ""
    limits = [(limit, f"{limit:.3g}: {look.label}", "0.3", look.marker) for look, limit in stable_limits(article)]
    limits = limits if factors else []
    return loss_by_rate(cells, article, factors, limits, title, "learning rate x sharpness at the start (log scale)")


def plot_seeds(axes: Axes, curves: pd.DataFrame, name: str, colour: str) -> None:
    """Draw one run's curve for every seed, with a cross where it diverged."""
    for _, seed in curves.groupby("seed"):
        finite = seed[np.isfinite(seed["loss"])]
        axes.plot(finite["epoch"] + 1, finite["loss"], color=colour, linewidth=0.5, alpha=0.4)
        if len(finite) < len(seed) or len(seed) == 1:  # a line needs two points
            mark = "x" if len(finite) < len(seed) else "."
            axes.plot(finite["epoch"][-1:] + 1, finite["loss"][-1:], mark, color=colour)
    crosses = "" if np.isfinite(curves["loss"]).all() else " (x: diverged)"
    axes.plot([], color=colour, linewidth=0.5, label=f"{name}: the seeds{crosses}")


def of_band(curves: pd.DataFrame, band: pd.DataFrame) -> Figure:
    """Return the picture of each run's seeds, where another seed is expected, and what was published."""
    figure = Figure(figsize=(10, 8), layout="constrained")
    axes = figure.subplots()
    seeds = count(curves["seed"].nunique(), "seed")
    shaded = "The curves of 2018 among {} (shaded: where 95 % of further seeds are expected)"
    axes.set_title(("The runs of {}" if band.empty else shaded).format(seeds), loc="left")
    axes.set(xscale="log", xlabel="epoch, counted from 1 (log scale)", ylabel="loss")
    for name, colour in plotting.COLOURS.items():
        plot_seeds(axes, select(curves, run=name), name, colour)
        rows = select(band, run=name)
        if rows.empty:  # a run shorter than the first published epoch
            continue
        epochs = rows["epoch"] + 1
        axes.fill_between(epochs, rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        (line,) = axes.plot(epochs, rows["median"], plotting.LINES[name], color=colour, linewidth=1.5)
        line.set_label(f"{name}: their median")
        published = dict(zip(epochs, rows["published"], strict=True))
        plotting.plot_published(axes, published, f"{name}: published in 2018", colour)
    log_losses(axes)
    figure.legend(loc="outside lower center", ncols=len(plotting.COLOURS), fontsize="small")
    return figure


def main(*, settings: Path, cells: Path, limits: Path, curves: Path, band: Path, output: Path) -> None:
    """Draw the study's pictures, each as PNG and SVG.

    Args:
        settings: the study's settings.json.
        cells: the table of cells.
        limits: the table of limits.
        curves: the table of the article's runs, epoch by epoch.
        band: the table of the published losses among the seeds'.
        output: the folder for the pictures.
    """
    article, table = read_settings(settings), read_table(cells)
    table = select(table, precision=main_precision(table["precision"]))
    sharpness = read_table(limits).groupby("start")["sharpness"].first().to_dict()
    with plotting.style():
        pictures = {
            "loss_by_rate": by_rate(table, article, sharpness),
            "loss_by_scaled_rate": by_scaled_rate(table, article, sharpness),
            "band": of_band(read_table(curves), read_table(band)),
        }
        for name, figure in pictures.items():
            plotting.save(figure, output / f"{name}.png", output / f"{name}.svg")


if __name__ == "__main__":
    run(main)
