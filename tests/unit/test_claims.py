"""Each judge can give another verdict: the evidence decides, not the code; and all of it is told, once."""

import copy
import html
import re
from collections import Counter

import numpy as np
import pytest

from kotohajime.claims import checks

from kotohajime.claims import claims
from kotohajime.claims.statements import (
    BY_SECTION,
    STATEMENTS,
    autograd,
    by_hand,
    figure,
    installing,
    module,
    optimizer,
    tensors,
)
from kotohajime.claims.statement import Evidence
from kotohajime.io import read_json
from kotohajime.render import both, render
from kotohajime.config import OnThreads
from kotohajime.text import CHANGED, FAILS, HOLDS, JAPANESE, NOT_REJECTED, OPEN, REJECTED

BOTH = '<span lang="en">(.*?)</span><span lang="ja">(.*?)</span>'
TOLD = ("halving_saves", "halved_is_safe", "module_better", "start_alone", "start_is_needed", "own_rate",
        "momentum_is_rate", "tuned_speed", "images_normal", "images_linear", "images_centred", "usable_rates",
        "balance")  # fmt: skip
BAND = {name: {"verdict": NOT_REJECTED, "p": 0.25, "seeds": 8} for name in ("manual", "autograd", "module")}
STUDY = {
    "seeds": 8,
    "band": BAND,
    "hypotheses": [{"id": name, "told": f"0.9 (of {name})"} for name in TOLD],
    "claims": {
        "module_better": {"verdict": HOLDS},
        "init_is_why": {"verdict": FAILS},
        "init_matters": {"verdict": HOLDS},
    },
}


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """Return what every check observes."""
    output = tmp_path_factory.mktemp("checks") / "checks.json"
    checks.main(on=OnThreads(threads=1), output=output)
    return read_json(output)


@pytest.fixture
def found(observed):
    """Return the observations, with what a run of the article finds, in small."""
    generator = np.random.default_rng(0)
    shapes = {"x": (100, 5), "y": (100, 10), "w1": (5, 7), "w2": (7, 10)}
    problem = {name: generator.standard_normal(shape) for name, shape in shapes.items()}
    error = np.maximum(problem["x"] @ problem["w1"], 0) @ problem["w2"] - problem["y"]
    naive = np.linspace((error**2).sum(), 10.0, 300)
    module_run = {"loss": np.linspace(1000, 0.004, 300)}
    return Evidence(problem, {"loss": naive}, module_run, copy.deepcopy(observed), copy.deepcopy(STUDY))


def root_mean_square(found):
    found.autograd["loss"][0] = np.sqrt(found.autograd["loss"][0] / found.problem["y"].size)


def decided(claim, verdict):
    return lambda found: found.study["claims"].update({claim: {"verdict": verdict}})


def band(**runs):
    return lambda found: found.study.update(band={**BAND, **runs})


def methods(different, uncalled=0):
    """Return ten methods with a call each, some of which gives something else, and some without a call."""
    called = {f"m{n}": {"calls": 1, "different": ["m()"] * (n < different), "in_torch": []} for n in range(10)}
    return {"methods": called | {f"u{n}": {"calls": 0, "different": [], "in_torch": []} for n in range(uncalled)}}


def changing(without):
    suffixed = [f"m{n}_" for n in range(100 - without)]
    return {"suffixed": suffixed, "changing": suffixed + [f"m{n}" for n in range(without)]}


def sgd(momentum=0, nesterov=False, weight_decay=0):
    return {"optimizer": f"SGD (\n  momentum: {momentum}\n nesterov: {nesterov}\n weight_decay: {weight_decay}\n)"}


def layer(p_value=0.5, largest=0.99):
    fits = {"bound": 1.0, "largest": 1.0, "p_value": 0.0011}
    return {"layers": {"first": fits, "second": {"bound": 1.0, "largest": largest, "p_value": p_value}}}


