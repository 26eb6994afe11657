"""What the checks are made of: the file of statements, code at a prompt, every method of an array and of a tensor."""

import re
from collections import Counter

import numpy as np
import pytest
import torch
from projects import ROOT

from kotohajime import compute
from kotohajime.article.prompt import execute
from kotohajime.claims import computed, statements_page, surface
from kotohajime.claims.checks import Runs, observe, run_line
from kotohajime.claims.statements import Statement, brief, matches, read_sections, read_statements

STATEMENTS = {statement.id: statement for statement in read_statements()}
PROBLEM = {name: np.ones((1, 1)) for name in ("x", "y", "w1", "w2")}
RUNS = Runs(PROBLEM, autograd=[1.0], module=[1.0])
GPU = torch.cuda.is_available()
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
    "module_to": [("'cuda'", "'cuda'" if GPU else "'cpu'"), ("[]", "['scale']")],
    "losses_in_nn": [("has no attribute 'RMSELoss'", "tensor(1.)")],
    "size_average_false": [("use reduction='sum' instead.\ntensor(55.)", "tensor(55.)")],
    "size_average": [("use reduction='mean' instead.\ntensor(9.1667)", "tensor([ 0.5000,  6.5000, 20.5000])")],
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=lambda statement: statement.id)
def test_a_statement_is_whole(statement):
    pairs = [statement.title, {"en": statement.en, "ja": statement.ja}, statement.evidence]
    for text in pairs:
        assert [*text] == ["en", "ja"]
        assert all(text.values())
        assert not re.search("[ぁ-んァ-ヶ一-龥]", text["en"])
        assert "  " not in text["ja"]
    assert all(re.search("[ぁ-んァ-ヶ一-龥]", text["ja"]) for text in pairs[1:])
    quoted = (Counter(re.findall(r"study[.\w]+", text)) for text in statement.evidence.values())
    assert next(quoted) == next(quoted)
    assert bool(statement.expect) != bool(statement.verdict)
    assert execute(statement.setup or "None", {"torch": torch, "np": np, "runs": RUNS})[0] == "value"
    for line, (article, now) in zip(statement.lines, OUTCOMES.get(statement.id, []), strict=True):
        outcome = run_line(**line)
        assert outcome["article_gives"].endswith(article)
        assert outcome["now_gives"].endswith(now)


def test_every_statement_is_on_its_page_once():
    page = (ROOT / "docs/statements.md").read_text()
    assert page == statements_page.page()
    assert re.findall(r"\| `(\w+)` +\|$", page, re.MULTILINE) == [*STATEMENTS]
    assert re.findall(r"^    (\w+):$", (ROOT / "src/kotohajime/words/statements.yaml").read_text(), re.MULTILINE) == [
        *STATEMENTS
    ]
    sections = read_sections()
    assert re.findall("^## (.+)$", page, re.MULTILINE) == [section.title["en"] for section in sections]
    unchecked = [sentence["says"] for section in sections for sentence in section.unchecked]
    sentences = [*(statement.en for statement in STATEMENTS.values()), *unchecked]
    assert Counter(re.findall(r"^\| (.*?) +\| (?:`|not checked: )", page, re.MULTILINE)) == Counter(sentences)
    assert len({*sentences}) == len(sentences)


@pytest.mark.parametrize(
    ("observed", "expected", "same"),
    [
        ("6.0", "6.0", True),
        ("16.0", "6.0", False),
        ("Error: a\nb", "Error: ...", True),
        ("an Error: b", "Error: ...", False),
        ("one and two", "one...two", True),
        ("two, one", "one...two", False),
        ("True", True, False),
        ([], [], True),
    ],
)
def test_an_ellipsis_stands_for_any_text(observed, expected, same):
    assert matches(observed, expected) is same


@pytest.mark.parametrize(
    ("text", "first"), [("a\nb", "a"), (" a ", "a"), ("x" * 239 + " yz", "x" * 239 + " ..."), ("x" * 240, "x" * 240)]
)
def test_the_first_line_in_brief(text, first):
    assert brief(text) == first


def test_each_line_is_run_on_its_own():
    outcome = {"setup": "x = 2", "article": "x = x + 1; x", "article_gives": "3", "now": "x", "now_gives": "2"}
    assert run_line("x = x + 1; x", "x", "x = 2") == outcome
    assert run_line("x", "np.ones(1), torch.ones(1)")["article_gives"] == "NameError: name 'x' is not defined"


