"""What the figures share: curves on a log axis, divergence shown as such, the same bytes every time."""

import io
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kotohajime.io import UserError, read_csv, write

# The same bytes for everybody: no style of the user's own, no random ids in an SVG.
matplotlib.rcParams.update(matplotlib.rcParamsDefault)
matplotlib.rcParams["svg.hashsalt"] = "kotohajime"
COLOURS = {"manual": "tab:green", "autograd": "tab:blue", "module": "tab:orange"}
NO_CLOCK = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def new_figure() -> tuple[Figure, Axes]:
    """Return an empty figure of the article's size, 8 x 6 inch, with the article's axes."""
    figure = Figure(figsize=(8, 6))
    axes = figure.subplots()
    axes.set_xlabel("epochs")
    axes.set_ylabel("loss (log scale)")
    axes.set_yscale("log")
    return figure, axes


def plot_run(axes: Axes, losses: Path, label: str, **style: object) -> None:
    """Draw the losses of a run; where they stop being finite, end the line with a cross and say so in the legend."""
    run = read_csv(losses, ["epoch", "loss"])
    epoch, loss = run["epoch"], run["loss"]
    finite = np.isfinite(loss)
    if finite.all():
        axes.plot(epoch, loss, label=label, **style)
        return
    end = int(np.argmin(finite))  # the first epoch that is not finite
    (line,) = axes.plot(epoch[:end], loss[:end], label=f"{label} (diverged at epoch {end})", **style)
    axes.plot(epoch[:end][-1:], loss[:end][-1:], "x", color=line.get_color(), markersize=10)


def plot_published(axes: Axes, losses: dict[int, float], label: str, colour: str) -> None:
    """Draw the loss of 2018 at each epoch that could be read off the published pictures."""
    axes.plot(losses.keys(), losses.values(), "o", mfc="none", markersize=5, color=colour, label=label)


class Picture(bytes):
    """A PNG image that notebooks show."""

    def _repr_png_(self) -> bytes:
        return bytes(self)

    def __repr__(self) -> str:
        """Say what it is; the bytes tell nobody anything."""
        return f"a picture of {len(self)} bytes"


def picture(figure: Figure) -> Picture:
    """Return the figure as a PNG image, at 100 dots an inch."""
    return Picture(drawn(figure, "png", 100))


def drawn(figure: Figure, kind: str, dpi: int) -> bytes:
    """Return the figure as an image of a kind."""
    image = io.BytesIO()
    figure.savefig(image, format=kind, dpi=dpi, metadata=NO_CLOCK[kind])
    return image.getvalue()


def save(figure: Figure, *paths: Path) -> None:
    """Write the figure as each path's ending says, at the article's 150 dots an inch; UserError for another ending."""
    for path in paths:
        kind = path.suffix.removeprefix(".")
        if kind not in NO_CLOCK:
            raise UserError(
                f"cannot draw {path}: give it a name that ends in {' or '.join('.' + name for name in NO_CLOCK)}."
            )
        write(path, drawn(figure, kind, 150))
        figure.set_layout_engine("none")  # all is in its place: to find that again takes half the time
