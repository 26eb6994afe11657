"""The images, what a teacher says of noise, the initialisations, and networks that learn from them."""

import gzip
import math
import urllib.error
import urllib.request

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from kotohajime.config import IMAGES, Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.images import data, learning, problem, shard
from kotohajime.images.starts import TEACHER_RATES, TRAIN_LOSS_TARGET, VARIANTS
from kotohajime.io import UserError

FLOAT32 = {"device": torch.device("cpu"), "dtype": torch.float32}
NESTEROV = OPTIMIZERS["nesterov"].update(0.8)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    images, labels = data.fetch("digits", tmp_path_factory.mktemp("digits"))
    return {"images": images, "labels": labels}


def idx(values: np.ndarray) -> bytes:
    """Return an array of bytes in the format of MNIST's files."""
    head = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return head + values.astype(np.uint8).tobytes()


def mnist(
    folder, name="MNIST", images=idx(np.arange(12 * 28 * 28).reshape(12, 28, 28)), labels=idx(np.arange(12) % 10)
):
    raw = folder / name / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(images)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return folder


def test_the_digits_are_scikit_learns(digits):
    theirs = load_digits()
    assert digits["images"].dtype == digits["labels"].dtype == np.uint8
    assert np.array_equal(digits["images"], theirs.images * 15)
    assert np.array_equal(digits["labels"], theirs.target)
    assert len(digits["images"]) == IMAGES["digits"]
    assert {"digits", *data.DOWNLOADS} == set(IMAGES)


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
def test_mnists_files_are_read(tmp_path, monkeypatch, name, folder):
    monkeypatch.setitem(data.IMAGES, name, 11)
    images, labels = data.fetch(name, mnist(tmp_path, folder))
    assert images.dtype == labels.dtype == np.uint8
    assert images.shape == (11, 28, 28)
    assert images[0, 0, :3].tolist() == [0, 1, 2]
    assert labels.tolist() == [*range(10), 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"images": b"\0\0\x08\x03short"},
        {"images": gzip.compress(b"x")},
        {"labels": idx(np.arange(5))},
        {"labels": idx(np.arange(12))},
    ],
)
def test_damaged_files_are_refused(tmp_path, wrong):
    with pytest.raises(UserError, match=r"the files of mnist in .* cannot be read .* Or take images_dataset=digits\."):
        data.fetch("mnist", mnist(tmp_path, **wrong))


