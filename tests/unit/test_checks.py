"""The checks notice when torch does otherwise: with another torch (or module of ours) the verdict is another."""

import contextlib
import math
from types import SimpleNamespace

import pytest
import torch

from kotohajime.article import train_autograd
from kotohajime.claims.checks import Runs, observe
from kotohajime.claims.statements import read_statements
from kotohajime.text import FAILS, HOLDS, OPEN

STATEMENTS = {statement.id: statement for statement in read_statements()}
TRAIN, INIT = "kotohajime.article.train_autograd.train", "torch.nn.init.kaiming_uniform_"
BACKWARD, MOVE, FROM_NUMPY = torch.Tensor.backward, torch.nn.Module.to, torch.from_numpy
AUTOGRAD = train_autograd.train


def restart(loss):
    """Go backward without adding to the gradient that is there."""
    loss.grad_fn.next_functions[0][0].variable.grad = None
    BACKWARD(loss)


def move_all(model, device):
    """Move a plain attribute too."""
    model.factor = model.factor.to(device)
    return MOVE(model, device)


def off_in(dtype):
    """Return a training with autograd that is off by one percent in one precision."""
    return lambda x, *more: ([loss * (1.01 if x.dtype == dtype else 1) for loss in AUTOGRAD(x, *more)[0]], None)


class Odd(torch.optim.Optimizer):
    """An optimiser whose first argument is not the parameters."""

    def __init__(self, lr, params):
        """Take them the other way round."""


def given(**attributes):
    return lambda *_, **__: SimpleNamespace(**attributes)


def mse(reduce):
    """Return an MSELoss that takes any argument and reduces the squared errors otherwise."""
    return lambda **_: lambda pred, y: reduce((pred - y).square())


def sum_without_sign(array):
    return FROM_NUMPY(array.copy()).sum()


def uniform(bound):
    return lambda weight, a: torch.nn.init.uniform_(weight, -bound(weight), bound(weight))


BROKEN = [  # statement, what another torch does otherwise, the verdict then
    ("install", "torch.version.cuda", "9.1", OPEN),
    ("tensor_class", "torch.randn", lambda *_: 1.0, FAILS),
    ("tensor_class", "torch.Tensor.mm", lambda *_: 1.0, FAILS),
    ("tensor_class", "torch.nn.Linear", given(weight=1.0), FAILS),
    ("numpy_like", "torch.Tensor.clamp", lambda a, **_: a, FAILS),
    ("slices", "torch.Tensor.__getitem__", lambda a, _: a, FAILS),
    ("matrix_product", "torch.Tensor.mm", torch.Tensor.add, FAILS),
    ("negative_step", "torch.Tensor.__getitem__", lambda a, _: 1, FAILS),
    ("negative_by_copy", "torch.from_numpy", lambda _: math.sqrt(-1), FAILS),
    ("negative_by_copy", "torch.Tensor.flip", lambda a, _: a, HOLDS),
    ("copy_needed", "torch.from_numpy", sum_without_sign, FAILS),
    ("negative_strides_soon", "torch.from_numpy", sum_without_sign, HOLDS),
    ("network_formula", "torch.relu", lambda a: a, FAILS),
    ("output_dim", "torch.Tensor.__matmul__", lambda a, b: [a], HOLDS),
    ("grad_w2_formula", "torch.autograd.grad", lambda of, weights: [w * 0 for w in weights], FAILS),
    ("heaviside", "torch.relu", lambda a: a.clamp(min=0), FAILS),
    ("random_start", "torch.randn", lambda *shape: torch.linspace(-1, 1, 9).repeat(99), FAILS),
    ("clamp_is_relu", "torch.relu", lambda a: a.clamp(0, 9), FAILS),
    ("autograd_same", TRAIN, off_in(torch.float32), FAILS),
    ("autograd_same", TRAIN, off_in(torch.float64), FAILS),
    ("requires_grad_name", "torch.randn", lambda *_, require_grad: given(requires_grad=True)(), HOLDS),
    ("backward_fills_grad", "torch.Tensor.grad", 1, FAILS),
    ("backward_fills_grad", "torch.Tensor.backward", lambda _: None, FAILS),
    ("no_grad_untracked", "torch.no_grad", contextlib.nullcontext, FAILS),
    ("no_grad_untracked", "torch.Tensor.__isub__", lambda a, b: a, FAILS),
    ("data_untracked", "torch.Tensor.data", property(torch.clone, lambda *_: None), FAILS),
    ("data_untracked", "torch.Tensor.mul_", lambda a, b: a, FAILS),
    ("data_untracked", "torch.Tensor.mul_", lambda a, b: a.data.copy_(a.data * b), FAILS),
    ("grad_accumulates", "torch.Tensor.backward", restart, FAILS),
    ("grad_accumulates", "torch.Tensor.zero_", lambda a: a, FAILS),
    ("module_subclass", "torch.nn.Module.forward", lambda _, x: x, HOLDS),
    ("class_argument", "torch.nn.Linear", given(out_features=3), HOLDS),
    ("forward_call", "torch.nn.Module.__call__", lambda *_: torch.rand(1), FAILS),
    ("module_to", "torch.nn.Module.to", move_all, HOLDS),
    ("module_lists", "torch.nn.Module.children", lambda _: [], FAILS),
    ("module_lists", "torch.nn.Module.parameters", lambda _: [torch.ones(3)], FAILS),
    ("many_optimizers", "torch.optim", SimpleNamespace(Optimizer=torch.optim.Optimizer, Odd=Odd), FAILS),
    ("optimizer_arguments", "torch.optim.Odd", Odd, FAILS),
    ("optimizer_arguments", "torch.nn.Module.parameters", lambda _: [torch.ones(3)], FAILS),
    ("simple_sgd", "torch.optim.SGD", given(defaults={"momentum": 0, "nesterov": False, "weight_decay": 0}), HOLDS),
    ("optimizer_methods", "torch.optim.SGD.step", lambda _: None, FAILS),
    ("optimizer_methods", "torch.optim.SGD.zero_grad", lambda _: None, FAILS),
    ("losses_in_nn", "torch.nn.RMSELoss", 1, HOLDS),
    ("size_average_false", "torch.nn.MSELoss", mse(lambda squares: squares.mean(1).sqrt().sum()), HOLDS),
    ("size_average", "torch.nn.MSELoss", mse(lambda squares: squares.mean(1)), HOLDS),
    ("linear_init", INIT, lambda weight, a: torch.nn.init.normal_(weight, 0, 0.01), FAILS),
    ("linear_init", INIT, uniform(lambda weight: 1.001 / math.sqrt(weight.shape[1])), FAILS),
    ("linear_init_wording", INIT, uniform(lambda weight: 1 / math.sqrt(weight.numel())), HOLDS),
]


@pytest.mark.parametrize(("name", "place", "otherwise", "verdict"), BROKEN)
def test_another_torch_gives_another_verdict(monkeypatch, name, place, otherwise, verdict):
    no_runs = Runs(problem={}, autograd=[], module=[])
    assert STATEMENTS[name].judge(observe(STATEMENTS[name], no_runs)) != verdict
    monkeypatch.setattr(place, otherwise, raising=False)
    assert STATEMENTS[name].judge(observe(STATEMENTS[name], no_runs)) == verdict
