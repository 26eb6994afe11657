"""What the checks are made of: code run as at the prompt, every method of an array and of a tensor; and their page."""

import json
import re

import numpy as np
import pytest
import torch
from projects import ROOT

from kotohajime import compute
from kotohajime.claims import checks
from kotohajime.article.schedule import halving
from kotohajime.claims.statements import BY_SECTION, STATEMENTS, UNCHECKED, __main__, by_hand, surface
from kotohajime.claims.statement import Line, Statement, brief
from kotohajime.config import OnThreads

OUTCOMES = {  # of each line: the end of what the article's gives, and of what the one to write now gives
    "matrix_product": [("[3., 3.]])", "[3., 3.]])")],
    "negative_step": [("ValueError: step must be greater than zero", "tensor([[3, 4, 5],\n        [0, 1, 2]])")],
    "negative_by_copy": [("tensor([[3, 4, 5],\n        [0, 1, 2]])", "tensor([[3, 4, 5],\n        [0, 1, 2]])")],
    "clamp_is_relu": [("tensor([0., 0., 2.])", "tensor([0., 0., 2.])")],
    "requires_grad_name": [("unexpected keyword argument 'require_grad'", "tensor([1., 1., 1.], requires_grad=True)")],
    "data_untracked": [("tensor(60.)", "set_detect_anomaly(True, check_nan=False).")],
    "grad_accumulates": [("tensor([[0., 0.]])", "True")],
    "class_argument": [("NameError: name 'outpu_dim' is not defined", "")],
    "forward_call": [("0", "1")],
    "module_to": [("'cuda'", "'cuda'" if torch.cuda.is_available() else "'cpu'"), ("[]", "['scale']")],
    "losses_in_nn": [("has no attribute 'RMSELoss'", "tensor(1.)")],
    "size_average_false": [("use reduction='sum' instead.\ntensor(55.)", "tensor(55.)")],
    "size_average": [("use reduction='mean' instead.\ntensor(9.1667)", "tensor([ 0.5000,  6.5000, 20.5000])")],
}


@pytest.fixture(scope="module")
def methods():
    compute.use("cpu", "float64", threads=1)  # only what is deterministic, as in the workflow
    return surface.compare_methods()


def test_each_line_is_run_on_its_own():
    told = Line("x = x + 1; x", "x", "x = 2").run()
    assert told == {"setup": "x = 2", "article": "x = x + 1; x", "article_gives": "3", "now": "x", "now_gives": "2"}
    assert Line("x", "np.ones(1), torch.ones(1)").run()["article_gives"] == "NameError: name 'x' is not defined"


@pytest.mark.slow
def test_every_line_was_run_by_its_check():
    gives = {s.id: [(line["article_gives"], line["now_gives"]) for line in s.observe()["lines"]] for s in STATEMENTS}
    ends = {name: [tuple(map(str.endswith, pair, end)) for pair, end in zip(gives[name], OUTCOMES[name], strict=True)]
            for name in gives if gives[name]}  # fmt: skip
    assert ends == {name: [(True, True)] * len(pairs) for name, pairs in OUTCOMES.items()}


@pytest.mark.slow
def test_the_checks_say_the_same_each_time(tmp_path):
    for name in ("first", "second"):
        checks.main(on=OnThreads(threads=1), output=tmp_path / name)
    assert (tmp_path / "first").read_text() == (tmp_path / "second").read_text()
    assert [*json.loads((tmp_path / "first").read_text())] == [statement.id for statement in STATEMENTS]


def test_code_shares_its_names_and_its_seed():
    found = Statement("", None, {"first": "x = torch.rand(1).item(); x", "second": "x", "third": lambda: 3}).observe()
    assert found == {"first": f"{torch.manual_seed(0) and torch.rand(1).item()}", "second": found["first"],
                     "third": 3, "lines": []}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"), [("a\nb", "a"), (" a ", "a"), ("x" * 239 + " yz", "x" * 239 + " ..."), ("x" * 240, "x" * 240)]
)
def test_the_first_line_is_told_in_brief(text, told):
    assert brief(text) == told


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (torch.ones(2), np.ones(2), True),
        (torch.ones(2), np.ones(2) + 1e-3, False),
        (torch.ones(1, 2), np.ones(2), False),
        (torch.ones(2, dtype=torch.int64), np.ones(2), False),
        (torch.tensor(2.0), 2.0, True),
        (2, 2.0, False),
        ((torch.ones(1), 2), (np.ones(1), 2), True),
        ((torch.ones(1), 2), (np.ones(1), 3), False),
        ((2, 2), (2,), False),
        (torch.ones(1), (1.0,), False),
        (None, None, True),
        (torch.ones(1), None, False),
        (b"a", b"b", False),
    ],
)
def test_the_same_are_values_of_one_shape_and_kind(ours, theirs, same):
    assert surface.same(ours, theirs) is same


