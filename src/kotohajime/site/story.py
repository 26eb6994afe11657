"""Tell the story in one page that needs no network: figure, answer, explorer, pictures, lessons, statements."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_json, read_table, write
from kotohajime.render import LANGUAGES, as_base64, render
from kotohajime.config import Images
from kotohajime.site.explorer import explored
from kotohajime.site.findings import answers, caption, filled, halvings, rounding
from kotohajime.site.lessons import marked
from kotohajime.site.words import PICTURED, SCRIPT, TERMS, WORDS
from kotohajime.study.cells import main_precision
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.site.study_page import NAMES, TABLES, gather
from kotohajime.engine.starts import STARTS
from kotohajime.text import CHANGED, FAILS, HOLDS, JAPANESE, OPEN, Both, count, in_japanese, short

ON_IMAGES = ("predictions", "start_scale", "generalisation")  # pictures
DECAY = 1e-8  # the article's weight decay: of what it changes nothing can be seen
FURTHER = ("trainability", "balance", "teacher")
PICTURES = ON_IMAGES + FURTHER
COUNTED = {HOLDS: "hold", FAILS: "do not hold", OPEN: "are not decided", CHANGED: "have changed since 2018"}
FILES = {
    "report.html": "report",
    "article.ipynb": "notebook",
    "tensor_basics.html": "tour",
    "study/study.html": "study_page",
    "README.md": "index",
    "study/runs.csv": "networks",
    "images/runs.csv": "learned",
}


def exchanged(swap: pd.DataFrame, tuned: pd.DataFrame, momentum: float, article: dict) -> list[tuple]:
    """Return a row for each optimiser and rate: what they are, the final losses from both starts, and whose those are.

    Whose is the name of the article's run with these settings, or "". The last row is gradient descent at the best rate
    of each start.
    """
    whose = {cell: name for name, cell in article.items()}
    rows = []
    for (name, rate), own in swap.groupby(["optimizer", "learning_rate"]):
        english, japanese = optimizer(name, momentum)
        losses = [(loss(last), whose.get((start, name, rate), ""))
                  for start, last in own.set_index("start")["loss_last"].reindex(STARTS).items()]  # fmt: skip
        rows.append(((f"{english}, {short(rate)}", f"{japanese}、{short(rate)}"), losses))
    best = tuned[(tuned["optimizer"] == "gd") & (tuned["precision"] == main_precision(tuned["precision"]))]
    own = best.set_index("start").reindex(STARTS)
    at = [filled(WORDS["at"], loss=loss(row.loss_last), rate=short(row.learning_rate)) for row in own.itertuples()]
    return [*rows, (WORDS["best"], [(one, "") for one in at])]


def loss(value: float) -> Both:
    """Return a final loss as text; an infinite one has diverged."""
    return WORDS["diverged"] if math.isinf(value) else (short(value), in_japanese(short(value)))


def optimizer(name: str, momentum: float) -> Both:
    """Return what an optimiser is called, with its momentum if it has one."""
    called = NAMES[name]
    return (f"{called[0]} {momentum:g}", f"{called[1]} {momentum:g}") if OPTIMIZERS[name].momentum else called


def runs(trainings: pd.DataFrame, nesterov: bool) -> list[tuple]:
    """Return a row of text for each of the article's runs: its name, start, optimiser, first rate and final loss."""
    return [
        (row.training, NAMES["linear" if row.start == "nn.Linear" else row.start], used(row.momentum, nesterov),
         short(row.learning_rate), WORDS["diverged"] if pd.isna(row.loss_last) else loss(row.loss_last))
        for row in trainings.itertuples()
    ]  # fmt: skip


def used(momentum: float, nesterov: bool) -> Both:
    """Return what an optimiser is called, by its momentum."""
    if not momentum:
        return NAMES["gd"]
    return optimizer("nesterov", momentum) if nesterov else (f"momentum {momentum:g}", f"モメンタム {momentum:g}")


def trained_in_the_study(module: Mapping) -> bool:
    """Tell whether a module run is one of the study's networks, whose momentum is Nesterov's and which has no decay."""
    return module["nesterov"] and module["weight_decay"] <= DECAY


def counted(claims: list[dict]) -> Both:
    """Return how many of the statements have which verdict."""
    counts = Counter(claim["verdict"] for claim in claims).most_common()
    english = ", ".join(f"{number} {COUNTED[verdict]}" for verdict, number in counts)
    japanese = "、".join(f"{JAPANESE[verdict]} {number}" for verdict, number in counts)
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
    tables = {name: read_table(study / f"{name}.csv") for name in TABLES}
    facts = gather(tables, read_json(study / "verdicts.json"), read_json(study / "settings.json"))
    momentum, number = facts["settings"]["module_momentum"], facts["seeds"]
    seeds = (count(number, "seed"), str(number))
    named = {"momentum": f"{momentum:g}", "limit": f"{OPTIMIZERS['nesterov'].limit(momentum):.4g}", "seeds": seeds}
    length = read_table(results / "images/map.csv")["epochs"].iloc[0]
    manual, module = (read_json(results / f"train_{name}/run.json") for name in ("manual", "module"))
    if not trained_in_the_study(module):
        shown["article"].pop("module", None)
    pictures = {"reproduction": results / "reproduction.png", **{name: results / f"images/{name}.png" for name in
                PICTURES}}  # fmt: skip
    page = render(
        "index.html",
        words=WORDS,
        figure_says=filled(WORDS["figure_says"]),
        runs=runs(read_table(results / "trainings.csv"), module["nesterov"]),
        answers=answers(facts),
        halved=halvings(facts, manual),
        terms=[(word, filled(meaning, **named)) for word, meaning in TERMS],
        exchanged=exchanged(tables["swap"], tables["tuned"], momentum, shown["article"]),
        exchanged_says=filled(WORDS["exchanged"], seeds=seeds),
        judged=filled(WORDS["too_few" if facts["too_few"] else "judged"], seeds=str(number)),
        rounding=rounding(facts),
        explored=shown,
        starts={name: NAMES[name] for name in STARTS},
        colours={kind["start"]: kind["colour"] for kind in shown["kinds"]},
        optimizers={name: optimizer(name, momentum) for name in OPTIMIZERS},
        pictures={name: as_base64(path) for name, path in pictures.items()},
        buys_says=filled(
            WORDS["buys_says"], what=PICTURED[images.images_dataset], train=str(images.images_train), test=str(images.images_test)
        ),
        captions=[{name: caption(name, facts, length) for name in names} for names in (ON_IMAGES, FURTHER)],
        lessons=marked(),
        sections={claim["section"]: claim["japanese"]["section"] for claim in claims},
        claims=claims,
        statements_say=counted(claims),
        files=FILES,
        data=as_json({**shown, "words": spoken, "train": images.images_train, "test": images.images_test}),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
