"""Judge each statement of the article by evidence that this run computed."""

from pathlib import Path

from tabulate import tabulate

from kotohajime.article.statements import STATEMENTS
from kotohajime.article.statements.statement import Evidence
from kotohajime.cli import run
from kotohajime.files import write, write_json
from kotohajime.pages.render import render


def judge_all(found: Evidence) -> list[dict[str, str]]:
    """Return id, statement, verdict and evidence of every statement."""
    return [statement.told(found) for statement in STATEMENTS]


def main(*, results: Path, json: Path, html: Path) -> None:
    """Judge the article's statements.

    Args:
        results: the folder with the results of the rules before.
        json: the JSON file to write.
        html: the same as a page.
    """
    claims = judge_all(Evidence.read(results))
    write_json(json, claims)
    write(html, render("claims.html", claims=claims))
    print(tabulate([(claim["id"], claim["verdict"]) for claim in claims], tablefmt="plain"))


if __name__ == "__main__":
    run(main)
