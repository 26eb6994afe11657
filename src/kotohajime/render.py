"""Fill the templates; each HTML page stands alone, without a network."""

import base64
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from kotohajime.io import read_bytes
from kotohajime.text import Both, in_japanese

LANGUAGES = ("en", "ja")  # the order in which a text stands in both


def both(text: str | Both) -> Markup:
    """Return a text in both languages, of which a page shows one; one that is the same in both as it is."""
    if isinstance(text, str):
        return escape(text)
    spans = (Markup('<span lang="{}">{}</span>').format(*one) for one in zip(LANGUAGES, text, strict=True))
    return Markup("").join(spans)


def in_both(text: str) -> Markup:
    """Return a verdict or an estimate in both languages."""
    japanese = in_japanese(text)
    return both(text if japanese == text else (text, japanese))


def render(template: str, **values: object) -> str:
    """Return a page from templates/; a value that the template lacks is an error."""
    environment = Environment(
        loader=PackageLoader("kotohajime"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"both": both, "in_both": in_both}
    page = environment.get_template(template).render(**values) + "\n"
    return page.replace("N(0, 1)", "N(0,\u00a01)") if template.endswith(".html") else page  # never apart in two lines


def words(name: str) -> Any:
    """Return the texts of words/<name>.yaml."""
    return yaml.safe_load((Path(__file__).parent / "words" / f"{name}.yaml").read_text(encoding="utf-8"))


def as_base64(picture: Path) -> str:
    """Return a picture as a page can hold it."""
    return base64.b64encode(read_bytes(picture)).decode()
