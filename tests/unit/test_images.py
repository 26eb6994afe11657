"""The images, what a teacher says of noise, the initialisations, and networks that learn from them."""

import socket
import urllib.error
import urllib.request

import numpy as np
import pytest
import torch
from problems import sizes_of
from torchvision import datasets

from kotohajime.config import Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.images import data, learning, problem, shard
from kotohajime.images.starts import TEACHER_RATES, TRAIN_LOSS_TARGET, VARIANTS
from kotohajime.io import UserError

FLOAT32 = {"device": torch.device("cpu"), "dtype": torch.float32}


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    images, labels = data.fetch("digits", tmp_path_factory.mktemp("digits"))
    return {"images": images, "labels": labels}


def idx(values: np.ndarray) -> bytes:
    """Return an array of bytes in the format of MNIST's files."""
    head = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return head + values.astype(np.uint8).tobytes()


IMAGE_FILE, LABEL_FILE = idx(np.arange(12 * 28 * 28).reshape(12, 28, 28)), idx(np.arange(12) % 10)


def fetch(name, folder, images=IMAGE_FILE, labels=LABEL_FILE):
    """Return what is read of twelve images that lie where torchvision keeps them."""
    raw = folder / {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}[name] / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(images)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    return data.fetch(name, folder)


@pytest.mark.parametrize("name", data.DOWNLOADS)
def test_mnists_files_are_read(tmp_path, monkeypatch, name):
    monkeypatch.setitem(data.IMAGES, name, 11)
    images, labels = fetch(name, tmp_path)
    assert images.dtype == labels.dtype == np.uint8
    assert images.shape == (11, 28, 28)
    assert images[0, 0, :3].tolist() == [0, 1, 2]
    assert labels.tolist() == [*range(10), 0]


@pytest.mark.parametrize("wrong", [{"images": b"\0\0\x08\x03short"}, {"labels": idx(np.arange(12))}])
def test_damaged_files_are_refused(tmp_path, wrong):
    with pytest.raises(UserError, match=r"the files of mnist in .* cannot be read .* Or take images_dataset=digits\."):
        fetch("mnist", tmp_path, **wrong)


def test_images_that_cannot_be_downloaded_or_written_are_one_sentence(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(UserError, match=r"mnist has to be downloaded, and that failed .* Check the network\."):
        data.fetch("mnist", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write mnist to .*file: Not a directory\. Put that right"):
        data.fetch("mnist", tmp_path / "file")


def test_a_server_that_never_answers_is_given_up(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(datasets.MNIST, "mirrors", [f"http://127.0.0.1:{server.getsockname()[1]}/"])
        monkeypatch.setattr(data, "SILENCE", 0.1)
        with pytest.raises(UserError, match=r"mnist has to be downloaded, and that failed .* Check the network\."):
            data.fetch("mnist", tmp_path)
    socket.setdefaulttimeout(None)


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


def learn(task, name, seed):
    """Return training error, test error and accuracy of a network of 100 units that the engine trained."""
    weights = VARIANTS[name].draw(1.0, seed, sizes_of(*task.x.shape, 100, task.y.shape[1]))
    rate, update = 1 / sharpness.of_tangent_kernel(task.x, *weights), OPTIMIZERS["nesterov"].update(0.8)
    learned = learning.learn(task, weights, rate, update, 6000, FLOAT32, VARIANTS[name].centred)
    return learning.measure(task, learned.outputs)


@pytest.mark.parametrize(("name", "low", "high"), [("normal", 0, 0.25), ("linear", 0.75, 1), ("centred", 0.7, 1)])
def test_a_good_start_recognises_images_and_guesses_where_there_is_nothing_to_learn(digits, name, low, high):
    """A plain loop in NumPy, with other draws and heavy-ball momentum, ended in these ranges too."""
    planted = {**digits, "labels": np.random.default_rng(0).permutation(digits["labels"])}
    for task, least, most in ((digits, low, high), (planted, 0.06, 0.14)):
        train_loss, _, accuracy = learn(problem.draw_images(task, 13, 60, 1000), name, 13)
        assert train_loss < TRAIN_LOSS_TARGET
        assert least < accuracy < most


def test_a_teacher_is_learned():
    one, again, other = (problem.draw_teacher(seed, sizes_of(50, 5, 100, 2), 300) for seed in (3, 3, 4))
    assert torch.equal(one.targets, again.targets)
    assert not torch.equal(one.targets, other.targets)
    assert one.y.square().mean().item() == pytest.approx(1, abs=1e-5)
    train_loss, test_loss, _ = learn(one, "linear", 3)
    assert train_loss < TRAIN_LOSS_TARGET
    assert test_loss < 0.2
    shuffled = one._replace(y=one.y.flip(0))  # planted: nothing to learn
    assert learn(shuffled, "linear", 3)[1] > 0.8


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
def test_weights_have_the_stated_deviations_and_he_and_xavier_are_torchs(name, scale):
    torchs = {"he": torch.nn.init.kaiming_normal_, "xavier": torch.nn.init.xavier_normal_}
    stated = VARIANTS[name].deviations(scale, Sizes())
    for weight, deviation in zip(VARIANTS[name].draw(scale, 5, Sizes()), stated, strict=True):
        assert weight.std().item() == pytest.approx(deviation, rel=0.05)
        if name in torchs:
            theirs = torchs[name](torch.empty(weight.t().shape), generator=torch.Generator().manual_seed(0))
            assert theirs.std().item() == pytest.approx(deviation, rel=0.05)


def test_balance_changes_no_output():
    weights = (VARIANTS["balanced"].draw(ratio, 0, Sizes(hidden_dim=50)) for ratio in (0.1, 10.0))
    torch.testing.assert_close(*(w1.clamp(min=0) @ w2 for w1, w2 in weights))
