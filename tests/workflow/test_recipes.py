"""docs/recipes.md, followed to the letter: each addition costs its few places, and arrives everywhere by itself."""

import ast
import json
import re
import shutil
import sys
from itertools import product
from pathlib import Path

import pytest
from projects import ROOT, copy_project, planned, run, succeed

PAGE = (ROOT / "docs/recipes.md").read_text()
RECIPES = dict(re.findall(r"^## (.+?)\n.*?^```diff\n(.*?)^```\n", PAGE, flags=re.DOTALL | re.MULTILINE))
PARAMETER, START, OPTIMIZER = "A parameter of a training", "A start", "An optimiser"
STATEMENT, RULE = "A statement of the article", "A rule"
PLACES = {PARAMETER: 3, START: 2, OPTIMIZER: 2, STATEMENT: 2, RULE: 4}
ROOMS = {
    "workflow": set(),
    "story": {"article", "study", "pages"},
    "pages": set(),
    "article": {"pages"},
    "study": {"article", "pages"},
    "images": {"article", "study", "pages"},
}  # what each may import

STUDY = """
from pathlib import Path
from problems import shard
from kotohajime.io import read_table
from kotohajime.study import figures, runs, tables
from kotohajime.study.cells import Article

folder, article = Path("study"), Article(epochs=30)
shard(folder / "shard", 0, 2)
runs.main(shards=[folder / "shard"], band_shards=[folder / "shard"], article=article, output=folder)
tables.main(settings=folder / "settings.json", runs=folder / "runs.csv", starts=folder / "starts.csv", output=folder)
sharpness = read_table(folder / "limits.csv").groupby("start")["sharpness"].first().to_dict()
for draw in (figures.by_rate, figures.by_scaled_rate):
    figure = draw(read_table(folder / "cells.csv"), article, sharpness)
    print(*(text.get_text() for text in figure.legends[0].get_texts()), sep="\\n")
"""

TESTS = [re.search(r"^\+\+\+ b/(tests/\S+)", diff, flags=re.MULTILINE)[1] for diff in RECIPES.values()]


def with_tests(folder: Path) -> Path:
    """Copy the tests beside a copy of the project."""
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
    return folder


def follow(folder: Path, *names: str, options: tuple[str, ...] = ()) -> Path:
    """Apply recipes to a copy of the project and its tests."""
    if not shutil.which("patch"):
        pytest.skip("patch is not installed")
    for name in names:
        (folder / "recipe.diff").write_text(RECIPES[name])
        succeed(folder, "patch", "-p1", "--fuzz=0", "--input=recipe.diff", *options)
    return folder


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a copy of the project; return what it says."""
    return succeed(folder, sys.executable, *arguments)


def outcomes(folder: Path) -> dict[str, set[str]]:
    """Run the recipes' tests in a copy of the project; return what became of those of each file."""
    quiet = ("-q", "-rA", "-p", "no:cacheprovider", "--continue-on-collection-errors")
    said = run(folder, sys.executable, "-m", "pytest", *quiet, *TESTS).stdout
    ends = re.findall(r"^(PASSED|FAILED|ERROR) (tests/[\w/]+\.py)", said, flags=re.MULTILINE)
    return {test: {end for end, file in ends if file == test} for test in TESTS}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return a copy of the project, its tests included, without results."""
    return with_tests(copy_project(tmp_path_factory.mktemp("plain")))


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Return one in which every recipe was followed, one after the other."""
    return follow(with_tests(copy_project(tmp_path_factory.mktemp("followed"))), *RECIPES)


def test_an_addition_costs_its_few_places():
    assert {name: len(re.findall("^@@ ", diff, flags=re.MULTILINE)) for name, diff in RECIPES.items()} == PLACES


@pytest.mark.parametrize("name", PLACES)
def test_a_recipe_applies_by_itself(plain, name):
    follow(plain, name, options=("--dry-run",))


def test_the_recipes_tests_pass(followed):
    assert outcomes(followed) == {test: {"PASSED"} for test in TESTS}


def test_without_the_rest_each_recipes_test_fails(plain, followed, tmp_path):
    """A test that passes on the project as it is would show nothing."""
    shutil.copytree(plain, tmp_path, dirs_exist_ok=True)
    shutil.copytree(followed / "tests", tmp_path / "tests", dirs_exist_ok=True)
    assert all(ends and "PASSED" not in ends for ends in outcomes(tmp_path).values())


def test_what_the_recipes_make_is_in_the_houses_form(followed):
    files = re.findall(r"^\+\+\+ b/(\S+\.py)", PAGE, flags=re.MULTILINE)
    succeed(followed, "ruff", "format", "--check", *files)


