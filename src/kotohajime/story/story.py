"""Tell the story in one page that needs no network: figure, answer, explorer, pictures, lessons, statements."""

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from markupsafe import Markup, escape

from kotohajime.cli import run
from kotohajime.files import read_json, read_table, write
from kotohajime.pages.render import LANGUAGES, as_base64, render, text_of
from kotohajime.settings import Images
from kotohajime.story.explorer import explored
from kotohajime.story.lessons import marked
from kotohajime.story.words import FINDINGS, SCRIPT, TERMS, WORDS
from kotohajime.study.cells import main_precision
from kotohajime.study.optimizers import OPTIMIZERS
from kotohajime.study.page import NAMES, TABLES, gather
from kotohajime.study.starts import STARTS
from kotohajime.words import CHANGED, FAILS, HOLDS, JAPANESE, OPEN, Both, between, in_japanese, percent, short

ON_IMAGES = ("predictions", "start_scale", "generalisation")  # pictures
FURTHER = ("trainability", "balance", "teacher")
PICTURES = ON_IMAGES + FURTHER
SHOWN = {"start_scale": "alpha_law", "balance": "balance", "teacher": "catapult_tests"}  # in a picture: a hypothesis
ONLY_IF_SO = ("balance", "catapult_tests")  # what is said of them fits no other outcome
ACCURACIES = ("images_normal", "images_linear", "images_centred")
REASONS = (
    "module_better",
    "start_is_needed",
    "own_rate",
    "limit_gd",
    "momentum_is_rate",
    "catapult",
)  # why the module run ends lower
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
    told = {one: facts["told"][one] for one in (name, *others)} | numbers
    return None if None in told.values() else filled(FINDINGS[name], **told)


def estimate(hypothesis: dict, form: Callable[[float], str], power: int = 1) -> str | None:
    """Return a ratio to a power, with its interval where both ends are known; None where the ratio is not."""
    value, *ends = (None if hypothesis[name] is None else 10 ** (power * hypothesis[name])
                    for name in ("value", "low", "high"))  # fmt: skip
    if value is None:
        return None
    return form(value) if None in ends else between(value, *sorted(ends), form)


def how_many(hypothesis: dict) -> Both:
    """Return of how many seeds something is so."""
    seeds = hypothesis["seeds"]
    some = round(hypothesis["value"] * seeds)
    if some == seeds:
        return f"all {seeds} seeds", f"{seeds} 個のシードすべて"
    return f"{some} of {seeds} seeds", f"{seeds} 個のシードのうち {some} 個"


def all_hold(facts: dict, *names: str) -> bool:
    """Tell whether hypotheses hold."""
    return all(facts["hypotheses"][name]["verdict"] == HOLDS for name in names)


def answers(facts: dict) -> list[Both]:
    """Return the answer's paragraphs; what is not known, or was decided otherwise, is left out."""
    verdict = {name: WORDS[claim["verdict"]] for name, claim in facts["claims"].items()}
    hypotheses = facts["hypotheses"]
    lower = estimate(hypotheses["own_rate"], short, -1)
    by_rate = found("own_rate", facts, rate=facts["own_rate"], own_rate=lower) if all_hold(facts, "own_rate") else None
    alone = found("start_alone", facts)
    if hypotheses["start_alone"]["verdict"] == FAILS:
        alone = paragraph(alone, filled(FINDINGS["small"], small=facts["scaled"]["small"]))
    told, settings = [], facts["settings"]
    momentum, rate, naive = (settings[name] for name in
                             ("module_momentum", "module_learning_rate", "autograd_learning_rate"))  # fmt: skip
    if momentum and all_hold(facts, *REASONS) and facts["spike"]:
        numbers = {"naive": facts["scaled"]["naive"], "height": facts["spike"]["height"], "times": facts["times"],
                   "momentum": f"{momentum:g}", "larger": short(1 / (1 - momentum)),
                   "ratio": short(rate / naive)}  # fmt: skip
        told.append(found("start_is_needed", facts, **numbers, diverged=how_many(hypotheses["start_is_needed"])))
    told.append(paragraph(filled(WORDS["why"], verdict=verdict["init_is_why"]), alone, by_rate))
    images = found("images_normal", facts, "images_linear")
    centred = found("images_centred", facts) if images and all_hold(facts, *ACCURACIES) else None
    told.append(paragraph(filled(WORDS["matters"], verdict=verdict["init_matters"]), images, centred))
    return [*told, filled(WORDS["take_home"])] if facts["claims"]["init_matters"]["verdict"] == HOLDS else told


def caption(name: str, facts: dict, epochs: int) -> Both:
    """Return what a picture shows, and what was found there if that is known."""
    shows = filled(WORDS[name], epochs=str(epochs))
    if not (hypothesis := SHOWN.get(name)):
        return shows
    stated = facts["hypotheses"][hypothesis]
    of, to = stated.get("of", {}), stated.get("to", {})
    numbers = {"least": stated.get("above_scale"), "scale": of.get("scale"), "fast": of.get("c"), "slow": to.get("c")}
    told = {name: short(one) for name, one in numbers.items() if one is not None}
    if stated["measure"].endswith("_ratio"):
        told[hypothesis] = estimate(stated, percent)
    if hypothesis in ONLY_IF_SO and not all_hold(facts, hypothesis):
        return shows
    return paragraph(shows, found(hypothesis, facts, **told))


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


def halvings(facts: dict, manual: dict) -> Both | None:
    """Return what the first halving of the manual run's rate is good for; None where it has none."""
    if not manual["halve_at_start"] or not all_hold(facts, "halving_saves"):
        return None
    many = how_many(facts["hypotheses"]["halving_saves"])
    return found("halving_saves", facts, every=str(manual["halve_every"]), diverged=many)


def rounding(facts: dict) -> Both | None:
    """Return what the lowest losses do not show, and what does; None where it is not so."""
    if not all_hold(facts, "tuned_in_float32", "tuned_in_float64"):
        return None
    return found("tuned_speed", facts, tuned_speed=estimate(facts["hypotheses"]["tuned_speed"], percent))


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
    momentum, seeds = facts["settings"]["module_momentum"], facts["seeds"]
    named = {"momentum": f"{momentum:g}", "limit": f"{OPTIMIZERS['nesterov'].limit(momentum):.4g}", "seeds": str(seeds)}
    length = read_table(results / "images/map.csv")["epochs"].iloc[0]
    manual, module = (read_json(results / f"train_{name}/run.json") for name in ("manual", "module"))
    article = {name: cell for name, cell in shown["article"].items() if name != "module" or module["nesterov"]}
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
        exchanged=exchanged(tables["swap"], tables["tuned"], momentum, article),
        exchanged_says=filled(WORDS["exchanged"], seeds=str(seeds)),
        judged=filled(WORDS["too_few" if facts["too_few"] else "judged"], seeds=str(seeds)),
        rounding=rounding(facts),
        explored=shown,
        starts={name: NAMES[name] for name in STARTS},
        colours={kind["start"]: kind["colour"] for kind in shown["kinds"]},
        optimizers={name: optimizer(name, facts["settings"]["module_momentum"]) for name in OPTIMIZERS},
        pictures={name: as_base64(path) for name, path in pictures.items()},
        buys_says=filled(WORDS["buys_says"], train=str(images.train), test=str(images.test)),
        captions=[{name: caption(name, facts, length) for name in names} for names in (ON_IMAGES, FURTHER)],
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
