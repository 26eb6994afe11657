"""The article's statements, in its order: each a decorated function, and beside it what it is judged by."""

from kotohajime.article.statements import autograd, by_hand, figure, installing, module, tensors
from kotohajime.article.statements.statement import Statement

SECTIONS = (installing, tensors, by_hand, autograd, module, figure)
BY_SECTION = {section: [found for found in vars(section).values() if isinstance(found, Statement)]
              for section in SECTIONS}  # fmt: skip
STATEMENTS = [statement for statements in BY_SECTION.values() for statement in statements]
