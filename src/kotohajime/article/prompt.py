"""Run code as a person at the interpreter's prompt would."""

import ast
import warnings
from contextlib import redirect_stdout
from io import StringIO


def execute(code: str, names: dict) -> tuple[str, str]:
    """Run code as the interpreter's prompt does; return ("value", what it printed) or ("error", what it raised).

    A warning is told before what was printed, by its kind and first line.
    """
    *statements, last = ast.parse(code).body
    printed = StringIO()
    try:
        with redirect_stdout(printed), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            exec(compile(ast.Module(statements, []), "<prompt>", "exec"), names)
            exec(compile(ast.Interactive([last]), "<prompt>", "single"), names)  # "single" prints an expression's value
    except Exception as error:
        said, _, _ = str(error).partition(". Did you mean")  # as Python 3.13 asks, and 3.11 does not
        return "error", f"{type(error).__name__}: {said}"
    told = [f"{found.category.__name__}: {str(found.message).strip().splitlines()[0]}" for found in caught]
    return "value", "\n".join([*told, printed.getvalue().rstrip("\n")]).strip("\n")
