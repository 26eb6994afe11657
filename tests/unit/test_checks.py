"""The checks observe what torch does, and see it if it does otherwise: each is tried with another torch."""

import contextlib
import math
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kotohajime.article import train_autograd, train_manual
from kotohajime.claims.statements import STATEMENTS, autograd, by_hand, figure, installing, module, optimizer, tensors

HERE, LESSONS = "kotohajime.claims.statements", "kotohajime.article"
GPU = torch.cuda.is_available()
BACKWARD, GRAD, MOVE, FROM_NUMPY = torch.Tensor.backward, torch.autograd.grad, torch.nn.Module.to, torch.from_numpy
SET, MANUAL, AUTOGRAD = torch.nn.Module.__setattr__, train_manual.train, train_autograd.train


def restart(loss):
    """Go backward without adding to the gradient that is there."""
    loss.grad_fn.next_functions[0][0].variable.grad = None
    BACKWARD(loss)


def move_all(model, device):
    """Move a plain attribute too."""
    model.factor = model.factor.to(device)
    return MOVE(model, device)


def register_lists(model, name, value):
    """Register the modules in a plain list too."""
    SET(model, name, torch.nn.ModuleList(value) if isinstance(value, list) else value)


def off_in(dtype):
    """Train with autograd, off by one percent in one precision."""
    return lambda x, *more: ([loss * (1.01 if x.dtype == dtype else 1) for loss in AUTOGRAD(x, *more)[0]], None)


class Odd(torch.optim.Optimizer):
    """An optimiser whose first argument are not the parameters."""

    def __init__(self, lr, params):
        """Take them the other way round."""


def given(**attributes):
    return lambda *_, **__: SimpleNamespace(**attributes)


def mse(of):
    """Return an MSELoss that takes any argument and computes something else of the errors."""
    return lambda **_: lambda pred, y: of(pred - y)


def fitting(a, b):
    """Multiply, after a transposition where the shapes do not fit."""
    return torch.matmul(a if a.shape[-1] == b.shape[0] else a.T, b)


def uniform(bound):
    return lambda weight, a: torch.nn.init.uniform_(weight, -bound(weight), bound(weight))


def fit(seen):
    return [layer["largest"] <= layer["bound"] and layer["p_value"] > 0.001 for layer in seen["layers"].values()]


