"""Run code as a person at the interpreter's prompt would."""

import ast
from contextlib import redirect_stdout
from io import StringIO


def execute(code: str, names: dict) -> tuple[str, str]:
    """Run code as the interpreter's prompt does; return ("value", what it printed) or ("error", what it raised)."""
    *statements, last = ast.parse(code).body
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile(ast.Module(statements, []), "<prompt>", "exec"), names)
            exec(compile(ast.Interactive([last]), "<prompt>", "single"), names)  # "single" prints an expression's value
    except Exception as error:
        return "error", f"{type(error).__name__}: {error}"
    return "value", printed.getvalue().rstrip("\n")
