"""What the figures share: one style, curves on a log axis, divergence shown as such, the same bytes every time."""

import base64
import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib.image
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kotohajime.colours import BLUE, GREEN, VERMILLION
from kotohajime.io import UserError, read_table, write

COLOURS = {"manual": GREEN, "autograd": BLUE, "module": VERMILLION}
LINES = {"manual": "-.", "autograd": "-", "module": "--"}  # to tell them apart in grey
# Metadata by format; as given by itself they would name the time and Matplotlib's version.
NO_CLOCK: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def style() -> AbstractContextManager[None]:
    """Return the context in which figures are made and saved: matplotlib's defaults and fixed ids in SVG files.

    Within it no style of the user's counts; after it the user's own is back.
    """
    return matplotlib.style.context(["default", {"svg.hashsalt": "kotohajime"}])


def new_figure() -> tuple[Figure, Axes]:
    """Return an empty figure of the article's size, 8 x 6 inches, with the article's axes."""
    figure = Figure(figsize=(8, 6))
    axes = figure.subplots()
    axes.set(xlabel="epochs", ylabel="loss (log scale)", yscale="log")
    return figure, axes


def plot_run(axes: Axes, losses: Path, label: str, **options: Any) -> None:
    """Draw a run's losses.csv; where they stop being finite, end the line with a cross and say so in the legend."""
    run = read_table(losses, ["epoch", "loss"])
    diverged = np.flatnonzero(~np.isfinite(run["loss"]))
    if diverged.size:
        run = run[: diverged[0]]
        label = f"{label} (diverged at epoch {diverged[0]})"
    (line,) = axes.plot(run["epoch"], run["loss"], label=label, **options)
    if diverged.size:
        axes.plot(run["epoch"][-1:], run["loss"][-1:], "x", color=line.get_color(), markersize=10)


def plot_published(axes: Axes, losses: dict[int, float], label: str, colour: str) -> None:
    """Draw the loss of 2018 at each epoch that could be read off the published pictures."""
    axes.plot(list(losses), list(losses.values()), "o", mfc="none", markersize=5, color=colour, label=label)


def save(figure: Figure, *paths: Path) -> None:
    """Write the figure as each path's ending says, at the article's 150 dots per inch; UserError for another ending."""
    for path in paths:
        kind = path.suffix.removeprefix(".")
        if kind not in NO_CLOCK:
            raise UserError(f"cannot draw {path}: give it a name that ends in .png or .svg.")
        image = io.BytesIO()
        figure.savefig(image, format=kind, dpi=150, metadata=NO_CLOCK[kind])
        write(path, image.getvalue())
        figure.set_layout_engine("none")  # the next format keeps the layout: to compute it takes half the time


def picture(pixels: np.ndarray) -> str:
    """Return pixels from 0 to 1, (height, width) or (height, width, 4), as a PNG in an address, for an HTML page."""
    file = io.BytesIO()
    matplotlib.image.imsave(file, pixels, format="png", cmap="gray", vmin=0, vmax=1, metadata=NO_CLOCK["png"])
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
