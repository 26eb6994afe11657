"""The study's tables, band, pictures and page tell what was planted, and nothing else."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, PLANTED, learned, networks, taught, trained
from problems import PUBLISHED, tensors, train_as_module
from projects import ROOT

from kotohajime.article import train_autograd
from kotohajime.config import Place, Sizes
from kotohajime.hypotheses import verdicts as study_verdicts
from kotohajime.io import read_json, read_table, write, write_json, write_table
from kotohajime.site import study_page
from kotohajime.study import band as study_band
from kotohajime.study import band_shard
from kotohajime.study import floor as study_floor
from kotohajime.study import runs as study_runs
from kotohajime.study import shard as study_shard
from kotohajime.study import tables as study_tables
from kotohajime.study.cells import Article
from kotohajime.text import FAILS, OPEN, UNKNOWN


def test_the_table_of_cells():
    table = study_tables.cells(networks(**PLANTED)).set_index(["start", "optimizer", "learning_rate"])
    assert table.loc[("linear", "gd", 1e-6), "loss_last"] == pytest.approx(100, rel=0.3)
    assert table.loc[("normal", "gd", 1e-5), ["loss_last", "share_diverged"]].tolist() == [INF, 1]
    assert table.loc[("normal", "gd", 1e-6), "spike_height"] == 50
    assert table.loc[("linear", "gd", 5e-5), "epochs_to_1"] == 70
    assert table.loc[("linear", "gd", 1e-6), "epochs_to_1"] == INF


def test_a_cell_that_some_seeds_lack_is_left_out():
    runs = networks(**PLANTED)
    assert len(study_tables.cells(runs.drop(index=0))) == len(PLANTED) - 1
    assert (study_tables.left_out(runs), study_tables.left_out(runs.drop(index=[0, 16]))) == (0, 2)


def test_tuned_and_swap():
    runs = networks(**PLANTED)
    table = study_tables.cells(runs)
    best = study_tables.tuned(table, runs).set_index(["start", "optimizer"])["learning_rate"]
    assert best.to_dict() == {("normal", "gd"): 1e-6, ("linear", "gd"): 5e-5, ("linear", "nesterov"): 1e-5}
    assert set(study_tables.swap(table, (1e-6, 1e-5))["learning_rate"]) == {1e-6, 1e-5}


def test_limits_beside_theory():
    starts = pd.DataFrame({
        "seed": range(5), "start": "normal", "optimizer": "nesterov", "sharpness_hessian": 100.0,
        "limit": [0.02, 0.03, 0.025, 0.025, 0.025],
    })  # fmt: skip
    (row,) = study_tables.limits(starts, 0.8).to_dict("records")
    assert (row["limit"], row["limit_x_sharpness"]) == (0.025, 2.5)
    assert (row["seeds"], row["seeds_with_limit"]) == (5, 5)
    assert row["stable_x_sharpness"] == pytest.approx(3.6 / 2.6)
    starts.loc[0, "limit"] = NAN
    (row,) = study_tables.limits(starts, 0.8).to_dict("records")
    assert np.isnan(row["limit"])
    assert row["seeds_with_limit"] == 4


def test_what_rests_on_a_sharpness_has_its_digits():
    """A sharpness is found to 1e-6: what is written of it, and of its products, has no more digits."""
    starts = pd.DataFrame({
        "seed": range(5), "start": "normal", "optimizer": "gd", "sharpness_hessian": 100 + np.arange(5) / 7,
        "limit": 0.02 + np.arange(5) / 7e4,
    })  # fmt: skip
    (row,) = study_tables.limits(starts, 0.8).to_dict("records")
    rounded = [name for name in row if "sharpness" in name and name != "stable_x_sharpness"]
    assert len(rounded) == 4
    assert all(len(f"{row[name]!r}".replace(".", "").lstrip("0")) <= 6 for name in rounded)
    assert row["limit_x_sharpness"] == pytest.approx((100 + 2 / 7) * (0.02 + 2 / 7e4), rel=1e-5)


def test_momentum_beside_its_partner():
    (row,) = study_tables.momentum_against_rate(networks(**PLANTED), 0.8).to_dict("records")
    assert (row["rate_nesterov"], row["rate_gd"]) == (1e-5, 5e-5)
    assert abs(row["decades"]) < 1e-12


SMALL = Sizes(hidden_dim=50)


def study(
    folder, seeds, sizes=SMALL, article=Article(epochs=30), place=Place(device="cpu"), learning_rates=(1e-6, 1e-3)
):
    """Run the study from its shards to its pages, in one folder."""
    common = {"sizes": sizes, "article": article, "place": place}
    some = study_shard.Shard(first_seed=0, seeds=seeds)
    rates = study_shard.Grid(learning_rates=learning_rates)
    study_shard.main(shard=some, rates=rates, output=folder / "0", **common)
    band_shard.main(shard=some, output=folder / "b", **common)
    study_runs.main(shards=[folder / "0"], band_shards=[folder / "b"], article=article, output=folder)
    files = {name: folder / f"{name}.csv" for name in ("runs", "starts", "band")}
    settings = folder / "settings.json"
    study_tables.main(settings=settings, runs=files["runs"], starts=files["starts"], output=folder)
    study_band.main(study_curves=folder / "curves.csv", **PUBLISHED, output=files["band"])
    study_floor.main(settings=settings, runs=files["runs"], tuned=folder / "tuned.csv", sizes=sizes, place=place,
                     output=folder / "floor.csv")  # fmt: skip
    for name, table in {"images": learned(), "speed": trained(), "teacher": taught()}.items():
        files[name] = folder / f"{name}.csv"
        write_table(files[name], table[table["seed"] < seeds])
    study_verdicts.main(
        hypotheses=ROOT / "config/hypotheses.yaml", settings=settings, **files, output=folder / "verdicts.json"
    )
    for name in ("loss_by_rate", "loss_by_scaled_rate", "band"):
        write(folder / f"{name}.png", b"a picture")
    study_page.main(study=folder)
    return folder


def test_the_page_and_the_finding_tell_what_the_tables_say(tmp_path):
    """From shards to sentences, with two seeds: too few for intervals, which are then left out and said to be."""
    study(tmp_path, seeds=2)
    verdicts = read_json(tmp_path / "verdicts.json")
    told = {hypothesis["id"]: hypothesis["told"] for hypothesis in verdicts["hypotheses"]}
    assert verdicts["claims"]["init_is_why"]["verdict"] == OPEN
    assert verdicts["band"]["module"]["verdict"] == OPEN
    page = (tmp_path / "study.html").read_text()
    assert all(text in page for text in told.values())
    assert read_table(tmp_path / "floor.csv").empty
    assert "order of summation" not in page
    assert "on them a verdict confirms nothing" in page  # seeds of the trials
    assert "leave out" not in page
    for name, few in (("finding.md", "for which these are too few"), ("finding.ja.md", "区間を出すには少なすぎます")):
        finding = (tmp_path / name).read_text()
        assert told["start_alone"] in finding
        assert few in finding
        assert not any(word in finding for word in ("unknown", "nan", "None", "&#"))


def test_the_smallest_study_has_pages(tmp_path):
    """One network of one unit and one epoch, which may end at a loss of 0 or at a sharpness of 0."""
    ones = dict.fromkeys(Sizes.model_fields, 1)
    study(tmp_path, seeds=1, sizes=Sizes(**ones), article=Article(epochs=1), learning_rates=(1e-6,))
    assert "判定できませんでした" in (tmp_path / "finding.ja.md").read_text()


@pytest.fixture(scope="module")
def low(tmp_path_factory):
    """Return a study of small networks that end below 1e-4, five seeds, and the article's settings."""
    article = Article(epochs=300, module_learning_rate=2e-4)
    sizes = Sizes(batch_size=10, input_dim=20, hidden_dim=100, output_dim=2)
    return study(tmp_path_factory.mktemp("low"), 5, sizes, article, learning_rates=(1e-4, 1e-3, 1e-2)), article, sizes


