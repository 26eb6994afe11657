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
from kotohajime.story.words import SCRIPT, WORDS
from kotohajime.study.optimizers import OPTIMIZERS
from kotohajime.study.page import NAMES, TABLES, gather
from kotohajime.study.starts import STARTS
from kotohajime.words import FAILS, HOLDS, JAPANESE, Both, in_japanese, short

PICTURES = ("start_scale", "generalisation", "predictions", "trainability", "balance", "teacher")  # of the images
FOUND = {"start_scale": ("alpha_law", "alpha_law"), "balance": ("balance_found", "balance"),
         "teacher": ("catapult_tests", "catapult_tests")}  # fmt: skip
FILES = {
    "report.html": "report",
    "article.ipynb": "notebook",
    "tensor_basics.html": "tour",
    "study/study.html": "study_page",
    "README.md": "index",
    "study/runs.csv": "networks",
    "images/runs.csv": "learned",
}


def said(key: str, **facts: str | Both) -> Both:
    """Return what is said under a key, filled with facts that are the same in both languages or not."""
    english, japanese = (
        text.format(**{name: escape(fact if isinstance(fact, str) else fact[place]) for name, fact in facts.items()})
        for place, text in enumerate(WORDS[key])
    )
    return Markup(english), Markup(in_japanese(japanese))


def answers(facts: dict) -> list[Both]:
    """Return the answer's sentences; what is not known, or was decided otherwise, is left out."""
    told, claims = known(facts), {name: claim["verdict"] for name, claim in facts["claims"].items()}

    def claim(key: str, name: str, *needed: str) -> Both:
        evidence = said(f"{key}_evidence", **told, own_rate_is=facts["own_rate"]) if told.keys() >= {*needed} else ""
        return said(key, verdict=WORDS[claims[name]], evidence=evidence)

    sentences = [claim("why", "init_is_why", "start_alone", "own_rate")]
    if all_hold(facts, "start_is_needed", "own_rate", "limit_gd", "momentum_is_rate", "catapult") and facts["spike"]:
        larger = short(1 / (1 - facts["settings"]["module_momentum"]))
        sentences.append(said("because", **told, naive=facts["scaled"]["naive"], height=facts["spike"]["height"],
                              larger=larger, times=facts["times"]))  # fmt: skip
    sentences.append(claim("matters", "init_matters", "images_normal", "images_linear"))
    return [*sentences, WORDS["take_home"]] if claims["init_matters"] == HOLDS else sentences


def known(facts: dict) -> dict[str, str]:
    """Return the estimates that are known."""
    return {name: told for name, told in facts["told"].items() if told is not None}


def all_hold(facts: dict, *names: str) -> bool:
    """Tell whether hypotheses hold."""
    return all(facts["hypotheses"][name]["verdict"] == HOLDS for name in names)


def caption(name: str, facts: dict) -> Both:
    """Return what a picture shows, and what was found there if that is known."""
    told, (key, needed) = known(facts), FOUND.get(name, ("", ""))
    if needed not in told:
        return WORDS[name]
    stated = facts["hypotheses"][needed]
    numbers = {"least": stated.get("above_scale"), "fast": stated.get("of", {}).get("c"),
               "slow": stated.get("to", {}).get("c")}  # fmt: skip
    english, japanese = said(key, **told, **{name: short(one) for name, one in numbers.items() if one is not None})
    return f"{WORDS[name][0]} {english}", f"{WORDS[name][1]}{japanese}"


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
    found = Counter(claim["verdict"] for claim in claims).most_common()
    english = ", ".join(f"{verdict}: {number}" for verdict, number in found)
    japanese = "、".join(f"{JAPANESE[verdict]}：{number}" for verdict, number in found)
    return said("statements_say", count=str(len(claims)), counts=(english, japanese))


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
    found = explored(results)
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
        figure_says=said("figure_says"),
        runs=runs(read_table(results / "trainings.csv")),
        answers=answers(facts),
        terms=said("terms", seeds=str(facts["seeds"])),
        rounding=said("rounding", **known(facts))
        if all_hold(facts, "tuned_in_float32", "tuned_in_float64")
        and facts["hypotheses"]["tuned_speed"]["verdict"] == FAILS
        else None,
        explored=found,
        starts={name: NAMES[name] for name in STARTS},
        colours={kind["start"]: kind["colour"] for kind in found["kinds"]},
        optimizers={name: optimizer(name, facts["settings"]["module_momentum"]) for name in OPTIMIZERS},
        pictures={name: as_base64(path) for name, path in pictures.items()},
        captions={name: caption(name, facts) for name in PICTURES},
        lessons=marked(),
        sections={claim["section"]: claim["japanese"]["section"] for claim in claims},
        claims=claims,
        statements_say=counted(claims),
        files=FILES,
        data=as_json({**found, "words": spoken, "train": images.train, "test": images.test}),
        script=text_of("explorer.js"),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
