"""Observe what today's torch does with the article's statements: then and there, on the CPU, at the article's sizes."""

from pathlib import Path

from kotohajime import compute
from kotohajime.claims.statements import STATEMENTS
from kotohajime.cli import run
from kotohajime.io import write_json
from kotohajime.config import Threads


def main(*, on: Threads = Threads(), output: Path) -> None:
    """Make every observation; the verdicts are `claims`'s.

    Args:
        on: how many CPU threads.
        output: the JSON file to write: by statement, what was observed.
    """
    compute.use("cpu", "float64", on.threads)
    write_json(output, {statement.id: statement.observe() for statement in STATEMENTS})


if __name__ == "__main__":
    run(main)
