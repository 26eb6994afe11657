"""Say what is wrong with a value in one sentence: where, what was found, what is allowed."""

import difflib
from collections.abc import Collection, Iterator
from typing import Annotated, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from kotohajime.files import UserError
from kotohajime.settings import read

KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", list: "a list",
         tuple: "a list", dict: "keys and values", type(None): "nothing"}  # fmt: skip
WORDS = {"ge": "at least {}", "gt": "above {}", "le": "at most {}", "lt": "below {}"}  # of pydantic's limits


def parsed(text: str, name: str) -> tuple[object, yaml.Node | None]:
    """Return what a YAML text holds, its scalars as they are written, and its nodes; UserError when it is none."""
    try:
        return yaml.load(text, yaml.BaseLoader), yaml.compose(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{name} is not YAML: {' '.join(str(error).split())}.") from None


def refusals(error: ValidationError, group: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Return the name of each wrong field, with `prefix` before it, and what was found and what is allowed."""
    for found in error.errors():
        if found["type"] == "needed":
            key, value, by = (found["ctx"][name] for name in ("key", "found", "by"))
            yield prefix + key, f"found {shown(value)}. Allowed: {found['msg']} ({prefix}{by} needs it)."
            continue
        key, *inside = found["loc"]
        field, value, place = group.model_fields[key], read(found["input"]), ""
        if found["type"] == "not_increasing":
            inside = [found["ctx"]["place"]]
            value = read(list(value)[inside[0]])
        if inside:
            place = f" in place {inside[0] + 1}"
        yield prefix + key, f"found {shown(value)}{place}. Allowed: {allowed(field)}.{hint(value, field)}"


def shown(value: object) -> str:
    """Return a value and what kind of value it is."""
    value = list(value) if isinstance(value, tuple) else value
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    text = text if len(text) <= 60 else f"{text[:60]}..."
    return f"{text} ({KINDS.get(type(value), type(value).__name__)})"


def hint(value: object, field: FieldInfo) -> str:
    """Return how to write a whole number that was written as 1e3 or 10.0; nothing for other values."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**63 and field.annotation is int
    return f" Write {int(value)}." if whole else ""


def allowed(field: FieldInfo) -> str:
    """Return a field's type and limits in words."""
    return in_words(field.annotation, field.metadata)


def no_such(what: str, name: str, known: Collection[str]) -> str:
    """Return the sentence for a name that does not exist."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
    return f"no such {what}. {hint}"


def in_words(kind: object, limits: list) -> str:
    """Return a type and its limits in words."""
    if get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        return in_words(kind, [*limits, *more])
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    if kind is bool:
        return "true or false"
    limits = [part for limit in limits for part in getattr(limit, "metadata", [limit])]
    if get_origin(kind) is tuple:
        least, most = (next(getattr(limit, name) for limit in limits if hasattr(limit, name))
                       for name in ("min_length", "max_length"))  # fmt: skip
        return f"a list of {least} to {most} increasing values, each {in_words(get_args(kind)[0], [])}"
    said = [words.format(getattr(limit, name)) for limit in limits for name, words in WORDS.items()
            if hasattr(limit, name)]  # fmt: skip
    return f"{'a whole number' if kind is int else 'a number'} {' and '.join(said)}"
