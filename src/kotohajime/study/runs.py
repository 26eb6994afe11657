"""Put the study's shards together, and beside them the settings that they took over from the article."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kotohajime.cli import run
from kotohajime.io import UserError, damaged, read_rows, write_csv, write_json
from kotohajime.study.cells import Article

Folders = Annotated[list[Path], Parameter(consume_multiple=True, negative="")]


def join(tables: list[Path]) -> tuple[list[str], list[list[str]]]:
    """Return the columns of some tables and all their rows, as text, so that no digit changes."""
    columns, found, rows = [], {}, []
    for table in tables:
        head, *body = read_rows(table)
        columns = columns or head
        if head != columns:
            raise UserError(f"{tables[0]} and {table} have different columns. Delete them and run again.")
        for seed in seeds_of(table, head, body):
            if seed in found:
                raise UserError(f"seed {seed} is in {found[seed]} and in {table}. Name each shard once.")
            found[seed] = table
        rows += body
    return columns, rows


def seeds_of(table: Path, head: list[str], body: list[list[str]]) -> dict[str, None]:
    """Return the seeds of a table, each once; UserError when it has none."""
    if "seed" not in head or any(len(row) != len(head) for row in body):
        raise damaged(table, "it is no whole table with a seed in each row")
    return dict.fromkeys(row[head.index("seed")] for row in body)


def main(*, shards: Folders, band_shards: Folders, article: Article = Article(), output: Path) -> None:
    """Put the tables of all shards together.

    Args:
        shards: the folders that `study_shard` wrote, in the order of their seeds.
        band_shards: the folders that `study_band_shard` wrote, likewise.
        output: the folder for settings.json, runs.csv (a row a network), starts.csv (a row a start and optimiser),
            paths.csv (a row a network: its losses on the way) and curves.csv (the article's runs, epoch by epoch).
    """
    if not shards or not band_shards:
        raise UserError("--shards and --band-shards need a folder each, or more.")
    for name, folders in {"runs": shards, "starts": shards, "paths": shards, "curves": band_shards}.items():
        write_csv(output / f"{name}.csv", *join([folder / f"{name}.csv" for folder in folders]))
    write_json(output / "settings.json", article.model_dump())


if __name__ == "__main__":
    run(main)