def test_where_the_plain_loops_end(low):
    folder, article, sizes = low
    floor, runs = read_table(folder / "floor.csv"), read_table(folder / "runs.csv")
    assert list(floor) == ["seed", "start", "optimizer", "learning_rate", "loss_engine", "loss_plain"]
    assert set(floor["seed"]) == {0, 1, 2, 3}
    tuned = read_table(folder / "tuned.csv").query("precision == 'float32' and loss_last < 1e-4")
    kind = ["start", "optimizer"]
    assert set(floor[kind].itertuples(index=False)) == set(tuned[kind].itertuples(index=False))
    for row in floor.itertuples():
        own = (
            f"seed == {row.seed} and start == '{row.start}' and optimizer == '{row.optimizer}'"
            f" and learning_rate == {row.learning_rate} and schedule == 'constant' and precision == 'float32'"
        )
        assert runs.query(own)["loss_last"].tolist() == [row.loss_engine]
    assert {"normal", "gd", "nesterov"} <= {*floor["start"], *floor["optimizer"]}
    nesterov = partial(train_as_module, momentum=article.module_momentum, nesterov=True)
    for optimizer, train in (("gd", train_autograd.train), ("nesterov", nesterov)):
        row = floor.query(f"start == 'normal' and optimizer == '{optimizer}'").iloc[0]
        weights = tensors(int(row.seed), tuple(sizes.model_dump().values()))
        assert train(*weights, [row.learning_rate] * article.epochs)[0][-1] == row.loss_plain


