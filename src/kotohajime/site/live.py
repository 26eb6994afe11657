"""What the page trains on, in few characters: the article's problem and starts, and images to learn."""

from pathlib import Path
from typing import Any

import numpy as np

from kotohajime.io import read_json, read_npz, read_table

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", dtype="S1")
# Characters a number, six bits each. After its jump to 1e10 the loss from N(0, 1) takes a rounding of the data a
# thousand times more seriously than that from nn.Linear: 16 bits leave the article's first 100 losses 1.5e-3 off.
PLACES, LINEAR_PLACES = 3, 2
MOST = 150_000  # numbers of a problem; the article's has 121,000
SIDE, INK = 8, 15  # the images of the digits: pixels a side, and by what their 0 to 16 are multiplied in data.npz


def pack(array: np.ndarray, places: int = PLACES) -> dict[str, Any]:
    """Return shape, scale and data of an array: scale x (a whole number of `places` digits of base64, less its middle).

    The largest error is scale / 2, which is the largest magnitude / 2^(6 places).
    """
    middle = 64**places // 2
    scale = float(np.abs(array).max()) / (middle - 1) or 1.0
    numbers = np.rint(array.astype(float).ravel() / scale).astype(int) + middle
    digits = numbers[:, None] // 64 ** np.arange(places)[::-1] % 64
    return {"shape": list(array.shape), "scale": scale, "data": ALPHABET[digits].tobytes().decode()}


def article_data(results: Path) -> dict[str, Any] | None:
    """Return the article's problem, nn.Linear's weights (`linear`) and its three runs (`lanes`), from their results.

    None if the problem has more numbers than a page should carry.
    """
    arrays = read_npz(results / "problem.npz", ("x", "y", "w1", "w2"))
    if sum(array.size for array in arrays.values()) > MOST:
        return None
    weights = read_npz(results / "train_module/weights.npz", ("w1_start", "w2_start"))
    (batch, inputs), (hidden, outputs) = arrays["x"].shape, arrays["w2"].shape
    return {
        "sizes": {"batch": batch, "inputs": inputs, "hidden": hidden, "outputs": outputs},
        "problem": {name: pack(arrays[name]) for name in ("x", "y", "w1", "w2")},
        "linear": {name: pack(weights[f"{name}_start"], LINEAR_PLACES) for name in ("w1", "w2")},
        "lanes": [lane(results / f"train_{name}") for name in ("manual", "autograd", "module")],
    }


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
    """Return images to learn and to be tested on, chosen as in `images.problem`; None if they are not 8 x 8.

    `learn` and `test` hold `text`, a character a pixel (0 to 16 in base 17), and `labels`, one a digit. `mean` and
    `deviation` are those of the pixels to learn: inputs are (pixel - mean) / deviation.
    """
    data = read_npz(results / "images/data.npz", ("images", "labels"))
    if data["images"].shape[1:] != (SIDE, SIDE):
        return None
    seed = int(read_table(results / "images/runs.csv", ("seed",))["seed"].min())
    drawn = np.random.default_rng((seed, 1)).permutation(len(data["images"]))[: train + test]
    pixels, labels = data["images"][drawn] // INK, data["labels"][drawn]
    text = ["".join("0123456789abcdefg"[pixel] for pixel in image.flat) for image in pixels]
    parts = {"learn": slice(train), "test": slice(train, None)}
    return {
        **{
            name: {"text": "".join(text[part]), "labels": "".join(map(str, labels[part]))}
            for name, part in parts.items()
        },
        "mean": float(pixels[:train].mean()),
        "deviation": float(pixels[:train].std()),
    }
