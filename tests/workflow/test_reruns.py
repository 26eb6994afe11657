"""What makes the workflow run again, by Snakemake's own triggers, and what does not."""

import os
import re
import shutil
from pathlib import Path

import pytest
from projects import NOTHING, copy_project, planned, run

from kotohajime.science import PACKAGE, PLUMBING

END = {"report", "index"}
PAGES = {"claims", "study_page", "reproduced", "story"} | END
TABLES = {"study_tables", "study_figures", "verdicts"} | PAGES
STUDY = {"study_shard", "study_band_shard"} | TABLES
FIGURES = {"loss_transition", "reproduction", "trainings", "claims", "reproduced", "story"} | END
IMAGES = {"images_tables", "images_figures", "verdicts"} | PAGES
AFTER_MANUAL = {"train_manual", "notebook", "checks"} | FIGURES - {"loss_transition"}


def edit(path: Path) -> None:
    """Add an empty line, under a date of 2001: as a file comes by `cp -p`, `rsync -a` or `tar`."""
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    os.utime(path, (10**9, 10**9))


EDITED = {
    "src/kotohajime/images/speed.py": {"images_speed"} | IMAGES,
    "src/kotohajime/words/story.yaml": {"study_page", "story"} | END,
    "data/published/curves.csv": {"reproduction"} | TABLES,
    "config/hypotheses.yaml": {"verdicts"} | PAGES,
}


@pytest.mark.parametrize(("edited", "rules"), EDITED.items())
def test_an_edit_of_whatever_date_re_runs_its_rule_and_what_follows(own_small, edited, rules):
    edit(own_small / edited)
    assert planned(own_small) == rules


def test_another_torch_is_put_beside_the_releases(own_small):
    edit(own_small / "envs/lock.txt")
    assert "history_compare" in planned(own_small)


def test_an_edit_of_the_plumbing_re_runs_nothing_nor_does_a_new_date(own_small):
    plumbing = [own_small / "src/kotohajime" / name for name in PLUMBING]
    plumbing += (own_small / "src").glob("snakemake_logger_plugin_kotohajime/*.py")
    assert all((PACKAGE / name).is_file() for name in PLUMBING)
    for path in plumbing:
        edit(path)
    for path in own_small.rglob("*"):
        if ".snakemake" not in path.parts:
            os.utime(path)
    assert planned(own_small) == set()


def test_a_new_clone_over_old_results_re_runs_nothing(own_small):
    config = (own_small / "config/config.yaml").read_bytes()
    for name in ("Snakefile", "workflow", "config", "data", "envs", "profiles", "src"):
        path = own_small / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy_project(own_small)
    (own_small / "config/config.yaml").write_bytes(config)
    assert planned(own_small) == set()


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("manual_learning_rate=1e-6", AFTER_MANUAL - {"checks"} | STUDY | {"images_figures"}),
        ("study_seeds=3", {"study_shard", "images_shard", "images_speed"} | TABLES | IMAGES),
        ("map_epochs=21", {"images_trainability", "images_figures", "reproduced", "story"} | END),
        ("manual_learning_rate=0.000002", set()),
    ],
)
def test_a_changed_number_re_runs_what_depends_on_it(small, change, rules):
    assert planned(small, "--config", change) - END == rules - END


def test_more_seeds_only_add_shards_and_no_shard_lies_off_the_grid(small):
    shown = run(small, "snakemake", "-n", "--cores", "1", "study", "--config", "study_seeds=3", "study_band_seeds=20")
    assert sorted(re.findall(r"output: results/study/shards/(\d+)/runs.csv", shown.stdout)) == ["201", "202"]
    assert re.findall(r"output: results/study/band_shards/(\d+)/curves.csv", shown.stdout) == ["210"]
    for name in ("shards/500/runs.csv", "band_shards/201/curves.csv"):
        shown = run(small, "snakemake", "-n", f"results/study/{name}")
        assert "MissingRuleException" in shown.stdout
        assert "Traceback" not in shown.stdout


def test_a_second_run_of_everything_does_nothing(finished):
    assert NOTHING in run(finished, "snakemake", "--cores", "all").stdout


def test_results_that_were_deleted_are_made_again(own_small):
    for name in ("reproduction.svg", "study/band_shards/200/curves.csv"):
        (own_small / "results" / name).unlink()
    assert {"reproduction", "study_band_shard"} <= planned(own_small)
