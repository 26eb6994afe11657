"""Statements on the installation and on tensors as NumPy's arrays."""

import numpy as np
import torch

from kotohajime.article.prompt import execute
from kotohajime.article.statements.statement import CHANGED, Evidence, Judgement, judge, statement
from kotohajime.words import OPEN

SLICES = [
    "a[0]", "a[-1]", "a[1:3]", "a[::2]", "a[1:, ::3]", "a[:, 1]", "a[..., -1]", "a[None]", "a[:, None]",
    "a[[0, 2]]", "a[a > 0]", "a[[[0], [1]], [1, 2]]",
]  # fmt: skip
ARRAY = np.random.default_rng(0).standard_normal((4, 6))


@statement(torch=lambda: torch.__version__.split("+")[0], cuda_build=lambda: torch.version.cuda)
def install(found: Evidence) -> Judgement:
    """conda installs pytorch, torchvision and CUDA 9.1 ("cuda91") from a channel named "python"."""
    build = found.checks["cuda_build"]
    here = f"torch {found.checks['torch']}, built for {f'CUDA {build}' if build else 'the CPU'}, ran everything here"
    past = "by the projects' documentation (not checked here) the channel was 'pytorch', now retired for conda-forge"
    return Judgement(OPEN if build == "9.1" else CHANGED, f"{here}; {past}.")


def methods() -> list[str]:
    """Return a call of every public method that an array has and that needs no argument: nobody picked them."""
    calls = [f"a.{name}()" for name in dir(np.ndarray) if not name.startswith("_")]
    return [call for call in calls if execute(call, {"a": ARRAY.copy()})[0] == "value"]


def alike(code: str) -> bool:
    """Tell whether an expression of `a` gives the same values, in the same shape, for a tensor and for an array."""
    try:
        ours, theirs = (np.asarray(eval(code, {"a": a})) for a in (torch.from_numpy(ARRAY.copy()), ARRAY.copy()))
        return ours.shape == theirs.shape and np.allclose(ours, theirs)
    except Exception:
        return False


def compare_with_numpy() -> dict:
    """Apply the same slices and methods to a tensor and an array; list which do not give the same."""
    calls = methods()
    kind, today = execute("a[::-1]", {"a": torch.ones(3)})
    return {
        "slices": len(SLICES),
        "slices_different": [code for code in SLICES if not alike(code)],
        "methods": len(calls),
        "methods_different": [code for code in calls if not alike(code)],
        "negative_step": {"works": kind == "value", "today": today},
    }


@statement(numpy_like=compare_with_numpy)
def numpy_like(found: Evidence) -> Judgement:
    """A tensor behaves much like a NumPy array, slices included, but takes no negative steps."""
    check = found.checks["numpy_like"]
    slices, methods = (check[kind] - len(check[f"{kind}_different"]) for kind in ("slices", "methods"))
    others = ", ".join(check["methods_different"] + check["slices_different"]) or "none"
    evidence = (
        f"the same values, in the same shape, from {slices} of {check['slices']} slices and from {methods} of the "
        f"{check['methods']} methods of an array that need no argument (not: {others}); "
        f"a negative step: {check['negative_step']['today']}."
    )
    much_alike = slices == check["slices"] and methods > check["methods"] / 2
    return judge(much_alike and not check["negative_step"]["works"], evidence)


def hand_over_negative_strides() -> dict:
    """Hand torch an array with a negative stride."""
    kind, today = execute("torch.from_numpy(a[::-1])", {"torch": torch, "a": np.ones((2, 3))})
    return {"supported": kind == "value", "today": today}


@statement(negative_strides=hand_over_negative_strides)
def negative_strides_soon(found: Evidence) -> Judgement:
    """torch will take arrays with negative strides in a later release."""
    check = found.checks["negative_strides"]
    return judge(check["supported"], f"with torch {found.checks['torch']}: {check['today'].strip() or 'no error'}")
