"""Let networks from every start learn images, and a teacher, for a few seeds; the bytes depend on these seeds alone."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from torch import Tensor

from kotohajime import compute
from kotohajime.cli import run
from kotohajime.io import read_npz, write_csv
from kotohajime.images.learning import accuracy, errors, learn
from kotohajime.images.problem import Problem, of_images, of_teacher
from kotohajime.config import Hidden, Images, Momentum, Compute, Shard, Sizes
from kotohajime.engine import sharpness
from kotohajime.study.cells import rate_at
from kotohajime.engine.optimizers import OPTIMIZERS, Update
from kotohajime.study.shard import seeds_of
from kotohajime.images.starts import CATAPULTS, TAUGHT, VARIANTS

C = 1.0  # learning rate x sharpness at the start: the same distance from instability for every start
OPTIMIZER = "nesterov"
SHOWN = 10  # test images of each seed whose predictions are kept
STUDENT, POINTS = Sizes(batch_size=200, input_dim=20, hidden_dim=200, output_dim=10), 1000  # to test on

KIND = ["seed", "start", "scale"]
RUNS = [*KIND, "optimizer", "learning_rate", "c", "epochs", "train_loss", "test_loss", "test_accuracy", "diverged_at"]
PATHS = [*KIND, "epoch", "train_loss", "test_loss", "test_accuracy"]
PREDICTIONS = [*KIND, "image", "label", "predicted"]
TEACHER = ["seed", "start", "c", "learning_rate", "epochs", "train_loss", "test_loss", "diverged_at"]
TABLES = {"runs": RUNS, "paths": PATHS, "predictions": PREDICTIONS, "teacher": TEACHER}


def of_seed(problem: Problem, seed: int, images: Images, sizes: Sizes, momentum: float, where: Mapping) -> Iterator:
    """Give, for each start, the rows of its tables, by name."""
    there = problem.to(**where)
    of_normal = sharpness.of_tangent_kernel(problem.x, *VARIANTS["normal"].draw(1.0, seed, sizes))
    for name, scale in ((name, scale) for name, variant in VARIANTS.items() for scale in variant.sizes):
        weights, kind = VARIANTS[name].draw(scale, seed, sizes), (seed, name, scale)
        # The kernel of scale x N(0, 1) is scale^2 times that of N(0, 1), exactly.
        of_start = (of_normal * scale**2 if name in ("normal", "centred", "scaled")
                    else sharpness.of_tangent_kernel(problem.x, *weights))  # fmt: skip
        rate = rate_at(C, of_start)
        start = tuple(weight.to(**where) for weight in weights)
        update = OPTIMIZERS[OPTIMIZER].update(momentum)
        learned = learn(there, start, rate, update, images.images_epochs, VARIANTS[name].centred)
        paths = [(*kind, step, *measured(there, outputs)) for step, outputs in learned.way]
        found = measured(there, learned.outputs) if learned.diverged_at is None else (math.inf, math.inf, 0.0)
        guesses = learned.outputs[len(problem.y) :][:SHOWN].argmax(1).tolist()
        if learned.diverged_at is not None:
            guesses = [None] * len(guesses)
        shown = zip(problem.places.tolist(), problem.labels.tolist(), guesses, strict=False)
        run_row = (*kind, OPTIMIZER, rate, C, learned.epochs, *found, learned.diverged_at)
        yield {"runs": [run_row], "paths": paths, "predictions": [(*kind, *one) for one in shown]}


def measured(problem: Problem, outputs: Tensor) -> tuple[float, float, float]:
    """Return training error, test error and accuracy."""
    return *errors(problem, outputs), accuracy(problem, outputs)


def taught(seed: int, epochs: int, where: Mapping) -> Iterator[tuple]:
    """Give the rows of TEACHER: gradient descent, from moderate rates to those whose loss first rises."""
    problem = of_teacher(seed, STUDENT, POINTS)
    there = problem.to(**where)
    for name in TAUGHT:
        weights = VARIANTS[name].draw(1.0, seed, STUDENT)
        of_start, start = sharpness.of_tangent_kernel(problem.x, *weights), [w.to(**where) for w in weights]
        for c in CATAPULTS:
            rate = rate_at(c, of_start)
            learned = learn(there, start, rate, Update(), epochs)
            found = errors(there, learned.outputs) if learned.diverged_at is None else (math.inf, math.inf)
            yield seed, name, c, rate, learned.epochs, *found, learned.diverged_at


def main(
    *,
    shard: Shard = Shard(),
    images: Images = Images(),
    hidden: Hidden = Hidden(),
    momentum: Momentum = Momentum(),
    place: Compute = Compute(),
    data: Path,
    output: Path,
) -> None:
    """Let networks learn images from every start, and from two of them what a small network says.

    Args:
        data: the NPZ file with images and labels.
        output: the folder for runs.csv (a row a network), paths.csv (errors on the way), predictions.csv (what it
            takes the first test images for) and teacher.csv (a row a network that a teacher taught).
    """
    where = compute.use(**dict(place))
    arrays = read_npz(data, ["images", "labels"])
    tables = {name: [] for name in TABLES}
    for seed in seeds_of(shard):
        problem = of_images(arrays, seed, images.images_train, images.images_test)
        sizes = Sizes(batch_size=images.images_train, input_dim=problem.x.shape[1], hidden_dim=hidden.hidden_dim,
                      output_dim=problem.y.shape[1])  # fmt: skip
        for rows in of_seed(problem, seed, images, sizes, momentum.module_momentum, where):
            for name, more in rows.items():
                tables[name] += more
        tables["teacher"] += taught(seed, images.images_epochs, where)
        print(f"seed {seed}: the images learned from every start", flush=True)
    for name, rows in tables.items():
        write_csv(output / f"{name}.csv", TABLES[name], rows)


if __name__ == "__main__":
    run(main)