CONTRARY = [  # statement, its verdict, another; and each observation (or what else changes) that gives it the other
    (installing.install, CHANGED, OPEN, {"cuda": "9.1"}),
    (tensors.tensor_class, HOLDS, FAILS, {"drawn": "<class 'numpy.ndarray'>"}, {"product": "<class 'numpy.ndarray'>"},
     {"weight": "False"}),
    (tensors.numpy_like, HOLDS, FAILS, {"different": ["a[0]"]}),
    (tensors.numpy_operations, FAILS, HOLDS, methods(different=1, uncalled=9)),
    (tensors.numpy_operations, FAILS, FAILS, methods(different=2, uncalled=90)),
    (tensors.slices, HOLDS, FAILS, {"different": ["a[0]"]}),
    (tensors.matrix_product, HOLDS, FAILS, {"numpys": False}, {"unfit": "tensor([1.])"}),
    (tensors.negative_step, HOLDS, FAILS, {"sliced": "tensor([1., 1., 1.])"}),
    (tensors.negative_by_copy, CHANGED, HOLDS, {"direct": "False"}),
    (tensors.negative_by_copy, CHANGED, FAILS, {"round": "ValueError: no"}),
    (tensors.copy_needed, HOLDS, FAILS, {"shared": "tensor([1.])  # not negative"},
     {"shared": "ValueError: for another reason"}),
    (tensors.negative_strides_soon, FAILS, HOLDS, {"shared": "tensor([1.])"}),
    (by_hand.network_formula, HOLDS, FAILS, {"as_in_code": "False"}),
    (by_hand.output_dim, FAILS, HOLDS, {"text": "1"}),
    (by_hand.output_dim, FAILS, FAILS, {"text": "10"}),
    (by_hand.rmse, FAILS, HOLDS, root_mean_square),
    (by_hand.grad_w2_formula, HOLDS, FAILS, {"one_sample": "False"}),
    (by_hand.gradient_formula, FAILS, HOLDS, {"printed": "True"}),
    (by_hand.heaviside, HOLDS, FAILS, {"same": "False"}),
    (by_hand.random_start, HOLDS, FAILS, {"p": 0.001}),
    (by_hand.random_start, HOLDS, HOLDS, {"p": 0.0011}),
    (by_hand.clamp_is_relu, HOLDS, FAILS, {"values": "False"}),
    (by_hand.lr_schedule, FAILS, HOLDS, {"notebook": "200 400 600 800"}),
    (by_hand.lr_schedule, FAILS, FAILS, {"notebook": "200 400 600"}),
    (autograd.autograd_same, HOLDS, HOLDS, {"float64": 1e-10, "float32": 1e-3}),
    (autograd.autograd_same, HOLDS, FAILS, {"float64": 1.1e-10}, {"float32": 1.1e-3}),
    (autograd.requires_grad_name, FAILS, HOLDS, {"works": "True"}),
    (autograd.backward_fills_grad, HOLDS, FAILS, {"before": "False"}, {"after": "3.0"}),
    (autograd.no_grad_untracked, HOLDS, FAILS, {"inside": "(False, <SubBackward0>)"}, {"outside": ""}),
    (autograd.data_untracked, HOLDS, FAILS, {"works": "[1.0, 1.0]"}, {"by_data": "6.0"}, {"by_data": ""},
     {"by_data": "RuntimeError: modified"}, {"by_no_grad": "60.0"}),
    (autograd.grad_accumulates, HOLDS, FAILS, {"once": "3.0"}, {"twice": "6.0"},
     {"zeroed": "AttributeError: no zero_"}),
    (autograd.inplace_suffix, HOLDS, HOLDS, changing(without=1)),
    (autograd.inplace_suffix, HOLDS, FAILS, changing(without=2)),
    (module.module_subclass, FAILS, HOLDS, {"no_forward": "tensor([1.])"}),
    (module.module_subclass, FAILS, FAILS, {"no_forward": "tensor([1.])", "both": "TypeError: no"}),
    (module.class_argument, FAILS, HOLDS, {"made": 3}),
    (module.forward_call, HOLDS, FAILS, {"same": "False"}),
    (module.module_to, FAILS, HOLDS, {"device": "cuda", "parameters": "cuda", "attribute": "cuda"}),
    (module.module_to, FAILS, FAILS, {"device": "cuda", "parameters": "cpu", "attribute": "cuda"},
     {"device": "cuda", "parameters": "cpu", "attribute": "cpu"}),
    (module.module_lists, HOLDS, FAILS, {"children": "False"}, {"parameters": "[(3, 4)]"}),
    (optimizer.many_optimizers, HOLDS, HOLDS, {"optimizers": [*"abcdefghij"]}),
    (optimizer.many_optimizers, HOLDS, FAILS, {"optimizers": [*"abcdefghi"]}),
    (optimizer.optimizer_arguments, HOLDS, FAILS, {"optimizers": {"SGD": "params", "Odd": "lr"}}, {"whole": "1"}),
    (optimizer.simple_sgd, FAILS, HOLDS, sgd()),
    (optimizer.simple_sgd, FAILS, FAILS, sgd(momentum=0.9), sgd(nesterov=True), sgd(weight_decay=1e-8),
     {"optimizer": "TypeError: no: none"}),
    (optimizer.optimizer_methods, HOLDS, FAILS, {"kept": "[True, True]"}, {"gradients": "[False, False]"}),
    (optimizer.losses_in_nn, FAILS, HOLDS, {"losses": ["RMSELoss", "CrossEntropyLoss"]}),
    (optimizer.losses_in_nn, FAILS, FAILS, {"losses": ["RMSELoss"]}),
    (optimizer.size_average_false, FAILS, HOLDS, {"value": "7.7843"}),
    (optimizer.size_average, FAILS, HOLDS, {"value": "[0.5, 6.5, 20.5]"}),
    (figure.figure_reproduced, HOLDS, FAILS, band(module={"verdict": REJECTED, "p": 0.01, "seeds": 8})),
    (figure.figure_reproduced, HOLDS, OPEN, band(autograd={"verdict": OPEN, "p": None, "seeds": 8})),
    (figure.figure_reproduced, HOLDS, HOLDS, band(manual={"verdict": REJECTED, "p": 0.01, "seeds": 8})),
    (figure.figure_reproduced, HOLDS, OPEN, lambda found: found.study["band"].pop("module"),
     lambda found: found.study["band"].clear()),
    (figure.module_better, HOLDS, FAILS, decided("module_better", FAILS)),
    (figure.init_is_why, FAILS, OPEN, decided("init_is_why", OPEN)),
    (figure.init_matters, HOLDS, OPEN, decided("init_matters", OPEN)),
    (figure.linear_init, HOLDS, FAILS, layer(p_value=0.001), layer(largest=1.01)),
    (figure.linear_init_wording, FAILS, HOLDS, layer()),
]  # fmt: skip
TURNS = [(statement, usual, then, change) for statement, usual, then, *changes in CONTRARY for change in changes]