def test_no_method_is_dropped(methods):
    assert [*methods] == [n for n in dir(np.ndarray) if n[0] != "_" and callable(getattr(np.ndarray, n))]
    assert {name for name, seen in methods.items() if not seen["calls"]} == {
        "choose", "dump", "searchsorted", "setfield", "to_device", "tofile"}  # fmt: skip
    assert {"sum()", "sum(0)", "sum(axis=1)", "sum(keepdims=True)"} <= {*surface.calls("sum")}
    assert "put(0, 1)" in surface.calls("put")


def test_every_other_spelling_is_needed_and_gives_the_same(methods):
    ways = [way for seen in methods.values() for way in seen["in_torch"]]
    assert sorted(ways) == sorted(surface.IN_TORCH.items())
    assert [call for call, _ in ways if call not in methods[call.partition("(")[0]]["different"]] == []


def test_a_wrong_spelling_is_not_told(monkeypatch):
    monkeypatch.setitem(surface.IN_TORCH, "std()", "a.std()")
    monkeypatch.setitem(surface.IN_TORCH, "sort()", "a.sort().values")  # leaves a as it is
    assert surface.in_torch("std") == surface.in_torch("sort") == []


@pytest.mark.parametrize(
    "otherwise", [lambda a, *_, **__: a, lambda a, *more, **named: a.clone().sum(*more, **named) if a.zero_() else 0]
)
def test_a_method_that_does_otherwise_is_listed(monkeypatch, methods, otherwise):
    assert methods["argmax"]["different"] == []
    assert methods["sum"]["different"] == ["sum(keepdims=True)"]
    monkeypatch.setattr(torch.Tensor, "argmax", otherwise)
    seen = surface.compare_methods()["argmax"]
    assert len(seen["different"]) == seen["calls"] > 3


def test_methods_that_change_their_tensor_are_seen(monkeypatch):
    usual = surface.in_place()
    changes = {
        "add_unseen": lambda a: a.data.add_(1),
        "touch": lambda a: a.add_(0),
        "mark": lambda a: a.requires_grad_(),
        "twist": lambda a: a.t_(),
        "shrink": lambda a, b: a.resize_(2, 3),
    }
    others = {"quiet_": lambda a: a, "fussy_": lambda a: 1 / 0, "_hidden": lambda a: a.add_(1), "plain": lambda a: a,
              "number": 3}  # fmt: skip
    for name, method in {**changes, **others, "abs_": torch.Tensor.abs}.items():
        monkeypatch.setattr(torch.Tensor, name, method, raising=False)
    seen = surface.in_place()
    assert {*seen["changing"]} ^ {*usual["changing"]} == {*changes, "abs_"}
    assert {*seen["suffixed"]} ^ {*usual["suffixed"]} == {"quiet_"}
    assert {*seen["not_run"]} ^ {*usual["not_run"]} == {"fussy_"}
    assert seen["methods"] == usual["methods"] + len(changes) + len(["quiet_", "plain"])
    assert {"detach_", "requires_grad_", "resize_", "t_", "abs_", "map_", "copy_"} <= {*usual["changing"]}


def test_halvings_are_found():
    assert by_hand.halvings(halving(1.0, 1000, 200, at_start=True)) == [0, 200, 400, 600, 800]
    assert by_hand.halvings([4.0, 2.0, 2.0, 3.0, 1.0]) == [0]


def test_the_page_of_statements_is_written_from_them():
    page = (ROOT / "docs/statements.md").read_text()
    assert page == __main__.page()
    assert re.findall(r"\| `(\w+)` +\|$", page, re.MULTILINE) == [statement.id for statement in STATEMENTS]
    assert re.findall("^## (.+)$", page, re.MULTILINE) == [english for english, _ in BY_SECTION]
    said = [statement.says[0] for statement in STATEMENTS]
    told = re.findall(r"^\| (.*?) +\| (`|not checked: )", page, re.MULTILINE)
    assert [sentence for sentence, kind in told if kind == "`"] == said
    unchecked = [sentence for pairs in UNCHECKED.values() for sentence, _ in pairs]
    assert [sentence for sentence, kind in told if kind != "`"] == unchecked
    assert len({*said, *unchecked}) == len(told) == len(page.split("\n| ")) - 1 - len(BY_SECTION)
    assert len({statement.id for statement in STATEMENTS}) == len({s.title for s in STATEMENTS}) == len(STATEMENTS)
