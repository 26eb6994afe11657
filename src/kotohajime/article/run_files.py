"""A training's files: the problem it reads, the run it leaves."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from kotohajime import machine
from kotohajime.io import UserError, read_npz, write_csv, write_json, write_npz

Weights = tuple[torch.Tensor, torch.Tensor]  # w1 (inputs, hidden), w2 (hidden, outputs)


def read_problem(path: Path, *, device: torch.device, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    """Return x (batch, inputs), y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs) on the device."""
    names = ("x", "y", "w1", "w2")
    arrays = read_npz(path, names)
    x, y, w1, w2 = (arrays[name] for name in names)
    if not (
        all(array.dtype in (np.float32, np.float64) and array.ndim == 2 and array.size for array in (x, y, w1, w2))
        and (len(x), x.shape[1], w1.shape[1], y.shape[1]) == (len(y), len(w1), len(w2), w2.shape[1])
    ):
        held = ", ".join(f"{name} {arrays[name].shape} {arrays[name].dtype}" for name in names)
        raise UserError(
            f"{path} holds {held}. Needed are arrays of float32 or float64 of the shapes x (batch, inputs), "
            "y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs)."
        )
    return tuple(torch.from_numpy(array).to(device, dtype) for array in (x, y, w1, w2))


def write_run(
    folder: Path, *, losses: Sequence[float], rates: Sequence[float], start: Weights, end: Weights, settings: dict
) -> None:
    """Write losses.csv, weights.npz and run.json, and print how the training went.

    `losses[i]` is the summed squared error before the update of epoch i, `rates[i]` the learning rate of that update.
    """
    diverged = next((epoch for epoch, loss in enumerate(losses) if not math.isfinite(loss)), None)
    epochs = range(len(losses))
    write_csv(folder / "losses.csv", ["epoch", "loss", "learning_rate"], zip(epochs, losses, rates, strict=True))
    names = ["w1_start", "w2_start", "w1", "w2"]
    write_npz(folder / "weights.npz", dict(zip(names, map(to_numpy, (*start, *end)), strict=True)))
    write_json(folder / "run.json", {**settings, "diverged_at": diverged, "machine": machine.checksum()})
    print(describe(losses, diverged))


def describe(losses: Sequence[float], diverged: int | None) -> str:
    """Return one line on how a training went."""
    finite = losses[:diverged]
    if not finite:
        return "diverged: the loss was not finite from the first epoch on"
    top = max(range(len(finite)), key=finite.__getitem__)
    story = f"loss {finite[0]:.4g} at epoch 0, largest {finite[top]:.4g} at epoch {top}, "
    if diverged is not None:
        return story + f"diverged: not finite from epoch {diverged} on"
    return story + f"{losses[-1]:.4g} at epoch {len(losses) - 1}"


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return the tensor's values as an array in this machine's memory."""
    return tensor.detach().cpu().numpy()
