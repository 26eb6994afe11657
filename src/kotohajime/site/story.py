"""The story on one page that needs no network: figure, answer, explorer, pictures, lessons, statements."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from matplotlib.colors import to_hex

from kotohajime.cli import run
from kotohajime.config import Images
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import read_json, read_rows, read_table, write
from kotohajime.render import LANGUAGES, as_base64, how_made, render
from kotohajime.site.explorer import explorer_data
from kotohajime.site.facts import gather, label
from kotohajime.site.lessons import marked
from kotohajime.study.cells import main_precision
from kotohajime.tables import select
from kotohajime.text import Bilingual, count, short, words

LARGEST_DECAY = 1e-8  # the article's weight decay, whose effect is below rounding


def final_loss(value: float) -> str | Bilingual:
    """Return a final loss; an infinite one has diverged."""
    return words("story")["diverged"] if math.isinf(value) else short(value)


def optimizer(name: str, momentum: float) -> Bilingual:
    """Return what an optimiser is called, with its momentum; "momentum" is one other than Nesterov's."""
    if name in OPTIMIZERS and not OPTIMIZERS[name].momentum:
        return label(name)
    return {language: f"{called} {momentum:g}" for language, called in label(name).items()}


def in_the_study(module: Mapping) -> bool:
    """Return whether a module run is like one of the study's: with Nesterov's momentum, without weight decay."""
    return module["nesterov"] and module["weight_decay"] <= LARGEST_DECAY


def counted(claims: list[dict]) -> Bilingual:
    """Return how many of the statements have which verdict."""
    texts, comma = words("story")["counts"], words("story")["script"]["comma"]
    counts = Counter(claim["verdict"] for claim in claims).most_common()
    return {
        language: comma[language].join(texts[verdict][language].format(number=number) for verdict, number in counts)
        for language in LANGUAGES
    }


def history(folder: Path) -> dict[str, object]:
    """Return what the story tells of torch's releases: facts for its text, and the changed answers of each line."""
    texts, losses = words("story")["history_seed"], read_table(folder / "losses.csv").set_index(["training", "epoch"])
    lines = {name: [*rows] for name, rows in groupby(read_rows(folder / "answers.csv"), itemgetter("name"))}
    drawn = ", ".join(row["release"] for row in lines.pop("linear_from_a_seed")[1:])
    facts = {
        "oldest": losses.columns[0],
        "newest": losses.columns[-1],
        "count": len(losses.columns),
        "apart": f"{100 * (losses.max(axis=1) / losses.min(axis=1) - 1).max():.2g} %",
        "seed": {language: text.format(since=drawn) if drawn else "" for language, text in texts.items()},
    }
    return {"facts": facts, "lines": [rows for rows in lines.values() if rows[1:]]}


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
    story, facts, data = words("story"), gather(results / "study"), explorer_data(results)
    swap, tuned = (read_table(results / f"study/{name}.csv") for name in ("swap", "tuned"))
    best = select(tuned, optimizer="gd", precision=main_precision(tuned["precision"])).set_index("start")
    manual, module = (read_json(results / f"train_{name}/run.json") for name in ("manual", "module"))
    claims, momentum = read_json(results / "claims.json"), facts.article.module_momentum
    if not in_the_study(module):
        data["article"].pop("module", None)
    script = {language: {key: text[language] for key, text in story["script"].items()} for language in LANGUAGES}
    numbers = {"train": images.images_train, "test": images.images_test}
    pictures = {"reproduction": "reproduction.png", **{name: f"images/{name}.png" for name in story["captions"]}}
    page = render(
        "index.html",
        words=story,
        facts=facts,
        reproduced=read_json(results / "reproduced.json")["told"],
        seeds={"en": count(facts.seeds, "seed"), "ja": str(facts.seeds)},
        limit=f"{OPTIMIZERS['nesterov'].limit(momentum):.4g}",
        final_loss=final_loss,
        label=label,
        optimizer=optimizer,
        trainings=read_table(results / "trainings.csv").fillna({"loss_last": math.inf}).to_dict("records"),
        manual=manual,
        module=module,
        swap=swap.pivot(index=["optimizer", "learning_rate"], columns="start", values="loss_last"),
        best=best.reindex(list(STARTS)),
        explorer=data,
        starts={name: to_hex(start.colour) for name, start in STARTS.items()},
        optimizers=list(OPTIMIZERS),
        made={name: how_made(results / file, results) for name, file in pictures.items()},
        pictures={name: as_base64(results / file) for name, file in pictures.items()},
        images=images,
        map_epochs=read_table(results / "images/map.csv")["epochs"].iloc[0],
        lessons=marked(),
        claims=claims,
        history=history(results / "history"),
        counts=counted(claims),
        data=as_json({**data, "words": script, **numbers}),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
