"""Run a module's `main` as a command: its flags come from the signature, its errors are sentences."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

Count = Annotated[int, Parameter(validator=Number(gte=1, lte=1_000_000))]
Seed = Annotated[int, Parameter(validator=Number(gte=0, lt=2**63))]
Rate = Annotated[float, Parameter(validator=Number(gt=0, lt=float("inf")))]
Fraction = Annotated[float, Parameter(validator=Number(gte=0, lt=1))]


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
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"{name}: {error.strerror}: {error.filename}")
