"""Run code as a person at the interpreter's prompt would."""

import ast
import warnings
from contextlib import redirect_stdout
from io import StringIO


def execute(code: str, names: dict) -> tuple[str, str]:
    """Run code in the namespace `names`; return ("value", its warnings and output) or ("error", what it raised)."""
    *statements, last = ast.parse(code).body
    printed = StringIO()
    try:
        with redirect_stdout(printed), warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            exec(compile(ast.Module(statements, []), "<prompt>", "exec"), names)
            exec(compile(ast.Interactive([last]), "<prompt>", "single"), names)  # "single" prints an expression's value
    except Exception as error:
        message = str(error).partition(". Did you mean")[0]  # as Python 3.13 asks, and 3.11 does not
        return "error", f"{type(error).__name__}: {message}"
    notes = [f"{note.category.__name__}: {str(note.message).strip().splitlines()[0]}" for note in raised]
    return "value", "\n".join([*notes, printed.getvalue().rstrip("\n")]).strip("\n")
