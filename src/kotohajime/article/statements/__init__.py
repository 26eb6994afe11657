"""The article's statements, in its order: each a decorated function, and beside it what it is judged by."""

from kotohajime.article.statements import figure, lessons, network, tensors
from kotohajime.article.statements.statement import Statement

THEMES = (tensors, network, lessons, figure)
STATEMENTS = [found for theme in THEMES for found in vars(theme).values() if isinstance(found, Statement)]
