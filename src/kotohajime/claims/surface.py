"""Every public method of an array and of a tensor, called with generated arguments: nobody picked them."""

import contextlib
import warnings
from collections.abc import Callable
from itertools import product

import numpy as np
import torch

ARRAY = np.random.default_rng(0).standard_normal((4, 6))
INDICES = np.array([2, 0, 1])
# What a method may be given: numbers, an axis, two of them, a type, another array, indices, a mask.
VALUES = ["0", "1", "-1", "2", "2.0", "(0, 1)", "(6, 4)", "np.float64", "'int64'", "b", "b.T", "i", "b > 0"]
ARGUMENTS = [*VALUES, *map(", ".join, product(["0", "1", "i", "-0.5"], ["1", "0.5", "b[:3]", "b"])),
             "axis=0", "axis=1", "keepdims=True"]  # fmt: skip

# How to say with a tensor what an array's method does; each is run, and its outcome compared with NumPy's.
IN_TORCH = {
    "astype(np.float64)": "a.to(torch.float64)", "clip(0, b)": "a.clamp(torch.tensor(0.0), b)",
    "compress(i, 1)": "a[:, :3][:, i != 0]", "conj(b)": "b.copy_(a.conj())", "conjugate()": "a.conj()",
    "copy()": "a.clone()", "cumprod()": "a.flatten().cumprod(0)", "cumsum()": "a.flatten().cumsum(0)",
    "dot(b.T)": "a @ b.T", "dumps()": "a.numpy().dumps()", "fill(2.0)": "a.fill_(2.0)",
    "item(0, 1)": "a[0, 1].item()", "max(0)": "a.amax(0)", "mean(keepdims=True)": "a.mean((0, 1), keepdim=True)",
    "min(0)": "a.amin(0)", "nonzero()": "a.nonzero(as_tuple=True)", "prod((0, 1))": "a.prod()",
    "put(0, 1)": "a.view(-1)[0].fill_(1)",
    "repeat(2)": "a.flatten().repeat_interleave(2)", "resize((6, 4))": "a.resize_(6, 4)",
    "round(1)": "a.round(decimals=1)", "sort()": "a.copy_(a.sort().values)", "std()": "a.std(correction=0)",
    "sum(keepdims=True)": "a.sum((0, 1), keepdim=True)", "take(i, 1)": "a.index_select(1, i)",
    "tobytes()": "a.numpy().tobytes()", "trace(1)": "a.diagonal(1).sum()", "transpose()": "a.T",
    "var()": "a.var(correction=0)", "view(np.float64)": "a.view(torch.float64)",
}  # fmt: skip


def names(of: Callable) -> dict:
    """Return what the calls may name, all of one kind: made by `torch.from_numpy`, or NumPy's own."""
    kind = {"a": ARRAY.copy(), "b": ARRAY[::-1].copy(), "i": INDICES.copy()}
    return {"np": np, "torch": torch, **{name: of(values) for name, values in kind.items()}}


def outcome(code: str, of: Callable) -> tuple[object, np.ndarray]:
    """Return what an expression of `a` gives, and `a` after it."""
    within = names(of)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(code, within), np.asarray(within["a"])


def same(ours: object, theirs: object) -> bool:
    """Tell whether two results hold the same values in the same shape; two that hold none only if they are equal."""
    if isinstance(theirs, tuple | list):
        return isinstance(ours, tuple | list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if not isinstance(theirs, np.ndarray | np.generic | float | int):
        return type(ours) is type(theirs) and ours == theirs
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.dtype.kind == theirs.dtype.kind and ours.shape == theirs.shape and np.allclose(ours, theirs)


def alike(code: str, as_tensor: str | None = None) -> bool:
    """Tell whether an expression gives, and leaves in `a`, the same with a tensor as with an array."""
    theirs = outcome(code, np.asarray)
    try:
        ours = outcome(as_tensor or code, torch.from_numpy)
    except Exception:
        return False
    return same(ours[1], theirs[1]) and (same(ours[0], theirs[0]) or bool(as_tensor and theirs[0] is None))


def calls(method: str) -> list[str]:
    """Return the calls of an array's method that NumPy takes."""
    found = []
    for arguments in ["", *ARGUMENTS]:
        with contextlib.suppress(Exception):
            outcome(f"a.{method}({arguments})", np.asarray)
            found.append(f"{method}({arguments})")
    return found


def compare_methods() -> dict[str, dict]:
    """Return, for each public method of an array, how many calls were made and which gave something else in torch.

    None were made of those that write files, and of those that NumPy lets take none of the arguments.
    """
    methods = [name for name in dir(np.ndarray) if not name.startswith("_") and callable(getattr(ARRAY, name))]
    made = {name: calls(name) if name not in ("dump", "tofile") else [] for name in methods}
    return {name: {"calls": len(own), "different": [call for call in own if not alike(f"a.{call}")],
                   "in_torch": in_torch(name)} for name, own in made.items()}  # fmt: skip


def in_torch(method: str) -> list[tuple[str, str]]:
    """Return the calls of an array's method that torch says otherwise, and how, if it then gives the same."""
    return [(call, way) for call, way in IN_TORCH.items() if call.startswith(f"{method}(") and alike(f"a.{call}", way)]


GIVEN = ["", "1", "2.0", "0.5, 0.6", "0, 1", "b", "b[:3]", "b, b", "b[:, :4], b", "b > 0, 1.0", "b > 0, b", "0, i",
         "0, i, 1.0", "0, i, b[:3]", "(i,), b[:3]", "(2, 3)", "torch.float32", "lambda v: v + 1", "b, lambda v, w: w",
         "b, b, lambda v, w, u: w"]  # fmt: skip
# These open devices or share memory, or load half of torch and change nothing.
LEFT_OUT = {"cuda", "xpu", "ipu", "hpu", "mtia", "pin_memory", "record_stream", "share_memory_", "backward", "index"}


def change(method: str, within: dict) -> str | None:
    """Return what a method changed of its tensor, by the first arguments that changed something; "" if none did.

    None if it took none of the arguments.
    """
    before, ran = torch.from_numpy(ARRAY), False
    for arguments in GIVEN:
        a = within["a"] = before.clone().requires_grad_().mul(1) if method == "detach_" else before.clone()
        flag, version = a.requires_grad, a._version
        with contextlib.suppress(Exception):
            eval(f"a.{method}({arguments})", within)
            ran = True
            if a.requires_grad != flag:
                return "flag"
            if a.shape != before.shape or a.stride() != before.stride():
                return "shape"
            if a._version != version or not torch.equal(a, before):
                return "values"
    return "" if ran else None


def in_place() -> dict[str, int | list[str]]:
    """Call every public method of a tensor; return how many took some arguments, and which of them do what.

    `changing` change their tensor, `suffixed` end in _; `not_run` end in _ too, but took none of the arguments.
    """
    within = names(torch.from_numpy)
    methods = [name for name in dir(torch.Tensor)
               if name[0] != "_" and name not in LEFT_OUT and callable(getattr(torch.Tensor, name))]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: change(name, within) for name in methods}
    return {
        "methods": sum(what is not None for what in found.values()),
        "changing": [name for name, what in found.items() if what],
        "suffixed": [name for name, what in found.items() if name.endswith("_") and what is not None],
        "not_run": [name for name, what in found.items() if name.endswith("_") and what is None],
    }
