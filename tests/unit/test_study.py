"""The study's tables: shards put together as they are; what was planted is in what follows; the reproduction band."""

import math

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, PLANTED, networks
from problems import PUBLISHED, shard, sizes_of

from kotohajime.config import Article, Compute, Grid, Shard
from kotohajime.hypotheses.verdicts import decide_band
from kotohajime.io import UserError, read_table, write_csv
from kotohajime.study import band_shard, published_band, tables
from kotohajime.study import shard as study_shard
from kotohajime.tables import concat
from kotohajime.text import NOT_REJECTED, OPEN, REJECTED

TABLES = ("runs", "starts", "paths", "curves", "cells", "swap", "tuned", "limits", "momentum", "band")


def test_no_digit_changes_in_tables_that_are_put_together(tmp_path):
    for name, seed in (("a.csv", 0), ("b.csv", 2)):
        write_csv(tmp_path / name, ["seed", "x"], [(seed, math.pi)])
    assert concat([tmp_path / "a.csv", tmp_path / "b.csv"]) == f"seed,x\n0,{math.pi}\n2,{math.pi}\n"


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["seed,x\n0,1\n1,1\n", "seed,x\n1,2\n"], r"seed 1 is in .*0\.csv and in .*1\.csv\. Name each shard once"),
        (["seed,x\n0,1\n", "seed,y\n1,2\n"], r"0\.csv and .*1\.csv have different columns"),
        *(
            (["seed,x\n0,1\n", text], r"cannot read .*1\.csv \(it is no whole table")
            for text in ("x\n1\n", "seed,x\n1\n")
        ),
        ([""], r"cannot read .*0\.csv \(it is no whole table"),
        ([], "there are no tables"),
    ],
)
def test_what_cannot_be_put_together_is_refused(tmp_path, texts, sentence):
    files = [tmp_path / f"{place}.csv" for place in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    with pytest.raises(UserError, match=sentence):
        concat(files)


def test_cells_swap_and_the_best_of_each_start():
    runs = networks(**PLANTED)
    table = tables.cells(runs)
    cell = table.set_index(["start", "optimizer", "learning_rate"])
    assert cell.loc[("linear", "gd", 1e-6), "loss_last"] == pytest.approx(100, rel=0.3)
    assert cell.loc[("normal", "gd", 1e-5), ["loss_last", "share_diverged"]].tolist() == [INF, 1]
    assert cell.loc[("normal", "gd", 1e-6), "spike_height"] == 50
    assert cell.loc[("linear", "gd", 5e-5), "epochs_to_1"] == 70
    assert cell.loc[("linear", "gd", 1e-6), "epochs_to_1"] == INF
    best = tables.tuned(table, runs).set_index(["start", "optimizer"])["learning_rate"]
    assert best.to_dict() == {("normal", "gd"): 1e-6, ("linear", "gd"): 5e-5, ("linear", "nesterov"): 1e-5}
    assert set(tables.swap(table, (1e-6, 1e-5))["learning_rate"]) == {1e-6, 1e-5}
    # A cell that some seeds lack is left out.
    assert len(tables.cells(runs.drop(index=0))) == len(PLANTED) - 1
    assert (tables.left_out(runs), tables.left_out(runs.drop(index=[0, 16]))) == (0, 2)


def limits(optimizer, sharpness, limit):
    """Return the row of limits of five seeds of one start."""
    kind = {"seed": range(5), "start": "normal", "optimizer": optimizer}
    starts = pd.DataFrame({**kind, "sharpness_hessian": sharpness, "limit": limit})
    return tables.limits(starts, 0.8).iloc[0]


def test_limits_beside_theory():
    row = limits("nesterov", 100.0, [0.02, 0.03, 0.025, 0.025, 0.025])
    assert (row["limit"], row["limit_x_sharpness"]) == (0.025, 2.5)
    assert (row["seeds"], row["seeds_with_limit"]) == (5, 5)
    assert row["stable_x_sharpness"] == pytest.approx(3.6 / 2.6)
    row = limits("nesterov", 100.0, [NAN, 0.03, 0.025, 0.025, 0.025])
    assert np.isnan(row["limit"])
    assert row["seeds_with_limit"] == 4


def test_momentum_beside_its_partner():
    (row,) = tables.momentum_against_rate(networks(**PLANTED), 0.8).to_dict("records")
    assert (row["rate_nesterov"], row["rate_gd"]) == (1e-5, 5e-5)
    assert abs(row["decades"]) < 1e-12


def test_from_shards_to_tables(tmp_path, capsys):
    """What only one of two seeds has is counted, and the band compares the first epoch that was published."""
    one, other = shard(tmp_path / "0", 0, 1), shard(tmp_path / "1", 1, 1)
    with (one / "runs.csv").open("a") as runs:
        runs.write("0,normal,gd,constant,1e-06,float64,9,1e-5,9,0,,,\n")
    article = Article(epochs=30)
    tables.main(shards=[one, other], band_shards=[one, other], **PUBLISHED, article=article, output=tmp_path)
    assert "1 more left out, which only some seeds have" in capsys.readouterr().out
    read = {name: read_table(tmp_path / f"{name}.csv") for name in TABLES}
    assert set(read["cells"]["seeds"]) == {2}
    assert set(read["swap"]["learning_rate"]) == {1e-6, 1e-5}
    assert read["band"]["epoch"].tolist() == [20] * 3
    assert len(read["limits"]) == 4


@pytest.mark.parametrize(
    ("sizes", "epochs", "precision"),
    [((1, 1, 1, 1), 1, "float32"), ((1, 100, 1, 10), 3, "float64"), ((2, 60, 1, 1), 2, "float32")],
)
def test_the_smallest_studies_have_tables(tmp_path, sizes, epochs, precision):
    """One sample, one unit, one epoch: the unit may be off, the sharpness 0, and a loss 0."""
    article, place = Article(epochs=epochs), Compute(device="cpu", precision=precision)
    common = {"shard": Shard(seeds=4), "sizes": sizes_of(*sizes), "article": article, "place": place}
    study_shard.main(**common, rates=Grid(study_learning_rates=(1e-6,)), output=tmp_path)
    band_shard.main(**common, output=tmp_path)
    tables.main(shards=[tmp_path], band_shards=[tmp_path], **PUBLISHED, article=article, output=tmp_path / "tables")
    read = {name: read_table(tmp_path / f"tables/{name}.csv") for name in TABLES}
    assert np.isfinite(read["runs"]["loss_first"]).all()
    sharpness = read["starts"][["sharpness_kernel", "sharpness_hessian"]]
    assert (np.isfinite(sharpness) & (sharpness >= 0)).all(axis=None)


def test_the_band_holds_what_its_seeds_could_give():
    losses = 10 ** np.random.default_rng(0).normal(2, 0.5, 64)
    curves = pd.DataFrame({"seed": range(64), "run": "autograd", "epoch": 20, "loss": losses})
    inside, above = (published_band.band(curves, {"autograd": {20: loss}}).iloc[0] for loss in (150.0, 1e5))
    assert inside["low"] < inside["median"] < inside["high"]
    assert inside["inside"]
    assert 40 < inside["percentile"] < 80
    assert not above["inside"]
    assert above["percentile"] == 100
    assert published_band.band(curves, {"autograd": {30: 1.0}}).empty


@pytest.mark.parametrize("error", [0.0, 0.1, 0.6])
def test_a_curve_among_its_like_is_refused_as_rarely_as_said(error):
    """Curves whose epochs go together, as losses do, read off a picture; and one that is apart.

    Of 39 seeds p is below 0.05 only where the published curve deviates most of 40: once in 40 times.
    """
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        curves = generator.standard_normal((40, 1)) + 0.3 * generator.standard_normal((40, 25))
        published = curves[0] + generator.normal(0, np.log10(1 + error), 25)
        refused += published_band.curve_p(curves[1:], published, error) < 0.05
        assert published_band.curve_p(curves[1:], published + 9, error) == 1 / 40
    assert 0 < refused / 400 < 0.05


def test_the_least_factor_that_would_be_seen_is_about_the_largest_deviation():
    """Curves whose epochs all move together, a standard deviation of 0.1 decades."""
    seeds = np.random.default_rng(0).normal(0, 0.1, (40, 1)) + np.linspace(5, 0, 25)
    factor = published_band.factor_seen(seeds, np.linspace(5, 0, 25), 0)
    assert 0.2 < np.log10(factor) < 0.4
    assert published_band.curve_p(seeds, np.linspace(5, 0, 25) + np.log10(factor / 1.3), 0) > 1 / 41
    assert np.isinf(published_band.factor_seen(100 * seeds, 100 * np.linspace(5, 0, 25), 0))


def test_reading_errors_belong_to_the_test():
    """Seeds that hardly differ: without reading errors of their own, almost every published curve would be apart."""
    generator = np.random.default_rng(0)
    seeds = np.linspace(5, 0, 25) + generator.normal(0, 0.001, (39, 25))
    published = [np.linspace(5, 0, 25) + generator.normal(0, np.log10(1.1), 25) for _ in range(100)]
    assert np.mean([published_band.curve_p(seeds, curve, 0) < 0.05 for curve in published]) == 1
    assert np.mean([published_band.curve_p(seeds, curve, 0.1) < 0.05 for curve in published]) < 0.15


def test_seeds_that_diverge_are_not_compared():
    curves = pd.DataFrame({"seed": range(4), "run": "module", "epoch": 20, "loss": [700.0, INF, NAN, 650.0]})
    (row,) = published_band.band(curves, {"module": {20: 690.4}}).to_dict("records")
    assert row["seeds"] == 2
    assert row["curve_p"] in (1 / 3, 2 / 3, 1)
    curves["loss"] = INF
    (row,) = published_band.band(curves, {"module": {20: 690.4}}).to_dict("records")
    assert (row["seeds"], row["inside"]) == (0, False)
    assert np.isnan(row["curve_p"])


@pytest.mark.parametrize(
    ("p", "seeds", "decided"),
    [
        (0.05, 40, NOT_REJECTED),
        (0.04, 40, REJECTED),
        (1 / 21, 20, REJECTED),
        (NAN, 40, OPEN),
        (1 / 20, 19, OPEN),
        (0.5, 19, OPEN),
    ],
)
def test_the_bands_rule(p, seeds, decided):
    rows = pd.DataFrame({"inside": [True, False], "seeds": seeds, "curve_p": p, "factor": INF})
    known = {"seeds": seeds, "p": None if np.isnan(p) else p, "factor": None, "inside": 1, "epochs": 2}
    assert decide_band(rows, 0.05) == {**known, "verdict": decided}
