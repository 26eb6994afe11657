"""Judge each statement of the article by evidence that this run computed."""

from pathlib import Path

from kotohajime.claims.statements import BY_SECTION
from kotohajime.claims.statement import Evidence
from kotohajime.cli import run
from kotohajime.io import write, write_json
from kotohajime.render import render


def judge_all(found: Evidence) -> list[dict[str, object]]:
    """Return section, id, title, statement, verdict, evidence and today's lines of every statement; Japanese too."""
    claims = []
    for (section, japanese), statements in BY_SECTION.items():
        for told in (statement.told(found) for statement in statements):
            claims.append({"section": section, **told, "japanese": {"section": japanese, **told["japanese"]}})
    return claims


def main(*, results: Path, json: Path, html: Path) -> None:
    """Judge the article's statements.

    Args:
        results: the folder with the results of the rules before.
        json: the JSON file to write.
        html: the same as a page.
    """
    found = Evidence.read(results)
    claims = judge_all(found)
    write_json(json, claims)
    write(html, render("claims.html", claims=claims, methods=found.checks["numpy_operations"]["methods"]))


if __name__ == "__main__":
    run(main)
