"""The READMEs and docs/: their commands run, what they quote is what is printed, both languages say the same."""

import json
import re
import shutil
from pathlib import Path

import pytest
from projects import ROOT, run

from kotohajime.io import read_json
from kotohajime.text import CHANGED, CONSISTENT, FAILS, HOLDS

READMES = ["README.md", "README.ja.md"]
TUTORIALS = ["docs/tutorial.md", "docs/tutorial.ja.md"]
PAIRS = [READMES, ["docs/usage.md", "docs/usage.ja.md"], TUTORIALS]
PAGES = [*READMES, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```\n", flags=re.DOTALL | re.MULTILINE)
# These need a network or Docker, or minutes; .ci/run types those of make.
SET_UP = re.compile(r"^(make|source|docker|snakemake --cores all\b)")


def text(name: str) -> str:
    return (ROOT / name).read_text()


def blocks(name: str, language: str) -> list[str]:
    return [content for written_in, content in FENCED.findall(text(name)) if written_in == language]


def commands(name: str) -> list[str]:
    lines = "\n".join(blocks(name, "console")).splitlines()
    return [line.split("  #")[0].strip() for line in lines if line]


def to_run(name: str) -> list[str]:
    return [command for command in commands(name) if not SET_UP.match(command)]


def without_quotations(name: str) -> str:
    return FENCED.sub("", text(name))


def shape(name: str) -> list[str]:
    """Return what each line is: a heading, an item, a row, a fence ..., or a paragraph."""
    return [line[:1] if line[:1] in "#*|!`<" else "a paragraph" for line in text(name).splitlines()]


@pytest.mark.parametrize("pair", PAIRS)
def test_both_languages_show_the_same_commands_and_outputs(pair):
    assert commands(pair[0]) == commands(pair[1]) != []
    plain = (re.sub("#.*", "", text(name)) for name in pair)  # comments are in the page's language
    others = [[block for block in FENCED.findall(page) if block[0] != "console"] for page in plain]
    assert others[0] == others[1]
    assert pair == TUTORIALS or others[0]


@pytest.mark.parametrize("pair", PAIRS)
def test_both_languages_say_the_same_line_by_line(pair):
    """The Japanese page names the Japanese file where there is one."""
    assert shape(pair[0]) == shape(pair[1])
    ours, theirs = (re.findall(r"`([^`]+)`|\]\(([^)#]+)\)", without_quotations(name)) for name in pair)
    assert {(name.replace(".ja.", "."), link.replace(".ja.", ".")) for name, link in theirs} == {
        (name, link.replace(".ja.", ".")) for name, link in ours
    }
    for link in [link for _, link in theirs if link][1:]:  # the first is the one to English
        japanese = Path(link.replace(".ja.", "."))
        japanese = (ROOT / pair[1]).parent / japanese.with_suffix(f".ja{japanese.suffix}")
        assert japanese.exists() == (".ja." in link), link


def test_both_tutorials_have_the_same_numbers():
    english, japanese = (set(words_and_numbers(text(name))[1]) for name in TUTORIALS)
    assert english ^ japanese == {2.0}  # which English spells out


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_short(name):
    assert len(text(name).splitlines()) <= 90


@pytest.mark.parametrize("name", [pair[1] for pair in PAIRS])
def test_japanese_sentences_are_not_broken(name):
    """A line break inside a paragraph is shown as a gap."""
    prose = FENCED.sub("\n", text(name))
    broken = [line for line, following in zip(prose.splitlines(), [*prose.splitlines()[1:], ""], strict=True)
              if line and following and following[0] not in "#*|<-" and not line.startswith(("#", "<"))
              and not line.endswith("。")]  # fmt: skip
    assert broken == []


@pytest.mark.parametrize("name", [name for name in PAGES if not name.endswith(".ja.md") and to_run(name)])
def test_the_commands_run(name, own_small):
    """In the page's order, in one folder; `diff` ends with 1 where files differ, as it should here."""
    for command in to_run(name):
        done = run(own_small, "bash", "-c", command)
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
    printed = re.findall(r"(?:^\|.*\n)+", (finished / "stdout.txt").read_text(), flags=re.MULTILINE)
    (table,) = [table for table in printed if table.startswith("| training ")]
    assert_quoted(quoted, table)


@pytest.mark.parametrize("name", READMES)
def test_the_findings_are_what_was_found(name, finished):
    """Their numbers are round ones: a tenth apart at most, which another processor's are not."""
    halved, images, statements, _ = re.findall(r"^\* \*\*(.*)$", text(name), re.MULTILINE)
    verdicts = [claim["verdict"] for claim in read_json(finished / "results/claims.json")]
    kinds = (HOLDS, FAILS, CHANGED, CONSISTENT)
    counts = [len(verdicts), *map(verdicts.count, kinds)]
    assert [int(number) for number in re.findall(r"\d+", statements) if number != "2018"] == counts
    found = {one["id"]: one["value"] for one in read_json(finished / "results/study/verdicts.json")["hypotheses"]}
    tuned, *epochs = sorted({float(number) for number in re.findall(r"\d+", halved)} - {1, 1000})
    assert epochs == pytest.approx([found["halved_overtakes"], found["halved_arrives"]], rel=0.1)
    assert tuned / 100 == pytest.approx(10 ** found["tuned_speed"], rel=0.1)
    shares = [float(number) / 100 for number in re.findall(r"(\d+) %", images)]
    assert shares == pytest.approx([found[f"images_{start}"] for start in ("normal", "linear", "centred")], rel=0.1)


def test_the_notebook_in_docs_is_what_was_made(finished):
    ours, made = (
        json.loads((folder / "article.ipynb").read_text())["cells"] for folder in (ROOT / "docs", finished / "results")
    )
    assert [cell["source"] for cell in ours] == [cell["source"] for cell in made]
    for cell, real in zip(ours, made, strict=True):
        for output, other in zip(cell.get("outputs", []), real.get("outputs", []), strict=True):
            texts = (
                "".join(one.get("data", {}).get("text/plain") or one.get("text") or one["evalue"])  # a list of lines
                for one in (output, other)
            )
            if "image/png" not in output.get("data", {}):
                assert_quoted(*texts)


def anchors(page: Path) -> set[str]:
    """Return what GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_linked_files_exist(name):
    page = ROOT / name
    links = [link for link in re.findall(r"\]\(([^)]+)\)", page.read_text()) if "://" not in link]
    assert links or name not in READMES
    for link in links:
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("name", PAGES)
def test_named_results_exist(name, finished):
    named = set(re.findall(r"`(results/[A-Za-z_][\w./]*\w)`", text(name)))
    assert name not in READMES or len(named) >= 8
    assert [file for file in named if not (finished / file).exists()] == []


def test_make_help_lists_the_commands():
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    told = run(ROOT, "make", "help").stdout
    assert all(re.search(rf"^{command}\t", told, re.MULTILINE)
               for command in ("results", "check", "test", "lint", "bench", "lock", "clean", "image-run"))  # fmt: skip