def test_observations_share_their_names_and_their_seed():
    text = {"en": "", "ja": ""}
    pieces = {"first": "x = torch.rand(1).item(); x + y", "second": "x + 1"}
    values = {"third": "x", "fourth": "third + 1"}
    statement = Statement("one", text, "", "", text, setup="y = 0", observe=pieces, compute=values)
    torch.manual_seed(0)
    x = torch.rand(1).item()
    expected = {"first": f"{x}", "second": f"{x + 1}", "third": x, "fourth": x + 1, "lines": []}
    assert observe(statement, RUNS) == observe(statement, RUNS) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (torch.ones(2), np.ones(2), True),
        (torch.ones(2), np.ones(2) + 1e-3, False),
        (torch.ones(1, 2), np.ones(2), False),
        (torch.tensor(2.0), 2.0, True),
        (2, 2.0, False),
        ((torch.ones(1), 2), (np.ones(1), 2), True),
        ((torch.ones(1), 2), (np.ones(1), 3), False),
        (torch.ones(1), (1.0,), False),
        (torch.ones(1), None, False),
    ],
)
def test_the_same_are_values_of_one_shape_and_kind(ours, theirs, same):
    assert surface.same(ours, theirs) is same


def test_a_wrong_gradient_of_the_lesson_is_noticed():
    x, y, w1, w2, _, _, by_w1, _ = computed.small_network(batch=5, outputs=3)
    assert computed.compare_gradients(x, y, w1, w2, by_w1) < 1e-10
    assert computed.compare_gradients(x, y, w1, w2, 2 * by_w1) == pytest.approx(0.5)


@pytest.fixture
def observed():
    """Return a function that observes a statement as the workflow does: only what is deterministic."""
    compute.use("cpu", "float64", threads=1)
    return lambda name: observe(STATEMENTS[name], RUNS)


def test_every_method_of_an_array_is_compared(observed, monkeypatch):
    before = observed("numpy_operations")
    methods = before["methods"]
    assert [*methods] == [n for n in dir(np.ndarray) if n[0] != "_" and callable(getattr(np.ndarray, n))]
    assert before["uncalled"] == ["choose", "dump", "searchsorted", "setfield", "to_device", "tofile"]
    assert (methods["argmax"]["different"], methods["sum"]["different"]) == ([], ["sum(keepdims=True)"])
    confirmed = [pair for method in methods.values() for pair in method["in_torch"]]
    names = {}
    execute(STATEMENTS["numpy_operations"].setup, names)
    assert sorted(confirmed) == sorted(map(list, names["in_torch"].items()))
    assert [call for call, _ in confirmed if call not in methods[call.partition("(")[0]]["different"]] == []
    for otherwise in (
        lambda a, *_, **__: a,
        lambda a, *more, **named: a.clone().sum(*more, **named) if a.zero_() else 0,
    ):
        monkeypatch.setattr(torch.Tensor, "argmax", otherwise)
        method = surface.compare_methods(["", "0", "1", "keepdims=True"], {})["argmax"]
        assert len(method["different"]) == method["calls"] == 4


def test_only_a_right_spelling_in_torch_is_listed():
    wrong = {"std()": "a.std()", "sort()": "a.sort().values"}  # the latter leaves a as it is
    right = {"std()": "a.std(correction=0)", "sort()": "a.copy_(a.sort().values)"}
    for spellings, right_ones in ((wrong, []), (right, [["sort()", right["sort()"]], ["std()", right["std()"]]])):
        methods = surface.compare_methods([""], spellings)
        assert methods["sort"]["in_torch"] + methods["std"]["in_torch"] == right_ones


def test_methods_that_change_their_tensor_are_found(observed, monkeypatch):
    before = observed("inplace_suffix")["changes"]
    others = {
        "add_unseen": (True, lambda a: a.data.add_(1)),
        "touch": (True, lambda a: a.add_(0)),
        "mark": (True, lambda a: a.requires_grad_()),
        "twist": (True, lambda a: a.t_()),
        "shrink": (True, lambda a, b: a.resize_(2, 3)),
        "quiet_": (False, lambda a: a),
        "plain": (False, lambda a: a),
        "fussy_": (None, lambda a: 1 / 0),
        "abs_": (False, torch.Tensor.abs),
    }
    for name, (_, method) in {**others, "_hidden": (True, lambda a: a.add_(1)), "number": (True, 3)}.items():
        monkeypatch.setattr(torch.Tensor, name, method, raising=False)
    after = observed("inplace_suffix")
    assert dict(after["changes"].items() - before.items()) == {name: change for name, (change, _) in others.items()}
    assert before.keys() - after["changes"].keys() == set()
    assert after["unmarked"] == ["add_unseen", "mark", "module_load", "shrink", "touch", "twist"]
    assert after["unchanged"] == ["abs_", "quiet_"]
    assert all(before[name] for name in ("detach_", "requires_grad_", "resize_", "t_", "abs_", "map_", "copy_"))
