"""Put the study's shards together, and beside them the settings that they took over from the article."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kotohajime.cells import Article
from kotohajime.cli import UserError, run
from kotohajime.files import read_rows, write_csv, write_json


def join(tables: list[Path]) -> tuple[list[str], list[list[str]]]:
    """Return the columns of some tables and all their rows, as text, so that no digit changes."""
    heads, bodies = zip(*((head, body) for head, *body in map(read_rows, tables)), strict=True)
    if any(head != heads[0] for head in heads):
        raise UserError(f"{', '.join(map(str, tables))} have different columns. Delete them and run again.")
    return heads[0], [row for body in bodies for row in body]


def main(
    *,
    shards: Annotated[list[Path], Parameter(consume_multiple=True, negative="")],
    article: Annotated[Article, Parameter(name="*")] = Article(),
    output: Path,
) -> None:
    """Put the tables of all shards together.

    Args:
        shards: the folders that `study_shard` wrote, in the order of their seeds.
        article: the article's settings.
        output: the folder for settings.json, runs.csv (a row a network), curves.csv (the article's runs, epoch by
            epoch) and starts.csv (a row a start and optimiser).
    """
    for name in ("runs.csv", "curves.csv", "starts.csv"):
        columns, rows = join([shard / name for shard in shards])
        write_csv(output / name, columns, rows)
    write_json(output / "settings.json", asdict(article))


if __name__ == "__main__":
    run(main)
