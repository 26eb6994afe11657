"""What makes the workflow run again, and what does not."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from projects import NOTHING, copy_project, planned, results, run


def test_more_seeds_only_add_shards(small):
    told = run(small, "snakemake", "-n", "--cores", "1", "study", "--config", "study_seeds=4", "study_band_seeds=30")
    assert sorted(re.findall(r"output: results/study/shards/(\d+)/runs.csv", told.stdout)) == ["202", "203"]
    assert re.findall(r"output: results/study/band_shards/(\d+)/curves.csv", told.stdout) == ["220"]


def test_a_second_run_does_nothing(finished):
    assert NOTHING in run(finished, "snakemake", "--cores", "all").stdout


def test_a_touch_of_every_file_re_runs_nothing(own_small):
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
    for path in (own_small / "src").rglob("*"):
        os.utime(path)
    assert planned(own_small) == set()


END = {"report", "index"}
FIGURES = {"loss_transition", "reproduction", "trainings", "claims", "story"} | END
VERDICTS = {"study_verdicts", "study_page", "claims", "story"} | END
TABLES = {"study_tables", "study_floor", "study_figures"} | VERDICTS
BAND = {"study_band", "study_figures"} | VERDICTS
SHARDS = {"study_shard", "study_band_shard", "study_runs"} | TABLES | BAND
LEARNED = {"images_shard", "images_speed", "images_runs", "images_tables", "images_figures"}
IMAGES = LEARNED | {"images_trainability"}


def edit(path: Path) -> None:
    """Add an empty line."""
    path.write_text(path.read_text() + "\n")


EDITED = {
    "src/kotohajime/article/train_manual.py": {"train_manual", "checks", "notebook"} | FIGURES - {"loss_transition"},
    "src/kotohajime/article/train_module.py": {"train_module", "checks", "notebook"} | FIGURES | SHARDS | IMAGES,
    "src/kotohajime/article/loss_transition.py": {"loss_transition"},
    "src/kotohajime/article/claims.py": {"claims", "story"},
    "src/kotohajime/pages/index.py": {"index"},
    "src/kotohajime/pages/templates/claims.html": {"claims", "story"},
    "data/published/curves.csv": {"reproduction"} | BAND,
    "data/published/manual.csv": {"reproduction"} | BAND,
    "src/kotohajime/study/engine.py": SHARDS | IMAGES,
    "src/kotohajime/study/figures.py": {"study_figures", "study_page"},
    "src/kotohajime/images/data.py": {"images_data", "images_shard", "images_runs", "images_tables", "images_figures"}
    | VERDICTS,
    "src/kotohajime/images/speed.py": LEARNED - {"images_shard"} | VERDICTS,
    "src/kotohajime/images/trainability.py": {"images_trainability", "images_figures", "story"},
    "config/hypotheses.yaml": VERDICTS,
    "src/kotohajime/pages/templates/finding.ja.md": {"study_page", "story"},  # which imports the page's module
    "workflow/report/claims.rst": {"report"},
}
NO_RESULT = ["src/kotohajime/workflow/config.py", "src/kotohajime/settings.py", "src/kotohajime/refusals.py"]


@pytest.mark.parametrize(("edited", "rules"), EDITED.items())
def test_an_edit_re_runs_its_rule_and_what_follows(own_small, edited, rules):
    edit(own_small / edited)
    assert planned(own_small) == rules | (END if rules - {"index"} else rules)


def test_an_edit_of_what_reads_the_config_re_runs_nothing(own_small):
    for edited in NO_RESULT:
        edit(own_small / edited)
    assert planned(own_small) == set()


@pytest.mark.parametrize(
    "edited",
    ["src/kotohajime/article/train_manual.py", "data/published/curves.csv", "config/hypotheses.yaml",
     "src/kotohajime/pages/templates/claims.html", "workflow/report/claims.rst"],
)  # fmt: skip
def test_an_edited_file_with_an_older_date_is_another_file_too(own_small, edited):
    """As it comes by `cp -p`, `rsync -a` or `tar`."""
    edit(own_small / edited)
    os.utime(own_small / edited, (10**9, 10**9))
    assert planned(own_small) == EDITED[edited] | END


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (
            "manual_learning_rate=1e-6",
            {"train_manual", "images_figures", "notebook"} | FIGURES - {"loss_transition"} | SHARDS,
        ),
        ("module_nesterov=false", {"train_module", "notebook"} | FIGURES),
        ("study_seeds=3", {"study_shard", "study_runs"} | TABLES | BAND | LEARNED),
        ("images_train=41", LEARNED - {"images_speed"} | VERDICTS),
        ("map_epochs=21", {"images_trainability", "images_figures", "story"}),
        ("study_band_seeds=21", {"study_band_shard", "study_runs"} | TABLES | BAND),
        ("manual_halve_at_start=true", set()),
        ("manual_learning_rate=0.000002", set()),
    ],
)
def test_a_changed_number_re_runs_what_depends_on_it(small, change, rules):
    assert planned(small, "--config", change) - END == rules - END


def test_all_that_a_result_was_made_from_is_among_its_rules_inputs(small):
    told = run(small, "snakemake", "--dry-run", "--forceall", "--cores", "1").stdout
    jobs = re.findall(r"^    input: (.*)\n    output: (.*)\n", told, re.MULTILINE)
    inputs = {output: asked.split(", ") for asked, outputs in jobs for output in outputs.split(", ")}
    records = {name: json.loads(content) for name, content in results(small).items() if "/.made/" in name}
    assert {name.replace(".made/", "").removesuffix(".json") for name in records} == inputs.keys()
    for name, made in records.items():
        read = {*made["inputs"], *(f"src/kotohajime/{file}" for file in made["code"])}
        assert read <= {*inputs[name.replace(".made/", "").removesuffix(".json")]}, name


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("train_manual/run.json", "train_manual"),
        ("reproduction.svg", "reproduction"),
        ("study/band_shards/210/curves.csv", "study_band_shard"),
    ],
)
def test_a_result_that_was_deleted_is_made_again(own_small, name, rule):
    (own_small / "results" / name).unlink()
    assert rule in planned(own_small)
