"""The article's statements, in its order: each a decorated function, and beside it what it is judged by."""

from kotohajime.article.statements import autograd, by_hand, figure, installing, module, optimizer, tensors
from kotohajime.article.statements.statement import Statement

SECTIONS = {  # of the article
    "Installing": [installing],
    "Tensors": [tensors],
    "Gradients by hand": [by_hand],
    "Autograd": [autograd],
    "Module and optimiser": [module, optimizer],
    "The figure": [figure],
}
BY_SECTION = {heading: [found for theme in themes for found in vars(theme).values() if isinstance(found, Statement)]
              for heading, themes in SECTIONS.items()}  # fmt: skip
UNCHECKED = {heading: [pair for theme in themes for pair in theme.UNCHECKED] for heading, themes in SECTIONS.items()}
STATEMENTS = [statement for statements in BY_SECTION.values() for statement in statements]
