"""The study's pictures: final loss by learning rate, plain and in units of the curvature; the reproduction band."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kotohajime.cli import run
from kotohajime.plotting import COLOURS, plot_published, save
from kotohajime.io import read_table
from kotohajime.study.cells import Article, having, main_precision
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.text import count


def log_losses(axes: Axes) -> None:
    """Give an axis of losses a log scale, once all is drawn; one on which nothing is above 0 needs limits for that."""
    if not np.isfinite(axes.dataLim.minposy):
        axes.set_ylim(0.1, 10)
    axes.set(yscale="log", ylabel=f"{axes.get_ylabel()}: summed squared error (log scale)")


def add_legend(figure: Figure, groups: Mapping[str, list[Line2D]]) -> None:
    """Put a legend below the axes: a column a group, under its title; an empty group is left out."""
    groups = {title: lines for title, lines in groups.items() if lines}
    rows, handles = max(map(len, groups.values()), default=0), []
    for title, lines in groups.items():
        texts = [title, *[""] * (rows - len(lines))]
        blank = [Line2D([], [], linestyle="none", label=text) for text in texts]
        handles += [blank[0], *lines, *blank[1:]]
    if handles:
        legend = figure.legend(handles=handles, loc="outside lower center", ncols=len(groups), fontsize="small",
                               markerscale=0.8, labelspacing=0.6)  # fmt: skip
        for text in legend.get_texts()[:: rows + 1]:
            text.set_fontweight("bold")


class LossByRate:
    """A picture of final losses by learning rate, and above it a strip for the cells that diverged."""

    def __init__(self, title: str, xlabel: str, scale: Mapping[str, float]) -> None:
        """Take the factor of each start's rates; a start whose factor is not above 0 is left out."""
        self.scale = {start: factor for start, factor in scale.items() if factor > 0}
        self.kinds = list(product(self.scale, OPTIMIZERS))  # a row of the strip each
        rows = max(len(self.kinds), 1)
        height = 0.2 * max(rows, 3)  # inches
        self.figure = Figure(figsize=(10, 6.5 + 2 * height), layout="constrained")
        self.strip, self.axes = self.figure.subplots(2, sharex=True, height_ratios=[height, 5])
        self.strip.set_title(title, loc="left")
        self.strip.set(ylim=(rows - 0.5, -0.5), facecolor="0.93")
        self.strip.set_yticks([(rows - 1) / 2], ["diverged\n(over a quarter\nof the seeds)"])
        self.strip.tick_params(length=0)
        self.axes.set(xscale="log", xlabel=xlabel, ylabel="final loss")

    def plot_cells(self, cells: pd.DataFrame) -> list[Line2D]:
        """Draw a curve for each start and optimiser, and its crosses in a row of the strip; return the curves."""
        lines = []
        for row, (start, optimizer) in enumerate(self.kinds):
            colour, look = STARTS[start].colour, OPTIMIZERS[optimizer]
            own = having(cells, {"start": start, "optimizer": optimizer, "schedule": "constant"})
            curve = own.sort_values("learning_rate")
            rate = curve["learning_rate"].to_numpy(float) * self.scale[start]
            loss, low, high = (curve[name].to_numpy(float) for name in ("loss_last", "loss_last_low", "loss_last_high"))
            ended = np.isfinite(loss)
            lines += self.axes.plot(rate[ended], loss[ended], look.line, marker=look.marker, color=colour,
                                    markersize=5, label=f"{STARTS[start].label}, {look.label}")  # fmt: skip
            high = np.minimum(high, 1e3 * loss)  # an interval may have no end
            self.axes.fill_between(rate[ended], low[ended], high[ended], color=colour, alpha=0.25, linewidth=0)
            self.strip.plot(rate[~ended], [row] * (~ended).sum(), look.line, marker="x", color=colour, linewidth=0.8)
        return lines

    def mark_article(self, cells: pd.DataFrame, article: Article) -> list[Line2D]:
        """Mark the article's runs with stars; return them."""
        stars = []
        for name, run_as in article.runs().items():
            cell = having(cells, run_as._asdict())
            loss = cell["loss_last"].to_numpy(float)
            if run_as.start in self.scale and np.isfinite(loss).any():
                at = run_as.learning_rate * self.scale[run_as.start], loss[0]
                label = name if run_as.schedule == "constant" else f"{name} (its rate halves)"
                stars += self.axes.plot(*at, "*", color=COLOURS[name], markeredgecolor="black", markersize=16, zorder=5,
                                        label=label)  # fmt: skip
        return stars

    def mark_limit(self, rate: float, label: str, colour: str, marker: str) -> list[Line2D]:
        """Draw a dotted line at a limit of stability, the optimiser's marker at both of its ends; return it."""
        style = {"color": colour, "linestyle": ":", "marker": marker, "markerfacecolor": "white", "clip_on": False}
        for axes, end in ((self.strip, 1), (self.axes, 0)):
            line = axes.plot([rate, rate], [0, 1], transform=axes.get_xaxis_transform(), markevery=[end], **style)
        line[0].set_label(label)
        return line

    def finish(self, cells: pd.DataFrame, article: Article, limits: list[Line2D]) -> Figure:
        """Draw cells and stars, and put the legend below; return the figure."""
        curves, stars = self.plot_cells(cells), self.mark_article(cells, article)
        log_losses(self.axes)
        groups = {"final loss of": curves, "stable on a quadratic up to": limits, "the article's runs": stars}
        add_legend(self.figure, groups)
        return self.figure