BROKEN = [  # statement, what another torch does otherwise (or another module of ours), what is seen then
    (installing.install, "__version__", "3.1+cu", {"torch": "3.1"}),
    (installing.install, "version.cuda", "9.1", {"cuda": "9.1"}),
    (installing.install, f"{HERE}.installing.distribution", given(read_text=lambda _: "a\n"), {"installer": "a"}),
    (installing.install, f"{HERE}.installing.distribution", given(read_text=lambda _: None),
     {"installer": "an unknown installer"}),
    (tensors.tensor_class, "randn", lambda *_: 1.0, {"drawn": "<class 'float'>"}),
    (tensors.tensor_class, "Tensor.mm", lambda *_: 1.0, {"product": "<class 'float'>"}),
    (tensors.tensor_class, "nn.Linear", given(weight=1.0), {"weight": "False"}),
    (tensors.numpy_like, "Tensor.clamp", lambda a, **_: a, {"different": ["a.clamp(min=0)"]}),
    (tensors.slices, "Tensor.__getitem__", lambda a, _: a, {"different": tensors.SLICES}),
    (tensors.matrix_product, "Tensor.mm", lambda a, b: a[0], {"numpys": False, "unfit": "tensor([1., 1., 1.])"}),
    (tensors.negative_step, "Tensor.__getitem__", lambda a, _: 1, {"sliced": "1"}),
    (tensors.negative_by_copy, "from_numpy", lambda _: math.sqrt(-1), {"round": "ValueError: ..."}),
    (tensors.negative_by_copy, "Tensor.flip", lambda a, _: a, {"direct": "False"}),
    (tensors.copy_needed, "from_numpy", lambda a: FROM_NUMPY(a.copy()).sum(), {"shared": "tensor(6., ..."}),
    (tensors.negative_strides_soon, "from_numpy", lambda a: FROM_NUMPY(a.copy()).sum(), {"shared": "tensor(6., ..."}),
    (tensors.negative_strides_soon, "__version__", "3.1+cu", {"torch": "3.1"}),
    (by_hand.network_formula, "relu", lambda a: a, {"as_in_code": "False"}),
    (by_hand.network_formula, "Tensor.mm", lambda a, b: a @ b + 1, {"as_in_code": "False"}),
    (by_hand.output_dim, "Tensor.__matmul__", lambda a, b: [a], {"text": "1", "code": "1"}),
    (by_hand.grad_w2_formula, "autograd.grad", lambda *a: [2 * by for by in GRAD(*a)],
     {"one_sample": "False", "transposed": "False"}),
    (by_hand.grad_w2_formula, "Tensor.__matmul__", fitting, {"batch": "False"}),
    (by_hand.gradient_formula, "Tensor.__matmul__", fitting, {"printed": "RuntimeError: The size ..."}),
    (by_hand.gradient_formula, f"{LESSONS}.train_manual.train",
     lambda *given: MANUAL(*given[:-1], [2 * rate for rate in given[-1]]), {"code_against_autograd": 1.0}),
    (by_hand.gradient_formula, "Tensor.clamp", lambda a, **_: a.detach().relu() + 0 * a, {"gradcheck": False}),
    (by_hand.heaviside, "heaviside", lambda a, _: a, {"same": "False"}),
    (by_hand.random_start, f"{HERE}.by_hand.draw", lambda *_: {"w1": np.linspace(-1, 1, 9**5)}, {"p": 0.0}),
    (by_hand.heaviside, "relu", lambda a: a.clamp(min=0), {"same": "False"}),
    (by_hand.clamp_is_relu, "relu", lambda a: a.clamp(0, 9), {"values": "False"}),
    (by_hand.clamp_is_relu, "Tensor.clamp", lambda a, **_: torch.relu(a), {"at_zero": "[0.0, 0.0]"}),
    (by_hand.lr_schedule, f"{HERE}.by_hand.halving", lambda *_, at_start: [4, 2, 2, 1], {"ours": [0, 2]}),
    (autograd.autograd_same, f"{LESSONS}.train_autograd.train", off_in(torch.float32), {"float32": 0.01}),
    (autograd.autograd_same, f"{LESSONS}.train_autograd.train", off_in(torch.float64), {"float64": 0.01}),
    (autograd.requires_grad_name, "randn", lambda *_, require_grad: torch.ones(1, requires_grad=True),
     {"works": "True"}),
    (autograd.backward_fills_grad, "Tensor.grad", 1, {"before": "False"}),
    (autograd.backward_fills_grad, "Tensor.backward", lambda _: None, {"after": "AttributeError: ..."}),
    (autograd.no_grad_untracked, "no_grad", contextlib.nullcontext, {"inside": "RuntimeError: ..."}),
    (autograd.no_grad_untracked, "Tensor.__isub__", lambda a, b: a, {"outside": ""}),
    (autograd.data_untracked, "Tensor.data", property(torch.Tensor.detach, lambda *_: None), {"versions": "(1, 2)"}),
    (autograd.data_untracked, "Tensor.data", property(torch.clone, lambda *_: None), {"works": "[1.0, 1.0]"}),
    (autograd.data_untracked, "Tensor.mul_", lambda a, b: a, {"by_data": "6.0"}),
    (autograd.data_untracked, "Tensor.mul_", lambda a, b: a.data.copy_(a.data * b), {"by_no_grad": "60.0"}),
    (autograd.data_untracked, "Tensor.__pow__", lambda a, _: 2 * a * a, {"untouched": "12.0"}),
    (autograd.grad_accumulates, "Tensor.backward", restart, {"twice": "6.0"}),
    (autograd.grad_accumulates, "Tensor.zero_", lambda a: a, {"zeroed": "18.0"}),
    (autograd.grad_accumulates, "Tensor.__pow__", lambda a, _: 2 * a * a, {"once": "12.0"}),
    (module.module_subclass, "nn.Module.forward", lambda _, x: x, {"no_forward": "tensor([1.])"}),
    (module.module_subclass, "nn.Module.__setattr__", lambda *_: math.sqrt(-1), {"no_super": "ValueError: ..."}),
    (module.module_subclass, "nn.Module.__call__", lambda _, x: x, {"both": "(5, 4)"}),
    (module.class_argument, "nn.Linear", given(out_features=3), {"made": 3}),
    (module.class_argument, f"{LESSONS}.train_module.TwoLayerNet", given(linear2=torch.nn.Linear(1, 4)), {"ours": 4}),
    (module.forward_call, "nn.Module.__call__", lambda *_: torch.rand(1), {"same": "False", "hooks": "(0, 0)"}),
    (module.module_to, "cuda.is_available", lambda: not GPU, {"device": "meta" if GPU else "cuda"}),
    (module.module_to, "nn.Module.to", lambda model, _: model, {"parameters": "cpu"}),
    (module.module_to, "nn.Module.to", move_all, {"attribute": "cuda" if GPU else "meta"}),
    (module.module_lists, "nn.Module.children", lambda _: [], {"children": "False"}),
    (module.module_lists, "nn.Module.parameters", lambda _: [torch.ones(3)], {"parameters": "[(3,)]"}),
    (module.module_lists, "nn.Module.__setattr__", register_lists, {"in_a_list": "2"}),
    (optimizer.many_optimizers, "optim.Odd", Odd, lambda seen: "Odd" in seen["optimizers"]),
    (optimizer.many_optimizers, "optima", 1, {"misspelt": "1"}),
    (optimizer.optimizer_arguments, "optim.Odd", Odd, lambda seen: seen["optimizers"].get("Odd") == "lr"),
    (optimizer.optimizer_arguments, "nn.Module.parameters", lambda _: [torch.ones(3)], {"whole": "1"}),
    (optimizer.simple_sgd, "optim.SGD", given(lr=1), {"optimizer": "namespace(lr=1)"}),
    (optimizer.simple_sgd, "Tensor.backward", lambda loss: BACKWARD(loss * torch.rand(1)), {"losses": "False"}),
    (optimizer.optimizer_methods, "optim.SGD.step", lambda _: None, {"kept": "[True, True]"}),
    (optimizer.optimizer_methods, "optim.SGD.zero_grad", lambda _: None, {"gradients": "[False, False]"}),
    (optimizer.losses_in_nn, "nn.RMSELoss", 1, lambda seen: "RMSELoss" in seen["losses"]),
    (optimizer.size_average_false, "nn.MSELoss", mse(lambda error: error.square().mean(1).sqrt().sum()),
     {"value": "7.7843", "misspelt": "<function ..."}),
    (optimizer.size_average_false, "Tensor.square", lambda a: a, {"squares": "15.0"}),
    (optimizer.size_average_false, "Tensor.sqrt", lambda a: a, {"of_rmse": "27.5"}),
    (optimizer.size_average, "nn.MSELoss", mse(lambda error: error.square().mean(1)), {"value": "[0.5, 6.5, 20.5]"}),
    (optimizer.size_average, "Tensor.mean", lambda a, *_: a.sum(), {"mean": "55.0", "each": "55.0"}),
    (figure.linear_init, "nn.init.kaiming_uniform_", lambda weight, a: torch.nn.init.normal_(weight, 0, 0.01),
     lambda seen: not any(fit(seen))),
    (figure.linear_init, "nn.init.kaiming_uniform_", uniform(lambda w: 1.001 / math.sqrt(w.shape[1])),
     lambda seen: not any(fit(seen))),
    (figure.linear_init_wording, "nn.init.kaiming_uniform_", uniform(lambda w: 1 / math.sqrt(w.numel())),
     lambda seen: all(fit(seen))),
]  # fmt: skip


@cache
def usual(name):
    return observe(next(statement for statement in STATEMENTS if statement.id == name))


def observe(statement):
    seen = statement.observe()
    return seen | seen.get("seen", {})


def agrees(seen, expected):
    """Tell whether what was seen is what was expected, up to an ellipsis."""
    if isinstance(expected, str) and expected.endswith("..."):
        return seen.startswith(expected.removesuffix("..."))
    return seen == (pytest.approx(expected, abs=1e-9) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(("statement", "place", "otherwise", "then"), BROKEN)
def test_another_torch_is_seen(monkeypatch, statement, place, otherwise, then):
    before = usual(statement.id)
    monkeypatch.setattr(place if place.startswith("kotohajime") else f"torch.{place}", otherwise, raising=False)
    after = observe(statement)
    if callable(then):
        assert (then(before), then(after)) == (False, True)
    else:
        assert {key: after[key] for key in then if not agrees(after[key], then[key])} == {}
        assert [key for key in then if before[key] == after[key]] == []
