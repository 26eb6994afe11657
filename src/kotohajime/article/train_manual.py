"""Lesson 1: train the two-layer network with gradients derived by hand."""

from pathlib import Path

import torch

from kotohajime import compute
from kotohajime.article.run_files import read_problem, write_run
from kotohajime.article.schedule import halving
from kotohajime.cli import run
from kotohajime.config import Manual, Training


def train(x, y, w1, w2, rates):
    """Minimise the summed squared error of relu(x @ w1) @ w2 by gradient descent on the full batch.

    Args:
        x: (batch, inputs).
        y: (batch, outputs).
        w1: (inputs, hidden), left as it is.
        w2: (hidden, outputs), left as it is.
        rates: the learning rate of each epoch.

    Returns:
        The loss of each epoch, before its update, and the last (w1, w2).
    """
    w1, w2 = w1.clone(), w2.clone()
    losses = []
    for rate in rates:
        hidden = torch.relu(x @ w1)  # (batch, hidden)
        residual = hidden @ w2 - y  # (batch, outputs)
        loss = residual.square().sum()
        losses.append(loss.item())

        # The chain rule, from the loss back to each weight.
        by_residual = 2 * residual
        by_w2 = hidden.T @ by_residual
        by_hidden = by_residual @ w2.T
        by_w1 = x.T @ (by_hidden * (hidden > 0))  # relu passes no gradient where it is off

        w1 -= rate * by_w1
        w2 -= rate * by_w2
    return losses, (w1, w2)


def main(*, problem: Path, manual: Manual = Manual(), training: Training = Training(), output: Path) -> None:
    """Train with gradients derived by hand and a learning rate that halves.

    Args:
        problem: the NPZ file with x, y and the initial weights.
        manual: the learning rate, and when it halves.
        training: its length, and where it runs.
        output: the folder for losses.csv, weights.npz and run.json.
    """
    place = compute.use(training.device, training.precision, training.threads)
    x, y, w1, w2 = read_problem(problem, **place)
    rates = halving(
        manual.manual_learning_rate, training.epochs, manual.manual_halve_every, manual.manual_halve_at_start
    )
    losses, final = train(x, y, w1, w2, rates)
    settings = {
        "gradients": "by hand",
        "optimizer": "gradient descent",
        "epochs": training.epochs,
        "learning_rate": manual.manual_learning_rate,
        "halve_every": manual.manual_halve_every,
        "halve_at_start": manual.manual_halve_at_start,
        "start": "normal",
        "device": x.device.type,
        "precision": training.precision,
        "threads": training.threads,
    }
    write_run(output, losses=losses, rates=rates, initial=(w1, w2), final=final, settings=settings)


if __name__ == "__main__":
    run(main)
