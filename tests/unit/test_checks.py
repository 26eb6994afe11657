"""The checks observe what torch does, and would see it if it did otherwise."""

import pytest
import torch

from kotohajime.article import checks, train_autograd, train_manual
from kotohajime.article.statements import STATEMENTS, lessons, network, tensors


def test_slices_and_methods_are_numpys():
    seen = tensors.compare_with_numpy()
    assert seen["slices_different"] == []
    assert seen["slices"] == len(tensors.SLICES)
    assert {"a.sum()", "a.mean()", "a.std()", "a.tobytes()"} <= set(tensors.methods())
    assert {"a.sum()", "a.mean()"}.isdisjoint(seen["methods_different"])
    assert {"a.std()", "a.tobytes()"} <= set(seen["methods_different"])  # std: n - 1 against n; no tobytes
    assert seen["negative_step"]["today"].startswith("ValueError")


@pytest.mark.parametrize(("code", "same"), [("a.T", True), ("a.std()", False), ("a.astype(float)", False)])
def test_other_values_and_errors_are_not_alike(code, same):
    assert tensors.alike(code) is same


def test_another_shape_is_not_alike(monkeypatch):
    monkeypatch.setattr(tensors, "ARRAY", tensors.ARRAY[None])
    assert tensors.alike("a[0]")
    assert not tensors.alike("a[0] if hasattr(a, 'cuda') else a")  # would broadcast


def test_the_texts_shapes_do_not_fit():
    seen = network.predict_with_both_shapes()
    assert seen["text"].startswith("RuntimeError")
    assert (seen["text_works"], seen["code"]) == (False, "10")


def test_negative_strides():
    assert not tensors.hand_over_negative_strides()["supported"]


def test_the_articles_code_is_right_and_its_formula_is_not():
    seen = network.compare_gradients()
    assert seen["printed"].startswith("RuntimeError")
    assert not seen["printed_is_right"]
    assert seen["code_against_autograd"] < 1e-12
    assert seen["gradcheck"]


def test_a_wrong_gradient_is_seen(monkeypatch):
    right = train_manual.train
    monkeypatch.setattr(train_manual, "train", lambda x, y, w1, w2, rates: right(x, y, w1, w2, [2 * r for r in rates]))
    assert network.compare_gradients()["code_against_autograd"] == pytest.approx(1)


def test_the_notebooks_condition_is_true_at_the_start_too():
    assert lessons.halvings() == [0, 200, 400, 600, 800]


def test_the_class_reads_the_global():
    seen = lessons.build_with_the_slip()
    assert (seen["asked"], seen["made"], seen["ours"]) == (3, 10, 3)
    assert seen["without_the_global"].startswith("NameError")


def test_size_average_is_the_mean_and_warns():
    seen = lessons.call_mse_loss()
    assert seen["values"] == 1
    assert seen["value"] == pytest.approx(seen["mean_of_all_elements"])
    assert seen["default_and_reduction_mean_are_the_same"]
    assert "reduction" in seen["warning"]


def test_linears_default_fills_its_bounds():
    layers = lessons.fit_default_weights()
    assert layers.keys() == {"100x1000", "1000x10"}
    assert all(0.999 < layer["largest"] / layer["bound"] <= 1 for layer in layers.values())
    assert all(layer["p_value"] > 0.001 for layer in layers.values())


def test_another_distribution_is_seen(monkeypatch):
    monkeypatch.setattr(torch.nn.init, "kaiming_uniform_", lambda weight, a: torch.nn.init.normal_(weight, 0, 0.05))
    assert lessons.fit_default_weights()["100x1000"]["p_value"] < 1e-6


def test_another_training_is_seen(monkeypatch):
    assert lessons.compare_losses("float64", epochs=3)["largest_relative_difference"] < 1e-12
    right = train_autograd.train
    monkeypatch.setattr(train_autograd, "train", lambda *problem: ([1.01 * loss for loss in right(*problem)[0]], None))
    assert lessons.compare_losses("float64", epochs=3)["largest_relative_difference"] == pytest.approx(0.01)


def test_every_observation_is_made_and_has_its_own_name(monkeypatch):
    names = [name for statement in STATEMENTS for name in statement.observations]
    for statement in STATEMENTS:
        for name in statement.observations:
            monkeypatch.setitem(statement.observations, name, lambda name=name: f"seen: {name}")
    assert checks.observe() == {name: f"seen: {name}" for name in names}
    assert len(set(names)) == len(names)
