"""Train the article's runs for a few seeds, epoch by epoch: what the curves of 2018 are compared with."""

from pathlib import Path

from kotohajime import compute
from kotohajime.cli import run
from kotohajime.config import Article, Compute, Shard, Sizes
from kotohajime.io import write_csv
from kotohajime.study.cells import followed_cells
from kotohajime.study.shard import SeededProblem

EVERY = 5  # epochs between two points of a kept curve, after the first 21, which are all kept

CURVES = ["seed", "run", "epoch", "loss"]


def curves(problem: SeededProblem, precision: str) -> list[tuple]:
    """Return the rows of CURVES, less the seed, of one seed."""
    cells = followed_cells(problem.article)
    losses = problem.train(list(cells.values()), precision)
    last = len(losses) - 1
    kept = [epoch for epoch in range(last + 1) if epoch <= 20 or epoch % EVERY == 0 or epoch == last]
    return [(name, epoch, losses[epoch, place]) for place, name in enumerate(cells) for epoch in kept]


def main(
    *,
    shard: Shard = Shard(),
    sizes: Sizes = Sizes(),
    article: Article = Article(),
    place: Compute = Compute(),
    output: Path,
) -> None:
    """Train the article's runs for some seeds.

    Args:
        output: the folder for curves.csv: the loss at the first 21 epochs, then at every fifth, and at the last.
    """
    device = compute.use(place.device, place.precision, place.threads)["device"]
    rows = []
    for seed in shard.all_seeds:
        rows += [(seed, *row) for row in curves(SeededProblem(seed, sizes, article, device), place.precision)]
        print(f"seed {seed}: the article's runs trained", flush=True)
    write_csv(output / "curves.csv", CURVES, rows)


if __name__ == "__main__":
    run(main)
