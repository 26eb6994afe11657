"""Write config/config.yaml, its README and its JSON schema anew from the one declaration of the numbers."""

import textwrap
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import yaml
from tabulate import tabulate

from kotohajime.config import PARTS, Config

LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
OPENING = """\
# Every number of the article, and those of the study that can be changed. A key that is left out has the
# number that stands here.
# For one run: snakemake --cores all --config epochs=200 manual_learning_rate=1e-6
# config/README.md says what is allowed.
"""
README = """\
# Configuration

`config.yaml` holds every number of the article, and those of the study that can be changed. A wrong value is refused
before anything runs, with the key, what is allowed and what was found. `1e-6` is a number; the rest is read as YAML
1.1, as Snakemake does it, so that `010` is 8. Threads, memory and folders are no part of it. A key with dashes is the
flag of every command that takes it: `--manual-learning-rate`. For one run, without touching the file:
`snakemake --cores all --config epochs=200 manual_learning_rate=1e-6`.

{table}

The study takes sizes, epochs, precision, device, `module_momentum`, `manual_halve_every` and the three learning rates
from the article's keys. Its momentum is always Nesterov's, and it has no weight decay: at the article's 1e-8 that
changes nothing, but a module run with a larger one, or without Nesterov, is none of its networks; what the study
then says of the module run is said of one without decay and with Nesterov.

`hypotheses.yaml` states what the study is to decide, and the rule for each verdict; others may be added.

`config.yaml`, `schema.yaml` (a JSON schema) and this page are written from `src/kotohajime/config.py` by `make config`.
"""


def plain(value: object) -> str:
    """Return a value as a person would write it in the config: 2.0e-6, true, [1.0e-8, 2.0e-8]."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, float) and 0 < value < 0.01:
        mantissa, exponent = f"{Decimal(repr(value)):e}".split("e")  # every digit
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent)}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def allowed(schema: Mapping) -> str:
    """Return what the JSON schema of a key allows, in words."""
    if "enum" in schema:
        return " or ".join(schema["enum"])
    if schema["type"] == "array":
        return f"{schema['minItems']} to {schema['maxItems']} increasing values, each {allowed(schema['items'])}"
    limits = [f"{words} {schema[limit]}" for limit, words in LIMITS.items() if limit in schema]
    return " ".join([KINDS[schema["type"]], " and ".join(limits)]).strip()


def example() -> Iterator[str]:
    """Yield the lines of config/config.yaml: every key with its default and what it is, part by part."""
    schema = Config.model_json_schema()["properties"]
    for part in PARTS:
        names = list(part.model_fields)
        yield from ["", f"# {(part.__doc__ or '').splitlines()[0]}"] if len(names) > 1 else [""]
        for name in names:
            about = schema[name]
            unit = f" [{about['unit']}]" if about["unit"] else ""
            words = "; ".join(filter(None, [about["description"] + unit, about["source"]]))
            line = f"{name}: {plain(Config.model_fields[name].default)}"
            folded = textwrap.wrap(line, 88, subsequent_indent="  ", break_on_hyphens=False)
            yield from [f"{line:31} # {words}"] if len(line) < 40 else [f"# {words}", *folded]


def table() -> str:
    """Return the table of the keys: what each is and may be."""
    keys, defaults = Config.model_json_schema()["properties"], Config().model_dump()
    rows = [
        (f"`{key}`", about["description"], about["unit"], allowed(about), f"`{plain(defaults[key])}`", about["source"])
        for key, about in keys.items()
    ]
    return tabulate(rows, ["key", "what it is", "unit", "allowed", "default", "where it comes from"], "pipe")


def files() -> dict[str, str]:
    """Return the files of config/ that are written from the declaration, by their names."""
    return {
        "config.yaml": OPENING + "\n".join(example()) + "\n",
        "README.md": README.format(table=table()),
        "schema.yaml": yaml.safe_dump(Config.model_json_schema(), sort_keys=False, allow_unicode=True, width=120),
    }


if __name__ == "__main__":
    for name, text in files().items():
        Path("config", name).write_text(text, encoding="utf-8")
