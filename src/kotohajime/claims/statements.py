"""The article's statements, read from a YAML file: their texts, what is observed, and how the verdict follows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import Environment, StrictUndefined

from kotohajime.text import CHANGED, CONSISTENT, FAILS, HOLDS, OPEN, Bilingual, in_japanese, short, words


def brief(outcome: str) -> str:
    """Return the first line of what code printed or raised, without the end of a long one."""
    first = outcome.strip().partition("\n")[0].removesuffix(", but expected one of:")
    return first if len(first) <= 240 else f"{first[:240].rpartition(' ')[0]} ..."


TEMPLATES = Environment(undefined=StrictUndefined)
TEMPLATES.filters |= {"brief": brief, "japanese": in_japanese, "short": short}
TEMPLATES.globals |= {"HOLDS": HOLDS, "FAILS": FAILS, "OPEN": OPEN, "CHANGED": CHANGED, "CONSISTENT": CONSISTENT}


def matches(observed: object, expected: object) -> bool:
    """Return whether an observation is the expected one; in an expected text, `...` stands for any text."""
    if isinstance(observed, str) and isinstance(expected, str):
        pattern = ".*".join(re.escape(part) for part in expected.split("..."))
        return re.fullmatch(pattern, observed, re.DOTALL) is not None
    return observed == expected


@dataclass(frozen=True)
class Statement:
    """A statement of the article; its fields are the keys of the YAML file."""

    id: str
    title: Bilingual
    en: str
    ja: str
    evidence: Bilingual
    setup: str = ""
    observe: Mapping[str, str] = field(default_factory=dict)
    compute: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[Mapping[str, str]] = ()
    history: Sequence[str] = ()
    expect: Mapping[str, object] = field(default_factory=dict)
    verdict: str = ""

    @property
    def needs_study(self) -> bool:
        """Return whether the verdict, and not only the evidence, rests on the study."""
        return "study." in self.verdict

    def judge(self, facts: Mapping[str, object]) -> str:
        """Return the verdict on the observations by name and, where it is needed, the `study`."""
        if self.verdict:
            return str(TEMPLATES.compile_expression(self.verdict, undefined_to_none=False)(**facts))
        return HOLDS if all(matches(facts[name], value) for name, value in self.expect.items()) else FAILS

    def explain(self, facts: Mapping[str, object]) -> Bilingual:
        """Return the sentence that the verdict rests on, in both languages."""
        sentences = {language: TEMPLATES.from_string(text).render(facts) for language, text in self.evidence.items()}
        return {"en": sentences["en"], "ja": in_japanese(sentences["ja"])}


@dataclass(frozen=True)
class Section:
    """A section of the article: its statements, and the sentences that cannot be checked, with the reason."""

    title: Bilingual
    statements: Sequence[Statement]
    unchecked: Sequence[Mapping[str, str]]


def read_sections() -> list[Section]:
    """Return the sections, in the article's order."""
    sections = []
    for section in words("statements"):
        statements = [Statement(id=name, **fields) for name, fields in section["statements"].items()]
        sections.append(Section(section["title"], statements, section["unchecked"]))
    return sections


def read_statements() -> list[Statement]:
    """Return the statements of all sections."""
    return [statement for section in read_sections() for statement in section.statements]
