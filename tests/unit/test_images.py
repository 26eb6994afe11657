"""What a good start buys: the images, the networks that learn them, speed, the map, and what is told of them."""

import gzip
import math
import urllib.error
import urllib.request

import numpy as np
import pandas as pd
import pytest
import torch
from planted import INF, NAN
from problems import tensors
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from kotohajime.article import train_autograd
from kotohajime.io import UserError, read_table, write_table
from kotohajime.images import data, learning, problem, runs, shard, speed, tables, trainability
from kotohajime.engine import tangent_kernel as kernel
from kotohajime.images import figures as images_figures
from kotohajime.config import IMAGES, Hidden, Images, Map, Place, Shard, Sizes
from kotohajime.engine import sharpness
from kotohajime.statistics import soonest, usable_decades
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.images.starts import CATAPULTS, ENOUGH, VARIANTS

CPU = Place(device="cpu")
NESTEROV = OPTIMIZERS["nesterov"].update(0.8)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    images, labels = data.fetch("digits", tmp_path_factory.mktemp("digits"))
    return {"images": images, "labels": labels}


def idx(values: np.ndarray) -> bytes:
    """Return an array of bytes as MNIST's files have it."""
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
    assert digits["images"].dtype == np.uint8
    assert np.array_equal(digits["images"], theirs.images * 15)
    assert np.array_equal(digits["labels"], theirs.target)


def test_there_are_as_many_as_the_config_is_told(digits):
    assert data.SETS.keys() == IMAGES.keys()
    assert len(digits["images"]) == IMAGES["digits"]


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
def test_mnists_files_are_read(tmp_path, name, folder):
    images, labels = data.fetch(name, mnist(tmp_path, folder))
    assert images.shape == (12, 28, 28)
    assert images[0, 0, :3].tolist() == [0, 1, 2]
    assert labels.tolist() == [*range(10), 0, 1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"images": b"\0\0\x08\x03short"}, "the files of mnist in .* cannot be read"),
        ({"images": gzip.compress(b"x")}, "the files of mnist in .* cannot be read"),
        ({"labels": idx(np.arange(5))}, "the files of mnist in .* cannot be read"),
        ({"labels": idx(np.arange(12))}, "the labels of mnist in .* are not all 0 to 9"),
    ],
)
def test_files_that_are_none_are_refused(tmp_path, wrong, said):
    with pytest.raises(UserError, match=said):
        data.fetch("mnist", mnist(tmp_path, **wrong))


def test_a_fault_of_ours_in_the_digits_is_no_fault_of_the_users(tmp_path, monkeypatch):
    monkeypatch.setattr(data.Digits, "__getitem__", lambda own, place: own.data[len(own)])
    with pytest.raises(IndexError):
        data.fetch("digits", tmp_path)


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
    told = data.sentence("mnist", tmp_path, PermissionError(13, "Permission denied"))
    assert told == f"cannot write mnist to {tmp_path}: Permission denied. Put that right and run again."


def test_a_seed_splits_the_images(digits):
    one, again, other = (problem.of_images(digits, seed, 200, 500) for seed in (3, 3, 4))
    assert torch.equal(one.points, again.points)
    assert not torch.equal(one.points, other.points)
    assert one.x.mean().item() == pytest.approx(0, abs=1e-5)
    assert one.x.square().mean().item() == pytest.approx(1, abs=1e-5)
    assert one.targets.var().item() == pytest.approx(1, abs=0.01)
    assert len(set(one.places.tolist())) == 500
    assert torch.equal(one.targets[200:].argmax(1), one.labels)
    assert np.array_equal(digits["labels"][one.places], one.labels)
    with pytest.raises(UserError, match="1000 images to train on and 1000 to test on are more than the 1797"):
        problem.of_images(digits, 0, 1000, 1000)
    with pytest.raises(UserError, match="are all of one grey"):
        problem.of_images({**digits, "images": np.full_like(digits["images"], 7)}, 0, 10, 10)


