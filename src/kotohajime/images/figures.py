"""Pictures of what a start buys: errors, start scale, balance, the trainability map, the images, a teacher."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from kotohajime.cli import run
from kotohajime.plotting import COLOURS, save
from kotohajime.io import read_npz, read_table
from kotohajime.images.speed import EPOCHS
from kotohajime.config import Article, Sizes
from kotohajime.study.cells import as_momentum, having
from kotohajime.images.starts import CATAPULTS, ENOUGH, TAUGHT, VARIANTS, deviations
from kotohajime.text import count, percent, short

SHOWN = [("linear", 1.0), ("balanced", 10.0), ("xavier", 1.0), ("he", 1.0), ("centred", 1.0), ("normal", 1.0)]
PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
WRONG = {
    "color": "white",
    "fontweight": "bold",
    "bbox": {"boxstyle": "round", "facecolor": "tab:red", "edgecolor": "none"},
}
ERROR = "mean squared error per output"


def label(start: str, scale: float) -> str:
    """Return what a start is called."""
    return f"{VARIANTS[start].label}, second layer {scale:g} x" if start == "balanced" else VARIANTS[start].label


def of_kind(table: pd.DataFrame, start: str, scale: float) -> pd.DataFrame:
    """Return the rows of a start in one size."""
    return having(table, {"start": start, "scale": scale})


def interval(axes: Axes, x: np.ndarray, rows: pd.DataFrame, name: str, factor: float = 1.0, **style: object) -> None:
    """Draw a column of a table with its intervals, as far as they are known."""
    value, low, high = (factor * rows[column].to_numpy(float) for column in (name, f"{name}_low", f"{name}_high"))
    known = np.isfinite([value, low, high]).all(0)
    axes.plot(x[np.isfinite(value)], value[np.isfinite(value)], **style)
    axes.vlines(x[known], low[known], high[known], color=style["color"], linewidth=4, alpha=0.4)


def show_one(axes: Axes) -> None:
    """Let an axis of errors hold an error of 1, and the words beside it."""
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.5), max(high, 2))


def generalisation(runs: pd.DataFrame, paths: pd.DataFrame, starts: pd.DataFrame) -> Figure:
    """Return test error against training error: the way of the first seed, and where each seed's network ended."""
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    axes = figure.subplots()
    for start, scale in SHOWN:
        way, ends = (of_kind(table, start, scale) for table in (paths, runs))
        way, ends = way[way["seed"] == runs["seed"].min()], ends[np.isfinite(ends["test_loss"])]
        right = of_kind(starts, start, scale)["test_accuracy"].iloc[0]
        style = {"color": VARIANTS[start].colour, "marker": VARIANTS[start].marker}
        last = ends[ends["seed"] == runs["seed"].min()]
        axes.plot(*(np.append(way[name], last[name]) for name in ("train_loss", "test_loss")), linewidth=1,
                  markersize=3, label=f"{percent(right)} right: {label(start, scale)}", **style)  # fmt: skip
        axes.plot(ends["train_loss"], ends["test_loss"], linestyle="none", markersize=8, alpha=0.6, **style)
    axes.axhline(1, color="0.5", linewidth=0.8)
    axes.text(0.99, 1.1, "predicting nothing", color="0.35", ha="right", transform=axes.get_yaxis_transform())
    axes.set(xscale="log", yscale="log", xlabel=f"training error: {ERROR} (log scale)", ylabel="test error (log scale)")
    axes.set_title("Test error against training error; large: where each network ended", loc="left")
    axes.invert_xaxis()
    show_one(axes)
    axes.legend(title="test images recognised", loc="lower left")
    return figure


