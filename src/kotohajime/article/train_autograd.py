"""Lesson 2: train the two-layer network with gradients from autograd."""

from pathlib import Path

import torch

from kotohajime import compute
from kotohajime.article.run_files import read_problem, write_run
from kotohajime.cli import run
from kotohajime.config import Autograd, Training


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
    w1, w2 = w1.clone().requires_grad_(), w2.clone().requires_grad_()
    losses = []
    for rate in rates:
        hidden = torch.relu(x @ w1)  # (batch, hidden)
        residual = hidden @ w2 - y  # (batch, outputs)
        loss = residual.square().sum()
        losses.append(loss.item())

        # Autograd recorded the lines above and goes back through them.
        by_w1, by_w2 = torch.autograd.grad(loss, (w1, w2))

        with torch.no_grad():  # the update is no part of the network
            w1 -= rate * by_w1
            w2 -= rate * by_w2
    return losses, (w1, w2)


def main(*, problem: Path, autograd: Autograd = Autograd(), training: Training = Training(), output: Path) -> None:
    """Train with gradients from autograd and a constant learning rate.

    Args:
        problem: the NPZ file with x, y and the initial weights.
        autograd: the learning rate.
        training: its length, and where it runs.
        output: the folder for losses.csv, weights.npz and run.json.
    """
    place = compute.use(training.device, training.precision, training.threads)
    x, y, w1, w2 = read_problem(problem, **place)
    rates = [autograd.autograd_learning_rate] * training.epochs
    losses, final = train(x, y, w1, w2, rates)
    settings = {
        "gradients": "autograd",
        "optimizer": "gradient descent",
        "epochs": training.epochs,
        "learning_rate": autograd.autograd_learning_rate,
        "start": "normal",
        "device": x.device.type,
        "precision": training.precision,
        "threads": training.threads,
    }
    write_run(output, losses=losses, rates=rates, initial=(w1, w2), final=final, settings=settings)


if __name__ == "__main__":
    run(main)