def learned(digits, seed, names=("normal", "linear", "centred"), labels=None, hidden=400):
    """Return accuracy by start of networks that the engine trained."""
    there = problem.of_images(digits if labels is None else {**digits, "labels": labels}, seed, 100, 1000)
    sizes, found = Sizes(batch_size=100, input_dim=64, hidden_dim=hidden), {}
    for name in names:
        weights = VARIANTS[name].draw(1.0, seed, sizes)
        rate = 1 / sharpness.of_tangent_kernel(there.x, *weights)
        network = learning.learn(there, weights, rate, NESTEROV, 6000, VARIANTS[name].centred)
        assert learning.errors(there, network.outputs)[0] < ENOUGH
        found[name] = learning.accuracy(there, network.outputs)
    return found


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
def test_a_plain_loop_finds_the_same(digits, seed):
    """Another program, other draws, another optimiser."""
    ours = learned(digits, seed)
    with threadpool_limits(1):  # several processes would wait for each other's threads
        theirs = {name: plain_loop(seed, name) for name in ours}
    for found in (ours, theirs):
        assert found["normal"] < 0.25
        assert found["linear"] > 0.85
        assert found["centred"] > 0.8


def test_where_there_is_nothing_to_learn_every_start_guesses(digits):
    """Planted: labels that have nothing to do with the images."""
    labels = np.random.default_rng(0).permutation(digits["labels"])
    assert all(abs(accuracy - 0.1) < 0.04 for accuracy in learned(digits, 13, labels=labels, hidden=200).values())


@pytest.fixture(scope="module")
def small(tmp_path_factory, digits):
    """Return a folder with the tables of two seeds, small ones."""
    folder = tmp_path_factory.mktemp("images")
    np.savez(folder / "data.npz", **digits)
    few = {"images": Images(train=60, test=50, epochs=300), "hidden": Hidden(hidden_dim=40)}
    for seed in (0, 1):
        one = Shard(first_seed=seed, seeds=1)
        shard.main(shard=one, **few, place=CPU, data=folder / "data.npz", output=folder / f"shards/{seed}")
        sizes = Sizes(batch_size=20, input_dim=20, hidden_dim=60, output_dim=3)
        speed.main(shard=one, sizes=sizes, place=CPU, output=folder / f"speed_shards/{seed}")
    trainability.main(of=Map(points=6, epochs=30), sizes=sizes, place=CPU, output=folder / "map.csv")
    shards = ([folder / f"{name}/{seed}" for seed in (0, 1)] for name in ("shards", "speed_shards"))
    runs.main(**dict(zip(("shards", "speed_shards"), shards, strict=True)), output=folder)
    tables.main(**{name: folder / f"{name}.csv" for name in ("runs", "speed", "kernels")}, output=folder)
    return folder


def test_a_row_a_network(small):
    found = read_table(small / "runs.csv", shard.RUNS)
    assert list(found.columns) == shard.RUNS
    assert len(found) == 2 * sum(len(variant.sizes) for variant in VARIANTS.values())
    assert (found["test_accuracy"].between(0, 1)).all()
    assert (found["c"] == 1).all()
    done = found["train_loss"] < ENOUGH
    assert done.any()
    assert (found.loc[~done & found["diverged_at"].isna(), "epochs"] == 300).all()


