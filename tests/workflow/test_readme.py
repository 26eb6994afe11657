"""The READMEs: their commands run, what they quote is what is printed, and both languages say the same."""

import re
import shutil

import pytest
from conftest import ROOT, run

READMES = ["README.md", "README.ja.md"]
SET_UP = re.compile(r"^(make|source|docker)\b")  # need a network or Docker; .ci/run types those of make


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(), flags=re.DOTALL)


def commands(name: str) -> list[str]:
    lines = "\n".join(blocks(name, "console")).splitlines()
    return [line.split("  #")[0].strip() for line in lines if line]


def test_both_readmes_show_the_same_commands_and_outputs():
    assert commands("README.md") == commands("README.ja.md")
    assert blocks("README.md", "text") == blocks("README.ja.md", "text")
    assert blocks("README.md", "sh") == blocks("README.ja.md", "sh")


def test_the_commands_run(own_copy):
    """In the README's order, in one folder; `diff` ends with 1 where files differ, as it should here."""
    config = own_copy / "config/config.yaml"
    config.write_text(config.read_text().replace("study_seeds: 8", "study_seeds: 1"))  # the study is what takes time
    for command in commands("README.md"):
        if SET_UP.match(command):
            continue
        done = run(own_copy, "bash", "-c", command)
        assert done.returncode == (1 if command.startswith("diff ") else 0), f"{command}\n{done.stdout}"


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def words_and_numbers(text: str) -> tuple[str, list[float]]:
    """Return a text without its numbers, spaces and rules of tables, and the numbers."""
    numbers = [float(number.replace(",", "")) for number in NUMBER.findall(text)]
    return re.sub(r"[\s:|-]+", " ", NUMBER.sub("#", text)).strip(), numbers


def assert_quoted(quoted: str, real: str) -> None:
    """The same words; numbers may differ as far as another processor's rounding and the float32 floor let them."""
    (words, numbers), (real_words, real_numbers) = map(words_and_numbers, (quoted, real))
    assert words == real_words
    assert numbers == pytest.approx(real_numbers, rel=0.3)


def test_a_wrong_quotation_would_be_seen():
    assert_quoted("| loss | 1,250 (2e-05) |\n|---:|", "| loss   | 1,251 (2.1e-05) |\n|-----:|")
    for wrong in ("| loss | 2,250 (2e-05) |\n|---:|", "| lost | 1,250 (2e-05) |\n|---:|"):
        with pytest.raises(AssertionError):
            assert_quoted(wrong, "| loss   | 1,251 (2.1e-05) |\n|-----:|")


def test_the_quoted_output_is_what_is_printed(finished):
    (quoted,) = blocks("README.md", "text")
    printed = (finished / "stdout.txt").read_text()
    assert_quoted(quoted, printed[printed.index("| made") :].split("\n[")[0])


@pytest.mark.parametrize("name", READMES)
def test_the_quoted_finding_is_what_was_found(name, finished):
    pattern = r"<!-- from: (\S+) -->\n(.*?)<!-- end -->"
    ((file, quoted),) = re.findall(pattern, (ROOT / name).read_text(), flags=re.DOTALL)
    assert_quoted(quoted, (finished / file).read_text())


@pytest.mark.parametrize("name", READMES)
def test_linked_files_exist(name):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text())  # without anchors
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_named_results_exist(name, finished):
    named = set(re.findall(r"`(results/[a-z_][a-z_./]*[a-z])`", (ROOT / name).read_text()))
    assert len(named) >= 8
    assert [file for file in named if not (finished / file).exists()] == []


def test_make_help_lists_the_commands():
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    told = run(ROOT, "make", "help").stdout
    assert all(command in told for command in ("results", "test", "lint", "bench", "lock", "clean", "image-run"))
