"""Lesson 1: train the two-layer network with gradients derived by hand."""

from pathlib import Path

import torch

from kotohajime import compute
from kotohajime.cli import Count, Rate, Threads, run
from kotohajime.runs import read_problem, write_run
from kotohajime.schedule import halving


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


def main(
    *,
    problem: Path,
    epochs: Count = 1000,
    learning_rate: Rate = 2.0e-6,
    halve_every: Count = 200,
    halve_at_start: bool = True,
    device: compute.Device = "auto",
    precision: compute.Precision = "float32",
    threads: Threads = 1,
    output: Path,
) -> None:
    """Train with gradients derived by hand and a learning rate that halves.

    Args:
        problem: the NPZ file with x, y and the starting weights.
        epochs: updates, each on the full batch.
        learning_rate: the rate of the first update.
        halve_every: epochs between two halvings of the rate.
        halve_at_start: halve after epoch 0 too, as the article's loop did.
        device: where to train; auto takes the GPU when there is one.
        precision: of all numbers in the training.
        threads: CPU threads.
        output: the folder for losses.csv, weights.npz and run.json.
    """
    place = compute.use(device, precision, threads)
    x, y, w1, w2 = read_problem(problem, **place)
    rates = halving(learning_rate, epochs, halve_every, halve_at_start)
    losses, end = train(x, y, w1, w2, rates)
    settings = {
        "gradients": "by hand",
        "optimizer": "gradient descent",
        "epochs": epochs,
        "learning_rate": learning_rate,
        "halve_every": halve_every,
        "halve_at_start": halve_at_start,
        "start": "normal",
        "device": x.device.type,
        "precision": precision,
        "threads": threads,
    }
    write_run(output, losses=losses, rates=rates, start=(w1, w2), end=end, settings=settings)


if __name__ == "__main__":
    run(main)
