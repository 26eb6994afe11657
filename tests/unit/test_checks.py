"""What is observed of the article's statements: with another torch (or module of ours) the verdict is another."""

import contextlib
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kotohajime.article import train_autograd, train_manual
from kotohajime.claims import computed, surface
from kotohajime.claims.checks import Runs, observe, run_line
from kotohajime.claims.statements import Statement, read_statements
from kotohajime.text import CHANGED, FAILS, HOLDS

STATEMENTS = {statement.id: statement for statement in read_statements()}
RUNS = Runs({name: np.ones((1, 1)) for name in ("x", "y", "w1", "w2")}, autograd=[1.0], module=[1.0])
LOSS = "torch.nn.MSELoss"


def test_the_line_to_write_now_works_where_the_articles_fails_or_gives_the_same():
    outcomes = [(one.id, run_line(**line)) for one in STATEMENTS.values() for line in one.lines]
    failing = {"negative_step", "requires_grad_name", "class_argument", "losses_in_nn"}
    assert {name for name, outcome in outcomes if "Error: " in outcome["article_gives"]} == failing
    assert {name for name, outcome in outcomes if "Error: " in outcome["now_gives"]} == {"data_untracked"}
    same = {name for name, outcome in outcomes if outcome["article_gives"].endswith(outcome["now_gives"] or "?")}
    assert same == {"matrix_product", "negative_by_copy", "clamp_is_relu", "size_average_false"}


def test_observations_share_their_names_and_their_seed_and_each_line_is_run_on_its_own():
    line = {"setup": "x = 2", "article": "x = x + 1; x", "now": "x"}
    outcome = {**line, "article_gives": "3", "now_gives": "2"}
    pieces = {"first": "x = torch.rand(1).item(); x + y", "second": "x + 1"}
    values = {"third": "x", "fourth": "third + 1"}
    statement = Statement("one", {}, "", "", {}, setup="y = 0", observe=pieces, compute=values, lines=[line])
    torch.manual_seed(0)
    x = torch.rand(1).item()
    expected = {"first": f"{x}", "second": f"{x + 1}", "third": x, "fourth": x + 1, "lines": [outcome]}
    assert observe(statement, RUNS) == observe(statement, RUNS) == expected


class Odd(torch.optim.Optimizer):
    """An optimiser whose first argument is not the parameters."""

    def __init__(self, lr, params):
        """Take them the other way round."""


def given(**attributes):
    return lambda *_, **__: SimpleNamespace(**attributes)


BROKEN = [  # statement, what another torch does otherwise, the verdict then
    ("tensor_class", "torch.randn", lambda *_: 1.0, FAILS),
    ("numpy_like", "torch.Tensor.clamp", lambda a, **_: a, FAILS),
    ("slices", "torch.Tensor.__getitem__", lambda a, _: a, FAILS),
    ("matrix_product", "torch.Tensor.mm", torch.Tensor.add, FAILS),
    ("negative_step", "torch.Tensor.__getitem__", lambda a, _: 1, FAILS),
    ("negative_by_copy", "torch.from_numpy", lambda _: math.sqrt(-1), FAILS),
    ("negative_by_copy", "torch.Tensor.flip", lambda a, _: a, HOLDS),
    ("copy_needed", "torch.from_numpy", lambda a: torch.tensor(a.tolist()), FAILS),
    ("negative_strides_soon", "torch.from_numpy", lambda a: torch.tensor(a.tolist()), HOLDS),
    ("network_formula", "torch.relu", lambda a: a, FAILS),
    ("output_dim", "torch.Tensor.__matmul__", lambda a, b: [a], HOLDS),
    ("grad_w2_formula", "torch.autograd.grad", lambda of, weights: [w * 0 for w in weights], FAILS),
    ("heaviside", "torch.relu", lambda a: a.clamp(min=0), FAILS),
    ("random_start", "torch.randn", lambda *shape: torch.linspace(-1, 1, 9).repeat(99), FAILS),
    ("clamp_is_relu", "torch.relu", lambda a: a.clamp(0, 9), FAILS),
    ("requires_grad_name", "torch.randn", lambda *_, require_grad: given(requires_grad=True)(), HOLDS),
    ("backward_fills_grad", "torch.Tensor.backward", lambda _: None, FAILS),
    ("no_grad_untracked", "torch.no_grad", contextlib.nullcontext, FAILS),
    ("data_untracked", "torch.Tensor.data", property(torch.clone, lambda *_: None), FAILS),
    ("data_untracked", "torch.Tensor.mul_", lambda a, b: a.data.copy_(a.data * b), FAILS),
    ("grad_accumulates", "torch.Tensor.zero_", lambda a: a, FAILS),
    ("module_subclass", "torch.nn.Module.forward", lambda _, x: x, HOLDS),
    ("class_argument", "torch.nn.Linear", given(out_features=3), HOLDS),
    ("forward_call", "torch.nn.Module.__call__", lambda *_: torch.rand(1), FAILS),
    ("module_lists", "torch.nn.Module.children", lambda _: [], FAILS),
    ("module_lists", "torch.nn.Module.parameters", lambda _: [torch.ones(3)], FAILS),
    ("many_optimizers", "torch.optim", SimpleNamespace(Optimizer=torch.optim.Optimizer, Odd=Odd), FAILS),
    ("optimizer_arguments", "torch.optim.Odd", Odd, FAILS),
    ("optimizer_arguments", "torch.nn.Module.parameters", lambda _: [torch.ones(3)], FAILS),
    ("simple_sgd", "torch.optim.SGD", given(defaults={"momentum": 0, "nesterov": False, "weight_decay": 0}), HOLDS),
    ("optimizer_methods", "torch.optim.SGD.step", lambda _: None, FAILS),
    ("optimizer_methods", "torch.optim.SGD.zero_grad", lambda _: None, FAILS),
    ("losses_in_nn", "torch.nn.RMSELoss", 1, HOLDS),
    ("size_average_false", LOSS, lambda **_: lambda pred, y: (pred - y).square().mean(1).sqrt().sum(), HOLDS),
    ("size_average", LOSS, lambda **_: lambda pred, y: (pred - y).square().mean(1), HOLDS),
    ("linear_init", "torch.nn.init.kaiming_uniform_", lambda weight, a: weight.data.normal_(0, 0.01), FAILS),
]


