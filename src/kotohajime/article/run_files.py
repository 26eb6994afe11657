"""A training's files: the problem it reads, the run it writes."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from kotohajime import machine
from kotohajime.io import UserError, read_npz, write_csv, write_json, write_npz

Weights = tuple[torch.Tensor, torch.Tensor]  # w1 (inputs, hidden), w2 (hidden, outputs)


def read_problem(path: Path, *, device: torch.device, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    """Return x (batch, inputs), y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs) on the device.

    UserError if an array is missing, is not of float32 or float64, or does not fit the others.
    """
    arrays = read_npz(path, ("x", "y", "w1", "w2"))
    x, y, w1, w2 = problem = [arrays[name] for name in ("x", "y", "w1", "w2")]
    numbers = all(array.dtype in (np.float32, np.float64) and array.ndim == 2 and array.size for array in problem)
    if not numbers or [*x.shape, *w2.shape] != [len(y), len(w1), w1.shape[1], y.shape[1]]:
        content = ", ".join(f"{name} {array.shape} {array.dtype}" for name, array in arrays.items())
        raise UserError(
            f"{path} holds {content}. Needed are arrays of float32 or float64 of the shapes x (batch, inputs), "
            "y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs)."
        )
    return tuple(torch.from_numpy(array).to(device, dtype) for array in problem)


def write_run(
    folder: Path, *, losses: Sequence[float], rates: Sequence[float], initial: Weights, final: Weights, settings: dict
) -> None:
    """Write losses.csv, weights.npz and run.json, and print how the training went.

    `losses` are the summed squared errors before each epoch's update, `rates` the learning rates of the updates, and
    `settings` what run.json holds besides `diverged_at` and the kind of machine.
    """
    diverged = next((epoch for epoch, loss in enumerate(losses) if not math.isfinite(loss)), None)
    epochs = range(len(losses))
    write_csv(folder / "losses.csv", ["epoch", "loss", "learning_rate"], zip(epochs, losses, rates, strict=True))
    arrays = [weight.detach().cpu().numpy() for weight in (*initial, *final)]
    write_npz(folder / "weights.npz", dict(zip(("w1_start", "w2_start", "w1", "w2"), arrays, strict=True)))
    write_json(folder / "run.json", {**settings, "diverged_at": diverged, "machine": machine.checksum()})
    print(describe(losses, diverged))


def describe(losses: Sequence[float], diverged: int | None) -> str:
    """Return one line on how a training went; `diverged` is the first epoch whose loss is not finite."""
    finite = losses[:diverged]
    if not finite:
        return "diverged: the loss was not finite from the first epoch on"
    last = f"{losses[-1]:.4g} at epoch {len(losses) - 1}"
    end = last if diverged is None else f"diverged: not finite from epoch {diverged} on"
    return f"loss {finite[0]:.4g} at epoch 0, largest {max(finite):.4g} at epoch {finite.index(max(finite))}, {end}"
