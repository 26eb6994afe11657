"""Write docs/statements.md: every sentence of the article that asserts something, and whether it is checked here."""

from pathlib import Path

from tabulate import tabulate

from kotohajime.claims.statements import read_sections

OPENING = """# What the article states

Every sentence of the article that asserts something, its footnotes and the comments in its code included, in our words
and in its order. What can be checked has an id: a check runs it on today's torch, and a rule that was written
beforehand judges it (`results/claims.html`). Of the others it says why they cannot be checked.

This page is written from `src/kotohajime/words/statements.yaml` by `make statements`.
"""


def page() -> str:
    """Return the page in Markdown."""
    parts = [OPENING]
    for section in read_sections():
        rows = [(statement.en, f"`{statement.id}`") for statement in section.statements]
        rows += [(sentence["says"], f"not checked: {sentence['why']}") for sentence in section.unchecked]
        parts.append(f"## {section.title['en']}\n\n{tabulate(rows, ['the article says', 'id'], 'pipe')}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path("docs/statements.md").write_text(page(), encoding="utf-8")
