"""docs/recipes.md, followed to the letter: each addition costs its few places, and works."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from projects import ROOT, copy_project, planned, run, succeed

from kotohajime.science import PACKAGE

RECIPES = dict(
    re.findall(
        r"^## (.+?)\n.*?^```diff\n(.*?)^```\n",
        (ROOT / "docs/recipes.md").read_text(),
        flags=re.DOTALL | re.MULTILINE,
    )
)
PLACES = {"A parameter of a training": 3, "A start": 2, "An optimiser": 2, "A statement of the article": 1, "A rule": 4}
FILES = re.findall(r"^\+\+\+ b/(\S+\.py)$", "".join(RECIPES.values()), re.MULTILINE)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """Return a copy of the project with its tests."""
    folder = copy_project(tmp_path_factory.mktemp("plain"))
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
    return folder


def follow(folder: Path, name: str, *options: str) -> None:
    """Apply a recipe to a copy of the project."""
    if not shutil.which("patch"):
        pytest.skip("patch is not installed")
    (folder / "recipe.diff").write_text(RECIPES[name])
    succeed(folder, "patch", "-p1", "--input=recipe.diff", *options)


@pytest.fixture(scope="module")
def followed(plain, tmp_path_factory) -> Path:
    """Return a copy in which every recipe was followed, one after the other."""
    folder = Path(shutil.copytree(plain, tmp_path_factory.mktemp("followed") / "project"))
    for name in RECIPES:
        follow(folder, name)
    return folder


@pytest.mark.parametrize("name", PLACES)
def test_an_addition_costs_its_few_places_and_applies_by_itself(plain, name):
    assert len(re.findall("^@@ ", RECIPES[name], re.MULTILINE)) == PLACES[name]
    follow(plain, name, "--dry-run")


def test_the_project_is_planned_with_what_was_added(plain, followed):
    assert planned(followed) - planned(plain) == {"verdict_table"}
    assert "--manual-lowest-rate 1e-12 " in run(followed, "snakemake", "-n", "-p", "train_manual").stdout
    succeed(followed, "ruff", "format", "--check", *FILES)


def test_the_recipes_own_tests_pass(followed):
    """The tests of a statement are made from it."""
    tests = [file for file in FILES if file.startswith("tests/")]
    chosen = ["tests/unit/test_claims.py", "-k", "abs_in_place or not claims"]
    told = succeed(followed, sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *tests, *chosen)
    assert [test for test in [*tests, "abs_in_place"] if not re.search(rf"{test}.* PASSED", told)] == []


def test_the_map_of_the_house_names_every_folder_and_helper():
    page = (ROOT / "docs/development.md").read_text()
    names = [path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert [name for name in names if f"`{name}" not in page and name != "__init__.py"] == []
