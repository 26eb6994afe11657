"""The article's statements, in its order: each a decorated function, and beside it what it is judged by."""

from kotohajime.claims.statements import autograd, by_hand, figure, installing, module, optimizer, tensors
from kotohajime.claims.statement import Statement

SECTIONS = {  # of the article
    ("Installing", "インストール"): [installing],
    ("Tensors", "テンソル"): [tensors],
    ("Gradients by hand", "手で導く勾配"): [by_hand],
    ("Autograd", "autograd"): [autograd],
    ("Module and optimiser", "Module と optimizer"): [module, optimizer],
    ("The figure", "図"): [figure],
}
BY_SECTION = {heading: [found for theme in themes for found in vars(theme).values() if isinstance(found, Statement)]
              for heading, themes in SECTIONS.items()}  # fmt: skip
UNCHECKED = {heading: [pair for theme in themes for pair in theme.UNCHECKED] for heading, themes in SECTIONS.items()}
STATEMENTS = [statement for statements in BY_SECTION.values() for statement in statements]
