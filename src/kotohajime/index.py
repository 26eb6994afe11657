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
    "trainings.csv": "one row a training: its settings and how its loss went",
    "loss_transition.png": "the article's figure, as published",
    "reproduction.png": "our three runs with the published curves laid over them",
    "reproduction.svg": "the same picture, to be enlarged",
    "reproduction.csv": "loss at each published epoch: published, ours, ours / published",
    "checks.json": "what today's torch does with the statements of the article: observations",
    "claims.json": "each statement, the verdict, the evidence",
    "claims.html": "the verdicts as a page",
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
    print(tabulate([(results / name, what) for name, what in WHAT.items()], ("made", "what it is"), "pipe"), end="\n\n")
    print(trainings, claims, sep="\n\n")


if __name__ == "__main__":
    run(main)
