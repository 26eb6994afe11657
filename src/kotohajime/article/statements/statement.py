"""What a statement is: its text, what today's torch does with it, and the verdict on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kotohajime.files import read_csv, read_json, read_npz
from kotohajime.words import FAILS, HOLDS

CHANGED = "changed since 2018"


@dataclass
class Evidence:
    """What the statements are judged by: the results of the rules before."""

    problem: dict[str, np.ndarray]
    autograd: dict[str, np.ndarray]
    module: dict[str, np.ndarray]
    checks: dict
    study: dict

    @classmethod
    def read(cls, folder: Path) -> "Evidence":
        """Read the results; UserError names what is missing or damaged."""
        losses = {name: read_csv(folder / f"train_{name}" / "losses.csv") for name in ("autograd", "module")}
        return cls(read_npz(folder / "problem.npz"), **losses, checks=read_json(folder / "checks.json"),
                   study=read_json(folder / "study" / "verdicts.json"))  # fmt: skip

    def hypothesis(self, name: str) -> dict:
        """Return what the study found of one of its hypotheses."""
        return next(hypothesis for hypothesis in self.study["hypotheses"] if hypothesis["id"] == name)


class Judgement(NamedTuple):
    """A verdict and the sentence it rests on."""

    verdict: str
    evidence: str


@dataclass(frozen=True)
class Statement:
    """A statement of the article."""

    judge: Callable[[Evidence], Judgement]
    observations: Mapping[str, Callable[[], object]]  # by their names in checks.json; each makes JSON, with torch

    @property
    def id(self) -> str:
        """Return the judge's name."""
        return self.judge.__name__

    def told(self, found: Evidence) -> dict[str, str]:
        """Return id, statement (the judge's docstring), verdict and evidence."""
        return {"id": self.id, "statement": self.judge.__doc__, **self.judge(found)._asdict()}


def statement(**observations: Callable[[], object]) -> Callable[[Callable], Statement]:
    """Make a statement of its judge, whose docstring is the statement's text, and of what it needs observed."""
    return lambda judge: Statement(judge, observations)


def judge(true: bool, evidence: str) -> Judgement:
    """Return the verdict on a statement that is plainly true or not."""
    return Judgement(HOLDS if true else FAILS, evidence)
