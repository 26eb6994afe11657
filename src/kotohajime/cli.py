"""Run a module's `main` as a command: its flags come from the signature, its errors are sentences."""

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

import cyclopts

from kotohajime import made, run_lock
from kotohajime.files import UserError


def run(main: Callable) -> None:
    """Call `main` with the command line's flags; end with one sentence, not a traceback, on a user's mistake."""
    gc.freeze()  # what was imported stays: no search for garbage need look at it, not even the last one at the end
    gc.enable()
    module = sys.modules["__main__"].__spec__.name if sys.modules["__main__"].__spec__ else main.__module__
    name = module.rpartition(".")[2]
    app = cyclopts.App(name=f"python -m {module}", help_format="plaintext", version_flags=[])
    app.default(main)
    made.begin(module, flags(main, sys.argv[1:]))
    try:
        run_lock.end_with_the_run()
        app(sys.argv[1:], exit_on_error=False, print_error=False)
    except cyclopts.ValidationError as error:
        sys.exit(f"{name}: {' '.join(sentences(error, main))}")
    except (cyclopts.CycloptsError, UserError) as error:
        sys.exit(f"{name}: {error}")
    except MemoryError as error:
        sys.exit(f"{name}: not enough memory ({error}). Ask for less.")
    except OSError as error:
        sys.exit(f"{name}: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except RuntimeError as error:
        if "allocate" not in str(error):  # torch has no MemoryError
            raise
        sys.exit(f"{name}: not enough memory. Ask for less.")


def flags(main: Callable, arguments: Sequence[str]) -> str:
    """Return the flags of a command line that name no file: what has to be the same for the same result."""
    files = {f"--{name.replace('_', '-')}" for name, kind in get_type_hints(main).items()
             if Path in (kind, *get_args(kind))}  # fmt: skip
    kept, keep = [], True
    for word in (part for argument in arguments for part in parts(argument)):
        keep = word not in files if word.startswith("--") else keep
        kept += [word] if keep else []
    return " ".join(kept)


def parts(argument: str) -> list[str]:
    """Return `--name=value` as two words."""
    return argument.split("=", 1) if argument.startswith("--") else [argument]


def sentences(error: cyclopts.ValidationError, main: Callable) -> list[str]:
    """Return one sentence for each wrong flag."""
    from pydantic import ValidationError  # takes a tenth of a second, which a command without numbers need not wait

    from kotohajime.refusals import refusals

    if not isinstance(error.__cause__, ValidationError):
        return [str(error)]
    groups = get_type_hints(main).values()
    group = next(group for group in groups if getattr(group, "__name__", "") == error.__cause__.title)
    return [f"--{field.replace('_', '-')}: {said}" for field, said in refusals(error.__cause__, group)]
