"""Observe what today's torch does with the article's statements: then and there, on the CPU, at the article's sizes."""

from pathlib import Path

from kotohajime import compute
from kotohajime.article.statements import STATEMENTS
from kotohajime.cli import run
from kotohajime.files import write_json
from kotohajime.settings import OnThreads


def observe() -> dict[str, object]:
    """Return every observation that a statement needs, by its name; the verdicts are `claims`'s."""
    return {name: see() for statement in STATEMENTS for name, see in statement.observations.items()}


def main(*, on: OnThreads = OnThreads(), output: Path) -> None:
    """Make every observation.

    Args:
        on: how many CPU threads.
        output: the JSON file to write.
    """
    compute.use("cpu", "float64", on.threads)
    write_json(output, observe())


if __name__ == "__main__":
    run(main)