def test_the_floor_is_told(low):
    folder, *_ = low
    assert "order of summation" in (folder / "study.html").read_text()


def copied(folder, to):
    """Copy a study's tables and verdicts."""
    for file in folder.glob("*.*"):
        write(to / file.name, file.read_bytes())
    return to


def test_what_is_unknown_is_left_out_of_the_finding(low, tmp_path):
    folder = copied(low[0], tmp_path)
    verdicts = read_json(folder / "verdicts.json")
    for hypothesis in verdicts["hypotheses"]:
        hypothesis.update(told=UNKNOWN, value=None, verdict=OPEN)
    before = {name: (folder / name).read_text() for name in ("finding.md", "finding.ja.md")}
    write_json(folder / "verdicts.json", verdicts)
    study_page.main(study=folder)
    for name, text in before.items():
        after = (folder / name).read_text()
        assert (text.count("\n* "), after.count("\n* ")) == (12, 2)  # of the band, and that not every network learned
        assert not any(word in after for word in (UNKNOWN, "nan", "None"))


def test_seeds_are_too_few_for_all_at_once_only_if_nothing_is_decided(low):
    tables = {name: read_table(low[0] / f"{name}.csv") for name in study_page.TABLES}
    verdicts, settings = read_json(low[0] / "verdicts.json"), read_json(low[0] / "settings.json")
    assert study_page.gather(tables, verdicts, settings)["too_few"]
    verdicts["hypotheses"][-1]["corrected"] = FAILS  # as that of a share may be
    assert not study_page.gather(tables, verdicts, settings)["too_few"]
    verdicts["hypotheses"][-1]["corrected"] = OPEN
    assert not study_page.gather(tables, verdicts | {"seeds": 10}, settings)["too_few"]


def test_in_float64_there_is_no_floor_to_tell(tmp_path):
    study(tmp_path, seeds=1, place=Place(device="cpu", precision="float64"), article=Article(epochs=5))
    assert (tmp_path / "floor.csv").read_text() == "seed,start,optimizer,learning_rate,loss_engine,loss_plain\n"


def test_cells_that_are_left_out_are_told(low, tmp_path, capsys):
    runs = read_table(copied(low[0], tmp_path) / "runs.csv")
    first = runs[runs["precision"] == "float64"].index[0]
    before = study_tables.left_out(runs)
    runs.drop(index=first).to_csv(tmp_path / "runs.csv", index=False)
    now = study_tables.left_out(read_table(tmp_path / "runs.csv"))
    assert now == before + 1
    files = {name: tmp_path / f"{name}.csv" for name in ("runs", "starts")}
    study_tables.main(settings=tmp_path / "settings.json", **files, output=tmp_path)
    assert f"{now} more left out, which only some seeds have" in capsys.readouterr().out
    study_page.main(study=tmp_path)
    assert f"leave out {now} cell" in (tmp_path / "study.html").read_text()
