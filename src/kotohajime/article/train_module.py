"""Lesson 3: train the two-layer network as an nn.Module, with an optimiser from torch.optim."""

from pathlib import Path

import torch

from kotohajime import compute
from kotohajime.article.run_files import read_problem, write_run
from kotohajime.cli import run
from kotohajime.config import Module, Seed, Training


class TwoLayerNet(torch.nn.Module):
    """relu(x @ w1) @ w2 of two linear layers without bias, in nn.Linear's default initialisation."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        """Make the layers; nn.Linear keeps a weight as (out, in)."""
        super().__init__()
        self.linear1 = torch.nn.Linear(inputs, hidden, bias=False)
        self.linear2 = torch.nn.Linear(hidden, outputs, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the prediction (batch, outputs) for x (batch, inputs)."""
        hidden = torch.relu(self.linear1(x))  # (batch, hidden)
        return self.linear2(hidden)

    def weights(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return copies of w1 (inputs, hidden) and w2 (hidden, outputs)."""
        w1, w2 = (weight.detach().t().clone() for weight in self.parameters())
        return w1, w2


def train(x, y, model, optimizer, epochs):
    """Minimise the summed squared error of `model`, in place, on the full batch.

    Args:
        x: (batch, inputs).
        y: (batch, outputs).
        model: the module to train.
        optimizer: updates the model's parameters.
        epochs: how many updates.

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
    seed: Seed = Seed(),
    module: Module = Module(),
    training: Training = Training(),
    output: Path,
) -> None:
    """Train an nn.Module with torch.optim.SGD, from nn.Linear's default initialisation.

    Args:
        problem: the NPZ file with x and y; of its w1 and w2 only the shapes count.
        seed: the seed of torch's generator, which draws the initial weights (on the CPU, in float32).
        module: the arguments of torch.optim.SGD.
        training: its length, and where it runs.
        output: the folder for losses.csv, weights.npz and run.json.
    """
    place = compute.use(training.device, training.precision, training.threads)
    x, y, w1, w2 = read_problem(problem, **place)
    torch.manual_seed(seed.seed)
    (inputs, hidden), outputs = w1.shape, w2.shape[1]
    model = TwoLayerNet(inputs, hidden, outputs).to(**place)
    initial = model.weights()
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=module.module_learning_rate,
        momentum=module.module_momentum,
        weight_decay=module.module_weight_decay,
        nesterov=module.module_nesterov,
    )
    losses = train(x, y, model, optimizer, training.epochs)
    rates = [module.module_learning_rate] * training.epochs
    settings = {
        "gradients": "autograd",
        "optimizer": "torch.optim.SGD",
        "epochs": training.epochs,
        "learning_rate": module.module_learning_rate,
        "momentum": module.module_momentum,
        "weight_decay": module.module_weight_decay,
        "nesterov": module.module_nesterov,
        "start": "nn.Linear",
        "seed": seed.seed,
        "device": x.device.type,
        "precision": training.precision,
        "threads": training.threads,
    }
    write_run(output, losses=losses, rates=rates, initial=initial, final=model.weights(), settings=settings)


if __name__ == "__main__":
    run(main)