def seen(found, statement):
    """Return the place of a statement's observations."""
    check = found.checks[statement.id]
    return check.get("seen", check)


@pytest.mark.parametrize(("statement", "usual", "then", "change"), TURNS)
def test_the_evidence_decides(found, statement, usual, then, change):
    assert statement.judge(found).verdict == usual
    if isinstance(change, dict):
        assert change.keys() <= seen(found, statement).keys()
        seen(found, statement).update(change)
    else:
        change(found)
    assert statement.judge(found).verdict == then


def test_every_verdict_can_turn():
    assert {statement.id for statement, usual, then, _ in TURNS if usual != then} == {s.id for s in STATEMENTS}


def leaves(observed, *path):
    """Return the path to each value of what was observed, but today's lines and the methods' other spellings."""
    if not isinstance(observed, dict):
        return [path]
    told = observed.keys() - {"lines", "in_torch"} - ({"different"} if observed.get("calls") == 0 else set())
    return [leaf for key in told for leaf in leaves(observed[key], *path, key)]


def other(value):
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return [*value, "other"] if isinstance(value, list) else f"{value or ''}"[::-1] + "1"


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.id)
def test_whatever_is_observed_is_told(found, statement):
    usual = statement.judge(found)
    for *path, last in leaves(found.checks[statement.id]):
        place = found.checks[statement.id]
        for key in path:
            place = place[key]
        value = place[last]
        place[last] = other(value)
        now = statement.judge(found)
        assert usual.evidence != now.evidence, (path, last)
        assert usual.japanese != now.japanese, (path, last)
        place[last] = value


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.id)
def test_every_number_is_told_in_both_languages(found, statement):
    judged = statement.judge(found)
    english, japanese = (Counter(re.findall(r"\d+(?:[.,]\d+)*", text)) for text in (judged.evidence, judged.japanese))
    assert english <= japanese
    assert re.search("[ぁ-ん]", judged.japanese)


QUOTED = [
    (figure.module_better, ["module_better"], ["over 8 seeds", "0.004 and 10."]),
    (
        figure.init_is_why,
        ["start_alone", "start_is_needed", "own_rate", "tuned_speed", "momentum_is_rate"],
        ["over 8 seeds"],
    ),
    (
        figure.init_matters,
        ["images_normal", "images_linear", "images_centred", "usable_rates", "balance"],
        ["over 8 seeds"],
    ),
    (
        by_hand.lr_schedule,
        ["halving_saves", "halved_is_safe"],
        ["Over 8 seeds", "epochs 0, 200, 400", "our schedule does the same"],
    ),
    (figure.figure_reproduced, [], ["autograd: not rejected, p = 0.25 among 8 seeds; module: not rejected"]),
    (installing.install, [], ["built for"]),
    (by_hand.gradient_formula, [], ["the article's code is right", "gradcheck passes"]),
    (tensors.numpy_operations, [], ["not called: choose, dump, searchsorted, setfield, to_device, tofile)"]),
    (autograd.inplace_suffix, [], ["without the suffix: module_load.", "no change seen: none"]),
    (optimizer.losses_in_nn, [], ["RMSE is not there, CrossEntropy is there"]),
    (
        module.module_subclass,
        [],
        [
            "without forward, a call: NotImplementedError: Module [Net] is missing",
            "a layer: AttributeError: cannot assign module before Module.__init__() call",
        ],
    ),
    (figure.linear_init, [], ["100x1000: largest weight 0.9999", "1000x10: largest weight 0.9999"]),
    (optimizer.simple_sgd, [], ["momentum 0.8, nesterov True, weight_decay 1e-08"]),
]


