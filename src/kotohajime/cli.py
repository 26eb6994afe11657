"""Run a module's `main` as a command: its flags come from the signature, its errors are sentences."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter, Token
from cyclopts.validators import Number


def whole(_: type, tokens: Sequence[Token]) -> int:
    """Return a flag's value as a whole number; a number with a point is refused, not rounded."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"{tokens[0].value!r} is no whole number.") from None


# What a flag may be. The config's schema has the same limits.
Count = Annotated[int, Parameter(converter=whole, validator=Number(gte=1, lte=1_000_000))]
Size = Annotated[int, Parameter(converter=whole, validator=Number(gte=1, lte=10_000))]
Threads = Annotated[int, Parameter(converter=whole, validator=Number(gte=1, lte=256))]
Seed = Annotated[int, Parameter(converter=whole, validator=Number(gte=0, lt=2**63))]
Rate = Annotated[float, Parameter(validator=Number(gt=0, lte=1000))]
Momentum = Annotated[float, Parameter(validator=Number(gte=0, lt=1))]
Decay = Annotated[float, Parameter(validator=Number(gte=0, lte=1))]


class UserError(Exception):
    """Something that the person at the keyboard can put right; the text says how."""


def run(main: Callable) -> None:
    """Call `main` with the command line's flags; end with one sentence, not a traceback, on a user's mistake."""
    name = Path(sys.argv[0]).stem
    app = cyclopts.App(name=f"python -m kotohajime.{name}", help_format="plaintext", version_flags=[])
    app.default(main)
    try:
        app(exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        sys.exit(f"{name}: {error}")
    except UserError as error:
        sys.exit(f"{name}: {error}")
    except MemoryError as error:
        sys.exit(f"{name}: not enough memory ({error}). Ask for less.")
    except OSError as error:
        sys.exit(f"{name}: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except RuntimeError as error:
        if "allocate" not in str(error):  # torch has no MemoryError
            raise
        sys.exit(f"{name}: not enough memory. Ask for less.")
