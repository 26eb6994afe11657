"""Check the workflow's config against its schema and say what is wrong in sentences."""

import difflib
import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def is_number(_, value: object) -> bool:
    """Tell whether `value` is a finite number; JSON Schema alone would let NaN through every limit."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 10**300  # beyond that it is no float
    return isinstance(value, float) and math.isfinite(value)


def is_integer(_, value: object) -> bool:
    """Tell whether `value` is written as a whole number; 100.0 is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def increasing(_, wanted: bool, value: object, __: Mapping) -> Iterator[ValidationError]:
    """Check the schema's keyword of our own: each number of a list is larger than the one before."""
    if wanted and isinstance(value, list) and all(is_number(None, item) for item in value):
        for place, (before, after) in enumerate(pairwise(value), 1):
            if before >= after:
                yield ValidationError("not increasing", path=[place])


CHECKER = Draft202012Validator.TYPE_CHECKER.redefine("number", is_number).redefine("integer", is_integer)
Validator = validators.extend(Draft202012Validator, {"increasing": increasing}, type_checker=CHECKER)


def duplicates(text: str) -> list[str]:
    """Return a sentence for each key that a YAML file gives twice; YAML itself would take the last one in silence."""
    node = yaml.compose(text)
    keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return [f"{key}: stands {keys.count(key)} times. Keep one." for key in dict.fromkeys(keys) if keys.count(key) > 1]


def mistaken_hypotheses(stated: object, schema: Mapping) -> list[str]:
    """Return one sentence for each place of the hypotheses that is wrong: where, what was found, what is allowed."""
    errors = sorted(Validator(schema).iter_errors(stated), key=lambda error: list(map(str, error.absolute_path)))
    return [f"config/hypotheses.yaml, {' '.join(map(str, error.absolute_path))}: {error.message}." for error in errors]


def from_command_line(config: Mapping) -> dict:
    """Return the config with `true`, `false` and listed numbers, which come from there as text, as YAML reads them."""

    def read(value: object) -> object:
        if isinstance(value, list):
            return [yaml.safe_load(item) if is_text_of_number(item) else item for item in value]
        return value == "true" if value in ("true", "false") else value

    return {key: read(value) for key, value in config.items()}


def on_command_line(value: object) -> str:
    """Return a value as `--config` takes it."""
    return f"[{', '.join(map(with_point, map(str, value)))}]" if isinstance(value, list) else str(value)


def mistakes(config: Mapping, schema: Mapping) -> list[str]:
    """Return one sentence for each key that is wrong: its name, what was found, what is allowed."""
    sentences = {}
    for error in Validator(schema).iter_errors(dict(config)):
        for key in keys_of(error):
            sentences.setdefault(key, sentence(key, config, schema, error))
    return list(sentences.values())


def keys_of(error: ValidationError) -> list[str]:
    """Return the keys that an error is about."""
    if error.validator == "additionalProperties":
        return [key for key in error.instance if key not in error.schema["properties"]]
    if error.validator == "required":
        return [key for key in error.validator_value if key not in error.instance]
    return [str(error.absolute_path[0])]


def sentence(key: str, config: Mapping, schema: Mapping, error: ValidationError) -> str:
    """Return what is wrong with `key` and what is allowed."""
    known = schema["properties"]
    if key not in known:
        near = difflib.get_close_matches(str(key), known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        return f"{key}: no such key. {hint}"
    if key not in config:
        return f"{key}: missing. Allowed: {allowed(known[key], schema)}."
    value, place = config[key], ""
    if len(error.absolute_path) > 1:  # an item of a list
        value, place = value[error.absolute_path[1]], f" in place {error.absolute_path[1] + 1}"
    rule = {**known[key], **error.schema} if not place else known[key]
    text = f"{key}: found {value!r} ({kind(value)}){place}. Allowed: {allowed(rule, schema)}."
    if is_text_of_number(value) and not value.strip().isdigit():
        whole = "whole number" in text and float(value).is_integer()
        return f"{text} YAML takes {value} for text: write {int(float(value)) if whole else with_point(value)}."
    return text


def allowed(rule: Mapping, schema: Mapping) -> str:
    """Return a rule of the schema in words."""
    if "$ref" in rule:
        rule = {**rule, **schema["$defs"][rule["$ref"].rsplit("/", 1)[1]]}
    if "enum" in rule:
        return " or ".join(map(str, rule["enum"]))
    if rule["type"] == "boolean":
        return "true or false"
    if rule["type"] == "array":
        item = allowed(rule["items"], schema)
        return f"a list of {rule['minItems']} to {rule['maxItems']} increasing values, each {item}"
    if "exclusiveMinimum" in rule:  # the stricter of the two
        rule = {name: limit for name, limit in rule.items() if name != "minimum"}
    limits = [words.format(rule[name]) for name, words in LIMITS.items() if name in rule]
    why = f" ({rule['$comment']})" if "$comment" in rule else ""
    return f"{'a whole number' if rule['type'] == 'integer' else 'a number'} {' and '.join(limits)}{why}"


def kind(value: object) -> str:
    """Return what YAML made of a value, in a word."""
    names = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        list: "a list",
        type(None): "nothing",
    }
    return names.get(type(value), type(value).__name__)


def with_point(number: str) -> str:
    """Return a number such as 1e-6 as YAML understands it, 1.0e-6."""
    mantissa, _, exponent = number.lower().partition("e")
    point = "" if "." in mantissa else ".0"
    return f"{mantissa}{point}e{int(exponent):+d}" if exponent else f"{mantissa}{point}"


def is_text_of_number(value: object) -> bool:
    """Tell whether `value` is text that was meant as a finite number, such as 1e-6."""
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False
