"""What makes the workflow run again, and what does not."""

import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, copy_project, run

NOTHING = "Nothing to be done"


def planned(folder: Path, *flags: str) -> set[str]:
    """Return the rules that a dry run would run."""
    told = run(folder, "snakemake", "--dry-run", "--cores", "1", *flags)
    assert told.returncode == 0, told.stdout
    lines = told.stdout.splitlines()
    return {line.split()[1].rstrip(":") for line in lines if line.startswith(("rule ", "localrule "))} - {"all"}


def test_more_seeds_only_add_shards(tmp_path):
    folder = copy_project(tmp_path)
    flags = ["--config", "epochs=20", "hidden_dim=20", "study_learning_rates=[1.0e-7]", "study_seeds_per_shard=1"]
    assert run(folder, "snakemake", "--cores", "2", "study", *flags, "study_seeds=2").returncode == 0
    told = run(folder, "snakemake", "--dry-run", "--cores", "1", "study", *flags, "study_seeds=4").stdout
    assert sorted(re.findall(r"output: results/study/shards/(\d)/runs.csv", told)) == ["2", "3"]


def test_a_second_run_does_nothing(finished):
    assert NOTHING in run(finished, "snakemake", "--cores", "all").stdout


def test_a_touch_of_every_file_re_runs_nothing(own_copy):
    for path in own_copy.rglob("*"):
        if ".snakemake" not in path.parts:
            os.utime(path)
    assert planned(own_copy) == set()


def test_a_new_clone_over_old_results_re_runs_nothing(own_copy):
    for name in ("Snakefile", "workflow", "config", "data", "envs", "profiles", "src"):
        path = own_copy / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy_project(own_copy)
    for path in (own_copy / "src").rglob("*"):
        os.utime(path)
    assert planned(own_copy) == set()


END = {"report", "index"}
FIGURES = {"loss_transition", "reproduction", "trainings", "claims"} | END
VERDICTS = {"study_verdicts", "study_page", "claims"} | END
SUMMARY = {"study_tables", "study_band", "study_figures"} | VERDICTS


@pytest.mark.parametrize(
    ("edited", "rules"),
    [
        ("src/kotohajime/train_manual.py", {"train_manual", "reproduction", "trainings", "checks", "claims"} | END),
        ("src/kotohajime/train_module.py", {"train_module", "checks", "study_shard", "study_runs"} | FIGURES | SUMMARY),
        ("src/kotohajime/loss_transition.py", {"loss_transition"} | END),
        ("src/kotohajime/claims.py", {"claims"} | END),
        ("src/kotohajime/index.py", {"index"}),
        ("src/kotohajime/templates/claims.html", {"claims"} | END),
        ("data/published/manual.csv", {"reproduction", "study_band", "study_figures"} | VERDICTS),
        ("src/kotohajime/engine.py", {"study_shard", "study_runs"} | SUMMARY),
        ("src/kotohajime/study_figures.py", {"study_figures"} | END),
        ("config/hypotheses.yaml", VERDICTS),
        ("src/kotohajime/templates/finding.ja.md", {"study_page"} | END),
        ("workflow/report/claims.rst", END),
        ("src/kotohajime/config.py", set()),
    ],
)
def test_an_edit_re_runs_its_rule_and_what_follows(own_copy, edited, rules):
    with (own_copy / edited).open("a") as file:
        file.write("\n")
    assert planned(own_copy) == rules


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (
            "manual_learning_rate=1e-6",
            {"train_manual", "study_shard", "study_runs"} | FIGURES - {"loss_transition"} | SUMMARY,
        ),
        ("module_nesterov=false", {"train_module"} | FIGURES),
        ("study_seeds=10", {"study_shard", "study_runs"} | SUMMARY),
        ("manual_halve_at_start=true", set()),
    ],
)
def test_a_changed_number_re_runs_what_depends_on_it(own_copy, change, rules):
    assert planned(own_copy, "--config", change) - END == rules - END


def test_every_module_that_a_rule_imports_is_among_its_inputs():
    """A module's imports, read from its source, must stand in the rule's `code`, or an edit would go unnoticed."""
    source = ROOT / "src/kotohajime"

    def imports(module: str) -> set[str]:
        lines = (source / f"{module}.py").read_text().splitlines()
        found = set()
        for line in lines:
            if line.startswith("from kotohajime."):
                found.add(line.split()[1].split(".")[1])
            elif line.startswith("from kotohajime import "):
                found |= {name.split(" as ")[0].strip() for name in line.split(" import ")[1].split(",")}
        return found | set().union(*map(imports, found))

    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk")).split("\nrule ")[1:]
    common = {"__init__", "cli", "edited", "files"}
    for rule in rules:
        name = rule.split(":")[0]
        if name in ("article", "study", "findings"):
            continue
        listed = {Path(word).stem for word in rule.replace('"', " ").split() if word.startswith("src/kotohajime/")}
        assert imports(name) | {name} <= listed | common, name


@pytest.mark.parametrize("name", ["train_manual/run.json", "reproduction.svg", "study/shards/2/curves.csv"])
def test_a_result_that_was_deleted_is_made_again(own_copy, name):
    (own_copy / "results" / name).unlink()
    assert planned(own_copy) != set()
