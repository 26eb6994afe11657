"""Tell what the study found: a page of its tables, and a few sentences in English and in Japanese."""

from pathlib import Path

import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_table, write
from kotohajime.render import as_base64, render
from kotohajime.site.facts import estimate, gather, label
from kotohajime.text import Bilingual, in_japanese, percent, short, words

PICTURES = ("loss_by_rate", "loss_by_scaled_rate", "band")

Row = tuple[str | Bilingual, ...]  # of a table on the page


def cell_row(cell: pd.Series) -> Row:
    """Return what a cell is, how it ended and how many of its seeds diverged."""
    return (
        cell["precision"],
        label(cell["start"]),
        label(cell["optimizer"]),
        short(cell["learning_rate"]),
        estimate(cell, "loss_last"),
        estimate(cell, "share_diverged", percent),
        short(cell["epochs_to_1"]).replace("infinite", "never"),
    )


def limit_row(limit: pd.Series) -> Row:
    """Return from which learning rate training diverges, for an initialisation and an optimiser."""
    return (
        label(limit["start"]),
        label(limit["optimizer"]),
        short(limit["sharpness"]),
        estimate(limit, "limit"),
        estimate(limit, "limit_x_sharpness"),
        short(limit["stable_x_sharpness"]),
        f"{limit['seeds_with_limit']} / {limit['seeds']}",
    )


def momentum_row(pair: pd.Series) -> Row:
    """Return how the final losses with momentum and without it differ, at rates that should do the same."""
    return label(pair["start"]), short(pair["rate_nesterov"]), short(pair["rate_gd"]), estimate(pair, "decades")


ROWS = {"swap": cell_row, "tuned": cell_row, "limits": limit_row, "momentum": momentum_row}  # by table


def main(*, study: Path) -> None:
    """Write study.html, finding.md and finding.ja.md.

    Args:
        study: the folder with the study's tables and verdicts.
    """
    facts = gather(study)
    write(study / "finding.md", render("finding.md", facts=facts))
    write(study / "finding.ja.md", in_japanese(render("finding.ja.md", facts=facts)))
    tables = {name: read_table(study / f"{name}.csv") for name in ROWS}
    page = render(
        "study.html",
        facts=facts,
        words=words("study"),
        rows={name: [ROWS[name](row) for _, row in table.iterrows()] for name, table in tables.items()},
        pictures={name: as_base64(study / f"{name}.png") for name in PICTURES},
    )
    write(study / "study.html", page)


if __name__ == "__main__":
    run(main)
