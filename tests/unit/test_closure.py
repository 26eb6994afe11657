"""The code behind a rule: all that its module loads, by its imports alone, and the templates that these name."""

import ast
import json
import re
import subprocess
import sys

import pytest
from projects import MODULES, WARM

from kotohajime.made import NO_CODE, PACKAGE
from kotohajime.workflow import closure
from kotohajime.workflow.closure import code_of, file_of, imported, named_in, templates, within

# One process imports the libraries; a child of it for each module says what that module loads of this package.
LOADED = """
import gc, importlib, json, os, sys
from server import IMPORTED
for name in IMPORTED:
    importlib.import_module(name)
gc.freeze()  # else each child looks through all of this again and again
for module in sys.argv[1:]:
    if os.fork() == 0:
        importlib.import_module(f"kotohajime.{module}")
        made = importlib.import_module("kotohajime.made")
        print(json.dumps([module, list(made.code())]), flush=True)
        os._exit(0)
    os.wait()
"""


def behind(module: str) -> set[str]:
    return {str(file.relative_to(PACKAGE)) for file in code_of(module)}


@pytest.mark.slow
def test_whatever_a_command_loads_is_behind_its_rule():
    command = [sys.executable, "-c", LOADED, *MODULES]
    told = subprocess.run(command, cwd=WARM, capture_output=True, text=True, check=True)
    loaded = dict(json.loads(line) for line in told.stdout.splitlines())
    assert sorted(loaded) == MODULES
    for module, files in loaded.items():
        assert f"{module.replace('.', '/')}.py" in files
        assert set(files) - behind(module) == set(), module


@pytest.mark.parametrize("module", MODULES)
def test_what_is_behind_a_rule_names_nothing_else(module):
    files = code_of(module)
    assert files == sorted(set(files))
    assert all(file.is_file() for file in files)
    further = {str(other.relative_to(PACKAGE)) for file in files for other in named_in(file)}
    assert {name for name in further if not name.startswith(NO_CODE)} <= behind(module)


def test_a_lesson_is_made_of_itself_and_what_it_imports():
    names = behind("article.train_manual")
    assert {"__init__.py", "article/__init__.py", "article/train_manual.py", "article/runs.py", "article/schedule.py",
            "compute.py", "files.py", "made.py", "machine.py", "cli.py", "run_lock.py"} == names  # fmt: skip


def test_what_reaches_a_result_as_a_flag_is_left_out():
    for module in MODULES:
        assert not any(name in {"settings.py", "refusals.py"} or "workflow" in name for name in behind(module))


def test_templates_and_what_they_extend_are_behind_a_page():
    assert {"pages/templates/claims.html", "pages/templates/page.html"} <= behind("article.claims")
    assert {"pages/templates/study.html", "pages/templates/finding.ja.md"} <= behind("study.page")
    assert not any("templates" in name for name in behind("article.problem"))


def test_every_template_is_behind_a_rule():
    named = {name for module in MODULES for name in behind(module) if "templates" in name}
    assert named == {str(path.relative_to(PACKAGE)) for path in (PACKAGE / "pages/templates").iterdir()}


def test_the_sources_import_in_the_one_form_that_is_understood():
    for path in PACKAGE.rglob("*.py"):
        tree = list(ast.walk(ast.parse(path.read_text())))
        plain = [alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names]
        assert [name for name in plain if name.startswith(("kotohajime", "importlib.util"))] == [], path
        assert not any(isinstance(node, ast.ImportFrom) and node.level for node in tree), path
        assert not any(isinstance(node, ast.Name) and node.id == "__import__" for node in tree), path


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("from kotohajime import files, cli", ["", "files", "cli"]),
        ("from kotohajime.article import problem", ["article", "article.problem"]),
        ("from kotohajime.files import UserError as E", ["files", "files.UserError"]),
        ("from kotohajimes.files import write", []),
        ("from pathlib import Path", []),
    ],
)
def test_imports_are_read(line, modules):
    assert imported(ast.parse(line).body[0]) == modules


def test_the_files_of_a_module_are_those_that_its_import_runs():
    def names(module):
        return [str(file.relative_to(PACKAGE)) for file in within(module)]

    assert names("article.problem") == ["__init__.py", "article/__init__.py", "article/problem.py"]
    assert names("files.UserError") == ["__init__.py", "files.py"]
    assert file_of("article") == PACKAGE / "article/__init__.py"
    assert templates(["page.html", "nowhere.html"]) == [PACKAGE / "pages/templates/page.html"]


SMALL_PACKAGE = {
    "__init__.py": "",
    "part/__init__.py": "from kotohajime.part_of_all import x",
    "part/one.py": """
from typing import TYPE_CHECKING
from kotohajime.part import two
from kotohajime.settings import Place
from kotohajime.workflow.config import plain
if TYPE_CHECKING:
    from kotohajime import named
def page():
    'Unlike other.html it extends.'
    from kotohajime import late
    return render("page.html")
""",
    "part/two.py": "from kotohajime.part.one import page",  # and back
    "part/three.py": "from kotohajime import apart",
    "part_of_all.py": "x = 1",
    "named.py": "",
    "late.py": "from kotohajime.deep import y",
    "deep.py": "y = 1",
    "apart.py": "",
    "settings.py": "from kotohajime.behind_settings import z",
    "behind_settings.py": "z = 1",
    "workflow/__init__.py": "",
    "workflow/config.py": "",
    "pages/templates/page.html": '{% extends "base.html" %}',
    "pages/templates/base.html": '{% include "foot.html" %}',
    "pages/templates/foot.html": "",
    "pages/templates/other.html": "",
}


def test_imports_and_templates_are_followed_to_their_end(tmp_path, monkeypatch):
    monkeypatch.setattr(closure, "PACKAGE", tmp_path)
    monkeypatch.setattr(closure, "TEMPLATES", tmp_path / "pages/templates")
    for name, text in SMALL_PACKAGE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    apart = {"part/three.py", "apart.py", "settings.py", "workflow/__init__.py", "workflow/config.py",
             "pages/templates/other.html"}  # fmt: skip
    assert {str(path.relative_to(tmp_path)) for path in code_of("part.one")} == SMALL_PACKAGE.keys() - apart
    assert code_of("part.two") == code_of("part.one")
    assert [path.name for path in code_of("apart")] == ["__init__.py", "apart.py"]


def test_the_templates_name_each_other_in_the_one_form_that_is_understood():
    for path in (PACKAGE / "pages/templates").iterdir():
        for named in re.findall(r"{%-?\s*(?:extends|include|import|from)\s+(\S+)", path.read_text()):
            assert templates([named.strip('"')]) != [] and named[0] == named[-1] == '"', path