def test_without_a_network_there_is_one_sentence(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(UserError, match=r"mnist has to be downloaded, and that failed .* Check the network\."):
        data.fetch("mnist", tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write mnist to .*file: Not a directory\. Put that right"):
        data.fetch("mnist", tmp_path / "file")


def test_a_seed_splits_the_images(digits):
    one, again, other = (problem.draw_images(digits, seed, 200, 500) for seed in (3, 3, 4))
    assert torch.equal(one.points, again.points)
    assert not torch.equal(one.points, other.points)
    assert one.x.mean().item() == pytest.approx(0, abs=1e-5)
    assert one.x.square().mean().item() == pytest.approx(1, abs=1e-5)
    assert one.targets.var().item() == pytest.approx(1, abs=0.01)
    assert len(set(one.indices.tolist())) == 500
    assert one.targets[200:].argmax(1).tolist() == digits["labels"][one.indices].tolist()
    with pytest.raises(UserError, match="1000 images to train on and 1000 to test on are more than the 1797"):
        problem.draw_images(digits, 0, 1000, 1000)


def learn(task, name, seed, hidden=400):
    """Return training error, test error and accuracy of a network that the engine trained."""
    sizes = Sizes(batch_size=len(task.x), input_dim=task.x.shape[1], hidden_dim=hidden, output_dim=task.y.shape[1])
    weights = VARIANTS[name].draw(1.0, seed, sizes)
    rate = 1 / sharpness.of_tangent_kernel(task.x, *weights)
    learned = learning.learn(task, weights, rate, NESTEROV, 6000, FLOAT32, VARIANTS[name].centred)
    return learning.measure(task, learned.outputs)


def plain_loop(seed: int, name: str) -> float:
    """Return the accuracy on 1000 digits after training on 100 others: NumPy, draws of its own, heavy-ball momentum."""
    drawn, hidden = np.random.default_rng(1000 + seed), 400
    images, labels = load_digits(return_X_y=True)
    order = drawn.permutation(len(images))[:1100]
    x, labels = images[order], labels[order]
    x = (x - x[:100].mean()) / x[:100].std()
    y = (np.eye(10)[labels] - 0.1) / 0.3
    w1, w2 = drawn.standard_normal((64, hidden)), drawn.standard_normal((hidden, 10))
    if name == "linear":
        w1, w2 = (drawn.uniform(-1, 1, w.shape) / math.sqrt(len(w)) for w in (w1, w2))
    first = np.maximum(x @ w1, 0) @ w2 if name == "centred" else np.zeros_like(y)
    on = (x[:100] @ w1 > 0).astype(float)
    a = np.maximum(x[:100] @ w1, 0)
    curvature = (x[:100] @ x[:100].T) * (on @ on.T) * (w2**2).sum(1).mean() + a @ a.T  # more than the sharpness / 2
    rate, v1, v2 = 0.5 / np.linalg.eigvalsh(curvature)[-1], 0.0, 0.0
    for _ in range(20_000):
        z = x[:100] @ w1
        a = np.maximum(z, 0)
        residual = a @ w2 - first[:100] - y[:100]
        if (residual**2).mean() < 0.01:
            break
        v1, v2 = 0.9 * v1 + x[:100].T @ ((residual @ w2.T) * (z > 0)), 0.9 * v2 + a.T @ residual
        w1, w2 = w1 - rate * v1, w2 - rate * v2
    else:
        raise AssertionError("not trained")
    outputs = np.maximum(x @ w1, 0) @ w2 - first
    return float((outputs[100:].argmax(1) == labels[100:]).mean())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_another_program_with_other_draws_and_optimiser_agrees(digits, seed):
    task = problem.draw_images(digits, seed, 100, 1000)
    for name, low, high in (("normal", 0, 0.25), ("linear", 0.85, 1), ("centred", 0.8, 1)):
        train_loss, _, accuracy = learn(task, name, seed)
        assert train_loss < TRAIN_LOSS_TARGET
        with threadpool_limits(1):  # several processes would wait for each other's threads
            assert low < accuracy < high and low < plain_loop(seed, name) < high


def test_where_there_is_nothing_to_learn_every_initialisation_guesses(digits):
    """Planted: labels that have nothing to do with the images."""
    labels = np.random.default_rng(0).permutation(digits["labels"])
    task = problem.draw_images({**digits, "labels": labels}, 13, 100, 1000)
    for name in ("normal", "linear", "centred"):
        train_loss, _, accuracy = learn(task, name, 13, hidden=200)
        assert train_loss < TRAIN_LOSS_TARGET
        assert abs(accuracy - 0.1) < 0.04


def test_a_teacher_is_learned():
    sizes = Sizes(batch_size=50, input_dim=5, hidden_dim=100, output_dim=2)
    one, again, other = (problem.draw_teacher(seed, sizes, 300) for seed in (3, 3, 4))
    assert torch.equal(one.targets, again.targets)
    assert not torch.equal(one.targets, other.targets)
    assert one.y.square().mean().item() == pytest.approx(1, abs=1e-5)
    train_loss, test_loss, _ = learn(one, "linear", 3, hidden=100)
    assert train_loss < TRAIN_LOSS_TARGET
    assert test_loss < 0.2
    shuffled = one._replace(y=one.y.flip(0))  # planted: nothing to learn
    assert learn(shuffled, "linear", 3, hidden=100)[1] > 0.8


@pytest.mark.parametrize("c", TEACHER_RATES)
def test_above_two_over_the_sharpness_the_loss_first_rises(c):
    task = problem.draw_teacher(5, shard.STUDENT, 10)
    weights = VARIANTS["linear"].draw(1.0, 5, shard.STUDENT)
    rate = c / sharpness.of_tangent_kernel(task.x, *weights)
    logged = learning.learn(task, weights, rate, OPTIMIZERS["gd"].update(0), 30, FLOAT32).logged
    losses = [learning.measure(task, outputs)[0] for _, outputs in logged]
    assert [epoch for epoch, _ in logged][:5] == [0, 1, 2, 5, 10]
    assert (max(losses) > losses[0]) == (c > 2)


@pytest.mark.parametrize(("name", "scale"), [(name, scale) for name in VARIANTS for scale in VARIANTS[name].scales])
def test_weights_have_the_stated_deviations(name, scale):
    weights = VARIANTS[name].draw(scale, 5, Sizes())
    for weight, deviation in zip(weights, VARIANTS[name].deviations(scale, Sizes()), strict=True):
        assert weight.std().item() == pytest.approx(deviation, rel=0.05)


@pytest.mark.parametrize(
    ("name", "torchs"), [("he", torch.nn.init.kaiming_normal_), ("xavier", torch.nn.init.xavier_normal_)]
)
def test_he_and_xavier_are_torchs(name, torchs):
    for shape, ours in zip(((1000, 100), (10, 1000)), VARIANTS[name].draw(1.0, 0, Sizes()), strict=True):
        theirs = torchs(torch.empty(shape), generator=torch.Generator().manual_seed(0))
        assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.05)


def test_balance_changes_no_output():
    weights = (VARIANTS["balanced"].draw(ratio, 0, Sizes(hidden_dim=50)) for ratio in (0.1, 10.0))
    torch.testing.assert_close(*(w1.clamp(min=0) @ w2 for w1, w2 in weights))
