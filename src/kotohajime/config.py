"""Check the workflow's config against its schema and say what is wrong in sentences."""

import difflib
import math
from collections.abc import Mapping

from jsonschema import Draft202012Validator, ValidationError, validators

LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def is_number(_, value: object) -> bool:
    """Tell whether `value` is a finite number; JSON Schema alone would let NaN through every limit."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_integer(_, value: object) -> bool:
    """Tell whether `value` is written as a whole number; 100.0 is not."""
    return isinstance(value, int) and not isinstance(value, bool)


CHECKER = Draft202012Validator.TYPE_CHECKER.redefine("number", is_number).redefine("integer", is_integer)
Validator = validators.extend(Draft202012Validator, type_checker=CHECKER)


def with_booleans(config: Mapping) -> dict:
    """Return the config with `true` and `false` of the command line, which come as text, as what they mean."""
    return {key: value == "true" if value in ("true", "false") else value for key, value in config.items()}


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
        return sorted(set(error.instance) - set(error.schema["properties"]))
    if error.validator == "required":
        return [key for key in error.validator_value if key not in error.instance]
    return [str(error.absolute_path[0])]


def sentence(key: str, config: Mapping, schema: Mapping, error: ValidationError) -> str:
    """Return what is wrong with `key` and what is allowed."""
    known = schema["properties"]
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        return f"{key}: no such key. {hint}"
    if key not in config:
        return f"{key}: missing. Allowed: {allowed(known[key], schema)}."
    value = config[key]
    text = f"{key}: found {value!r} ({kind(value)}). Allowed: {allowed({**known[key], **error.schema}, schema)}."
    if is_number_as_text(value):
        return f"{text} YAML takes {value} for text: write {with_point(value)}."
    return text


def allowed(rule: Mapping, schema: Mapping) -> str:
    """Return a rule of the schema in words."""
    if "$ref" in rule:
        rule = {**rule, **schema["$defs"][rule["$ref"].rsplit("/", 1)[1]]}
    if "enum" in rule:
        return " or ".join(map(str, rule["enum"]))
    if rule["type"] == "boolean":
        return "true or false"
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
        type(None): "nothing",
    }
    return names.get(type(value), type(value).__name__)


def with_point(number: str) -> str:
    """Return a number such as 1e-6 as YAML understands it, 1.0e-6."""
    mantissa, _, exponent = number.lower().partition("e")
    return f"{float(mantissa)}e{int(exponent):+d}" if exponent else str(float(number))


def is_number_as_text(value: object) -> bool:
    """Tell whether `value` is text that was meant as a number with a decimal point, such as 1e-6."""
    try:
        return isinstance(value, str) and math.isfinite(float(value)) and not value.strip().isdigit()
    except ValueError:
        return False