def test_a_parameter_reaches_flag_help_command_and_config(followed):
    assert "--warm-up" in python(followed, "-m", "kotohajime.article.train_autograd", "--help")
    printed = run(followed, "snakemake", "-n", "-p", "train_autograd", "--config", "autograd_warm_up=7").stdout
    assert "--warm-up 7 " in printed
    pages = python(followed, "-c", "from kotohajime.workflow import config; print(config.readme(), config.example())")
    assert "| `autograd_warm_up`" in pages
    assert re.search(r"^autograd_warm_up: 1 .*rises to its full size", pages, flags=re.MULTILINE)


def test_a_parameters_wrong_value_is_refused(followed, tmp_path):
    told = "found 0 (a whole number). Allowed: a whole number at least 1 and at most 1000000."
    refused = run(followed, "snakemake", "-n", "--config", "autograd_warm_up=0")
    assert refused.returncode != 0
    assert f"autograd_warm_up: {told}" in refused.stdout
    flags = ("--warm-up", "0", "--problem", "none.npz", "--output", str(tmp_path))
    pasted = run(followed, sys.executable, "-m", "kotohajime.article.train_autograd", *flags)
    assert pasted.stdout == f"train_autograd: --warm-up: {told}\n"


def test_a_start_and_an_optimiser_reach_cells_tables_and_figures(followed):
    (followed / "study.py").write_text(STUDY)
    done = succeed(followed, "env", f"PYTHONPATH={followed / 'src'}:{followed / 'tests'}", sys.executable, "study.py")
    kinds = set(product(("normal", "linear", "he"), ("gd", "nesterov", "heavy_ball")))
    for table in ("cells.csv", "limits.csv", "tuned.csv"):
        head, *rows = [line.split(",") for line in (followed / "study" / table).read_text().splitlines()]
        places = head.index("start"), head.index("optimizer")
        assert {tuple(row[place] for place in places) for row in rows} == kinds, table
    legends = done.splitlines()
    for label in ("He's, gradient descent", "He's, heavy-ball momentum", "N(0, 1), heavy-ball momentum"):
        assert legends.count(label) == 2
    assert "3.6: heavy-ball momentum" in legends


def test_a_statement_and_a_rule_are_made_from_what_is_there(own_small):
    """In a folder with results only the checks, the verdicts and the new result are made; then what gathers them."""
    follow(with_tests(own_small), STATEMENT, RULE)
    targets = ["results/claims.json", "results/movement.csv"]
    assert planned(own_small, *targets) == {"checks", "claims", "movement"}
    assert planned(own_small) == {"checks", "claims", "movement", "story", "report", "index"}
    succeed(own_small, "snakemake", "--cores", "1", *targets)
    (claim,) = [found for found in json.loads((own_small / targets[0]).read_text()) if found["id"] == "abs_in_place"]
    assert claim == {
        "section": "Tensors", "id": "abs_in_place", "title": "abs_", "verdict": "holds", "lines": [],
        "statement": "abs_() changes a tensor in place.", "evidence": "after abs_() a tensor of -1 is 1.0.",
        "japanese": {"section": "テンソル", "title": "abs_", "statement": "abs_() はテンソルをその場で変更する。",
                     "evidence": "abs_() の後、-1 は 1.0 になります。"},
    }  # fmt: skip
    head, *rows = (own_small / targets[1]).read_text().splitlines()
    assert head == "weights,moved"
    assert [row.split(",")[0] for row in rows] == ["w1", "w2"]
    assert all(0 < float(row.split(",")[1]) < 10 for row in rows)
    index = ("--results", "results", "--output", "index/README.md", "--sums", "index/SHA256SUMS")
    python(own_small, "-m", "kotohajime.site.index", *index)
    assert re.search(
        r"^\| movement.csv .*columns weights, moved; 2 rows", (own_small / index[3]).read_text(), re.MULTILINE
    )


def rooms_of(file: Path) -> set[str]:
    """Return the rooms of the package that a file imports from."""
    names = [name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)
             for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))]  # fmt: skip
    return {name.split(".")[1] for name in names if name.startswith("kotohajime.")} & ROOMS.keys()


def test_imports_follow_the_map_of_the_house():
    house = ROOT / "src/kotohajime"
    for file in house.rglob("*.py"):
        room = file.relative_to(house).parts[0]
        assert rooms_of(file) <= ROOMS.get(room, set()) | {room}, file
    page = (ROOT / "docs/development.md").read_text()
    assert {path.stem for path in house.glob("*.py")} - {"__init__"} == set(
        re.search(r"^ (cli .*?)  +the floor", page, flags=re.MULTILINE)[1].split()
    )
