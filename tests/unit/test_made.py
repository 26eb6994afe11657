"""A result's record says what made it; what is edited, foreign or out of date is told from what fits."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kotohajime import files, machine, made, run_lock
from kotohajime.files import UserError
from kotohajime.pages.render import render
from kotohajime.workflow import provenance
from kotohajime.workflow.closure import code_of

COMMANDS = {
    "article.problem": "--hidden-dim 20 --output results/problem.npz",
    "article.train_autograd": "--problem results/problem.npz --learning-rate 1e-7 --epochs=3 --output results/autograd",
}
MODULE, FLAGS = "kotohajime.article.trainings", "--epochs 3"


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> Path:
    """Return a folder in which two commands were run: one draws the problem, one reads it and trains."""
    folder = tmp_path_factory.mktemp("commands")
    environment = {name: value for name, value in os.environ.items() if name != run_lock.VARIABLE}
    for module, words in COMMANDS.items():
        command = [sys.executable, "-m", f"kotohajime.{module}", *words.split()]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture(autouse=True)
def command(tmp_path, monkeypatch):
    """Be a command in a folder of its own, with code of its own."""
    package = Path(shutil.copytree(made.PACKAGE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__")))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(files, "written", set())
    for name in ("job", "inputs", "templates"):
        monkeypatch.setattr(made, name, {})
    made.begin(MODULE, FLAGS)
    yield package
    provenance.checksum.cache_clear()


@pytest.fixture
def result():
    """Return a result that was made from an input."""
    Path("input.csv").write_text("epoch\n1\n")
    files.read_csv(Path("input.csv"))
    files.write(Path("results/losses.csv"), "epoch,loss\n0,1\n")
    return Path("results/losses.csv")


def stale(path: Path, flags: str = FLAGS) -> str:
    provenance.checksum.cache_clear()
    return provenance.stale(path, flags, (made.read(path) or {"inputs": {}})["inputs"])


def test_other_settings_and_an_input_that_the_rule_no_longer_has_make_a_result_stale(result):
    assert stale(result, "--epochs 4") == "made with other settings"
    assert provenance.stale(result, FLAGS, ["other.csv"]) == "made from input.csv, which is none of its inputs today"


def foreign(path: Path, module: str = MODULE) -> str:
    provenance.checksum.cache_clear()
    return provenance.foreign(path, module)


def test_a_record_lies_beside_the_result_and_says_what_made_it(result):
    record = json.loads(Path("results/.made/losses.csv.json").read_text())
    assert record == made.read(result)
    assert list(record) == ["result", "sha256", "module", "flags", "inputs", "code", "machine"]
    assert record["result"] == "losses.csv"
    assert record["sha256"] == made.sha256(result.read_bytes())
    assert (record["module"], record["flags"]) == (MODULE, FLAGS)
    assert record["inputs"] == {"input.csv": made.sha256(b"epoch\n1\n")}
    assert record["machine"] == machine.kind()
    assert record["code"]["files.py"] == made.sha256((made.PACKAGE / "files.py").read_bytes())
    assert not {"settings.py", "refusals.py", "workflow/provenance.py"} & record["code"].keys()


def test_a_record_names_no_folder_no_time_and_no_host(result):
    text = made.record_path(result).read_text()
    assert str(Path.cwd()) not in text
    assert os.uname().nodename not in json.loads(text)["machine"]["cpu"].split()
    files.written.clear()
    files.write(result, result.read_text())
    assert made.record_path(result).read_text() == text


@pytest.mark.parametrize(
    ("module", "flags", "names", "read"),
    [
        ("article.problem", "--hidden-dim 20", ["problem.npz"], []),
        ("article.train_autograd", "--learning-rate 1e-7 --epochs 3",
         ["autograd/losses.csv", "autograd/run.json", "autograd/weights.npz"], ["results/problem.npz"]),
    ],
)  # fmt: skip
def test_a_real_command_records_each_of_its_results(commands, monkeypatch, module, flags, names, read):
    monkeypatch.chdir(commands)
    for result in (Path("results") / name for name in names):
        record = made.read(result)
        assert (record["module"], record["flags"]) == (f"kotohajime.{module}", flags)
        assert record["sha256"] == made.sha256(result.read_bytes())
        assert record["inputs"] == {name: made.sha256(Path(name).read_bytes()) for name in read}
        assert record["code"] == {name: made.sha256((made.PACKAGE / name).read_bytes()) for name in record["code"]}
        assert f"{module.replace('.', '/')}.py" in record["code"]
        assert record["code"].keys() <= {str(path.relative_to(made.PACKAGE)) for path in code_of(module)}
        assert record["machine"] == machine.kind()
        assert str(commands) not in made.record_path(result).read_text()
        assert foreign(result, f"kotohajime.{module}") == stale(result, flags) == ""


def test_real_commands_leave_results_and_their_records_alone(commands):
    left = {path for path in commands.rglob("*") if path.is_file()}
    results = {path for path in left if path.parent.name != ".made"}
    assert len(results) == 4
    assert left == results | set(map(made.record_path, results))


@pytest.mark.parametrize(
    ("other", "flags", "why_foreign", "why_stale"),
    [
        (MODULE, "--epochs 5", "", "made with other settings"),  # one module's, as the shards of the study are
        ("kotohajime.article.train_manual", FLAGS, "kotohajime.article.train_manual made it", ""),
    ],
)
def test_swapped_folders_are_told(result, other, flags, why_foreign, why_stale):
    files.written.clear()
    made.begin(other, flags)
    files.write(Path("other/losses.csv"), "epoch,loss\n0,2\n")
    Path("results").rename("aside")
    Path("other").rename("results")
    Path("aside").rename("other")
    assert (foreign(result), stale(result)) == (why_foreign, why_stale)


def test_what_is_no_command_leaves_no_record(monkeypatch):
    monkeypatch.setattr(made, "job", {})
    files.write(Path("results/a.txt"), "a")
    assert sorted(Path("results").iterdir()) == [Path("results/a.txt")]


def test_the_record_comes_before_the_result(tmp_path):
    code = """
