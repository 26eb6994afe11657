"""Did this machine reproduce the article? What a run gave, beside what the maintainers' runs gave."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from scipy import stats

from kotohajime.cli import run
from kotohajime.config import Config, Lessons, Precision, Seed, Sizes
from kotohajime.io import read_json, read_table, write_json, write_table
from kotohajime.statistics import LEVEL, corrected
from kotohajime.text import OPEN, Bilingual, words

REPRODUCED, DIFFERS, NOT_COMPARED = "reproduced", "differs", "not compared"
OUTCOMES = (DIFFERS, NOT_COMPARED, REPRODUCED)  # of several lines the first of these counts
STATED = ("measure", "of", "to", "above_scale", "range")  # what a hypothesis compares, and its rule
FIRST_TEN = 1e-5, "rounding, first ten epochs"
SAFETY = 3  # times the largest difference that was seen between equal trainings
# What a config may change and be compared all the same: where it runs, which seeds the study has and how many, the map.
FREE = {
    "device",
    "study_first_seed",
    "study_seeds",
    "study_band_seeds",
    "study_seeds_per_shard",
    "map_points",
    "map_epochs",
}
RESTS_ON = {
    "trainings": {name for part in (Lessons, Sizes, Precision, Seed) for name in part.model_fields},
    "hypotheses": set(Config.model_fields) - FREE - set(Seed.model_fields),
    "statements": set(Config.model_fields) - FREE,
}


def compare_numbers(value: float, reference: float, difference: float, tolerance: float, source: str) -> dict:
    """Return what the table says of two numbers; one that is NaN differs."""
    outcome = REPRODUCED if difference <= tolerance else DIFFERS
    numbers = {"value": value, "reference": reference, "difference": difference, "tolerance": tolerance}
    return {**numbers, "tolerance_from": source, "outcome": outcome}


def compare_trainings(losses: Mapping[str, Mapping[int, float]], reference: Mapping) -> list[dict]:
    """Return a line for each epoch that the reference has of a training: a loss, its relative difference."""
    lines = []
    for name, known in reference.items():
        source = max(known["apart"], key=known["apart"].get)
        later = SAFETY * known["apart"][source], f"{SAFETY} x {source}"
        for epoch, expected in known["losses"].items():
            loss = losses[name].get(int(epoch), math.nan)
            tolerance = FIRST_TEN if int(epoch) < 10 else later
            numbers = compare_numbers(loss, expected, abs(loss / expected - 1), *tolerance)
            lines.append({"name": name, "what": f"loss at epoch {epoch}", **numbers})
    return lines


def widening(seeds: int, level: float) -> float:
    """Return how many times wider an interval over so many seeds is at a level than at LEVEL, by Student's t."""
    wide, usual = stats.t.ppf([(1 + level) / 2, (1 + LEVEL) / 2], seeds - 1)
    return float(wide / usual)


def allowed(one: Mapping, other: Mapping, count: int) -> float:
    """Return how far two independent estimates may be apart, so that with 95 % none of `count` such pairs is further.

    The halves of the intervals that face each other, widened to that level, are added like standard deviations (Zou and
    Donner 2008). Estimates that share some seeds, as those of the default config do, are closer than that.
    """
    low, high = sorted((one, other), key=lambda estimate: estimate["value"])
    halves = [
        abs(estimate[end] - estimate["value"]) * widening(estimate["seeds"], corrected(count))
        for estimate, end in ((low, "high"), (high, "low"))
    ]
    return math.hypot(*halves)


def compare_verdicts(name: str, verdict: str | None, expected: str, fewer: bool) -> dict:
    """Return the line of a verdict; one that is not there, or that fewer seeds leave open, is not compared."""
    unsaid = verdict is None or (fewer and verdict == OPEN)
    outcome = REPRODUCED if verdict == expected else NOT_COMPARED if unsaid else DIFFERS
    return {"name": name, "what": "verdict", "value": verdict, "reference": expected, "outcome": outcome}


