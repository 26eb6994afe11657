"""What the page trains on, in few characters: the article's problem and starts, and images to learn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kotohajime.article.problem import draw
from kotohajime.io import read_json, read_npz, read_table
from kotohajime.plotting import picture

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", dtype="S1")
# Characters a number, six bits each. After its jump to 1e10 the loss from N(0, 1) takes a rounding of the data a
# thousand times more seriously than that from nn.Linear: 16 bits leave the article's first 100 losses 1.5e-3 off.
PLACES, FEWER = 3, 2
MOST = 150_000  # numbers of a problem; the article's has 121,000
SEED = 1
SMALL = (32, 32, 128, 5)  # batch, inputs, hidden units, outputs
SIDE, INK = 8, 15  # the images of the digits: pixels a side, and by what their 0 to 16 are multiplied in data.npz
CLASSES, READERS_UNITS = 10, 128


def pack(array: np.ndarray, places: int = PLACES) -> dict[str, Any]:
    """Return places, scale and data of an array: scale x (a whole number in base64, less its middle).

    The largest error is scale / 2, which is the largest magnitude / 2^(6 places).
    """
    middle = 64**places // 2
    scale = float(np.abs(array).max()) / (middle - 1) or 1.0
    numbers = np.rint(array.astype(float).ravel() / scale).astype(int) + middle
    digits = numbers[:, None] // 64 ** np.arange(places)[::-1] % 64
    return {"places": places, "scale": scale, "data": ALPHABET[digits].tobytes().decode()}


def packed(problem: Mapping, linear: Mapping, places: int = PLACES) -> dict[str, Any]:
    """Return a problem (x, y, w1, w2) and nn.Linear's weights for it (w1, w2), packed, with the network's sizes."""
    (batch, inputs), (hidden, outputs) = problem["x"].shape, problem["w2"].shape
    return {
        "sizes": {"batch": batch, "inputs": inputs, "hidden": hidden, "outputs": outputs},
        "problem": {name: pack(array, places) for name, array in problem.items()},
        "linear": {name: pack(array, FEWER) for name, array in linear.items()},
    }


def draw_linear(inputs: int, hidden: int, outputs: int) -> dict[str, np.ndarray]:
    """Draw w1 and w2 as nn.Linear does: from U(-1 / sqrt(n), 1 / sqrt(n)) for n inputs of a layer."""
    generator = np.random.default_rng((SEED, 1))
    shapes = {"w1": (inputs, hidden), "w2": (hidden, outputs)}
    return {name: generator.uniform(-1, 1, shape) / np.sqrt(shape[0]) for name, shape in shapes.items()}


def small_data() -> dict[str, Any]:
    """Return the small problem of the two lanes."""
    return packed(draw(SEED, *SMALL), draw_linear(*SMALL[1:]))


def article_data(results: Path) -> dict[str, Any] | None:
    """Return the article's problem and its three runs (`lanes`), from their results.

    None if the problem has more numbers than a page should carry.
    """
    arrays = read_npz(results / "problem.npz", ("x", "y", "w1", "w2"))
    if sum(array.size for array in arrays.values()) > MOST:
        return None
    weights = read_npz(results / "train_module/weights.npz", ("w1_start", "w2_start"))
    runs = [lane(results / f"train_{name}") for name in ("manual", "autograd", "module")]
    return {**packed(arrays, {name: weights[f"{name}_start"] for name in ("w1", "w2")}), "lanes": runs}


def lane(folder: Path) -> dict[str, Any]:
    """Return how a run was trained, and its losses at some epochs; the learning rate as [epoch, rate from there on]."""
    settings, table = read_json(folder / "run.json"), read_table(folder / "losses.csv", ("loss", "learning_rate"))
    losses, rates = table["loss"], table["learning_rate"]
    finite = losses[np.isfinite(losses)]
    epochs = {0, min(99, len(losses) - 1), len(losses) - 1, *([] if finite.empty else [int(finite.idxmax())])}
    return {
        "name": folder.name.removeprefix("train_"),
        "start": "normal" if settings["start"] == "normal" else "linear",
        "epochs": len(losses),
        "rate": settings["learning_rate"],
        "changes": [[epoch, rate] for epoch, rate in rates[rates.diff() != 0].items()],
        "momentum": settings.get("momentum", 0.0),
        "nesterov": settings.get("nesterov", False),
        "losses": [[epoch, float(losses[epoch]) if epoch in finite else None] for epoch in sorted(epochs)],
    }


def image_data(results: Path, train: int = 100, test: int = 1000) -> dict[str, Any] | None:
    """Return images to learn and to be tested on, chosen and scaled as in `images.problem`; None if they are not 8 x 8.

    They are a problem, packed, with `tests` (test, inputs), packed, and their `labels`, a character each. `mean` and
    `deviation` are those of the pixels to learn: inputs are (pixel - mean) / deviation. `picks` has, for each digit,
    the place of its most typical test image, and that picture.
    """
    data = read_npz(results / "images/data.npz", ("images", "labels"))
    if data["images"].shape[1:] != (SIDE, SIDE):
        return None
    seed = int(read_table(results / "images/runs.csv", ("seed",))["seed"].min())
    drawn = np.random.default_rng((seed, 1)).permutation(len(data["images"]))[: train + test]
    pixels, labels = data["images"][drawn] // INK, data["labels"][drawn]
    mean, deviation = float(pixels[:train].mean()), float(pixels[:train].std())
    points = (pixels.reshape(len(pixels), -1) - mean) / deviation
    targets = (np.eye(CLASSES)[labels[:train]] - 0.1) / 0.3
    sizes = (train, SIDE * SIDE, READERS_UNITS, CLASSES)
    problem = {**draw(SEED, *sizes), "x": points[:train], "y": targets}
    typical = {digit: most_typical(points[train:], labels[train:] == digit) for digit in range(CLASSES)}
    return {
        **packed(problem, draw_linear(*sizes[1:]), FEWER),
        "tests": pack(points[train:], FEWER),
        "labels": "".join(map(str, labels[train:])),
        "mean": mean,
        "deviation": deviation,
        "picks": {digit: (place, picture(1 - pixels[train + place] / 16)) for digit, place in typical.items()},
    }


def most_typical(points: np.ndarray, some: np.ndarray) -> int:
    """Return the place of that of some points (points, inputs) which is nearest to their mean; `some` is a mask."""
    distances = np.square(points - points[some].mean(axis=0)).sum(axis=1)
    return int(np.where(some, distances, np.inf).argmin())
