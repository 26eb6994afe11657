"""pydantic's errors as lines. Snakemake itself imports this module: it needs nothing but what Snakemake brings."""

import difflib
from collections.abc import Iterable, Mapping

from pydantic import ValidationError


def sentences(error: ValidationError, known: Iterable[str] = ()) -> list[str]:
    """Return a line for each mistake: where it is, what is allowed, what was found; a near name for an unknown key."""
    return [sentence(details, known) for details in error.errors()]


def sentence(details: Mapping, known: Iterable[str]) -> str:
    """Return one of pydantic's errors as a line."""
    place, message = " ".join(map(str, details["loc"])), details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(details["loc"][-1]), list(known), n=1)
        return f"{place}: no such key.{f' Did you mean {near[0]}?' if near else ''}"
    if not place:
        return f"{message}."
    given = "" if isinstance(details["input"], dict) else f" (found {details['input']!r})"
    return f"{place}: {message}{given}."