@pytest.mark.parametrize(("statement", "hypotheses", "words"), QUOTED)
def test_the_evidence_quotes(found, statement, hypotheses, words):
    evidence = statement.judge(found).evidence
    places = [evidence.index(found.hypothesis(name)["told"]) for name in hypotheses]
    assert places == sorted(places)
    assert [part for part in words if part not in evidence] == []


def test_what_is_unknown_or_wrong_is_said(found):
    found.checks["install"]["cuda"] = None
    assert "built for the CPU" in installing.install.judge(found).evidence
    found.checks["gradient_formula"]["seen"]["gradcheck"] = False
    assert "wrong too" in by_hand.gradient_formula.judge(found).evidence
    found.checks["gradient_formula"]["seen"] |= {"gradcheck": True, "code_against_autograd": 1e-10}
    assert "wrong too" in by_hand.gradient_formula.judge(found).evidence
    band(autograd={"verdict": OPEN, "p": None, "seeds": 8})(found)
    assert "autograd: not decided, p = unknown among 8" in figure.figure_reproduced.judge(found).evidence
    found.study["band"].clear()
    assert "too few epochs to tell" in figure.figure_reproduced.judge(found).evidence


def test_the_loss_is_compared_with_both_names(found):
    evidence = by_hand.rmse.judge(found).evidence
    loss, total, root = map(float, re.findall(r"\d+\.?\d*", evidence))
    assert loss == total == pytest.approx(1000 * root**2, rel=1e-3)


def test_the_page_tells_every_statement_once(found):
    told = claims.judge_all(found)
    assert [claim["id"] for claim in told] == [statement.id for statement in STATEMENTS]
    assert all(claim["statement"] and claim["evidence"] and claim["title"] for claim in told)
    methods = found.checks["numpy_operations"]["methods"]
    page = render("claims.html", claims=told, methods=methods).replace("\u00a0", " ")
    text = html.unescape(page)
    assert re.findall('<section id="(.+?)">', page) == [statement.id for statement in STATEMENTS]
    assert re.findall(f"<h2>{BOTH}</h2>", page) == [*BY_SECTION]
    assert re.findall(f"<h3>{BOTH} <span", text) == [statement.title for statement in STATEMENTS]
    assert re.findall(f"<p>{both(('The article: ', '記事：'))}{BOTH}</p>", text) == [s.says for s in STATEMENTS]
    verdicts = [claim["verdict"] for claim in told]
    assert re.findall(f'"verdict [a-z0-9-]+">{BOTH}</span></h3>', page) == [(one, JAPANESE[one]) for one in verdicts]
    counts = re.findall(rf'verdict [\w-]+">{BOTH}</span>: (\d+)', page)
    assert {verdict: int(count) for verdict, _, count in counts} == Counter(verdicts)
    evidence = [(claim["evidence"], claim["japanese"]["evidence"]) for claim in told]
    assert re.findall(f'<p class="muted">{both(("Seen here: ", "結果："))}{BOTH}</p>', text) == evidence


def test_the_pages_lines_of_code_are_whole(found):
    told = claims.judge_all(found)
    page = render("claims.html", claims=told, methods={})
    keys = ("setup", "article", "article_gives", "now", "now_gives")
    pieces = [line[key].strip("\n") for claim in told for line in claim["lines"] for key in keys if line[key]]
    assert [html.unescape(code).strip("\n") for code in re.findall("<pre.*?>(.*?)</pre>", page, re.DOTALL)] == pieces
    for selector, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", page[: page.index("</style>")]):
        if re.search(r"\b(pre|code|dd|dl|body|error)\b", selector):
            assert not re.search("overflow-wrap|word-break", rules), selector


def test_the_pages_table_of_methods_is_whole(found):
    methods = found.checks["numpy_operations"]["methods"]
    page = html.unescape(render("claims.html", claims=claims.judge_all(found), methods=methods))
    cells = r"<code>(\w+)</code></td><td>(\d+) / (\d+): <code>(.+?)</code>(?: \.\.\.)?</td>\n<td>(.*)</td>"
    rows = re.findall(cells, page)
    different = {name: seen for name, seen in methods.items() if seen["different"]}
    assert [(name, int(wrong), int(calls), call) for name, wrong, calls, call, _ in rows] == [
        (name, len(seen["different"]), seen["calls"], seen["different"][0]) for name, seen in different.items()
    ]
    for (*_, said), seen in zip(rows, different.values(), strict=True):
        ways = [f"<code>a.{call}</code>: <code>{way}</code>" for call, way in seen["in_torch"]]
        assert said == ("; ".join(ways) or both(("nothing like it", "該当なし")))