def compare_hypotheses(hypotheses: Mapping[str, Mapping], reference: Mapping[str, Mapping]) -> list[dict]:
    """Return two lines for each hypothesis of the reference: the verdict, and the estimate as it is stated."""
    lines = []
    for name, other in reference.items():
        one = hypotheses.get(name, {})
        if {key: one.get(key) for key in STATED} != {key: other.get(key) for key in STATED}:
            one = {"value": None, "verdict": None, "seeds": 0}  # it is not there, or states something else
        lines.append(compare_verdicts(name, one["verdict"], other["verdict"], one["seeds"] < other["seeds"]))
        value, expected = one["value"], other["value"]
        line = {"name": name, "what": "estimate", "value": value, "reference": expected, "outcome": NOT_COMPARED}
        known = None not in (value, expected, one.get("low"), one.get("high"))
        if known and min(one["seeds"], other["seeds"]) > 1:  # an interval each, and a finite loss
            tolerance = allowed(one, other, len(reference))
            line |= compare_numbers(value, expected, abs(value - expected), tolerance, "both intervals")
        lines.append(line)
    return lines


def changed(config: Config, names: Iterable[str]) -> list[str]:
    """Return which keys of the config are not the reference's, which are the project's own."""
    return [name for name, value in Config() if name in names and getattr(config, name) != value]


def summarise(lines: Iterable[Mapping]) -> dict[str, list[str]]:
    """Return the names of what was compared, by outcome; one that differs in a line differs."""
    outcomes: dict[str, list[str]] = {}
    for one in lines:
        outcomes.setdefault(one["name"], []).append(one["outcome"])
    worst = {name: min(several, key=OUTCOMES.index) for name, several in outcomes.items()}
    return {outcome: [name for name in worst if worst[name] == outcome] for outcome in OUTCOMES}


def tell(summary: Mapping[str, Mapping[str, list[str]]], config: Iterable[str]) -> Bilingual:
    """Return the answer in a sentence or two, in both languages; `config` are the keys that are not the reference's."""
    texts = words("reproduced")

    def listed(outcome: str, language: str) -> str:
        groups = ((kind, names[outcome], sum(map(len, names.values()))) for kind, names in summary.items())
        return texts["comma"][language].join(
            texts[kind][language].format(number=len(names), total=total) for kind, names, total in groups if names
        )

    def sentences(language: str) -> str:
        told = {outcome: listed(outcome, language) for outcome in OUTCOMES}
        named = texts["comma"][language].join(name for names in summary.values() for name in names[DIFFERS])
        keys = texts["config"][language].format(keys=", ".join(config)) if config else ""
        return texts["space"][language].join(
            texts[outcome][language].format(what=named if outcome == DIFFERS else told[outcome], config=keys)
            for outcome in reversed(OUTCOMES)
            if told[outcome]
        )

    return {language: sentences(language) for language in ("en", "ja")}


def main(
    *,
    config: Config = Config(),
    manual: Path,
    autograd: Path,
    module: Path,
    verdicts: Path,
    claims: Path,
    reference: Path,
    json: Path,
    csv: Path,
) -> None:
    """Compare a run with the reference; a difference is told and is no failure.

    Args:
        config: what the run was asked for.
        manual: the losses.csv of the manual run.
        autograd: the losses.csv of the autograd run.
        module: the losses.csv of the module run.
        verdicts: the study's verdicts.json.
        claims: the verdicts on the article's statements.
        reference: the JSON file with what the maintainers' runs gave.
        json: the JSON file to write: what was reproduced, what differs, what was not compared, and both as sentences.
        csv: the table to write, a line for each number and verdict.
    """
    files = {"manual": manual, "autograd": autograd, "module": module}
    losses = {name: read_table(path).set_index("epoch")["loss"].to_dict() for name, path in files.items()}
    decided, known = read_json(verdicts), read_json(reference)
    judged = {claim["id"]: claim["verdict"] for claim in read_json(claims)}
    lines = {
        "trainings": compare_trainings(losses, known["trainings"]),
        "hypotheses": compare_hypotheses({one["id"]: one for one in decided["hypotheses"]}, known["hypotheses"]),
        "statements": [
            compare_verdicts(name, judged.get(name), old, fewer=True) for name, old in known["statements"].items()
        ],
    }
    keys = {kind: changed(config, names) for kind, names in RESTS_ON.items()}
    lines = {
        kind: [{**one, "outcome": NOT_COMPARED} if keys[kind] else one for one in several]
        for kind, several in lines.items()
    }
    summary = {kind: summarise(several) for kind, several in lines.items()}
    told = tell(summary, changed(config, set().union(*RESTS_ON.values())))
    write_table(csv, pd.DataFrame([{"kind": kind, **one} for kind, several in lines.items() for one in several]))
    write_json(json, {**summary, "config": keys, "told": told, "reference": known["machine"]})
    print(told["en"])


if __name__ == "__main__":
    run(main)
