"""Write docs/statements.md anew: every sentence of the article that asserts something, and what becomes of it here."""

from pathlib import Path

from tabulate import tabulate

from kotohajime.claims.statements import BY_SECTION, UNCHECKED

OPENING = """# What the article states

Every sentence of the article that asserts something, its footnotes and the comments in its code included, in our words
and in its order. What can be checked has an id: a check runs it on today's torch, and a rule that was written
beforehand judges it (`results/claims.html`). Of the others it says why they cannot be checked.

This page is written from `src/kotohajime/article/statements/` by `make statements`.
"""


def page() -> str:
    """Return the page."""
    parts = [OPENING]
    for heading, statements in BY_SECTION.items():
        rows = [(statement.says[0], f"`{statement.id}`") for statement in statements]
        rows += [(sentence, f"not checked: {why}") for sentence, why in UNCHECKED[heading]]
        parts.append(f"## {heading[0]}\n\n{tabulate(rows, ['the article says', 'id'], 'pipe')}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path("docs/statements.md").write_text(page(), encoding="utf-8")
