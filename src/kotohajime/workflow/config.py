"""Read and check the workflow's config; write the files that explain it.

Files are read as they are written, not as YAML 1.1 takes them: 010 is ten, 1e-6 a number, 1:40 and yes are text.
"""

import textwrap
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import ValidationError
from tabulate import tabulate

from kotohajime.files import UserError, text_of
from kotohajime.refusals import allowed, no_such, parsed, refusals
from kotohajime.settings import GROUPS, KEYS, Settings


def as_written(path: Path) -> dict[str, object]:
    """Return a YAML file's keys with their values as text; UserError when it is no such file or repeats a key."""
    values, node = parsed(text_of(path), str(path))
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise UserError(f"{path} holds no keys. Write them as `epochs: 200`, a line each.")
    keys = [key.value for key, _ in node.value]
    if twice := [
        f"{key}: stands {keys.count(key)} times. Keep one. The file is {path}." for key in KEYS if keys.count(key) > 1
    ]:
        raise UserError("\n".join(twice))
    return values


def mistakes(values: Mapping[str, object]) -> list[str]:
    """Return one sentence for each key that is wrong: its name, what was found, what is allowed."""
    sentences = [f"{key}: {no_such('key', str(key), KEYS)}" for key in values if key not in KEYS]
    settings = Settings(values)
    for group in GROUPS:
        try:
            settings.of(group)
        except ValidationError as error:
            first = dict(reversed([*refusals(error, group, group.prefix)]))  # of a list that has several
            sentences += [f"{key}: {said}" for key, said in first.items()]
    return sentences


def settings_of(files: Iterable[Path], given: Mapping[str, object]) -> Settings:
    """Return the settings of some files, the later first, and those given; UserError with all mistakes."""
    values: dict[str, object] = {}
    for file in files:
        values |= as_written(file)
    values |= given
    if wrong := mistakes(values):
        raise UserError("\n".join(wrong))
    settings = Settings(values)
    return Settings({group.prefix + name: value for group in GROUPS for name, value in settings.of(group)})


def plain(value: object) -> str:
    """Return a value as a person would write it in the config."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, float) and 0 < value < 0.01:
        mantissa, exponent = f"{Decimal(repr(value)):e}".split("e")  # every digit
        return f"{mantissa}{'' if '.' in mantissa else '.0'}e{int(exponent)}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def about(key: str) -> dict[str, str]:
    """Return what a key is: its unit, where the number comes from, what is allowed, its default."""
    field = KEYS[key]
    return {
        "what": field.description,
        "allowed": allowed(field),
        "default": plain(field.default),
        **field.json_schema_extra,
    }


def example() -> str:
    """Return config/config.yaml: every key with its default."""
    lines = [
        "# Every number of the article, and those of the study that can be changed. A key that is left out has the",
        "# number that stands here.",
        "# For one run: snakemake --cores all --config epochs=200 manual_learning_rate=1e-6",
        "# config/README.md says what is allowed.",
    ]
    for group in GROUPS:
        lines += ["", f"# {group.__doc__.splitlines()[0]}"] if group.prefix or len(group.model_fields) > 1 else [""]
        for key in (group.prefix + name for name in group.model_fields):
            facts = about(key)
            unit = f" [{facts['unit']}]" if facts["unit"] else ""
            words = "; ".join(filter(None, (facts["what"] + unit, facts["source"])))
            value = f"{key}: {facts['default']}"
            folded = textwrap.wrap(value, 88, subsequent_indent="  ", break_on_hyphens=False)
            lines += [f"{value:31} # {words}"] if len(value) < 40 else [f"# {words}", *folded]
    return "\n".join(lines) + "\n"


def readme() -> str:
    """Return config/README.md: what each key is and may be."""
    rows = [(f"`{key}`", facts["what"], facts["unit"], facts["allowed"], f"`{facts['default']}`", facts["source"])
            for key in KEYS for facts in [about(key)]]  # fmt: skip
    table = tabulate(rows, ["key", "what it is", "unit", "allowed", "default", "where it comes from"], "pipe")
    return f"""# Configuration

`config.yaml` holds every number of the article, and those of the study that can be changed. A wrong value is refused
before anything runs, with the key, what was found and what is allowed. Numbers are read as a person reads them: `1e-6`
is a number, `010` is ten. Threads, memory and folders are no part of it. For one run, without touching the file:
`snakemake --cores all --config epochs=200 manual_learning_rate=1e-6`.

{table}

The study takes sizes, epochs, precision, device, `module_momentum`, `manual_halve_every` and the three learning rates
from the article's keys. Its momentum is always Nesterov's, and it has no weight decay: at the article's 1e-8 that
changes nothing, but a module run with a larger one, or without Nesterov, is none of its networks; what the study
then says of the module run is said of one without decay and with Nesterov.

`hypotheses.yaml` states what the study is to decide, and the rule for each verdict. Those that the pages tell of
have to stay as they are; others may be added.

`config.yaml` and this page are written from `src/kotohajime/settings.py` by `make config`.
"""


if __name__ == "__main__":
    folder = Path("config")
    (folder / "config.yaml").write_text(example(), encoding="utf-8")
    (folder / "README.md").write_text(readme(), encoding="utf-8")
