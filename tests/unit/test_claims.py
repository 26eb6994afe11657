"""Each judge can give either verdict: the evidence decides, not the code."""

import copy

import numpy as np
import pytest

from kotohajime.article import claims
from kotohajime.article.statements import STATEMENTS, figure, lessons, network, tensors
from kotohajime.article.statements.statement import CHANGED, Evidence
from kotohajime.pages.render import render
from kotohajime.words import FAILS, HOLDS, OPEN

CHECKS = {
    "torch": "2.13.0",
    "cuda_build": "13.0",
    "numpy_like": {
        "slices": 2, "slices_different": [], "methods": 3, "methods_different": ["a.std()"],
        "negative_step": {"works": False, "today": "ValueError: no"},
    },
    "negative_strides": {"supported": False, "today": "ValueError: no"},
    "output_dim": {"text_works": False, "text": "RuntimeError: shapes", "code": "10"},
    "gradient_formula": {
        "printed_is_right": False, "printed": "RuntimeError: shapes", "code_against_autograd": 1e-15, "gradcheck": True,
    },
    "halvings": [0, 200, 400, 600, 800],
    "class_argument": {"asked": 3, "made": 10, "without_the_global": "NameError: x", "ours": 3},
    "size_average": {
        "values": 1, "samples": 3, "value": 9.0, "default_and_reduction_mean_are_the_same": True,
        "mean_of_all_elements": 9.0, "warning": "w",
    },
    "linear_init": {"100x1000": {"bound": 0.1, "largest": 0.0999, "p_value": 0.5}},
    "same_training": {
        precision: {"epochs": 100, "largest_relative_difference": 0.0} for precision in ("float32", "float64")
    },
}  # fmt: skip

OTHERS = {name: see for statement in STATEMENTS for name, see in statement.observations.items() if name not in CHECKS}

NAMES = ("halving_saves", "halved_is_safe", "module_better", "start_alone", "start_is_needed", "own_rate",
         "momentum_is_rate")  # fmt: skip
STUDY = {
    "seeds": 8,
    "hypotheses": [{"id": name, "told": "0.9 (0.8 to 1)"} for name in NAMES],
    "claims": {"module_better": {"verdict": HOLDS}, "init_is_why": {"verdict": FAILS}},
}


def evidence():
    """Return what a run of the article finds, in small."""
    generator = np.random.default_rng(0)
    shapes = {"x": (100, 5), "y": (100, 10), "w1": (5, 7), "w2": (7, 10)}
    problem = {name: generator.standard_normal(shape) for name, shape in shapes.items()}
    error = np.maximum(problem["x"] @ problem["w1"], 0) @ problem["w2"] - problem["y"]
    naive = np.linspace((error**2).sum(), 10.0, 300)
    return Evidence(
        problem=problem,
        autograd={"loss": naive},
        module={"loss": np.linspace(1000, 0.004, 300)},
        checks=copy.deepcopy(CHECKS) | {name: see() for name, see in OTHERS.items()},
        study=copy.deepcopy(STUDY),
    )


def changed(check, **values):
    return lambda found: found.checks[check].update(values)


def root_mean_square(found):
    found.autograd["loss"][0] = np.sqrt(found.autograd["loss"][0] / found.problem["y"].size)


CONTRARY = [
    (tensors.install, CHANGED, lambda found: found.checks.update(cuda_build="9.1"), OPEN),
    (tensors.install, CHANGED, lambda found: found.checks.update(cuda_build=None), CHANGED),
    (tensors.numpy_like, HOLDS, changed("numpy_like", slices_different=["a[0]"]), FAILS),
    (tensors.numpy_like, HOLDS, changed("numpy_like", methods_different=["a.std()", "a.var()"]), FAILS),
    (tensors.numpy_like, HOLDS, changed("numpy_like", negative_step={"works": True, "today": "tensor([1])"}), FAILS),
    (tensors.negative_strides_soon, FAILS, changed("negative_strides", supported=True, today=""), HOLDS),
    (network.output_dim, FAILS, changed("output_dim", text_works=True, text="1"), HOLDS),
    (network.output_dim, FAILS, changed("output_dim", text_works=True, text="10"), FAILS),
    (network.gradient_formula, FAILS, changed("gradient_formula", printed_is_right=True), HOLDS),
    (network.rmse, FAILS, root_mean_square, HOLDS),
    (lessons.lr_schedule, FAILS, lambda found: found.checks["halvings"].remove(0), HOLDS),
    (lessons.lr_schedule, FAILS, lambda found: found.checks.update(halvings=[100]), FAILS),
    (lessons.class_argument, FAILS, changed("class_argument", made=3), HOLDS),
    (lessons.size_average, FAILS, changed("size_average", values=3), HOLDS),
    (lessons.linear_init, HOLDS, lambda found: found.checks["linear_init"]["100x1000"].update(p_value=1e-9), FAILS),
    (lessons.linear_init, HOLDS, lambda found: found.checks["linear_init"]["100x1000"].update(largest=0.11), FAILS),
    (
        lessons.autograd_same,
        HOLDS,
        lambda found: found.checks["same_training"]["float64"].update(largest_relative_difference=1e-6),
        FAILS,
    ),
    (figure.module_better, HOLDS, lambda found: found.study["claims"]["module_better"].update(verdict=FAILS), FAILS),
    (figure.init_is_why, FAILS, lambda found: found.study["claims"]["init_is_why"].update(verdict=OPEN), OPEN),
]
IDS = ["install", "numpy_like", "negative_strides_soon", "output_dim", "gradient_formula", "rmse", "lr_schedule",
       "class_argument", "size_average", "linear_init", "autograd_same", "module_better", "init_is_why"]  # fmt: skip


@pytest.mark.parametrize(("statement", "usual", "change", "then"), CONTRARY)
def test_the_evidence_decides(statement, usual, change, then):
    found = evidence()
    assert statement.judge(found).verdict == usual
    change(found)
    assert statement.judge(found).verdict == then


def test_wrong_code_would_be_called_wrong():
    found = evidence()
    changed("gradient_formula", code_against_autograd=0.5)(found)
    assert "wrong too" in network.gradient_formula.judge(found).evidence


def test_every_statement_is_told_once_and_on_the_page():
    told = claims.judge_all(evidence())
    assert len({claim["id"] for claim in told}) == len(told) == len(STATEMENTS)
    assert [claim["id"] for claim in told if claim["id"] in IDS] == IDS
    assert all(claim["statement"] and claim["evidence"] for claim in told)
    page = render("claims.html", claims=told)
    assert all(f'id="{claim["id"]}"' in page for claim in told)