import os, signal
from pathlib import Path
from kotohajime import files, made
made.begin("kotohajime.test", "")
whole = files.replace
files.replace = lambda path, data: whole(path, data) if ".made" in str(path) else os.kill(os.getpid(), signal.SIGKILL)
files.write(Path("results/a.txt"), "a")
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert not Path("results/a.txt").exists()
    assert made.read(Path("results/a.txt"))["sha256"] == made.sha256(b"a")


def test_a_record_that_came_without_its_result_does_not_vouch_for_the_old_one(result, monkeypatch):
    whole = files.replace
    monkeypatch.setattr(files, "replace", lambda path, data: whole(path, data) if ".made" in path.parts else None)
    files.written.clear()
    files.write(result, "another")
    assert result.read_text() == "epoch,loss\n0,1\n"
    assert foreign(result) == "it was edited or cut short"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda path: path.write_text("edited"), "it was edited or cut short"),
        (lambda path: os.truncate(path, 3), "it was edited or cut short"),
        (lambda path: made.record_path(path).unlink(), "nothing tells how it was made"),
        *((lambda path, text=text: made.record_path(path).write_bytes(text), "nothing tells how it was made")
          for text in (b"{", b"\xff", b"[]", b'{"result": "losses.csv"}',
                       b'{"result": "losses.csv", "sha256": "", "inputs": {}, "code": {}}')),
    ],
)  # fmt: skip
def test_a_result_that_nothing_vouches_for_is_told(result, change, why):
    times = result.stat()
    change(result)
    os.utime(result, ns=(times.st_atime_ns, times.st_mtime_ns))  # by content, not by age
    assert foreign(result) == why


def test_a_result_may_move_with_its_record_but_not_under_another_name(result):
    shutil.copytree("results", "elsewhere")
    assert foreign(Path("elsewhere/losses.csv")) == stale(Path("elsewhere/losses.csv")) == ""
    for path in (result, made.record_path(result)):
        shutil.copy(path, str(path).replace("losses", "curves"))
    assert foreign(Path("results/curves.csv")) == "nothing tells how it was made"


def test_another_input_makes_a_result_stale_whatever_its_age_and_one_that_is_gone_does_not(result):
    before = Path("input.csv").stat()
    Path("input.csv").write_text("epoch\n2\n")
    os.utime("input.csv", ns=(0, before.st_mtime_ns - 10**12))
    assert stale(result) == "made from another input.csv"
    assert foreign(result) == ""
    Path("input.csv").write_text("epoch\n1\n")
    assert stale(result) == ""
    Path("input.csv").unlink()
    assert stale(result) == ""


def test_other_code_makes_a_result_stale_but_not_what_only_checks_and_carries_numbers(result, command, monkeypatch):
    monkeypatch.setattr(made, "PACKAGE", command)
    for name in ("settings.py", "refusals.py", "workflow/config.py"):
        (command / name).write_text("another")
    assert stale(result) == ""
    with (command / "files.py").open("a") as file:
        file.write("# another\n")
    assert stale(result) == f"made from another {command / 'files.py'}"


def test_another_template_makes_a_page_stale(command, monkeypatch):
    page = Path("claims.html")
    files.write(page, render("claims.html", claims=[]))
    used = {name for name in made.read(page)["code"] if "templates" in name}
    assert used == {f"pages/templates/{name}" for name in ("claims.html", "page.html", "colours.css", "language.js")}
    monkeypatch.setattr(made, "PACKAGE", command)
    assert stale(page) == ""
    (command / "pages/templates/study.html").write_text("another, but not of this page")
    assert stale(page) == ""
    (command / "pages/templates/page.html").write_text("another")
    assert stale(page) == f"made from another {command / 'pages/templates/page.html'}"


@pytest.mark.parametrize(
    "name", ["input.csv", "./input.csv", "results/../input.csv", "link.csv", "results/../results/losses.csv"]
)
def test_an_input_is_never_overwritten_and_an_output_is_written_once(result, name):
    Path("link.csv").symlink_to("input.csv")
    with pytest.raises(UserError, match="it is an input or another output of this command"):
        files.write(Path(name), "a result")
    assert (Path("input.csv").read_text(), result.read_text()) == ("epoch\n1\n", "epoch,loss\n0,1\n")


@pytest.mark.parametrize(("results", "more"), [(1, []), (6, []), (9, ["and 3 more"])])
def test_a_refusal_names_six_results_and_the_remedy(results, more):
    first, *named, remedy, last = str(provenance.refusal(dict.fromkeys(map(str, range(results)), "why"))).splitlines()
    assert first == "These results are not what the workflow wrote:"
    assert named == [*(f"{number}: why" for number in range(min(results, 6))), *more]
    assert "--forceall" in remedy
    assert last == "Nothing was run or changed."
