"""Run a module's `main` as a command: its flags come from the signature, a user's mistake is one line."""

import io
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

import cyclopts
import pydantic
from threadpoolctl import threadpool_limits

from kotohajime import config, mistakes, provenance, run_lock
from kotohajime.io import UserError
from kotohajime.science import module_of

cyclopts.Parameter(name="*")(config.Part)  # each of its fields is a flag


def run(main: Callable) -> None:
    """Call `main` with the command line's flags; exit with one line, not a traceback, on a user's mistake."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and in silence
    if isinstance(sys.stdout, io.TextIOWrapper):  # one may have closed it
        sys.stdout.reconfigure(errors="backslashreplace")  # a folder's name that the terminal cannot show
    threadpool_limits(1, "blas")  # BLAS sums in another order on more threads; `compute.use` sets its own number
    spec = sys.modules["__main__"].__spec__
    module = spec.name if spec else f"kotohajime.{module_of(main.__code__.co_filename)}"  # started by its file's path
    lists = cyclopts.Parameter(consume_multiple=1, negative_iterable=())
    app = cyclopts.App(name=f"python -m {module}", help_format="plaintext", version_flags=[], default_parameter=lists)
    app.default(main)
    provenance.begin(module, flags(main, sys.argv[1:]))
    try:
        run_lock.end_with_the_run()
        app(sys.argv[1:], exit_on_error=False, print_error=False)
    except (cyclopts.CycloptsError, UserError, MemoryError, OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "allocate" not in str(error):  # torch has no MemoryError
            raise
        sys.exit(f"{module.rpartition('.')[2]}: {message(error)}")


def message(error: Exception) -> str:
    """Return a user's mistake, or what the system refused, in a line."""
    if isinstance(error, cyclopts.CycloptsError) and isinstance(error.__cause__, pydantic.ValidationError):
        lines = mistakes.sentences(error.__cause__)  # each begins with the name of a field
        return " ".join(re.sub(r"\w+", lambda name: f"--{name[0].replace('_', '-')}", line, count=1) for line in lines)
    if isinstance(error, MemoryError | RuntimeError):
        detail, *_ = str(error).splitlines() or ["none left"]
        return f"not enough memory ({detail}). Ask for less."
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: {os.fspath(error.filename)}"
    return " ".join(str(error).split())


def flags(main: Callable, arguments: Sequence[str]) -> str:
    """Return the flags of a command line that name no file: the settings, as a rule's `params` holds them."""
    files = {
        f"--{name.replace('_', '-')}" for name, kind in get_type_hints(main).items() if Path in (kind, *get_args(kind))
    }
    kept, keep = [], True
    for argument in arguments:
        name, equals, value = argument.partition("=")
        words = [name, value] if equals and name.startswith("--") else [argument]
        keep = words[0] not in files if argument.startswith("--") else keep
        kept += words if keep else []
    return " ".join(kept)
