"""Write what a run gave as the reference that others are compared with; `make reference` does this."""

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article import problem, train_autograd, train_manual, train_module
from kotohajime.article.schedule import halving
from kotohajime.config import Config, Sizes
from kotohajime.history.collect import read
from kotohajime.io import read_json, read_table, replace
from kotohajime.site.reproduced import STATED

MARKED = [*range(10), 20, 50, 100, 200, 300, 500, 700, 999]
TURNS = 40
GPU = 1e-4  # how far apart losses were at most on one NVIDIA H200 and on a CPU, relative
KEPT = ("value", "low", "high", "seeds", "verdict", *STATED)  # of a hypothesis


def trainings(config: Config, shake: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, list[float]]:
    """Return the losses of the article's three trainings, with every array that they start from shaken."""
    arrays = problem.draw(config.seed, **{name: getattr(config, name) for name in Sizes.model_fields})
    x, y, w1, w2 = (shake(torch.from_numpy(array)) for array in arrays.values())
    rates = halving(config.manual_learning_rate, config.epochs, config.manual_halve_every, config.manual_halve_at_start)
    torch.manual_seed(config.seed)
    model = train_module.TwoLayerNet(config.input_dim, config.hidden_dim, config.output_dim).to(x.dtype)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(shake(weight))
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=config.module_learning_rate,
        momentum=config.module_momentum,
        weight_decay=config.module_weight_decay,
        nesterov=config.module_nesterov,
    )
    return {
        "manual": train_manual.train(x, y, w1, w2, rates)[0],
        "autograd": train_autograd.train(x, y, w1, w2, [config.autograd_learning_rate] * config.epochs)[0],
        "module": train_module.train(x, y, model, optimizer, config.epochs),
    }


def rounding(config: Config) -> dict[str, float]:
    """Return by training how far two losses of one epoch are apart at most, relative, if all that differs is rounding.

    It runs TURNS times from numbers that are one step of float32 beside the right ones, up or down by chance.
    """
    generator = torch.Generator().manual_seed(0)

    def shake(numbers: torch.Tensor) -> torch.Tensor:
        signs = torch.randint(2, numbers.shape, generator=generator) * 2.0 - 1
        return torch.nextafter(numbers, signs * math.inf)

    plain, shaken = trainings(config, lambda numbers: numbers), [trainings(config, shake) for _ in range(TURNS)]
    return {name: max(apart(one[name], losses) for one in shaken) for name, losses in plain.items()}


def apart(losses: Sequence[float], others: Sequence[float]) -> float:
    """Return the largest relative difference of two losses of one epoch."""
    return float(abs(np.divide(losses, others) - 1).max())


def main(results: Path, observed: Path, output: Path) -> None:
    """Write the reference; of a hypothesis the estimate from more seeds stays.

    Args:
        results: the folder with the results of a run by the project's own config.
        observed: what the releases of torch gave, as `make history` left it.
        output: the JSON file to write: trainings (losses, and how far apart equal trainings were seen), hypotheses,
            statements.
    """
    compute.use("cpu", "float32", 1)
    seen, releases = rounding(Config()), [one["losses"] for one in read(observed).values()]
    losses = {name: read_table(results / f"train_{name}/losses.csv")["loss"] for name in seen}
    decided = read_json(results / "study/verdicts.json")["hypotheses"]
    new = {one["id"]: {key: one[key] for key in KEPT if key in one} for one in decided}
    before = read_json(output)["hypotheses"] if output.exists() else {}
    reference = {
        "machine": read_json(results / "environment.json")["machine"],
        "trainings": {
            name: {
                "losses": {epoch: losses[name][epoch] for epoch in MARKED},
                "apart": {
                    "rounding": seen[name],
                    "releases of torch": max(apart(one[name], releases[-1][name]) for one in releases),
                    "CPU and GPU": GPU,
                },
            }
            for name in seen
        },
        "hypotheses": {
            name: max(one, before.get(name, one), key=lambda each: each["seeds"]) for name, one in new.items()
        },
        "statements": {claim["id"]: claim["verdict"] for claim in read_json(results / "claims.json")},
    }
    replace(output, (json.dumps(reference, indent=1) + "\n").encode())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