def start_scale(starts: pd.DataFrame) -> Figure:
    """Return test error and accuracy against the scale of the start, with the law that the error grows as scale^4."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    scaled = pd.concat([starts[starts["start"] == "scaled"], of_kind(starts, "normal", 1.0)]).sort_values("scale")
    scale = scaled["scale"].to_numpy(float)
    style = {"color": VARIANTS["scaled"].colour, "marker": VARIANTS["scaled"].marker, "label": "scale x N(0, 1)"}
    interval(left, scale, scaled, "test_loss", **style)
    interval(right, scale, scaled, "test_accuracy", 100, **style)
    least, most = scaled["test_loss"].iloc[[0, -1]]
    fine = np.geomspace(scale[0], scale[-1], 100)
    left.plot(fine, least + (most - least) * fine**4, ":", color="black",
              label=f"{short(least)} + {short(most - least)} x scale$^4$")  # fmt: skip
    left.axhline(1, color="0.5", linewidth=0.8)
    left.text(scale[0], 1.15, "predicting nothing", color="0.35")
    right.axhline(10, color="0.5", linewidth=0.8)
    right.text(scale[0], 11.5, "guessing", color="0.35")
    left.set(yscale="log", ylabel=f"test error: {ERROR} (log scale)", title="Test error")
    right.set(ylim=(0, 102), ylabel="test images recognised, %", title="Accuracy")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="scale of the start (log scale)")
        axes.set_xticks(scale, [f"{value:g}" for value in scale])
        axes.minorticks_off()
    left.legend(loc="upper left")
    show_one(left)
    figure.suptitle("Test error and accuracy by the scale of the start")
    return figure


def balance(speeds: pd.DataFrame) -> Figure:
    """Return epochs to 0.01, at the best rate, and the kernel's condition against the balance of the layers."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    own = speeds[speeds["start"] == "balanced"]
    ratio = own["scale"].to_numpy(float)
    style = {"color": VARIANTS["balanced"].colour, "marker": VARIANTS["balanced"].marker}
    interval(left, ratio, own, "epochs", label="nn.Linear's product, balanced anew", **style)
    never = ratio[np.isinf(own["epochs"])]
    left.plot(never, [EPOCHS] * len(never), "^", color=style["color"], markerfacecolor="none", markersize=10,
              label=f"not in {EPOCHS} epochs")  # fmt: skip
    right.plot(ratio, own["condition"], label="measured", **style)
    right.plot(ratio, own["predicted_condition"], ":", color="black", label="predicted for infinite width")
    for start in ("linear", "normal"):
        row = of_kind(speeds, start, 1.0).iloc[0]
        look = {"color": VARIANTS[start].colour, "linestyle": "--" if start == "linear" else "-."}
        for axes, name in ((left, "epochs"), (right, "condition")):
            if np.isfinite(row[name]):
                axes.axhline(row[name], label=f"{VARIANTS[start].label}: {short(row[name])}", **look)
    left.set(ylabel="epochs to a loss of 0.01, at the best rate (log scale)", title="Speed on noise")
    right.set(ylabel="largest / smallest eigenvalue (log scale)", title="Condition of the tangent kernel")
    for axes in (left, right):
        axes.set(xscale="log", yscale="log", xlabel="second layer's scale / first layer's (log scale)")
        axes.set_xticks(ratio, [f"{value:g}" for value in ratio])
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(PLAIN)
        axes.legend()
    return figure


def marks(article: Article, sizes: Sizes) -> dict[str, tuple[float, float, str]]:
    """Return where the article's runs lie on the map: rate, scale, label.

    The module run as the gradient descent that it does (rate / (1 - momentum)), from the scale with its product.
    """
    module = as_momentum(article.module_learning_rate, article.module_momentum)
    return {
        "autograd": (article.autograd_learning_rate, 1.0, "autograd"),
        "manual": (article.manual_learning_rate, 1.0, "manual, at its first rate"),
        "module": (
            module,
            float(np.sqrt(np.prod(deviations(sizes)))),
            "module (balanced), as descent at rate / (1 - momentum)",
        ),
    }


