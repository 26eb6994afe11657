"""Train networks from every initialisation on images, and some on a teacher's outputs, seed by seed."""

from pathlib import Path

from kotohajime import compute
from kotohajime.cli import run
from kotohajime.config import Compute, Hidden, Images, Momentum, Shard, Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import OPTIMIZERS, Update, rate_at
from kotohajime.images.learning import Learned, learn, measure
from kotohajime.images.problem import Problem, draw_images, draw_teacher
from kotohajime.images.starts import INITS, TEACHER_INITS, TEACHER_RATES, VARIANTS
from kotohajime.io import read_npz, write_csv

C = 1.0  # learning rate x initial sharpness: the same distance from instability for every initialisation
OPTIMIZER = "nesterov"
PREDICTED = 10  # test images of each seed whose predictions are kept
STUDENT = Sizes(batch_size=200, input_dim=20, hidden_dim=200, output_dim=10)  # what the teacher's student is
STUDENT_TEST = 1000  # points to test it on

KEY, ERRORS = ["seed", "start", "scale"], ["train_loss", "test_loss", "test_accuracy"]
COLUMNS = {
    "runs": [*KEY, "optimizer", "learning_rate", "c", "epochs", *ERRORS, "diverged_at"],
    "paths": [*KEY, "epoch", *ERRORS],
    "predictions": [*KEY, "image", "label", "predicted"],
    "teacher": ["seed", "start", "c", "learning_rate", "epochs", "train_loss", "test_loss", "diverged_at"],
}
Rows = dict[str, list[tuple]]  # by the name of their table


def learn_images(
    problem: Problem, seed: int, epochs: int, hidden_dim: int, update: Update, where: compute.Place
) -> Rows:
    """Return the rows of runs, paths and predictions of a seed: a network from every initialisation at every scale."""
    (batch_size, input_dim), output_dim = problem.x.shape, problem.y.shape[1]
    sizes = Sizes(batch_size=batch_size, input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim)
    normal_sharpness = sharpness.of_tangent_kernel(problem.x, *VARIANTS["normal"].draw(1.0, seed, sizes))
    rows: Rows = {"runs": [], "paths": [], "predictions": []}
    for name, scale in INITS:
        weights, key = VARIANTS[name].draw(scale, seed, sizes), (seed, name, scale)
        if name in ("normal", "centred", "scaled"):  # the kernel of scale x N(0, 1) is scale^2 times that of N(0, 1)
            rate = rate_at(C, normal_sharpness * scale**2)
        else:
            rate = rate_at(C, sharpness.of_tangent_kernel(problem.x, *weights))
        learned = learn(problem, weights, rate, update, epochs, where, VARIANTS[name].centred)
        end = measure(problem, learned.outputs)
        rows["runs"].append((*key, OPTIMIZER, rate, C, learned.epochs, *end, learned.diverged_at))
        rows["paths"] += [(*key, epoch, *measure(problem, outputs)) for epoch, outputs in learned.logged]
        rows["predictions"] += [(*key, *row) for row in predictions(problem, learned)]
    return rows


def predictions(problem: Problem, learned: Learned) -> list[tuple[int, int, int | None]]:
    """Return index, class and predicted class of the first test images; None where the network diverged."""
    train = len(problem.y)
    labels, predicted = (array[train:].argmax(1).tolist() for array in (problem.targets, learned.outputs))
    if learned.diverged_at is not None:
        predicted = [None] * len(labels)
    return list(zip(problem.indices.tolist(), labels, predicted, strict=True))[:PREDICTED]


def learn_teacher(seed: int, epochs: int, where: compute.Place) -> list[tuple]:
    """Return the rows of teacher of a seed: gradient descent at moderate rates and at those whose loss first rises."""
    problem = draw_teacher(seed, STUDENT, STUDENT_TEST)
    rows = []
    for name in TEACHER_INITS:
        weights = VARIANTS[name].draw(1.0, seed, STUDENT)
        init_sharpness = sharpness.of_tangent_kernel(problem.x, *weights)
        for c in TEACHER_RATES:
            rate = rate_at(c, init_sharpness)
            learned = learn(problem, weights, rate, Update(), epochs, where)
            train_loss, test_loss, _ = measure(problem, learned.outputs)
            rows.append((seed, name, c, rate, learned.epochs, train_loss, test_loss, learned.diverged_at))
    return rows


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
    """Train networks from every initialisation on images, and from two of them on a teacher's outputs.

    Args:
        data: the NPZ file with images and labels.
        output: the folder for runs.csv (a row a network), paths.csv (errors before some epochs), predictions.csv (the
            classes predicted for the first test images) and teacher.csv (a row a network that learned from a teacher).
    """
    where = compute.use(**place.model_dump())
    arrays = read_npz(data, ["images", "labels"])
    update = OPTIMIZERS[OPTIMIZER].update(momentum.module_momentum)
    tables: Rows = {name: [] for name in COLUMNS}
    for seed in shard.all_seeds:
        problem = draw_images(arrays, seed, images.images_train, images.images_test)
        rows = learn_images(problem, seed, images.images_epochs, hidden.hidden_dim, update, where)
        rows["teacher"] = learn_teacher(seed, images.images_epochs, where)
        for name, table in tables.items():
            table += rows[name]
        print(f"seed {seed}: trained on images and on a teacher's outputs", flush=True)
    for name, table in tables.items():
        write_csv(output / f"{name}.csv", COLUMNS[name], table)


if __name__ == "__main__":
    run(main)