def test_a_shard_depends_on_its_seeds_alone(small, tmp_path):
    few = {"images": Images(train=60, test=50, epochs=300), "hidden": Hidden(hidden_dim=40)}
    both = Shard(first_seed=0, seeds=2)
    shard.main(shard=both, **few, place=CPU, data=small / "data.npz", output=tmp_path)
    for name in ("runs", "paths", "predictions", "teacher"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (small / f"{name}.csv").read_bytes()


def test_divergence_is_recorded(digits, monkeypatch, tmp_path):
    """On images of noise: on digits the units die first, and a dead network's loss is finite."""
    noise = np.random.default_rng(0).integers(0, 256, digits["images"].shape, np.uint8)
    np.savez(tmp_path / "data.npz", images=noise, labels=digits["labels"])
    monkeypatch.setattr(shard, "C", 6.0)
    few = {"images": Images(train=30, test=20, epochs=100), "hidden": Hidden(hidden_dim=300)}
    shard.main(shard=Shard(seeds=1), **few, place=CPU, data=tmp_path / "data.npz", output=tmp_path)
    found = read_table(tmp_path / "runs.csv")
    large = found[found["start"].isin(["normal", "linear", "he"])]
    assert large["diverged_at"].notna().all()
    assert np.isinf(large["test_loss"]).all()
    told = tables.by_start(found, tables.learned).set_index("start").loc[["normal", "linear", "he"]]
    assert told["diverged"].tolist() == told["unended"].tolist() == [1, 1, 1]
    shown = read_table(tmp_path / "predictions.csv")
    assert shown.loc[shown["start"] == "normal", "predicted"].isna().all()
    assert np.isinf(told["test_loss"]).all()


def test_a_teacher_is_learned():
    sizes = Sizes(batch_size=50, input_dim=5, hidden_dim=100, output_dim=2)
    one, again, other = (problem.of_teacher(seed, sizes, 300) for seed in (3, 3, 4))
    assert torch.equal(one.targets, again.targets)
    assert not torch.equal(one.targets, other.targets)
    assert one.y.square().mean().item() == pytest.approx(1, abs=1e-5)
    units = np.linalg.matrix_rank(one.targets.numpy(), tol=1e-3)
    assert units == 2
    weights = VARIANTS["linear"].draw(1.0, 3, sizes)
    rate = 1 / sharpness.of_tangent_kernel(one.x, *weights)
    train_loss, test_loss = learning.errors(one, learning.learn(one, weights, rate, NESTEROV, 5000).outputs)
    assert train_loss < ENOUGH
    assert test_loss < 0.2
    shuffled = one._replace(y=one.y.flip(0))  # planted: nothing to learn
    outputs = learning.learn(shuffled, weights, rate, NESTEROV, 5000).outputs
    assert learning.errors(one, outputs)[1] > 0.8


def test_above_twice_the_sharpness_the_loss_first_rises():
    found = {c: [] for c in CATAPULTS}
    there = problem.of_teacher(5, shard.STUDENT, 10)
    weights = VARIANTS["linear"].draw(1.0, 5, shard.STUDENT)
    curvature = sharpness.of_tangent_kernel(there.x, *weights)
    for c in CATAPULTS:
        way = learning.learn(there, weights, c / curvature, OPTIMIZERS["gd"].update(0), 30).way
        found[c] = [learning.errors(there, outputs)[0] for _, outputs in way]
    assert all((max(errors) > errors[0]) == (c > 2) for c, errors in found.items())


def test_the_kernel_is_that_of_the_derivatives():
    drawn = torch.Generator().manual_seed(0)
    x, w1, w2 = (torch.randn(shape, generator=drawn) for shape in ((6, 5), (5, 30), (30, 3)))

    def outputs(*weights):
        return (x.double() @ weights[0]).relu() @ weights[1]

    parts = torch.autograd.functional.jacobian(outputs, (w1.double(), w2.double()))
    j = torch.cat([part.reshape(18, -1) for part in parts], 1)
    np.testing.assert_allclose(kernel.measured(x, w1, w2), j @ j.T, rtol=1e-9, atol=1e-9)
    found = kernel.sharpness_and_condition(kernel.measured(x, w1, w2))
    assert found[0] == pytest.approx(sharpness.of_tangent_kernel(x, w1, w2), rel=1e-6)


def test_a_wide_network_has_the_predicted_kernel():
    sizes = Sizes(batch_size=10, input_dim=10, hidden_dim=10_000, output_dim=1)
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((10, 10)))
    s1, s2 = VARIANTS["balanced"].scales(3.16, sizes)
    kernels = kernel.measured(x, *VARIANTS["balanced"].draw(3.16, 0, sizes)), kernel.predicted(x, s1, s2, 10_000)
    assert np.abs(kernels[0] - kernels[1]).max() < 0.05 * kernels[1].max()


@pytest.mark.parametrize("name", VARIANTS)
def test_the_starts_have_the_deviations_that_they_state(name):
    sizes = Sizes(batch_size=1)
    for scale in VARIANTS[name].sizes:
        weights = VARIANTS[name].draw(scale, 5, sizes)
        stated = VARIANTS[name].scales(scale, sizes) if VARIANTS[name].scales else speed.deviations(sizes)
        for weight, deviation in zip(weights, stated, strict=True):
            assert weight.std().item() == pytest.approx(deviation, rel=0.05)


def test_they_are_torchs():
    sizes = Sizes()
    for name, theirs in (("he", torch.nn.init.kaiming_normal_), ("xavier", torch.nn.init.xavier_normal_)):
        for shape, ours in zip(((1000, 100), (10, 1000)), VARIANTS[name].draw(1.0, 0, sizes), strict=True):
            same = theirs(torch.empty(shape), generator=torch.Generator().manual_seed(0))
            assert ours.std().item() == pytest.approx(same.std().item(), rel=0.05)


def test_balance_changes_no_output():
    sizes = Sizes(hidden_dim=50)
    first = [w1.clamp(min=0) @ w2 for w1, w2 in (VARIANTS["balanced"].draw(r, 0, sizes) for r in (0.1, 10.0))]
    torch.testing.assert_close(*first)


