"""Lesson 3: train the two-layer network as an nn.Module, with an optimiser from torch.optim."""

from pathlib import Path

import torch

from kotohajime import compute
from kotohajime.cli import Count, Decay, Momentum, Rate, Seed, Threads, UserError, run
from kotohajime.runs import read_problem, write_run


class TwoLayerNet(torch.nn.Module):
    """relu(x @ w1) @ w2 of two bias-free linear layers, which start from nn.Linear's own default."""

    def __init__(self, inputs, hidden, outputs):
        """Make the layers; their weights are (out, in), as nn.Linear keeps them."""
        super().__init__()
        self.linear1 = torch.nn.Linear(inputs, hidden, bias=False)
        self.linear2 = torch.nn.Linear(hidden, outputs, bias=False)

    def forward(self, x):
        """Return the prediction (batch, outputs) for x (batch, inputs)."""
        hidden = torch.relu(self.linear1(x))  # (batch, hidden)
        return self.linear2(hidden)

    def weights(self):
        """Return copies of w1 (inputs, hidden) and w2 (hidden, outputs)."""
        return tuple(weight.detach().t().clone() for weight in self.parameters())


def train(x, y, model, optimizer, epochs):
    """Minimise the summed squared error of `model`, in place, on the full batch.

    Args:
        x: (batch, inputs).
        y: (batch, outputs).
        model: the module to train.
        optimizer: holds the model's parameters and knows how to update them.
        epochs: updates.

    Returns:
        The loss of each epoch, before its update.
    """
    losses = []
    for _ in range(epochs):
        prediction = model(x)  # (batch, outputs)
        loss = torch.nn.functional.mse_loss(prediction, y, reduction="sum")
        losses.append(loss.item())

        # Autograd puts each parameter's gradient into its .grad, on top of what is there: empty them first.
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


def main(
    *,
    problem: Path,
    seed: Seed = 20180429,
    epochs: Count = 1000,
    learning_rate: Rate = 1.0e-5,
    momentum: Momentum = 0.8,
    weight_decay: Decay = 1.0e-8,
    nesterov: bool = True,
    device: compute.Device = "auto",
    precision: compute.Precision = "float32",
    threads: Threads = 1,
    output: Path,
) -> None:
    """Train an nn.Module from its own start, with torch.optim.SGD.

    Args:
        problem: the NPZ file with x and y; its w1 and w2 only tell the hidden size.
        seed: of torch's generator, which draws the start (on the CPU, in float32).
        epochs: updates, each on the full batch.
        learning_rate: the rate of every update.
        momentum: the share of the last step that the next one keeps.
        weight_decay: the factor of the weights that is added to their gradient.
        nesterov: take the gradient's step ahead of the momentum's.
        device: where to train; auto takes the GPU when there is one.
        precision: of all numbers in the training.
        threads: CPU threads.
        output: the folder for losses.csv, weights.npz and run.json.
    """
    if nesterov and momentum == 0:
        raise UserError("nesterov needs a momentum above 0; give one, or --no-nesterov.")
    place = compute.use(device, precision, threads)
    x, y, w1, w2 = read_problem(problem, **place)
    torch.manual_seed(seed)
    model = TwoLayerNet(*w1.shape, w2.shape[1]).to(**place)
    start = model.weights()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=learning_rate, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
    )
    losses = train(x, y, model, optimizer, epochs)
    rates = [learning_rate] * epochs
    settings = {
        "gradients": "autograd",
        "optimizer": "torch.optim.SGD",
        "epochs": epochs,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
        "start": "nn.Linear",
        "seed": seed,
        "device": x.device.type,
        "precision": precision,
        "threads": threads,
    }
    write_run(output, losses=losses, rates=rates, start=start, end=model.weights(), settings=settings)


if __name__ == "__main__":
    run(main)
