"""The story on one page that needs no network: the answer, why, networks that learn in the page, the lessons."""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from kotohajime.cli import run
from kotohajime.config import Images
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import read_json, read_rows, read_table, write
from kotohajime.render import as_json, fill, render
from kotohajime.site.charts import chart_data, first_outputs, ladder, looks, texts, wall
from kotohajime.site.facts import gather, label
from kotohajime.site.lessons import marked
from kotohajime.site.live import article_data, image_data, small_data
from kotohajime.study.cells import FLOOR, main_precision
from kotohajime.tables import significant
from kotohajime.text import Bilingual, short, words

SMALLEST = 0.05  # the smallest scale of N(0, 1) that the page offers: from a smaller one its networks take too long
LARGEST_DECAY = 1e-8  # the article's weight decay, whose effect is below rounding


def final_loss(value: float) -> str | Bilingual:
    """Return a final loss; an infinite one has diverged, and how small one below FLOOR is, rounding decides."""
    if math.isinf(value):
        return words("story")["diverged"]
    return words("story")["rounding"] if value < FLOOR else short(value)


def in_the_study(module: Mapping) -> bool:
    """Return whether a module run is like one of the study's: with Nesterov's momentum, without weight decay."""
    return module["nesterov"] and module["weight_decay"] <= LARGEST_DECAY


def counted(claims: list[dict]) -> list[tuple[str, Bilingual | None]]:
    """Return each verdict with a text on how many of the statements have it."""
    counts = Counter(claim["verdict"] for claim in claims).most_common()
    return [(verdict, fill(words("story")["counts"][verdict], number=number)) for verdict, number in counts]


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


def main(*, images: Images = Images(), results: Path, output: Path) -> None:
    """Write the page.

    Args:
        images: how many there were to learn and to be tested on.
        results: the folder with all results.
        output: the HTML file to write.
    """
    story, facts, data = words("story"), gather(results / "study"), chart_data(results)
    trained = {"small": small_data(), "live": article_data(results), "digits": image_data(results)}
    picks = (trained["digits"] or {}).pop("picks", {})
    claims, scales = read_json(results / "claims.json"), data["scale"]["scale"]
    runs = {name: read_table(results / name / "runs.csv") for name in ("study", "images")}
    if not in_the_study(read_json(results / "train_module/run.json")):
        data["article"].pop("module", None)
    outputs = first_outputs(results)
    single = main_precision(runs["study"]["precision"]) == "float32"
    page = render(
        "index.html",
        words=story,
        facts=facts,
        reproduced=read_json(results / "reproduced.json")["told"],
        networks=f"{sum(map(len, runs.values())):,}",
        **looks(),
        starts={name: story["called"].get(name, label(name)) for name in STARTS},
        optimizers={name: story["called"].get(name, label(name)) for name in OPTIMIZERS},
        sharpness={kind["start"]: short(kind["sharpness"]) for kind in data["kinds"]},
        thresholds={kind["start"]: short(kind["threshold"]) for kind in data["kinds"] if kind["optimizer"] == "gd"},
        half=data["units"]["autograd"] / 2,
        outputs=outputs,
        output_times=short(significant(outputs["times"], 2)),
        runs_shown={"autograd", "module"} <= data["article"].keys(),
        walls=wall(results / "images"),
        image_seeds=runs["images"]["seed"].nunique(),
        images=images,
        final_loss=final_loss,
        label=label,
        infinity=math.inf,
        ladder=ladder(results / "study"),
        live=trained["live"],
        digits=trained["digits"],
        picks=picks,
        scales=len(scales),
        first_scale=sum(scale < SMALLEST for scale in scales),
        lessons=marked(),
        manual=read_json(results / "train_manual/run.json"),
        claims=claims,
        counts=counted(claims),
        history=history(results / "history"),
        data=as_json({**data, **trained, "words": texts(), "floor": FLOOR if single else None}),
    )
    write(output, page)


if __name__ == "__main__":
    run(main)