def test_the_smallest_networks_pass(tmp_path, digits):
    """No unit may be active, so that there is no curvature; a kernel that is too large is not written out."""
    np.savez(tmp_path / "data.npz", **digits)
    few = {"images": Images(train=1, test=1, epochs=1), "hidden": Hidden(hidden_dim=1)}
    shard.main(shard=Shard(seeds=4), **few, place=CPU, data=tmp_path / "data.npz", output=tmp_path)
    speed.main(shard=Shard(seeds=4), sizes=Sizes(batch_size=1, input_dim=1, hidden_dim=1, output_dim=1), place=CPU,
               output=tmp_path)  # fmt: skip
    found = read_table(tmp_path / "kernels.csv")
    assert (found["sharpness"] == 0).any()
    assert np.isinf(found.loc[found["sharpness"] == 0, "condition"]).all()
    assert (read_table(tmp_path / "speed.csv").groupby("seed")["learning_rate"].max() <= 1e9).all()


def test_a_large_kernel_is_not_written_out(monkeypatch):
    sizes = Sizes(batch_size=20, input_dim=20, hidden_dim=60, output_dim=3)
    x, _, w1, w2 = tensors(0, (20, 20, 60, 3))
    whole = speed.kernel_row(x, "normal", 1.0, (w1, w2), sizes)
    monkeypatch.setattr(speed, "LARGE", 59)
    lanczos = speed.kernel_row(x, "normal", 1.0, (w1, w2), sizes)
    assert lanczos[0] == pytest.approx(whole[0], rel=1e-5)
    assert math.isnan(lanczos[1])
    assert lanczos[2:] == whole[2:]


def test_speed_and_bands_are_counted():
    cs = [10 ** (step / 16) for step in range(5)]
    usable = {0: [NAN, 9, 5, 7, NAN], 1: [8, 9, 5, 7, NAN], 2: [NAN] * 5}
    done = {0: [NAN, 90, 50, 70, NAN], 1: [NAN] * 5, 2: [NAN] * 5}
    table = pd.DataFrame({"seed": seed, "c": c, "usable_at": usable[seed][place], "done_at": done[seed][place]}
                         for seed in usable for place, c in enumerate(cs))  # fmt: skip
    assert soonest(table).tolist() == [50, INF, INF]
    np.testing.assert_allclose(usable_decades(table), [3 / 16, NAN, 0], atol=1e-9)


def test_the_map_is_that_of_plain_loops(small):
    found = read_table(small / "map.csv", trainability.MAP)
    assert len(found) == 36
    assert 6 <= found["diverged_at"].notna().sum() <= 30
    x, y, w1, w2 = tensors(0, (20, 20, 60, 3))
    for row in found.itertuples():
        losses, _ = train_autograd.train(x, y, w1 * row.scale, w2 * row.scale, [row.learning_rate] * 30)
        assert math.isfinite(losses[-1]) == math.isnan(row.diverged_at)
        if math.isfinite(losses[-1]):
            assert losses[-1] / y.square().sum().item() == pytest.approx(row.loss_share, rel=1e-2, abs=1e-5)


@pytest.mark.slow
def test_pictures_of_the_ordinary_and_of_the_odd(small, tmp_path):
    """Drawn from what two seeds left; then with a start that diverged, one that was never done, and nothing usable."""
    for name in ("runs", "paths", "predictions", "teacher", "starts", "speeds", "map"):
        table = read_table(small / f"{name}.csv")
        if name == "runs":
            of = table["start"] == "normal"
            table.loc[of, ["train_loss", "test_loss", "diverged_at"]] = INF, INF, 3
        if name in ("starts", "speeds"):
            table.loc[table["start"] == "normal", [c for c in table if c.startswith(("test_loss", "epochs"))]] = INF
        if name == "map":
            table.loc[table["scale"] == table["scale"].max(), "loss_share"] = NAN
        write_table(tmp_path / f"{name}.csv", table)
    (tmp_path / "data.npz").write_bytes((small / "data.npz").read_bytes())
    for folder in (small, tmp_path):
        images_figures.main(images=folder)
        assert {path.stem for path in folder.glob("*.png")} == {path.stem for path in folder.glob("*.svg")} == {
            "generalisation", "start_scale", "balance", "trainability", "predictions", "teacher"}  # fmt: skip


def test_a_command_names_what_it_lacks(tmp_path):
    with pytest.raises(UserError, match="need a folder each"):
        runs.main(shards=[], speed_shards=[], output=tmp_path)
