"""Every public method of an array and of a tensor, called with generated arguments, so that nobody picks the cases."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import numpy as np
import torch

ARRAY = np.random.default_rng(0).standard_normal((4, 6))


def make_names(convert: Callable[[np.ndarray], object]) -> dict[str, object]:
    """Return what code may name: a, b (4, 6) and the indices i; `convert` is np.asarray or torch.from_numpy."""
    arrays = {"a": ARRAY.copy(), "b": ARRAY[::-1].copy(), "i": np.array([2, 0, 1])}
    return {"np": np, "torch": torch, **{name: convert(array) for name, array in arrays.items()}}


def evaluate(code: str, convert: Callable[[np.ndarray], object]) -> tuple[object, np.ndarray]:
    """Return the value of an expression of `a`, and `a` after it."""
    names = make_names(convert)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(code, names), np.asarray(names["a"])


def same(ours: object, theirs: object) -> bool:
    """Return whether two results hold the same values, of one kind and shape; others than numbers have to be equal."""
    if isinstance(theirs, tuple | list):
        return isinstance(ours, tuple | list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if not isinstance(theirs, np.ndarray | np.generic | float | int):
        return type(ours) is type(theirs) and ours == theirs
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.dtype.kind == theirs.dtype.kind and ours.shape == theirs.shape and np.allclose(ours, theirs)


def alike(code: str, in_torch: str = "") -> bool:
    """Return whether an expression of arrays gives, and leaves in `a`, the same with tensors.

    With `in_torch` the tensors' expression is another one; it may give something where NumPy's gives None.
    """
    value, after = evaluate(code, np.asarray)
    try:
        our_value, our_after = evaluate(in_torch or code, torch.from_numpy)
    except Exception:
        return False
    return same(our_after, after) and (same(our_value, value) or bool(in_torch and value is None))


def accepted_calls(method: str, arguments: Iterable[str]) -> list[str]:
    """Return the calls of an array's method that NumPy accepts."""
    calls = []
    for given in arguments:
        with suppress(Exception):
            evaluate(f"a.{method}({given})", np.asarray)
            calls.append(f"{method}({given})")
    return calls


def compare_methods(arguments: Iterable[str], in_torch: Mapping[str, str]) -> dict[str, dict]:
    """Compare each public method of an array, called with each of some arguments, with a tensor's.

    Returns by method how many `calls` NumPy accepts, which are `different` with a tensor, and the pairs of `in_torch`,
    a call and how to do the same with a tensor, that do the same indeed. Methods that write files are not called.
    """
    methods: dict[str, dict] = {}
    for name in dir(ARRAY):
        if name.startswith("_") or not callable(getattr(ARRAY, name)):
            continue
        calls = [] if name in ("dump", "tofile") else accepted_calls(name, arguments)
        different = [call for call in calls if not alike(f"a.{call}")]
        pairs = [pair for pair in in_torch.items() if pair[0].startswith(f"{name}(")]
        confirmed = [[call, ours] for call, ours in pairs if alike(f"a.{call}", ours)]
        methods[name] = {"calls": len(calls), "different": different, "in_torch": confirmed}
    return methods


def describe(tensor: torch.Tensor) -> tuple:
    """Return all of a tensor that a method can change in place."""
    return tensor.requires_grad, tensor._version, tensor.shape, tensor.stride(), tensor.tolist()


def changes(method: str, arguments: Iterable[str], names: dict) -> bool | None:
    """Return whether a tensor's method changes its tensor with some of the arguments; None if it accepts none."""
    accepted = False
    for given in arguments:
        a = names["a"] = torch.from_numpy(ARRAY.copy())
        if method == "detach_":  # it changes only what has a history
            a = names["a"] = a.requires_grad_().mul(1)
        before = describe(a)
        with suppress(Exception):
            eval(f"a.{method}({given})", names)
            accepted = True
            if describe(a) != before:
                return True
    return False if accepted else None


def find_changes(arguments: Iterable[str], skipped: Iterable[str]) -> dict[str, bool | None]:
    """Return for every public method of a tensor, but the skipped ones, whether it `changes` its tensor."""
    names = make_names(torch.from_numpy)
    public = [name for name in dir(torch.Tensor) if not name.startswith("_") and name not in skipped]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: changes(name, arguments, names) for name in public if callable(getattr(torch.Tensor, name))}
