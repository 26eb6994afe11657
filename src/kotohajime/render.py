"""Fill the templates; each HTML page stands alone, without a network."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from kotohajime import provenance
from kotohajime.science import package_text
from kotohajime.text import Bilingual, in_japanese, short

LANGUAGES = ("en", "ja")


def both(text: str | Bilingual | tuple[str, str] | None) -> Markup:
    """Return a text in both languages, of which a page shows one; a plain string is the same in both, None is empty."""
    if text is None or isinstance(text, str):
        return escape(text or "")
    texts = text if isinstance(text, Mapping) else dict(zip(LANGUAGES, text, strict=True))
    spans = (Markup('<span lang="{}">{}</span>').format(language, texts[language]) for language in LANGUAGES)
    return Markup("").join(spans)


def in_both(text: str | Bilingual) -> Markup:
    """Return a verdict, an estimate or a text in both languages."""
    if not isinstance(text, str) or in_japanese(text) == text:
        return both(text)
    return both((text, in_japanese(text)))


def fill(text: Bilingual, **facts: object) -> Bilingual | None:
    """Return a text, whose HTML stays, with its {names} filled; None where a fact is None, which is unknown."""
    known = {name: fact for name, fact in facts.items() if fact is not None}
    if len(known) < len(facts):
        return None

    def filled(language: str) -> str:
        values = {name: fact[language] if isinstance(fact, Mapping) else fact for name, fact in known.items()}
        return Markup(text[language]).format(**values)  # this escapes the values

    return {"en": filled("en"), "ja": Markup(in_japanese(filled("ja")))}


def paragraph(*sentences: Bilingual | bool | None) -> Bilingual:
    """Return sentences as one text, less those that are None, False or empty; a space parts them in English only."""
    known = [sentence for sentence in sentences if sentence and isinstance(sentence, Mapping)]
    spaces = {"en": Markup(" "), "ja": Markup("")}
    return {language: space.join(sentence[language] for sentence in known) for language, space in spaces.items()}


@cache
def environment() -> Environment:
    """Return what fills the templates; a value that a template lacks is an error."""
    templates = Environment(
        loader=FunctionLoader(lambda name: package_text(f"templates/{name}")),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions = (both, in_both, fill, paragraph, in_japanese, short)
    templates.globals |= {function.__name__: function for function in functions}
    return templates


def render(template: str, **values: object) -> str:
    """Return a page from templates/, filled with values."""
    page = environment().get_template(template).render(**values) + "\n"
    if not template.endswith(".html"):
        return page
    return page.replace("N(0, 1)", "N(0,\u00a01)").replace(" × 10", "\u00a0×\u00a010")  # never apart in two lines


def how_made(result: Path, folder: Path) -> Markup:
    """Return the module and settings that made a result, and links to the tables behind it, for a page in `folder`.

    Empty where nothing recorded it.
    """
    known = provenance.read(result)
    if not known:
        return Markup()
    inside = [Path(name) for name in known["inputs"] if name.endswith(".csv") and folder in Path(name).parents]
    tables = [result.relative_to(folder)] if result.suffix == ".csv" else [path.relative_to(folder) for path in inside]
    links = Markup(", ").join(Markup('<a href="{0}">{0}</a>').format(table) for table in tables)
    return Markup("{} <code>kotohajime.{} {}</code>").format(links, known["module"], known["settings"])


def as_json(content: object) -> str:
    """Return content as JSON that can stand in a page; a number that is not finite is null."""
    known = json.loads(json.dumps(content), parse_constant=lambda _: None)
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
