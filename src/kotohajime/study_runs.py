"""Put the study's shards together, and beside them the settings that they took over from the article."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pandas as pd
from cyclopts import Parameter

from kotohajime.cells import Article
from kotohajime.cli import run
from kotohajime.files import read_table, write_json, write_table


def main(
    *,
    shards: Annotated[list[Path], Parameter(consume_multiple=True, negative="")],
    article: Annotated[Article, Parameter(name="*")] = Article(),
    output: Path,
) -> None:
    """Put the tables of all shards together, by seed.

    Args:
        shards: the folders that `study_shard` wrote.
        article: the article's settings.
        output: the folder for settings.json, runs.csv (a row a network), curves.csv (the article's runs, epoch by
            epoch) and starts.csv (a row a start and optimiser).
    """
    for name in ("runs.csv", "curves.csv", "starts.csv"):
        tables = [read_table(shard / name) for shard in shards]
        write_table(output / name, pd.concat(tables).sort_values("seed", kind="stable"))
    write_json(output / "settings.json", asdict(article))


if __name__ == "__main__":
    run(main)
