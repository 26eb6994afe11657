"""Judge each statement of the article by evidence that this run computed."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from kotohajime.claims.statements import read_sections
from kotohajime.cli import run
from kotohajime.io import read_json, read_rows, write, write_json
from kotohajime.render import render


def summarise(verdicts: Mapping) -> dict[str, object]:
    """Return what the statements quote of the study: seeds, estimates, claims, and the runs of the published figure."""
    figure = [{"name": name, **run} for name, run in verdicts["band"].items() if name in ("autograd", "module")]
    return {
        "seeds": verdicts["seeds"],
        "estimates": {hypothesis["id"]: hypothesis["told"] for hypothesis in verdicts["hypotheses"]},
        "claims": verdicts["claims"],
        "band": figure,
    }


def judge_all(
    checks: Mapping[str, Mapping], study: Mapping[str, object], history: Sequence[Mapping]
) -> list[dict[str, object]]:
    """Return section, id, title, statement, verdict, evidence, lines and history of every statement; Japanese too."""
    claims, lines = [], {name: [*rows] for name, rows in groupby(history, itemgetter("name"))}
    for section in read_sections():
        for statement in section.statements:
            facts = {**checks[statement.id], "study": study, "history": lines}
            evidence = statement.explain(facts)
            claims.append(
                {
                    "section": section.title["en"],
                    "id": statement.id,
                    "title": statement.title["en"],
                    "statement": statement.en,
                    "verdict": statement.judge(facts),
                    "evidence": evidence["en"],
                    "japanese": {
                        "section": section.title["ja"],
                        "title": statement.title["ja"],
                        "statement": statement.ja,
                        "evidence": evidence["ja"],
                    },
                    "lines": facts["lines"],
                    "history": [row for name in statement.history for row in lines[name]],
                }
            )
    return claims


def main(*, checks: Path, verdicts: Path, history: Path, json: Path, html: Path) -> None:
    """Judge the article's statements.

    Args:
        checks: the JSON file with what was observed.
        verdicts: the JSON file with the study's verdicts.
        history: the table of what lines gave, with the release of torch that first gave it.
        json: the JSON file to write.
        html: the same as a page.
    """
    observed = read_json(checks)
    claims = judge_all(observed, summarise(read_json(verdicts)), read_rows(history))
    write_json(json, claims)
    write(html, render("claims.html", claims=claims, methods=observed["numpy_operations"]["methods"]))


if __name__ == "__main__":
    run(main)
