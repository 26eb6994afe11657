"""Make results/ explain itself: what each file is and holds, its checksum, and what the run found."""

from collections import Counter
from pathlib import Path
from textwrap import fill

from tabulate import tabulate

from kotohajime import made
from kotohajime.cli import run
from kotohajime.io import read_bytes, read_json, read_npz, read_rows, write
from kotohajime.text import FAILS

TRAINED = {
    "losses.csv": "epoch (count), loss before its update (summed squared error), learning rate of that update",
    "weights.npz": "first and last weights, w1 (inputs, hidden) and w2 (hidden, outputs)",
    "run.json": "what was trained: every setting, and the first epoch whose loss was not finite",
}
WHAT = {  # file in results/: what it is
    "index.html": "start here: the story, with an explorer; English, Japanese",
    "article.ipynb": "the article as an executed notebook",
    "environment.json": "this machine and environment; the one result that may differ between machines",
    "tensor_basics.json": "the tensor tour: code, what it printed today, what the article reported",
    "tensor_basics.html": "the tour as a page",
    "problem.npz": "x and y, the data; w1 and w2, the N(0, 1) start; without units",
    **{f"train_{name}/{file}": what for name in ("manual", "autograd", "module") for file, what in TRAINED.items()},
    "trainings.csv": "one row for each training: start, optimiser, rate, and how its loss (summed squared error) went",
    "loss_transition.png": "the article's figure, as published",
    "reproduction.png": "our three runs with the published curves laid over them",
    "reproduction.csv": "loss at each published epoch: published, ours, ours / published",
    "checks.json": "what today's torch does with the statements of the article: observations",
    "claims.json": "each statement, the verdict, the evidence, the line to write now",
    "claims.html": "the verdicts as a page",
    "study/settings.json": "the article's settings that the study took over",
    "study/runs.csv": "one row for each network: its cell, and how its loss went; last loss inf if it diverged",
    "study/paths.csv": "one row for each network: its losses on the way; a column is an epoch",
    "study/curves.csv": "the article's runs, seed by seed: loss at the first 21 epochs, then at every fifth",
    "study/starts.csv": "per seed, start and optimiser: sharpness (two ways), and the rate from which it diverges",
    "study/cells.csv": "each cell over its seeds: final loss, shares diverged and spiked, epochs to 1 and 0.01",
    "study/swap.csv": "of these, start x optimiser x the article's two rates",
    "study/tuned.csv": "of these, the best rate of every start and optimiser",
    "study/limits.csv": "the rate from which half the seeds diverge, alone and times the sharpness",
    "study/floor.csv": "final losses at float32's rounding: the engine's, and those of the lessons' plain loops",
    "study/momentum.csv": "momentum against plain gradient descent at rate / (1 - momentum), in decades of last loss",
    "study/band.csv": "each published loss among the seeds': 95 % prediction interval, percentile; its curve's p",
    "study/loss_by_rate.png": "last loss against learning rate",
    "study/loss_by_scaled_rate.png": "the same in units of 1 / sharpness",
    "study/band.png": "the curves of 2018 among the seeds'",
    "study/verdicts.json": "each hypothesis, the estimate, the verdict",
    "study/study.html": "the study's tables and verdicts as a page",
    "study/finding.md": "what it found, in a few sentences",
    "study/finding.ja.md": "the same in Japanese",
    "study/shards": "what each job of the study trained, joined in the tables above; kept for a run with more seeds",
    "study/band_shards": "the same of the article's three runs",
    "images/data.npz": "the images, 8 bits of grey, and their labels",
    "images/runs.csv": "one row for each network that learned images: start, rate (c: x sharpness), errors, accuracy",
    "images/paths.csv": "their errors on the way, before some epochs",
    "images/predictions.csv": "what each network takes some test images for",
    "images/teacher.csv": "one row for each network that learned from a small one, its teacher",
    "images/speed.csv": "one row for each network trained on noise: epochs to 1 % of the targets' squares, to 0.01",
    "images/kernels.csv": "sharpness and condition of the tangent kernel at each start, measured and predicted",
    "images/map.csv": "the trainability map: last loss over the targets' squares, by start scale and learning rate",
    "images/starts.csv": "each start over its seeds, on images: errors, accuracy, epochs",
    "images/speeds.csv": "the same on noise: epochs to 0.01 at the best rate, decades of usable rates, the kernel",
    "images/generalisation.png": "test error against training error, from every start",
    "images/start_scale.png": "test error and accuracy against the scale of the start",
    "images/balance.png": "epochs and condition against the balance of the layers",
    "images/trainability.png": "what can be trained: by start scale and learning rate",
    "images/predictions.png": "test images, and what networks from each start take them for",
    "images/teacher.png": "learned from a teacher: test error against learning rate",
    "images/shards": "what each job trained on images, joined in the tables above; kept for a run with more seeds",
    "images/speed_shards": "the same on noise",
    "report.html": "all of it in one page, with the workflow that made it",
    "SHA256SUMS": "checksums, for `sha256sum -c SHA256SUMS`; not of environment.json, which tells of this machine",
}
WHAT |= {f"{name[:-4]}.svg": "the picture of that name, to be enlarged" for name in WHAT
         if name.endswith(".png") and name != "loss_transition.png"}  # fmt: skip

SHARDED = ("study/runs", "study/curves", "images/runs", "images/speed")  # tables that were joined from shards
SAID = ["id", "title", "verdict", "statement"]  # of a claim
FIRST = ("index.html", "loss_transition.png", "claims.html", "report.html")  # what a run's end points to
LOSSES = ["loss_first", "loss_max", "epoch_max", "loss_last", "diverged_at"]


def holds(path: Path) -> str:
    """Return what a file holds: a table's columns, the arrays' shapes, an object's keys; "" for pictures and pages."""
    if path.suffix == ".csv":
        columns, *rows = read_rows(path)
        return f"columns {', '.join(columns)}; {len(rows)} rows"
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


def trainings(results: Path) -> str:
    """Return the table of the trainings."""
    columns, *rows = read_rows(results / "trainings.csv")
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    return tabulate(
        [(row["training"], *(short(row[name]) for name in LOSSES)) for row in table], ["training", *LOSSES], "pipe"
    )


def machines(results: Path) -> list[str]:
    """Return the kinds of machine that made the trainings and the shards of this run, each in words."""
    joined = (made.read(results / f"{name}.csv") or {} for name in SHARDED)
    shards = [Path(name) for record in joined for name in record.get("inputs", {})]
    files = [*(results / name for name in WHAT if name.endswith("/losses.csv")), *shards]
    kinds = [record["machine"] for record in map(made.read, files) if record]
    return sorted({in_words(kind) for kind in kinds})


def in_words(kind: dict) -> str:
    """Return a kind of machine in a line."""
    packages = (f"{name} {version}" for name, version in kind["packages"].items())
    variables = (f"{name}={value}" for name, value in kind["variables"].items())
    return ", ".join([kind["cpu"], *kind["gpus"], *packages, *variables])


def note(kinds: list[str]) -> str:
    """Return the warning that results come from several kinds of machine; "" when they do not."""
    listed = "".join(f"\n* {kind}" for kind in kinds)
    return f"Made on {len(kinds)} kinds of machine, which round differently:\n{listed}\n" if len(kinds) > 1 else ""


def checksums(results: Path, readme: bytes) -> str:
    """Return a line as `sha256sum` writes it for each result but the account of the machine."""
    of_any_machine = [results / name for name in WHAT if name not in ("environment.json", "SHA256SUMS")]
    sums = {path: made.sha256(read_bytes(path)) for path in of_any_machine if path.is_file()}
    for shard in sorted(results.glob("*/*shards/*/*.csv")):  # not noted as read: some may be of an earlier config
        sums[shard] = made.sha256(shard.read_bytes())
    lines = [f"{digest}  {path.relative_to(results)}" for path, digest in sums.items()]
    return "\n".join([*lines, f"{made.sha256(readme)}  README.md"]) + "\n"


def main(*, results: Path, output: Path, sums: Path) -> None:
    """Write the index of the results and their checksums, and print what was made and found.

    Args:
        results: the folder with all results.
        output: the index to write.
        sums: the checksums to write.
    """
    about = [(name, what, holds(results / name)) for name, what in WHAT.items()
             if (results / name).exists() and results / name != sums]  # fmt: skip
    files = tabulate([*about, (sums.name, WHAT["SHA256SUMS"], "")], ["file", "what it is", "what it holds"], "pipe")
    claims = [[claim[name] for name in SAID] for claim in read_json(results / "claims.json")]
    warning, trained = note(machines(results)), trainings(results)
    verdicts = tabulate(claims, SAID, "pipe")
    readme = (
        f"# Results\n\n{warning}{files}\n\n## The trainings\n\n{trained}\n\n## The article's statements\n\n{verdicts}\n"
    )
    write(output, readme)
    write(sums, checksums(results, readme.encode()))
    to_look_at = [(f"{results / name}", WHAT[name]) for name in FIRST]
    to_look_at.append((f"{output}", "all files, with their columns, shapes and units"))
    print(f"\n{warning}{tabulate(to_look_at, ['made', 'what it is'], 'simple')}\n\n{trained}\n")
    print(closing(claims))


def closing(claims: list[list[str]]) -> str:
    """Return how many of the article's statements have which verdict, and which do not hold."""
    verdicts = Counter(verdict for _, _, verdict, _ in claims)
    counts = ", ".join(f"{verdict}: {number}" for verdict, number in verdicts.most_common())
    wrong = ", ".join(claim for claim, _, verdict, _ in claims if verdict == FAILS)
    listed = fill(f"{FAILS}: {wrong}", 100, break_on_hyphens=False) if wrong else ""
    return f"The article's {len(claims)} statements; {counts}.\n{listed}"


if __name__ == "__main__":
    run(main)