@pytest.mark.parametrize(("name", "place", "otherwise", "verdict"), BROKEN)
def test_another_torch_gives_another_verdict(monkeypatch, name, place, otherwise, verdict):
    assert STATEMENTS[name].judge(observe(STATEMENTS[name], RUNS)) != verdict
    monkeypatch.setattr(place, otherwise, raising=False)
    assert STATEMENTS[name].judge(observe(STATEMENTS[name], RUNS)) == verdict


def test_where_torch_comes_from_decides_whether_it_is_as_in_2018(monkeypatch):
    def judged(cuda, **installers):
        monkeypatch.setattr("torch.version.cuda", cuda)
        monkeypatch.setattr(
            "importlib.metadata.distribution",
            lambda name: SimpleNamespace(version="0.4.0", read_text=lambda _: installers[name]),
        )
        return STATEMENTS["install"].judge(observe(STATEMENTS["install"], RUNS))

    assert judged("9.1", torch="conda\n", torchvision="conda") == HOLDS
    assert judged("9.1", torch="conda", torchvision="pip\n") == judged("9.1", torch=None, torchvision=None) == CHANGED
    assert judged("13.0", torch="conda", torchvision="conda") == judged(None, torch="uv", torchvision="uv") == CHANGED


def test_lessons_that_differ_are_noticed(monkeypatch):
    x, y, w1, w2, _, _, by_w1, _ = computed.small_network(batch=5, outputs=3)
    assert computed.compare_gradients(x, y, w1, w2, by_w1) < 1e-10
    assert computed.compare_gradients(x, y, w1, w2, 2 * by_w1) == pytest.approx(0.5)

    by_hand = train_manual.train
    monkeypatch.setattr(train_autograd, "train", lambda *given: ([1.01 * loss for loss in by_hand(*given)[0]], None))
    assert computed.compare_losses("float64", epochs=2) == pytest.approx(0.01)


def test_methods_of_an_array_that_a_tensor_does_otherwise_are_found(monkeypatch):
    arguments = ["", "0", "1", "keepdims=True"]
    wrong = {"std()": "a.std()", "sort()": "a.sort().values"}  # the latter leaves a as it is
    methods = surface.compare_methods(arguments, wrong)
    assert [*methods] == [name for name in dir(np.ndarray) if name[0] != "_" and callable(getattr(np.ndarray, name))]
    assert (methods["argmax"]["different"], methods["sum"]["different"]) == ([], ["sum(keepdims=True)"])
    assert methods["sort"]["in_torch"] == methods["std"]["in_torch"] == []
    right = {"std()": "a.std(correction=0)", "sort()": "a.copy_(a.sort().values)"}
    methods = surface.compare_methods([""], right)
    assert [methods[name]["in_torch"] for name in ("std", "sort")] == [[[*pair]] for pair in right.items()]
    monkeypatch.setattr(torch.Tensor, "argmax", lambda a, *_, **__: a)
    method = surface.compare_methods(arguments, {})["argmax"]
    assert len(method["different"]) == method["calls"] == 4


def test_methods_that_change_their_tensor_are_found(monkeypatch):
    todays = dir(torch.Tensor)
    changes = {"abs": False, "abs_": True, "detach_": True, "requires_grad_": True}
    assert surface.find_changes([""], {*todays} - changes.keys()) == changes
    others = {
        "add_unseen": (True, lambda a: a.data.add_(1)),
        "touch": (True, lambda a: a.add_(0)),
        "twist": (True, lambda a: a.t_()),
        "shrink": (True, lambda a, b: a.resize_(2, 3)),
        "fussy_": (None, lambda a: 1 / 0),
    }
    for name, (_, method) in {**others, "_hidden": (True, lambda a: a.add_(1)), "number": (True, 3)}.items():
        monkeypatch.setattr(torch.Tensor, name, method, raising=False)
    assert surface.find_changes(["", "b"], todays) == {name: change for name, (change, _) in others.items()}
