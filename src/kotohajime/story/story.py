"""Tell the story in one page that needs no network: figure, answer, explorer, pictures, lessons, statements."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
from markupsafe import Markup, escape

from kotohajime.cli import run
from kotohajime.files import read_json, read_table, write
from kotohajime.pages.render import LANGUAGES, as_base64, render, text_of
from kotohajime.settings import Images
from kotohajime.story.explorer import explored
from kotohajime.story.lessons import marked
from kotohajime.story.words import FINDINGS, SCRIPT, WORDS
from kotohajime.study.optimizers import OPTIMIZERS
from kotohajime.study.page import NAMES, TABLES, gather
from kotohajime.study.starts import STARTS
from kotohajime.words import HOLDS, JAPANESE, Both, in_japanese, short

PICTURES = ("start_scale", "generalisation", "predictions", "trainability", "balance", "teacher")  # of the images
SHOWN = {"start_scale": "alpha_law", "balance": "balance", "teacher": "catapult_tests"}  # in a picture: a hypothesis
REASONS = ("start_is_needed", "own_rate", "limit_gd", "momentum_is_rate", "catapult")  # why the module run ends lower
FILES = {
    "report.html": "report",
    "article.ipynb": "notebook",
    "tensor_basics.html": "tour",
    "study/study.html": "study_page",
    "README.md": "index",
    "study/runs.csv": "networks",
    "images/runs.csv": "learned",
}


def filled(text: Both, **facts: object) -> Both:
    """Return a text with its {names} filled by facts that are the same in both languages, or a pair."""
    english, japanese = (
        one.format(**{name: escape(fact[place] if isinstance(fact, tuple) else fact) for name, fact in facts.items()})
        for place, one in enumerate(text)
    )
    return Markup(english), Markup(in_japanese(japanese))


def paragraph(*sentences: Both | None) -> Both:
    """Return sentences, less those that are None, as one."""
    told = [sentence for sentence in sentences if sentence]
    return Markup(" ").join(english for english, _ in told), Markup("").join(japanese for _, japanese in told)


def found(name: str, facts: dict, *others: str, **numbers: object) -> Both | None:
    """Return what is said of hypotheses, with their estimates and other numbers; None where one is not known."""
    told = {one: facts["told"][one] for one in (name, *others)}
    return None if None in told.values() else filled(FINDINGS[name], **told, **numbers)


def all_hold(facts: dict, *names: str) -> bool:
    """Tell whether hypotheses hold."""
    return all(facts["hypotheses"][name]["verdict"] == HOLDS for name in names)


def answers(facts: dict) -> list[Both]:
    """Return the answer's paragraphs; what is not known, or was decided otherwise, is left out."""
    verdict = {name: WORDS[claim["verdict"]] for name, claim in facts["claims"].items()}
    by_rate = found("own_rate", facts, rate=facts["own_rate"]) if all_hold(facts, "own_rate") else None
    told = [paragraph(filled(WORDS["why"], verdict=verdict["init_is_why"]), found("start_alone", facts), by_rate)]
    momentum = facts["settings"]["module_momentum"]
    if momentum and all_hold(facts, *REASONS) and facts["spike"]:
        told.append(found("start_is_needed", facts, naive=facts["scaled"]["naive"], height=facts["spike"]["height"],
                          larger=short(1 / (1 - momentum)), times=facts["times"]))  # fmt: skip
    images = found("images_normal", facts, "images_linear")
    told.append(paragraph(filled(WORDS["matters"], verdict=verdict["init_matters"]), images))
    return [*told, WORDS["take_home"]] if facts["claims"]["init_matters"]["verdict"] == HOLDS else told


def caption(name: str, facts: dict) -> Both:
    """Return what a picture shows, and what was found there if that is known."""
    if not (hypothesis := SHOWN.get(name)):
        return WORDS[name]
    stated = facts["hypotheses"][hypothesis]
    of, to = stated.get("of", {}), stated.get("to", {})
    numbers = {"least": stated.get("above_scale"), "scale": of.get("scale"), "fast": of.get("c"), "slow": to.get("c")}
    told = {name: short(one) for name, one in numbers.items() if one is not None}
    return paragraph(WORDS[name], found(hypothesis, facts, **told))


def optimizer(name: str, momentum: float) -> Both:
    """Return what an optimiser is called, with its momentum if it has one."""
    called = NAMES[name]
    return (f"{called[0]} {momentum:g}", f"{called[1]} {momentum:g}") if OPTIMIZERS[name].momentum else called


def runs(trainings: pd.DataFrame) -> list[tuple]:
    """Return a row of text for each of the article's runs: its name, start, optimiser, first rate and final loss."""
    return [
        (row.training, NAMES["linear" if row.start == "nn.Linear" else row.start],
         f"{row.optimizer}, momentum {row.momentum:g}" if row.momentum else NAMES["gd"], short(row.learning_rate),
         "-" if pd.isna(row.loss_last) else short(row.loss_last))
        for row in trainings.itertuples()
    ]  # fmt: skip


def counted(claims: list[dict]) -> Both:
    """Return how many of the statements have which verdict."""
    counts = Counter(claim["verdict"] for claim in claims).most_common()
    english = ", ".join(f"{verdict}: {number}" for verdict, number in counts)
    japanese = "、".join(f"{JAPANESE[verdict]}：{number}" for verdict, number in counts)
    return filled(WORDS["statements_say"], count=str(len(claims)), counts=(english, japanese))


def as_json(content: object) -> str:
    """Return content as JSON that can stand in a page."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def main(*, images: Images = Images(), results: Path, output: Path) -> None:
    """Write the page.

    Args:
        images: how many there were to learn and to be tested on.
        results: the folder with all results.
        output: the HTML file to write.
    """
    shown = explored(results)
    spoken = {language: {key: both[place] for key, both in SCRIPT.items()} for place, language in enumerate(LANGUAGES)}
    claims = read_json(results / "claims.json")
    study = results / "study"
    facts = gather({name: read_table(study / f"{name}.csv") for name in TABLES},
                   read_json(study / "verdicts.json"), read_json(study / "settings.json"))  # fmt: skip
    pictures = {"reproduction": results / "reproduction.png", **{name: results / f"images/{name}.png" for name in
                PICTURES}}  # fmt: skip
    page = render(
        "index.html",
        words=WORDS,
        figure_says=filled(WORDS["figure_says"]),
        runs=runs(read_table(results / "trainings.csv")),
        answers=answers(facts),
        terms=filled(WORDS["terms"], seeds=facts["seeds"]),
        rounding=found("tuned_speed", facts) if all_hold(facts, "tuned_in_float32", "tuned_in_float64") else None,
        explored=shown,
        starts={name: NAMES[name] for name in STARTS},
        colours={kind["start"]: kind["colour"] for kind in shown["kinds"]},
        optimizers={name: optimizer(name, facts["settings"]["module_momentum"]) for name in OPTIMIZERS},
        pictures={name: as_base64(path) for name, path in pictures.items()},
        captions={name: caption(name, facts) for name in PICTURES},
        lessons=marked(),
        sections={claim["section"]: claim["japanese"]["section"] for claim in claims},
        claims=claims,
        statements_say=counted(claims),
        files=FILES,
        data=as_json({**shown, "words": spoken, "train": images.train, "test": images.test}),
        script=text_of("explorer.js"),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
