"""Make results/ explain itself: what each file is and holds, and what the run found."""

import csv
from pathlib import Path

from tabulate import tabulate

from kotohajime.cli import run
from kotohajime.files import read_json, read_npz, write

WHAT = {  # file or pattern, in results/: what it is
    "environment.json": "this machine and environment; the one result that may differ between machines",
    "tensor_basics.json": "the tensor tour: code, what it printed today, what the article reported",
    "tensor_basics.html": "the tour as a page",
    "problem.npz": "x and y, the data; w1 and w2, the N(0, 1) start; without units",
    "train_*/losses.csv": "epoch (count), loss before its update (summed squared error), learning rate of that update",
    "train_*/weights.npz": "first and last weights, w1 (inputs, hidden) and w2 (hidden, outputs)",
    "train_*/run.json": "what was trained: every setting, and the first epoch whose loss was not finite",
    "trainings.csv": "one row a training: start, optimiser, rate, and how its loss (summed squared error) went",
    "loss_transition.png": "the article's figure, as published",
    "reproduction.png": "our three runs with the published curves laid over them",
    "reproduction.svg": "the same picture, to be enlarged",
    "reproduction.csv": "loss at each published epoch: published, ours, ours / published",
    "checks.json": "what today's torch does with the statements of the article: observations",
    "claims.json": "each statement, the verdict, the evidence",
    "claims.html": "the verdicts as a page",
    "study/settings.json": "the article's settings that the study took over",
    "study/runs.csv": "one row a network: its cell, and how its loss went; last loss inf if it diverged",
    "study/curves.csv": "the article's runs for every seed: loss at the first 21 epochs, then at every fifth",
    "study/starts.csv": "per seed, start and optimiser: sharpness (two ways), and the rate from which it diverges",
    "study/cells.csv": "one row a cell, over its seeds: last loss, shares diverged and spiked, epochs to 1 and 0.01",
    "study/swap.csv": "of these, start x optimiser x the article's two rates",
    "study/tuned.csv": "of these, the best rate of every start and optimiser",
    "study/limits.csv": "the rate from which half the seeds diverge, alone and times the sharpness",
    "study/momentum.csv": "momentum against plain gradient descent at rate / (1 - momentum), in decades of last loss",
    "study/band.csv": "each published loss among the seeds': 95 % prediction interval, percentile; its curve's p",
    "study/loss_by_rate.png": "last loss against learning rate",
    "study/loss_by_rate.svg": "the same picture, to be enlarged",
    "study/loss_by_scaled_rate.png": "the same in units of 1 / sharpness",
    "study/loss_by_scaled_rate.svg": "the same picture, to be enlarged",
    "study/band.png": "the curves of 2018 among the seeds'",
    "study/band.svg": "the same picture, to be enlarged",
    "study/verdicts.json": "each hypothesis, the estimate, the verdict",
    "study/study.html": "the study's tables and verdicts as a page",
    "study/finding.md": "what it found, in a few sentences",
    "study/finding.ja.md": "the same in Japanese",
    "study/shards": "what each job of the study trained, joined in the tables above; kept for a run with more seeds",
    "report.html": "all of it in one page, with the workflow that made it",
}

LOSSES = ["loss_first", "loss_max", "epoch_max", "loss_last", "diverged_at"]


def holds(path: Path) -> str:
    """Return what a file holds: a table's columns, the arrays' shapes, an object's keys; "" for pictures and pages."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8") as table:
            return "columns " + next(table).strip().replace(",", ", ") + f"; {sum(1 for _ in table)} rows"
    if path.suffix == ".npz":
        return "; ".join(f"{name} {array.shape} {array.dtype}" for name, array in read_npz(path).items())
    if path.suffix == ".json":
        content = read_json(path)
        rows = f"list of {len(content)}: " if isinstance(content, list) else ""
        return rows + ", ".join(content[0] if rows else content)
    return ""


def short(number: str) -> str:
    """Return a number with three digits, and nothing for nothing."""
    return f"{float(number):.3g}" if number else ""


def tables(results: Path) -> list[str]:
    """Return three tables: the files, the trainings, the verdicts."""
    about = [(path.relative_to(results), what, holds(path)) for pattern, what in WHAT.items()
             for path in sorted(results.glob(pattern))]  # fmt: skip
    with (results / "trainings.csv").open(newline="", encoding="utf-8") as table:
        runs = [(row["training"], *(short(row[name]) for name in LOSSES)) for row in csv.DictReader(table)]
    claims = [(claim["id"], claim["statement"], claim["verdict"]) for claim in read_json(results / "claims.json")]
    headers = [
        ("file", "what it is", "what it holds"),
        ("training", *LOSSES),
        ("id", "the article says", "verdict"),
    ]
    return [tabulate(rows, head, tablefmt="pipe") for rows, head in zip([about, runs, claims], headers, strict=True)]


def main(*, results: Path, output: Path) -> None:
    """Write the index of the results, and print what was made and found.

    Args:
        results: the folder with all results.
        output: the index to write.
    """
    about, trainings, claims = tables(results)
    write(
        output,
        f"# Results\n\n{about}\n\n## The trainings\n\n{trainings}\n\n## The article's statements\n\n{claims}\n",
    )
    to_look_at = {name: what for name, what in WHAT.items() if name.endswith((".html", ".png"))}
    to_look_at["README.md"] = "all files, with their columns, shapes and units"
    print(tabulate([(results / name, what) for name, what in to_look_at.items()], ("made", "what it is"), "pipe"))
    print()
    print(trainings, claims, sep="\n\n")


if __name__ == "__main__":
    run(main)
