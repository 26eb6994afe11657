"""Run code as a person at the interpreter's prompt would."""

import ast


def execute(code: str, names: dict) -> tuple[str, str]:
    """Run code as the interpreter's prompt does; return ("value", what it printed) or ("error", what it raised)."""
    *statements, last = ast.parse(code).body
    try:
        exec(compile(ast.Module(statements, []), "<tour>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<tour>", "eval"), names)
            return "value", "" if value is None else repr(value)
        exec(compile(ast.Module([last], []), "<tour>", "exec"), names)
    except Exception as error:
        return "error", f"{type(error).__name__}: {error}"
    return "value", ""
