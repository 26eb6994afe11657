"""One direction for code and for data: a package uses those before it, a rule reads what those before it made."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from projects import MODULES, ROOT, succeed

from kotohajime.io import read_json
from kotohajime.science import PACKAGE, PLUMBING, file_of, files_behind, fingerprint, imports
from snakemake_logger_plugin_kotohajime import TARGETS

ROOMS = ["history", "article", "engine", "study", "images", "hypotheses", "claims", "site"]  # after the plain helpers
RULE = re.compile(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", re.MULTILINE | re.DOTALL)
LISTS = {  # of texts and templates
    name: value
    for path in (ROOT / "workflow/rules").glob("*.smk")
    for name, value in re.findall(r"^([A-Z_]+) = (\[.*\])$", path.read_text(), re.MULTILINE)
}
RULES = {
    name: body
    for path in sorted((ROOT / "workflow/rules").glob("*.smk"))
    for name, body in RULE.findall(path.read_text())
    if "python -m" in body
}


def room(path: Path) -> int:
    """Return the place of a file's package in the order, -1 of a plain helper."""
    return ROOMS.index(path.parent.name) if path.parent != PACKAGE else -1


def module_of(rule: str) -> str:
    (name,) = re.findall(r"python -m kotohajime\.([\w.]+)", RULES[rule])
    return name


def test_a_module_imports_only_from_its_own_package_and_those_before_it():
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    assert len(files) > 50
    assert [(path.name, used.name) for path in files for used in imports(path) if room(used) > room(path)] == []


def test_a_rule_reads_only_what_its_own_package_and_those_before_it_made():
    sections = {name: body.partition("    log:")[0].partition("    output:") for name, body in RULES.items()}
    path_in_results = re.compile(r'"(results/[\w./{}]+)"')
    made = {
        path: room(file_of(module_of(name)))
        for name, (_, _, outputs) in sections.items()
        for path in path_in_results.findall(outputs)
    }
    assert len(made) > 30
    for name, (inputs, _, _) in sections.items():
        for path in path_in_results.findall(inputs):
            assert made.get(path, -1) <= room(file_of(module_of(name))), (name, path)


def test_each_rule_has_its_module_and_each_module_its_rule():
    assert sorted(map(module_of, RULES)) == MODULES
    for name, body in RULES.items():
        parts = module_of(name).split(".")
        assert name in (parts[-1], "_".join(parts))
        assert f'rests_on("{module_of(name)}"' in body or f'            "{module_of(name)}",' in body


def test_the_logger_counts_no_rule_that_makes_nothing():
    files = [ROOT / "Snakefile", *(ROOT / "workflow").glob("**/S*e"), *(ROOT / "workflow/rules").glob("*.smk")]
    text = "".join(path.read_text() for path in files)
    assert {name for name, body in RULE.findall(text) if "    shell:" not in body} == TARGETS


def test_the_imports_are_those_that_python_sees():
    for path in PACKAGE.rglob("*.py"):
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        ours = [node for node in nodes if (node.module or "").split(".")[0] == "kotohajime"]
        modules = {node.module.removeprefix("kotohajime").lstrip(".") for node in ours}
        names = modules | {f"{node.module}.{alias.name}"[11:] for node in ours for alias in node.names}
        files = {file_of(name) for name in names if name}
        assert imports(path) == {
            file for file in files if file.is_file() and file.relative_to(PACKAGE).as_posix() not in PLUMBING
        }, path


def test_a_fingerprint_is_of_what_a_module_imports_less_the_plumbing_and_of_its_data(tmp_path):
    behind = {str(path.relative_to(PACKAGE)) for path in files_behind("article.train_manual")}
    assert behind >= {"article/train_manual.py", "article/schedule.py", "article/run_files.py", "compute.py"}
    assert not behind & PLUMBING
    assert not any(name.startswith(("study/", "site/", "words/")) for name in behind)
    data = tmp_path / "data.csv"
    data.write_text("1")
    before = fingerprint("article.problem", [data])
    assert fingerprint("article.problem", [data]) == before != fingerprint("article.problem")
    data.write_text("2")
    assert fingerprint("article.problem", [data]) != before


def texts_of(text: str) -> set[str]:
    """Return the package's files that a rule names, itself or by a list."""
    named = set(re.findall(r'"((?:words|templates|article)/[\w.]+)"', text))
    return named.union(*(texts_of(LISTS[name]) for name in re.findall(r"\*?([A-Z_]+)\b", text) if name in LISTS))


@pytest.mark.slow
def test_what_a_rule_reads_of_the_package_is_behind_it(small):
    records = [read_json(path) for path in (small / "results").rglob(".made/*.json")]
    for rule, body in RULES.items():
        module = module_of(rule)
        behind = {path.relative_to(PACKAGE).as_posix() for path in files_behind(module)}
        recorded = {name for record in records if record["module"] == module for name in record["code"]}
        assert recorded == behind | texts_of(body), rule


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace here (Debian: apt-get install strace)")
def test_a_rule_opens_no_file_of_the_project_that_it_does_not_rest_on(own_small):
    """As the system sees it: what is neither its input nor its own output is its code, or plumbing."""
    shown = succeed(own_small, "snakemake", "-n", "-p", "--cores", "1", "--forceall", "loss_transition")
    commands = re.findall(r"Shell command: (python -m kotohajime\.article\.(train_module|loss_transition) .*)", shown)
    assert len(commands) == 2
    plumbing = {f"src/kotohajime/{name}" for name in {*PLUMBING, "machine.py"}}  # records name the machine
    for command, rule in commands:
        opened = project_files_opened(command, own_small)
        code = {re.sub(r"__pycache__/(\w+)\.\S+", r"\1.py", name) for name in opened if name.startswith("src/")}
        behind = {f"src/kotohajime/{path.relative_to(PACKAGE).as_posix()}" for path in files_behind(module_of(rule))}
        assert {name for name in code - behind - plumbing if "__init__" not in name} == set()
        assert behind <= code
        inputs = set(re.findall(r"results/\S+", command.split("--output")[0]))
        read = {name for name in opened if name.startswith("results/") and not name.startswith(f"results/{rule}")}
        assert read == inputs


def project_files_opened(command: str, folder: Path) -> set[str]:
    """Return which files of a project a command opens to read."""
    succeed(folder, "strace", "-f", "-e", "trace=openat", "-o", "trace", "bash", "-c", command)
    lines = re.findall(r'openat\(AT_FDCWD, "([^"]+)", O_RDONLY.*\) = \d', (folder / "trace").read_text())
    files = {Path(folder, name) for name in lines}
    return {str(file.relative_to(folder)) for file in files if file.is_relative_to(folder) and file.is_file()}


def test_what_the_snakefile_imports_needs_nothing_but_what_snakemake_brings():
    code = "import sys; from kotohajime import config, science, start; from kotohajime.hypotheses import schema;"
    code += "print({'numpy', 'pandas', 'torch', 'scipy', 'cyclopts'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


UNCHANGED = """
import gc, importlib, os, signal, sys
import matplotlib, sklearn, torchvision  # the latter two set variables of their own
def state():
    return dict(os.environ), signal.getsignal(signal.SIGINT), gc.isenabled(), dict(matplotlib.rcParams)
before = state()
for name in sys.argv[1:]:
    importlib.import_module("kotohajime." + name)
assert state() == before
"""


@pytest.mark.slow
def test_an_import_changes_nothing():
    subprocess.run([sys.executable, "-c", UNCHANGED, *MODULES], check=True)
