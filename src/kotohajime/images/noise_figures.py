"""Figures of what an initialisation buys on noise: speed by balance of the layers, and the trainability map."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from kotohajime.config import Article, Sizes
from kotohajime.engine.optimizers import as_momentum
from kotohajime.images.starts import NOISE_EPOCHS, VARIANTS
from kotohajime.plotting import COLOURS
from kotohajime.tables import select
from kotohajime.text import count, short


def plot_intervals(axes: Axes, rows: pd.DataFrame, name: str, **style: Any) -> None:
    """Draw a column of a table against its scales, with bars for the intervals, as far as they are finite."""
    x = rows["scale"].to_numpy(float)
    value, low, high = (rows[column].to_numpy(float) for column in (name, f"{name}_low", f"{name}_high"))
    known = np.isfinite([value, low, high]).all(0)
    axes.plot(x[np.isfinite(value)], value[np.isfinite(value)], **style)
    axes.vlines(x[known], low[known], high[known], color=style["color"], linewidth=4, alpha=0.4)


def scale_axis(axes: Axes, scales: Sequence[float], label: str) -> None:
    """Set a log scale in x with a tick at each value."""
    axes.set(xscale="log", xlabel=f"{label} (log scale)")
    axes.set_xticks(scales, [f"{value:g}" for value in scales])
    axes.minorticks_off()


def balance(speeds: pd.DataFrame) -> Figure:
    """Return epochs to 0.01, at the best rate, and the kernel's condition against the balance of the layers."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows, style = select(speeds, start="balanced"), VARIANTS["balanced"].style
    plot_intervals(left, rows, "epochs", label="nn.Linear's product, balanced anew", **style)
    never = rows["scale"][np.isinf(rows["epochs"])]
    hollow = {"marker": "^", "markerfacecolor": "none", "markersize": 10, "linestyle": "none"}
    left.plot(never, [NOISE_EPOCHS] * len(never), label=f"not in {NOISE_EPOCHS} epochs", **style | hollow)
    right.plot(rows["scale"], rows["condition"], label="measured", **style)
    right.plot(rows["scale"], rows["predicted_condition"], "k:", label="predicted for infinite width")
    for start, line in (("linear", "--"), ("normal", "-.")):
        for axes, name in ((left, "epochs"), (right, "condition")):
            value = select(speeds, start=start)[name].iloc[0]
            label = f"{VARIANTS[start].label}: {short(value)}"
            if np.isfinite(value):
                axes.axhline(value, color=VARIANTS[start].colour, linestyle=line, label=label)
    left.set(ylabel="epochs to a loss of 0.01, at the best rate (log scale)", title="Speed on noise")
    right.set(ylabel="largest / smallest eigenvalue (log scale)", title="Condition of the tangent kernel")
    for axes in (left, right):
        axes.set_yscale("log")
        scale_axis(axes, rows["scale"].tolist(), "second layer's scale / first layer's")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.legend()
    return figure


def mark_article(axes: Axes, article: Article, sizes: Sizes) -> None:
    """Mark the article's runs on the map with stars.

    The module run as the gradient descent that it does, at rate / (1 - momentum), and from the scale with its product.
    """
    descent = as_momentum(article.module_learning_rate, article.module_momentum)
    balanced = float(np.sqrt(np.prod(VARIANTS["linear"].deviations(1.0, sizes))))
    for name, rate, scale, label in (
        ("autograd", article.autograd_learning_rate, 1.0, "autograd"),
        ("manual", article.manual_learning_rate, 1.0, "manual, at its first rate"),
        ("module", descent, balanced, "module (balanced), as descent at rate / (1 - momentum)"),
    ):
        axes.plot(rate, scale, "*", color=COLOURS[name], markeredgecolor="black", markersize=16, label=label)


def trainability(table: pd.DataFrame, article: Article, sizes: Sizes) -> Figure:
    """Return the map: for each initial scale and learning rate what was left of the loss, or that it diverged."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    axes = figure.subplots()
    shares = table.pivot(index="scale", columns="learning_rate", values="loss_share")
    rates, scales = shares.columns.to_numpy(float), shares.index.to_numpy(float)
    axes.set_facecolor("0.85")
    norm, clipped = LogNorm(1e-6, 1e2), np.clip(shares, 1e-6, 1e2)
    mesh = axes.pcolormesh(rates, scales, clipped, norm=norm, cmap="viridis_r", shading="nearest")
    figure.colorbar(mesh, label="last loss / |y|$^2$ (log scale; 1: nothing learned)", extend="both")
    sharpness = table.groupby("scale")["sharpness"].first()
    sharpness = sharpness[sharpness > 0]
    axes.plot(2 / sharpness, sharpness.index, "k--", label="2 / sharpness")
    diverged = shares.isna().to_numpy()
    threshold_known = diverged.any(1) & ~diverged[:, 0]
    first = diverged.argmax(1)[threshold_known]
    threshold = np.sqrt(rates[first] * rates[first - 1])
    label = "measured threshold: from here on it diverges"
    axes.plot(threshold, scales[threshold_known], "k:", linewidth=2, label=label)
    mark_article(axes, article, sizes)
    axes.set(xscale="log", xlim=(rates[0], rates[-1]), xlabel="learning rate (log scale)")
    axes.set(yscale="log", ylim=(scales[0], scales[-1]), ylabel="start: scale x N(0, 1) (log scale)")
    epochs = count(int(table["epochs"].iloc[0]), "epoch")
    axes.set_title(f"What can be trained by gradient descent in {epochs} (grey: diverged)", loc="left")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure
