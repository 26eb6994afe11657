"""Make results/ explain itself: what each file is and holds, its checksum, and the verdicts."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

from tabulate import tabulate

from kotohajime import provenance
from kotohajime.cli import run
from kotohajime.io import read_bytes, read_json, read_npz, read_table, write
from kotohajime.science import checksum
from kotohajime.text import FAILS, words

JOINED = ("study/runs", "study/curves", "images/runs", "images/speed")  # tables that shards were joined in
CLAIM = ["id", "title", "verdict", "statement"]
FIRST = ("index.html", "loss_transition.png", "claims.html", "report.html")  # what the closing lines point to
LOSSES = ["loss_first", "loss_max", "epoch_max", "loss_last", "diverged_at"]
WITHOUT_SUM = ("environment.json", "report.html", "README.md", "SHA256SUMS")  # the first two differ between machines


def contents(path: Path) -> str:
    """Return what a file holds: a table's columns, the arrays' shapes, an object's keys; "" for pictures and pages."""
    if path.suffix == ".csv":
        table = read_table(path)
        return f"columns {', '.join(table)}; {len(table)} rows"
    if path.suffix == ".npz":
        return "; ".join(f"{name} {array.shape} {array.dtype}" for name, array in read_npz(path).items())
    if path.suffix == ".json":
        content = read_json(path)
        return f"list of {len(content)}: {', '.join(content[0])}" if isinstance(content, list) else ", ".join(content)
    return ""


def trainings(results: Path) -> str:
    """Return the table of the trainings."""
    table = read_table(results / "trainings.csv").set_index("training")[LOSSES]
    digits = table.map("{:.3g}".format).replace("nan", "")
    return tabulate(digits.reset_index(), "keys", "pipe", showindex=False)


def note(results: Path, names: Mapping[str, str]) -> str:
    """Return the warning that several kinds of machine made the trainings and shards of this run; "" if one did."""
    joined = [provenance.read(results / f"{name}.csv") for name in JOINED]
    shards = [Path(name) for record in joined if record for name in record["inputs"]]
    losses = [results / name for name in names if name.endswith("/losses.csv")]
    records = [provenance.read(path) for path in (*losses, *shards)]
    kinds = sorted({machine(record["machine"]) for record in records if record})
    listed = "".join(f"\n* {kind}" for kind in kinds)
    return f"Made on {len(kinds)} kinds of machine, which round differently:\n{listed}\n" if len(kinds) > 1 else ""


def machine(kind: Mapping) -> str:
    """Return a kind of machine as a line."""
    packages = (f"{name} {version}" for name, version in kind["packages"].items())
    variables = (f"{name}={value}" for name, value in kind["variables"].items())
    return ", ".join([kind["cpu"], *kind["gpus"], *packages, *variables])


def checksums(results: Path, names: Mapping[str, str], readme: str) -> str:
    """Return a line as `sha256sum` writes it for each result but those that differ between machines."""
    files = [results / name for name in names if name not in WITHOUT_SUM]
    sums = {path: hashlib.sha256(read_bytes(path)).hexdigest() for path in files if path.is_file()}
    for shard in sorted(results.glob("*/*shards/*/*.csv")):  # no inputs: some may be of an earlier config
        sums[shard] = checksum(shard)
    lines = [f"{digest}  {path.relative_to(results)}\n" for path, digest in sums.items()]
    return "".join([*lines, f"{hashlib.sha256(readme.encode()).hexdigest()}  README.md\n"])


def closing(claims: list[list[str]]) -> str:
    """Return how many of the article's statements have which verdict, and which do not hold."""
    verdicts = Counter(verdict for _, _, verdict, _ in claims)
    counts = ", ".join(f"{verdict}: {number}" for verdict, number in verdicts.most_common())
    wrong = ", ".join(claim for claim, _, verdict, _ in claims if verdict == FAILS)
    listed = fill(f"{FAILS}: {wrong}", 100, break_on_hyphens=False) if wrong else ""
    return f"The article's {len(claims)} statements; {counts}.\n{listed}"


def main(*, results: Path, output: Path, sums: Path) -> None:
    """Write the index of the results and their checksums, and print the losses and the verdicts.

    Args:
        results: the folder with all results.
        output: the index to write.
        sums: the checksums to write.
    """
    names = words("files")
    rows = [
        (name, what, contents(results / name))
        for name, what in names.items()
        if (results / name).exists() or name == sums.name
    ]
    claims = [[claim[key] for key in CLAIM] for claim in read_json(results / "claims.json")]
    warning, losses = note(results, names), trainings(results)
    readme = "\n\n".join(
        [
            f"# Results\n\n{warning}{tabulate(rows, ['file', 'what it is', 'what it holds'], 'pipe')}",
            f"## The trainings\n\n{losses}",
            f"## The article's statements\n\n{tabulate(claims, CLAIM, 'pipe')}\n",
        ]
    )
    write(output, readme)
    write(sums, checksums(results, names, readme))
    links = [(f"{results / name}", names[name]) for name in FIRST]
    links.append((f"{output}", "all files, with their columns, shapes and units"))
    print(f"\n{warning}{tabulate(links, ['made', 'what it is'], 'simple')}\n\n{losses}\n")
    print(closing(claims))
    print(read_json(results / "reproduced.json")["told"]["en"])


if __name__ == "__main__":
    run(main)