def by_rate(cells: pd.DataFrame, article: Article, sharpness: Mapping[str, float]) -> Figure:
    """Return the picture of final losses by learning rate."""
    seeds = int(cells["seeds"].max())
    title = (f"Final loss after {count(article.epochs, 'epoch')}, {count(seeds, 'seed')} per point"
             " (interquartile mean, 95 % interval)")  # fmt: skip
    picture = LossByRate(title, "learning rate (log scale)", dict.fromkeys(STARTS, 1.0))
    limits = []
    for (name, start), look in product(STARTS.items(), OPTIMIZERS.values()):
        if sharpness.get(name, 0) > 0:
            limit = look.limit(article.module_momentum)
            label = f"{limit:.3g} / sharpness: {start.label}, {look.label}"
            limits += picture.mark_limit(limit / sharpness[name], label, start.colour, look.marker)
    return picture.finish(cells, article, limits)


def by_scaled_rate(cells: pd.DataFrame, article: Article, sharpness: Mapping[str, float]) -> Figure:
    """Return the same in units of each start's own curvature."""
    scale = {name: sharpness.get(name, 0) for name in STARTS}
    flat = [start.label for name, start in STARTS.items() if not scale[name] > 0]  # NaN is not either
    title = "The same in units of each start's own curvature"
    title += f"\n(not drawn, as no curvature was found there: {', '.join(flat)})" if flat else ""
    picture = LossByRate(title, "learning rate x sharpness at the start (log scale)", scale)
    limits = []
    for look in OPTIMIZERS.values() if picture.kinds else ():
        limit = look.limit(article.module_momentum)
        limits += picture.mark_limit(limit, f"{limit:.3g}: {look.label}", "0.3", look.marker)
    return picture.finish(cells, article, limits)


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
    axes.set_title(f"The curves of 2018 among {seeds} (shaded: where 95 % of further seeds are expected)", loc="left")
    axes.set(xscale="log", xlabel="epoch, counted from 1 (log scale)", ylabel="loss")
    for name, colour in COLOURS.items():
        plot_seeds(axes, curves[curves["run"] == name], name, colour)
        rows = band[band["run"] == name]
        if rows.empty:  # a run shorter than the first published epoch
            continue
        epochs = rows["epoch"] + 1
        axes.fill_between(epochs, rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(epochs, rows["median"], color=colour, linewidth=1.5, label=f"{name}: their median")
        plot_published(axes, dict(zip(epochs, rows["published"], strict=True)), f"{name}: published in 2018", colour)
    log_losses(axes)
    figure.legend(loc="outside lower center", ncols=len(COLOURS), fontsize="small")
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
    article, table = Article.read(settings), read_table(cells)
    table = table[table["precision"] == main_precision(table["precision"])]
    sharpness = read_table(limits).groupby("start")["sharpness"].first().to_dict()
    pictures = {
        "loss_by_rate": by_rate(table, article, sharpness),
        "loss_by_scaled_rate": by_scaled_rate(table, article, sharpness),
        "band": of_band(read_table(curves), read_table(band)),
    }
    for name, figure in pictures.items():
        save(figure, output / f"{name}.png", output / f"{name}.svg")


if __name__ == "__main__":
    run(main)
