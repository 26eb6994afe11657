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
ENGLISH, JAPANESE = range(2)


def in_both(key: str, **facts: str) -> tuple[str, str]:
    """Return what is said under a key, in both languages."""
    return tuple(said.format(**facts) for said in WORDS[key])


def answers(verdicts: dict) -> list[tuple[str, dict]]:
    """Return the answer's sentences: their keys and what fills them; evidence that is not known is left out."""
    told = {one["id"]: one["told"] for one in verdicts["hypotheses"] if one["value"] is not None}
    claims = {name: claim["verdict"] for name, claim in verdicts["claims"].items()}
    found = []
    for key, claim, needed in (("why", "init_is_why", ("start_alone", "own_rate")),
                               ("matters", "init_matters", ("images_normal", "images_linear"))):  # fmt: skip
        facts = {name: told[name] for name in needed if name in told}
        whole = len(facts) == len(needed)
        said = {}
        for place, language in enumerate(("en", "ja")):
            local = {name: text.replace(" to ", "～") if place == JAPANESE else text for name, text in facts.items()}
            said[language] = {"verdict": WORDS[claims[claim]][place],
                              "evidence": WORDS[f"{key}_evidence"][place].format(**local) if whole else ""}  # fmt: skip
        found.append((key, said))
    return [*found, ("take_home", {})] if claims["init_matters"] == HOLDS else found


def counts(claims: list[dict]) -> dict:
    """Return how many of the statements have which verdict, in both languages."""
    found = Counter(claim["verdict"] for claim in claims).most_common()
    listed = [in_both("counted", verdict="{verdict}", number=str(number)) for _, number in found]
    return {
        language: {"count": str(len(claims)), "counts": ("、" if language == "ja" else ", ").join(
            one[place].format(verdict=WORDS[verdict][place]) for one, (verdict, _) in zip(listed, found, strict=True))}
        for place, language in enumerate(("en", "ja"))
    }  # fmt: skip


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
    spoken = {language: {key: both[place] for key, both in SCRIPT.items()} for place, language in
              enumerate(("en", "ja"))}  # fmt: skip
    claims = read_json(results / "claims.json")
    losses = read_table(results / "trainings.csv").set_index("training")["loss_last"]
    pictures = {"reproduction": results / "reproduction.png", **{name: results / f"images/{name}.png" for name in
                PICTURES}}  # fmt: skip
    page = render(
        "index.html",
        words=WORDS,
        losses={name: short(float(loss)) if pd.notna(loss) else "-" for name, loss in losses.items()},
        answers=answers(read_json(results / "study/verdicts.json")),
        explored=found,
        starts={name: start.label for name, start in STARTS.items()},
        colours={kind["start"]: kind["colour"] for kind in found["kinds"]},
        optimizers={name: optimizer.label for name, optimizer in OPTIMIZERS.items()},
        pictures={name: base64.b64encode(read_bytes(path)).decode() for name, path in pictures.items()},
        shown=PICTURES,
        lessons=marked(),
        sections={
            section: SECTIONS.get(section, section) for section in dict.fromkeys(one["section"] for one in claims)
        },
        claims=[{**claim, "japanese": STATEMENTS.get(claim["id"], claim["statement"])} for claim in claims],
        counts=counts(claims),
        files=FILES,
        data=as_json({**found, "words": spoken, "train": images.train, "test": images.test}),
        script=text_of("explorer.js"),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
