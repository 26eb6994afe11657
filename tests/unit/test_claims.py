"""What was observed decides the verdict on each statement, and all of it is told, once, in both languages."""

import html
import re
from collections import Counter

import pytest
from jinja2 import meta
from projects import ROOT

from kotohajime.article.problem import draw
from kotohajime.claims import checks, claims, statements_page
from kotohajime.claims.statements import TEMPLATES, Statement, brief, read_sections, read_statements
from kotohajime.config import Threads
from kotohajime.history.collect import answers, read
from kotohajime.io import read_json, write_csv, write_json, write_npz
from kotohajime.render import both
from kotohajime.text import CHANGED, CONSISTENT, FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, in_japanese

STATEMENTS = {statement.id: statement for statement in read_statements()}
ESTIMATES = {name for s in STATEMENTS.values() for name in re.findall(r"study\.estimates\.(\w+)", s.evidence["en"])}
DECIDED = {"module_better": HOLDS, "init_is_why": FAILS, "init_matters": OPEN}
VERDICTS = {
    "seeds": 8,
    "band": {
        name: {"verdict": NOT_REJECTED, "p": 0.25, "factor": 3.0, "seeds": 8}
        for name in ("autograd", "manual", "module")
    },
    "hypotheses": [{"id": name, "told": f"0.9 (of {name})"} for name in sorted(ESTIMATES)],
    "claims": {name: {"verdict": verdict} for name, verdict in DECIDED.items()},
}
STUDY = claims.summarise(VERDICTS)
HISTORY = answers(read(ROOT / "data/history/observed.jsonl"))
LINES = {name: [row for row in HISTORY if row["name"] == name] for name in {row["name"] for row in HISTORY}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with what a small run of the article recorded, and with the checks made on it."""
    path = tmp_path_factory.mktemp("results")
    write_npz(path / "problem.npz", draw(0, batch_size=100, input_dim=5, hidden_dim=7, output_dim=10))
    write_csv(path / "losses.csv", ["epoch", "loss"], [(0, 1000.0), (1, 10.0)])
    files = {"problem": path / "problem.npz", "autograd": path / "losses.csv", "module": path / "losses.csv"}
    checks.main(on=Threads(threads=1), **files, output=path / "checks.json")
    return path


@pytest.fixture(scope="module")
def observed(folder):
    """Return by statement what was observed, and the study."""
    return {
        name: {**facts, "study": STUDY, "history": LINES} for name, facts in read_json(folder / "checks.json").items()
    }


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=lambda statement: statement.id)
def test_a_statement_is_whole(statement):
    assert bool(statement.expect) != bool(statement.verdict)
    texts = {"statement": {"en": statement.en, "ja": statement.ja}, "evidence": statement.evidence}
    for text in (statement.title, *texts.values()):
        assert [*text] == ["en", "ja"]
        assert not re.search("[ぁ-んァ-ヶ一-龥]", text["en"])
        assert "  " not in text["ja"]
    assert all(re.search("[ぁ-ん]", text["ja"]) for text in texts.values())
    english, japanese = (meta.find_undeclared_variables(TEMPLATES.parse(text)) for text in statement.evidence.values())
    assert english == japanese >= {*statement.observe, *statement.compute} - {"changes", "methods"}  # all is told
    english, japanese = (Counter(re.findall(r"\d+", text)) for text in statement.evidence.values())
    assert english <= japanese


def test_the_documented_page_is_todays_and_names_every_statement_once():
    assert (ROOT / "docs/statements.md").read_text() == statements_page.page()
    assert re.findall(r"\| `(\w+)` +\|$", statements_page.page(), re.MULTILINE) == [*STATEMENTS]
    assert re.findall(r"^    (\w+):$", (ROOT / "src/kotohajime/words/statements.yaml").read_text(), re.MULTILINE) == [
        *STATEMENTS
    ]


EXPECTED = [  # what is observed, what is expected, whether the statement holds
    ("16.0", "6.0", False),
    ("Error: a\nb", "Error: ...", True),
    ("an Error: b", "Error: ...", False),
    ("two, one", "one...two", False),
    ([1], [], False),
]


def test_a_statement_holds_if_all_is_as_expected_and_an_ellipsis_stands_for_any_text():
    for observed, expected, holds in EXPECTED:
        statement = Statement("one", {}, "", "", {}, expect={"first": True, "second": expected})
        assert (statement.judge({"first": True, "second": observed}) == HOLDS) == holds
        assert statement.judge({"first": False, "second": observed}) == FAILS
    assert [brief(text) for text in (" a\nb", "x" * 239 + " yz")] == ["a", "x" * 239 + " ..."]


def test_todays_verdicts(observed):
    verdicts = {name: statement.judge(observed[name]) for name, statement in STATEMENTS.items()}
    assert {name for name, verdict in verdicts.items() if verdict == CHANGED} == {"install", "negative_by_copy"}
    assert {name for name, verdict in verdicts.items() if verdict == FAILS} == {
        *("numpy_operations", "negative_strides_soon", "output_dim", "rmse", "gradient_formula", "lr_schedule"),
        *("requires_grad_name", "module_subclass", "class_argument", "module_to", "simple_sgd", "losses_in_nn"),
        *("size_average_false", "size_average", "init_is_why", "linear_init_wording"),
    }
    assert [name for name, verdict in verdicts.items() if verdict == OPEN] == ["init_matters"]
    early = {name: facts["verdict"] for name, facts in observed.items() if "verdict" in facts}
    assert early == {name: verdicts[name] for name in verdicts.keys() - {"figure_reproduced", *DECIDED}}


def layers(p=0.5, largest=1.0):
    return {"layers": [{"name": "first", "largest": 1.0, "p": 0.5}, {"name": "second", "largest": largest, "p": p}]}


def methods(alike):
    return {"methods": dict.fromkeys(range(20)), "uncalled": [*range(10)], "everywhere": [*range(alike)]}


def band(**runs):
    return {"study": claims.summarise({**VERDICTS, "band": {**VERDICTS["band"], **runs}})}


NO_BAND = {"study": {**STUDY, "band": []}}
REJECTION = {"verdict": REJECTED, "p": 0.01, "factor": None, "seeds": 8}
UNDECIDED = {"verdict": OPEN, "p": None, "factor": None, "seeds": 9}
PLANTED = [  # statement, what may be observed, the verdict on it
    ("numpy_operations", methods(alike=9), HOLDS),
    ("numpy_operations", methods(alike=8), FAILS),
    ("rmse", {"loss": "2.0002", "root": "2.0"}, HOLDS),
    ("rmse", {"loss": "2.0003", "root": "2.0"}, FAILS),
    ("gradient_formula", {"printed": "True"}, HOLDS),
    ("random_start", {"p": 0.001}, FAILS),
    ("lr_schedule", {"notebook": "200 400 600 800"}, HOLDS),
    ("autograd_same", {"float32": 1e-3, "float64": 1e-10}, HOLDS),
    ("autograd_same", {"float32": 1.1e-3, "float64": 0.0}, FAILS),
    ("autograd_same", {"float32": 0.0, "float64": 1.1e-10}, FAILS),
    ("inplace_suffix", {"unmarked": ["one"], "changing": 100}, HOLDS),
    ("inplace_suffix", {"unmarked": ["one", "two"], "changing": 100}, FAILS),
    ("module_to", {"device": "cuda", "parameters": "cuda", "attribute": "cuda"}, HOLDS),
    ("many_optimizers", {"optimizers": [*"abcdefghi"]}, FAILS),
    ("figure_reproduced", band(manual=REJECTION), CONSISTENT),
    ("figure_reproduced", band(module=REJECTION), FAILS),
    ("figure_reproduced", band(autograd=UNDECIDED), OPEN),
    ("figure_reproduced", NO_BAND, OPEN),
    ("linear_init", layers(p=0.001), FAILS),
    ("linear_init", layers(largest=1.01), FAILS),
    ("linear_init_wording", layers(), HOLDS),
]


@pytest.mark.parametrize(("name", "facts", "verdict"), PLANTED)
def test_what_is_observed_decides(observed, name, facts, verdict):
    assert facts.keys() <= observed[name].keys()
    assert STATEMENTS[name].judge({**observed[name], **facts}) == verdict


def test_the_evidence_quotes_the_study(observed):
    def told(name, **facts):
        return STATEMENTS[name].explain({**observed[name], **facts})["en"]

    assert "over 8 seeds it ends at 0.9 (of module_better) times the autograd run's loss;" in told("module_better")
    of_module = "its losses would lie further out than those of any seed); module: not decided, p = unknown among 9"
    curves = f"autograd: not rejected, p = 0.25 among 8 seeds (multiplied or divided by 3, {of_module}"
    assert curves in told("figure_reproduced", **band(module=UNDECIDED))
    assert "ours? this cannot be told: the epochs are too few" in told("figure_reproduced", **NO_BAND)


def test_the_page_tells_every_statement_once(folder, observed):
    write_json(folder / "verdicts.json", VERDICTS)
    output = {"json": folder / "claims.json", "html": folder / "claims.html"}
    write_csv(folder / "answers.csv", HISTORY[0], (row.values() for row in HISTORY))
    inputs = {name: folder / f"{name}.json" for name in ("checks", "verdicts")} | {"history": folder / "answers.csv"}
    claims.main(**inputs, **output)
    rows, page = read_json(output["json"]), html.unescape(output["html"].read_text()).replace("\u00a0", " ")
    assert re.findall('<section id="(.+?)">', page) == [row["id"] for row in rows] == [*STATEMENTS]
    assert re.findall("<h2>(.+)</h2>", page) == [both(section.title) for section in read_sections()]
    for row, shown in zip(rows, page.split("<section ")[1:], strict=True):
        statement, facts = STATEMENTS[row["id"]], observed[row["id"]]
        assert (row["verdict"], row["evidence"]) == (statement.judge(facts), statement.explain(facts)["en"])
        verdict = (row["verdict"], in_japanese(row["verdict"]))
        for text in (statement.title, (statement.en, statement.ja), statement.explain(facts), verdict):
            assert shown.count(html.unescape(both(text))) == 1
        codes = [text.strip("\n") for line in row["lines"] for text in line.values() if text]
        assert [code for code in codes if f">{code}</pre>" not in shown] == []
    assert {name for name, statement in STATEMENTS.items() if statement.history} == {
        row["id"] for row in rows if row["history"]
    }
    assert re.search("<dt>2.0.0</dt><dd>\\s*<pre>None</pre>", page)
    assert "of the releases tried, from 1.0.0 on" in page
    methods = observed["numpy_operations"]["methods"]
    different = [name for name, method in methods.items() if method["different"]]
    assert re.findall(r"<tr><td><code>(\w+)</code></td>", page) == different
    assert "<code>a.cumsum()</code>: <code>a.flatten().cumsum(0)</code>" in page
