"""Tell the story in one page that needs no network: figure, answer, explorer, pictures, lessons, statements."""

import base64
import json
from collections import Counter
from pathlib import Path

import pandas as pd

from kotohajime.cli import run
from kotohajime.files import read_bytes, read_json, read_table, write
from kotohajime.pages.render import render, text_of
from kotohajime.settings import Images
from kotohajime.story.explorer import explored
from kotohajime.story.lessons import marked
from kotohajime.story.words import SCRIPT, SECTIONS, STATEMENTS, WORDS
from kotohajime.study.optimizers import OPTIMIZERS
from kotohajime.study.starts import STARTS
from kotohajime.words import HOLDS, short

PICTURES = ("start_scale", "generalisation", "predictions", "trainability", "balance", "teacher")  # of the images
FILES = {
    "report.html": "report",
    "article.ipynb": "notebook",
    "tensor_basics.html": "tour",
    "study/study.html": "study_page",
    "README.md": "index",
    "study/runs.csv": "networks",
    "images/runs.csv": "learned",
}
LANGUAGES = ("en", "ja")  # the order of what `words` holds

Both = tuple[str, str]  # a text in English and in Japanese


def said(key: str, **facts: str | Both) -> Both:
    """Return what is said under a key, filled with facts that are the same in both languages or not."""
    return tuple(
        text.format(**{name: fact if isinstance(fact, str) else fact[place] for name, fact in facts.items()})
        for place, text in enumerate(WORDS[key])
    )


def answers(verdicts: dict) -> list[Both]:
    """Return the answer's sentences; evidence that is not known is left out."""
    told = {one["id"]: (one["told"], one["told"].replace(" to ", "～")) for one in verdicts["hypotheses"]
            if one["value"] is not None}  # fmt: skip
    claims = {name: claim["verdict"] for name, claim in verdicts["claims"].items()}
    why = {"start_alone", "own_rate"} <= told.keys()
    matters = {"images_normal", "images_linear"} <= told.keys()
    sentences = [
        said("why", verdict=WORDS[claims["init_is_why"]], evidence=said("why_evidence", **told) if why else ""),
        said("matters", verdict=WORDS[claims["init_matters"]],
             evidence=said("matters_evidence", **told) if matters else ""),
    ]  # fmt: skip
    return [*sentences, WORDS["take_home"]] if claims["init_matters"] == HOLDS else sentences


def counted(claims: list[dict]) -> Both:
    """Return how many of the statements have which verdict."""
    found = Counter(claim["verdict"] for claim in claims).most_common()
    each = [said("counted", verdict=WORDS[verdict], number=str(number)) for verdict, number in found]
    english, japanese = zip(*each, strict=True)
    return said("statements_say", count=str(len(claims)), counts=(", ".join(english), "、".join(japanese)))


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
    losses = read_table(results / "trainings.csv").set_index("training")["loss_last"]
    losses = {name: short(float(loss)) if pd.notna(loss) else "-" for name, loss in losses.items()}
    pictures = {"reproduction": results / "reproduction.png", **{name: results / f"images/{name}.png" for name in
                PICTURES}}  # fmt: skip
    page = render(
        "index.html",
        words=WORDS,
        figure_says=said("figure_says", **losses),
        answers=answers(read_json(results / "study/verdicts.json")),
        explored=found,
        starts={name: start.label for name, start in STARTS.items()},
        colours={kind["start"]: kind["colour"] for kind in found["kinds"]},
        optimizers={name: optimizer.label for name, optimizer in OPTIMIZERS.items()},
        pictures={name: base64.b64encode(read_bytes(path)).decode() for name, path in pictures.items()},
        shown=PICTURES,
        lessons=marked(),
        sections={claim["section"]: SECTIONS.get(claim["section"], claim["section"]) for claim in claims},
        claims=[{**claim, "japanese": STATEMENTS.get(claim["id"], claim["statement"])} for claim in claims],
        statements_say=counted(claims),
        files=FILES,
        data=as_json({**found, "words": spoken, "train": images.train, "test": images.test}),
        script=text_of("explorer.js"),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
