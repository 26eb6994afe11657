"""What the jobs on images and noise write: shards, their tables, the map, the figures."""

import math

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN
from problems import sizes_of, tensors

from kotohajime.article import train_autograd
from kotohajime.config import Compute, Hidden, Images, Map, Shard
from kotohajime.images import data, figures, shard, speed, tables, trainability
from kotohajime.images.starts import TRAIN_LOSS_TARGET, VARIANTS
from kotohajime.io import read_table, write_npz, write_table
from kotohajime.statistics import soonest, usable_decades

CPU = Compute(device="cpu")
NOISE = (20, 20, 60, 3)
SIZES = sizes_of(*NOISE)
EPOCHS = 120
FEW = {"images": Images(images_train=30, images_test=50, images_epochs=EPOCHS), "hidden": Hidden(hidden_dim=40)}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a folder with the tables of two seeds, small ones, in a shard each."""
    folder = tmp_path_factory.mktemp("images")
    data.main(folder=folder, output=folder / "data.npz")
    shards, speed_shards = ([folder / kind / seed for seed in "01"] for kind in ("images", "noise"))
    for seed, (images, noise) in enumerate(zip(shards, speed_shards, strict=True)):
        one = Shard(first_seed=seed, seeds=1)
        shard.main(shard=one, **FEW, place=CPU, data=folder / "data.npz", output=images)
        speed.main(shard=one, sizes=SIZES, place=CPU, output=noise)
    trainability.main(grid=Map(map_points=6, map_epochs=30), sizes=SIZES, place=CPU, output=folder / "map.csv")
    tables.main(shards=shards, speed_shards=speed_shards, output=folder)
    return folder


def test_a_row_a_network_and_a_row_an_initialisation(small):
    runs, starts = read_table(small / "runs.csv"), read_table(small / "starts.csv")
    assert len(runs) == 2 * sum(len(variant.scales) for variant in VARIANTS.values())
    assert runs["test_accuracy"].between(0, 1).all()
    done = runs["train_loss"] < TRAIN_LOSS_TARGET
    assert done.any()
    assert (runs.loc[~done & runs["diverged_at"].isna(), "epochs"] == EPOCHS).all()
    assert starts["seeds"].eq(2).all()
    medians = runs.groupby(["start", "scale"], sort=False)["epochs"].median()
    assert starts["epochs"].tolist() == medians.tolist()
    speeds = read_table(small / "speeds.csv")
    assert len(speeds) == len(read_table(small / "kernels.csv")) / 2
    assert set(speeds["start"][speeds["epochs"].notna()]) == {"normal", "linear", "balanced"}


def test_a_seeds_rows_depend_on_the_seed_alone(small, tmp_path):
    """Seeds in one shard or in two: the same rows."""
    shard.main(shard=Shard(seeds=2), **FEW, place=CPU, data=small / "data.npz", output=tmp_path)
    for name in shard.COLUMNS:
        assert (tmp_path / f"{name}.csv").read_bytes() == (small / f"{name}.csv").read_bytes()


def test_divergence_is_recorded(small, monkeypatch, tmp_path):
    """On images of noise: on digits the units die first, and a dead network's loss is finite."""
    arrays = np.load(small / "data.npz")
    noise = np.random.default_rng(0).integers(0, 256, arrays["images"].shape, np.uint8)
    write_npz(tmp_path / "data.npz", {"images": noise, "labels": arrays["labels"]})
    monkeypatch.setattr(shard, "C", 6.0)
    few = {"images": Images(images_train=30, images_test=20, images_epochs=100), "hidden": Hidden(hidden_dim=300)}
    shard.main(shard=Shard(seeds=1), **few, place=CPU, data=tmp_path / "data.npz", output=tmp_path)
    runs = read_table(tmp_path / "runs.csv")
    large = runs[runs["start"].isin(["normal", "linear", "he"])]
    assert large["diverged_at"].notna().all()
    assert np.isinf(large[["train_loss", "test_loss"]]).all(axis=None)
    assert large["test_accuracy"].eq(0).all()
    row = tables.by_start(runs, tables.summarise_learning).set_index("start").loc["normal"]
    assert (row["diverged"], row["unended"], row["test_loss"]) == (1, 1, INF)
    predictions = read_table(tmp_path / "predictions.csv")
    assert predictions.loc[predictions["start"] == "normal", "predicted"].isna().all()


def test_the_smallest_networks_pass(tmp_path, small):
    """No unit may be active, so that there is no curvature."""
    few = {"images": Images(images_train=1, images_test=1, images_epochs=1), "hidden": Hidden(hidden_dim=1)}
    shard.main(shard=Shard(seeds=2), **few, place=CPU, data=small / "data.npz", output=tmp_path)
    speed.main(shard=Shard(seeds=2), sizes=sizes_of(1, 1, 1, 1), place=CPU, output=tmp_path)
    kernels = read_table(tmp_path / "kernels.csv")
    flat = kernels["sharpness"] == 0
    assert flat.any()
    assert np.isinf(kernels.loc[flat, "condition"]).all()


def test_speed_and_bands_are_counted():
    usable = {0: [NAN, 9, 5, 7, NAN], 1: [8, 9, 5, 7, NAN], 2: [NAN] * 5}
    done = {0: [NAN, 90, 50, 70, NAN], 1: [NAN] * 5, 2: [NAN] * 5}
    table = pd.DataFrame(
        {"seed": seed, "c": 10 ** (step / 16), "usable_at": usable[seed][step], "done_at": done[seed][step]}
        for seed in usable
        for step in range(5)
    )
    assert soonest(table).tolist() == [50, INF, INF]
    np.testing.assert_allclose(usable_decades(table), [3 / 16, NAN, 0], atol=1e-9)


def test_the_map_is_that_of_plain_loops(small):
    table = read_table(small / "map.csv")
    assert len(table) == 36
    assert 6 <= table["diverged_at"].notna().sum() <= 30
    x, y, w1, w2 = tensors(0, NOISE)
    for row in table.itertuples():
        losses, _ = train_autograd.train(x, y, w1 * row.scale, w2 * row.scale, [row.learning_rate] * 30)
        assert math.isfinite(losses[-1]) == math.isnan(row.diverged_at)
        if math.isfinite(losses[-1]):
            assert losses[-1] / y.square().sum().item() == pytest.approx(row.loss_share, rel=1e-2, abs=1e-5)


@pytest.mark.slow
def test_figures_are_drawn_of_odd_results_too(small, tmp_path):
    """A start that diverged, one that was never done, no usable rate at the largest scale; no interval of two seeds."""
    tables_of = {path.stem: read_table(path) for path in small.glob("*.csv")}
    runs, scales = tables_of["runs"], tables_of["map"]["scale"]
    runs.loc[runs["start"] == "normal", ["train_loss", "test_loss", "diverged_at"]] = INF, INF, 3
    for table in (tables_of["starts"], tables_of["speeds"]):
        columns = [name for name in table if name.startswith(("test_loss", "epochs"))]
        table.loc[table["start"] == "normal", columns] = INF
    tables_of["map"].loc[scales == scales.max(), "loss_share"] = NAN
    for name, table in tables_of.items():
        write_table(tmp_path / f"{name}.csv", table)
    (tmp_path / "data.npz").write_bytes((small / "data.npz").read_bytes())
    figures.main(images=tmp_path)
    names = {"generalisation", "start_scale", "balance", "trainability", "predictions", "teacher"}
    assert {path.stem for path in tmp_path.glob("*.png")} == {path.stem for path in tmp_path.glob("*.svg")} == names
