"""The checks observe what torch does, and would see it if it did otherwise."""

import pytest

from kotohajime import checks, schedule, train_autograd, train_manual


def test_slices_and_methods_are_numpys():
    seen = checks.numpy_like()
    assert seen["different"] == []
    assert len(seen["equal"]) == len(checks.SLICES) + len(checks.METHODS)
    assert seen["negative_step"].startswith("ValueError")


def test_a_method_that_differs_is_seen(monkeypatch):
    monkeypatch.setattr(checks, "METHODS", ["std()"])  # numpy divides by n, torch by n - 1
    assert checks.numpy_like()["different"] == ["a.std()"]


def test_negative_strides():
    assert not checks.negative_strides()["supported"]


def test_the_articles_code_is_right_and_its_formula_is_not():
    seen = checks.gradient_formula()
    assert seen["printed"].startswith("RuntimeError")
    assert seen["code_against_autograd"] < 1e-12
    assert seen["gradcheck"]


def test_a_wrong_gradient_is_seen(monkeypatch):
    right = train_manual.train
    monkeypatch.setattr(train_manual, "train", lambda x, y, w1, w2, rates: right(x, y, w1, w2, [2 * r for r in rates]))
    assert checks.gradient_formula()["code_against_autograd"] == pytest.approx(1)


def test_without_the_halving_at_the_start_it_diverges():
    seen = checks.halving_at_start(seeds=2)
    assert seen["diverged"] == {"with": 0, "without": 2}


def test_a_small_rate_is_not_called_divergence(monkeypatch):
    monkeypatch.setattr(schedule, "halving", lambda rate, epochs, every, at_start: [1e-9] * epochs)
    assert checks.halving_at_start(seeds=1)["diverged"] == {"with": 0, "without": 0}


def test_the_class_reads_the_global():
    seen = checks.class_argument()
    assert (seen["asked"], seen["made"], seen["ours"]) == (3, 10, 3)
    assert seen["without_the_global"].startswith("NameError")


def test_size_average_is_the_mean_and_warns():
    seen = checks.size_average()
    assert seen["values"] == 1
    assert seen["value"] == pytest.approx(seen["mean_of_all_elements"])
    assert "reduction" in seen["warning"]


def test_linears_default_fills_its_bounds():
    layers = checks.linear_init()
    assert layers.keys() == {"100x1000", "1000x10"}
    assert all(0.999 < layer["largest"] / layer["bound"] <= 1 for layer in layers.values())
    assert all(layer["p_value"] > 0.001 for layer in layers.values())


def test_another_distribution_is_seen(monkeypatch):
    monkeypatch.setattr(
        checks.torch.nn.init, "kaiming_uniform_", lambda weight, a: checks.torch.nn.init.normal_(weight, 0, 0.05)
    )
    assert checks.linear_init()["100x1000"]["p_value"] < 1e-6


def test_another_training_is_seen(monkeypatch):
    assert checks.same_training("float64", epochs=3)["largest_relative_difference"] < 1e-12
    right = train_autograd.train
    monkeypatch.setattr(train_autograd, "train", lambda *problem: ([1.01 * loss for loss in right(*problem)[0]], None))
    assert checks.same_training("float64", epochs=3)["largest_relative_difference"] == pytest.approx(0.01)