def trainability(table: pd.DataFrame, article: Article, sizes: Sizes) -> Figure:
    """Return the map: for each start scale and rate, what was left of the loss, or that it diverged."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    axes = figure.subplots()
    shares = table.pivot(index="scale", columns="learning_rate", values="loss_share")
    rates, scales = shares.columns.to_numpy(float), shares.index.to_numpy(float)
    axes.set_facecolor("0.85")
    mesh = axes.pcolormesh(rates, scales, np.clip(shares, 1e-6, 1e2), norm=LogNorm(1e-6, 1e2), cmap="viridis_r",
                           shading="nearest")  # fmt: skip
    figure.colorbar(mesh, label="last loss / |y|$^2$ (log scale; 1: nothing learned)", extend="both")
    sharpness = table.groupby("scale")["sharpness"].first().to_numpy(float)
    curved = sharpness > 0
    axes.plot(2 / sharpness[curved], scales[curved], "--", color="black", label="2 / sharpness")
    diverged = shares.isna().to_numpy()
    some = diverged.any(1) & ~diverged[:, 0]
    place = diverged.argmax(1)[some]
    axes.plot(np.sqrt(rates[place] * rates[place - 1]), scales[some], ":", color="black", linewidth=2,
              label="measured threshold: from here on it diverges")  # fmt: skip
    for name, (rate, scale, text) in marks(article, sizes).items():
        axes.plot(rate, scale, "*", color=COLOURS[name], markeredgecolor="black", markersize=16, label=text)
    axes.set(xscale="log", yscale="log", xlim=(rates[0], rates[-1]), ylim=(scales[0], scales[-1]),
             xlabel="learning rate (log scale)", ylabel="start: scale x N(0, 1) (log scale)")  # fmt: skip
    epochs = count(int(table["epochs"].iloc[0]), "epoch")
    axes.set_title(f"What can be trained by gradient descent in {epochs} (grey: diverged)", loc="left")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure


def predictions(images: np.ndarray, table: pd.DataFrame) -> Figure:
    """Return some test images of the first seed, and below each what networks from every start take it for."""
    import torch
    from torchvision.utils import make_grid

    table = table[table["seed"] == table["seed"].min()]
    truth = of_kind(table, *SHOWN[0])
    tiles = torch.from_numpy(images[truth["image"].to_numpy()]).unsqueeze(1)
    grid = make_grid(tiles, nrow=len(tiles), padding=1)[0].numpy()
    side = grid.shape[1] / len(tiles)
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(grid, cmap="gray_r", extent=(0, len(tiles), 0, grid.shape[0] / side))
    for row, (start, scale) in enumerate(SHOWN, 1):
        guesses = of_kind(table, start, scale)["predicted"].to_numpy()
        axes.text(-0.1, 0.2 - row * 0.6, label(start, scale), ha="right", va="center")
        for column, (guess, right) in enumerate(zip(guesses, truth["label"], strict=True)):
            look = {"color": "black"} if guess == right else WRONG
            axes.text(
                column + 0.5,
                0.2 - row * 0.6,
                "-" if pd.isna(guess) else f"{guess:.0f}",
                ha="center",
                va="center",
                fontsize=13,
                **look,
            )
    axes.set(xlim=(-4.7, len(tiles)), ylim=(-0.1 - 0.6 * len(SHOWN), 1.1))
    axes.set_axis_off()
    axes.set_title("Test images, and what networks from each start take them for (red: wrong)")
    return figure


def teacher(table: pd.DataFrame) -> Figure:
    """Return test error against the learning rate of networks that a teacher taught: every seed, and their median."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    ended = table.assign(test_loss=table["test_loss"].where(table["train_loss"] < ENOUGH))
    for start in TAUGHT:
        by_seed = ended[ended["start"] == start].pivot(index="c", columns="seed", values="test_loss")
        look = {"color": VARIANTS[start].colour, "marker": VARIANTS[start].marker}
        axes.plot(by_seed.index, by_seed, alpha=0.25, markersize=4, **look)
        axes.plot(by_seed.index, by_seed.median(axis=1), linewidth=2, label=VARIANTS[start].label, **look)
    axes.axhline(1, color="0.5", linewidth=0.8)
    axes.text(min(CATAPULTS), 1.1, "predicting nothing", color="0.35")
    axes.axvline(2, color="black", linestyle="--", linewidth=1, label="2 / sharpness: above it the loss first rises")
    axes.set(yscale="log", xlabel="learning rate x sharpness at the start", ylabel=f"test error: {ERROR} (log scale)")
    axes.set_xticks(CATAPULTS, [f"{c:g}" for c in CATAPULTS])
    show_one(axes)
    axes.set_title(f"A teacher's outputs, learned to a training error of {ENOUGH:g}: every seed, and the median")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def main(*, article: Article = Article(), sizes: Sizes = Sizes(), images: Path) -> None:
    """Draw the pictures, each as PNG and SVG.

    Args:
        article: its runs are marked on the map.
        sizes: of their networks.
        images: the folder with the tables and data.npz, and for the pictures.
    """
    names = ("runs", "paths", "predictions", "teacher", "starts", "speeds", "map")
    table = {name: read_table(images / f"{name}.csv") for name in names}
    data = read_npz(images / "data.npz", ["images"])["images"]
    pictures = {
        "generalisation": generalisation(table["runs"], table["paths"], table["starts"]),
        "start_scale": start_scale(table["starts"]),
        "balance": balance(table["speeds"]),
        "trainability": trainability(table["map"], article, sizes),
        "predictions": predictions(data, table["predictions"]),
        "teacher": teacher(table["teacher"]),
    }
    for name, figure in pictures.items():
        save(figure, images / f"{name}.png", images / f"{name}.svg")


if __name__ == "__main__":
    run(main)
