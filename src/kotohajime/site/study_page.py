"""The study's page, with its tables and verdicts, and its findings in a few sentences, in English and in Japanese."""

from pathlib import Path

import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_table, write
from kotohajime.render import as_json, how_made, render
from kotohajime.site.charts import looks, study_data
from kotohajime.site.facts import format_estimate, gather, label
from kotohajime.text import Bilingual, in_japanese, percent, short, words

PICTURES = {"loss_by_rate": "cells.csv", "loss_by_scaled_rate": "cells.csv", "band": "band.csv"}

CELL = ("precision", "start", "optimizer", "learning_rate", "loss_last", "share_diverged", "epochs_to_1")
LIMIT = ("start", "optimizer", "sharpness", "limit", "limit_x_sharpness", "stable_x_sharpness", "seeds_with_limit")
TABLES = {"swap": CELL, "tuned": CELL, "limits": LIMIT, "momentum": ("start", "rate_nesterov", "rate_gd", "decades")}


def value(row: pd.Series, name: str) -> str | Bilingual:
    """Return a value in a row of a table as the page shows it: an estimate with its interval."""
    if name in ("start", "optimizer"):
        return label(row[name])
    if name == "seeds_with_limit":
        return f"{row[name]} / {row['seeds']}"
    if f"{name}_low" in row:
        return format_estimate(row, name, percent if name == "share_diverged" else short)
    number = row[name] if name == "precision" else short(row[name])
    return number.replace("infinite", "never")  # an epoch


def main(*, study: Path) -> None:
    """Write study.html, finding.md and finding.ja.md.

    Args:
        study: the folder with the study's tables and verdicts.
    """
    facts = gather(study)
    write(study / "finding.md", render("finding.md", facts=facts))
    write(study / "finding.ja.md", in_japanese(render("finding.ja.md", facts=facts)))
    rows = {
        name: [[value(row, column) for column in columns] for _, row in read_table(study / f"{name}.csv").iterrows()]
        for name, columns in TABLES.items()
    }
    page = render(
        "study.html",
        facts=facts,
        words=words("study"),
        rows=rows,
        made={name: how_made(study / f"{name}.csv", study) for name in TABLES}
        | {name: how_made(study / table, study) for name, table in PICTURES.items()},
        **looks(),
        data=as_json(study_data(study)),
    )
    write(study / "study.html", page)


if __name__ == "__main__":
    run(main)
