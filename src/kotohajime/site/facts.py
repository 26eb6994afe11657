"""The study's findings, as the text that the sentences of its pages are filled with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kotohajime.config import Article
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import read_json, read_table
from kotohajime.render import fill
from kotohajime.statistics import corrected, too_few
from kotohajime.study.cells import main_precision, read_settings
from kotohajime.study.tables import left_out
from kotohajime.tables import select
from kotohajime.text import FAILS, HOLDS, Bilingual, between, percent, short, words

TRIALS = 200  # the hypotheses came from trials with the seeds below


@dataclass(frozen=True)
class Facts:
    """The study's verdicts and the numbers in its sentences; those are text, with their 95 % interval."""

    seeds: int
    article: Article  # the settings that the study took over
    hypotheses: dict[str, dict[str, Any]]  # as in verdicts.json, by id; any of them may be missing
    claims: dict[str, str]  # the verdicts on statements of the article
    band: dict[str, dict[str, Any]]  # the verdicts on the curves of 2018, by run
    limit: dict[str, str]  # by initialisation: the learning rate from which gradient descent diverges
    limit_x_sharpness: dict[str, str]  # the same in units of 1 / sharpness
    rate_x_sharpness: dict[str, str]  # the autograd run's learning rate in these units
    limit_ratio: str  # of nn.Linear's initialisation to N(0, 1)
    spike: dict[str, str]  # the autograd run's highest loss: height (times the first loss), epoch; empty without one
    left_out: int  # cells that only some seeds have
    of_trials: bool  # whether some seeds were in the trials

    def holds(self, *names: str) -> bool:
        """Return whether hypotheses are all there and hold."""
        return all(self.hypotheses.get(name, {}).get("verdict") == HOLDS for name in names)

    def fails(self, name: str) -> bool:
        """Return whether a hypothesis is there and does not hold."""
        return self.hypotheses.get(name, {}).get("verdict") == FAILS

    def estimate(self, name: str) -> str | None:
        """Return a hypothesis's estimate; None where it is unknown."""
        hypothesis = self.hypotheses.get(name, {})
        return None if hypothesis.get("value") is None else hypothesis["told"]

    def number(self, name: str, form: str | None = None) -> dict[str, str] | None:
        """Return a hypothesis's estimate and its interval, apart; None where it is unknown.

        `form` is "percent" for a share; "ratio", in percent, or "factor" for what is stated as a log10.
        """
        hypothesis = self.hypotheses.get(name, {})
        value, low, high = (hypothesis.get(key) for key in ("value", "low", "high"))
        if value is None:
            return None
        forms: dict[str | None, Callable[[float], str]] = {
            None: short,
            "percent": percent,
            "ratio": lambda value: percent(10**value),
            "factor": lambda value: short(10**value),
        }
        change = forms[form]
        interval = "" if low is None or high is None else f"95 %: {change(low)} – {change(high)}"
        return {"value": change(value), "interval": interval}

    def ratio(self, name: str, form: Callable[[float], str] = percent, power: int = 1) -> str | None:
        """Return the ratio of which a hypothesis has the log10, to a power; None where it is unknown."""
        hypothesis = self.hypotheses.get(name, {})
        value, low, high = (hypothesis.get(key) for key in ("value", "low", "high"))
        if value is None:
            return None
        if low is None or high is None:
            return form(10 ** (power * value))
        low, high = sorted(10 ** (power * end) for end in (low, high))
        return between(10 ** (power * value), low, high, form)

    def seeds_with(self, name: str) -> Bilingual | None:
        """Return of how many seeds a hypothesis on a share is so: "7 of 8 seeds"; None where it is unknown."""
        hypothesis = self.hypotheses.get(name, {})
        if hypothesis.get("value") is None:
            return None
        seeds, some = hypothesis["seeds"], round(hypothesis["value"] * hypothesis["seeds"])
        return fill(words("study")["all_seeds" if some == seeds else "some_seeds"], some=some, seeds=seeds)

    def stated(self, name: str, *keys: str) -> str | None:
        """Return a number that a hypothesis states in a place, such as of.scale; None if there is none."""
        value: Any = self.hypotheses.get(name)
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else short(value)

    @property
    def no_intervals(self) -> bool:
        """Return whether the seeds are too few for intervals."""
        return too_few(self.seeds)

    @property
    def too_few(self) -> bool:
        """Return whether the seeds are too few for a verdict on all hypotheses at once."""
        return too_few(self.seeds, corrected(len(self.hypotheses) or 1))


def format_estimate(row: pd.Series, name: str, form: Callable[[float], str] = short) -> str:
    """Return an estimate in a row of a table, with its 95 % interval."""
    return between(row[name], row[f"{name}_low"], row[f"{name}_high"], form)


def label(name: str) -> Bilingual:
    """Return what an initialisation or an optimiser is called."""
    labels = words("study")["labels"]
    if name in labels:
        return labels[name]
    plain = STARTS[name].label if name in STARTS else OPTIMIZERS[name].label
    return {"en": plain, "ja": plain}


def gather(study: Path) -> Facts:
    """Return what the tables and verdicts in a folder say."""
    runs, cells, limits = (read_table(study / f"{name}.csv") for name in ("runs", "cells", "limits"))
    verdicts, article = read_json(study / "verdicts.json"), read_settings(study / "settings.json")
    rate = article.autograd_learning_rate
    by_gd = {"optimizer": "gd", "schedule": "constant", "precision": main_precision(cells["precision"])}
    autograd = select(cells, **by_gd, start="normal", learning_rate=rate).iloc[0]
    gd_limits = select(limits, optimizer="gd").set_index("start")
    return Facts(
        seeds=verdicts["seeds"],
        article=article,
        hypotheses={hypothesis["id"]: hypothesis for hypothesis in verdicts["hypotheses"]},
        claims={name: claim["verdict"] for name, claim in verdicts["claims"].items()},
        band=verdicts["band"],
        limit={start: format_estimate(row, "limit") for start, row in gd_limits.iterrows()},
        limit_x_sharpness={start: format_estimate(row, "limit_x_sharpness") for start, row in gd_limits.iterrows()},
        rate_x_sharpness={start: short(rate * sharpness) for start, sharpness in gd_limits["sharpness"].items()},
        limit_ratio=short(gd_limits["limit"]["linear"] / gd_limits["limit"]["normal"]),
        spike={name: short(autograd[f"spike_{name}"]) for name in ("height", "epoch") if autograd["spike_epoch"] >= 0},
        left_out=left_out(runs),
        of_trials=bool((runs["seed"] < TRIALS).any()),
    )
