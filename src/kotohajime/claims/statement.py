"""What a statement is: its text, what today's torch does with it, the verdict on it, and the line to write now."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from kotohajime.article.prompt import execute
from kotohajime.io import read_csv, read_json, read_npz
from kotohajime.text import FAILS, HOLDS, Both, in_japanese


@dataclass
class Evidence:
    """What the statements are judged by: the results of the rules before."""

    problem: dict[str, np.ndarray]
    autograd: dict[str, np.ndarray]
    module: dict[str, np.ndarray]
    checks: dict[str, dict]  # by statement: what was observed
    study: dict

    @classmethod
    def read(cls, folder: Path) -> "Evidence":
        """Read the results; UserError names what is missing or damaged."""
        losses = {name: read_csv(folder / f"train_{name}" / "losses.csv", ["loss"]) for name in ("autograd", "module")}
        problem = read_npz(folder / "problem.npz", ["x", "y", "w1", "w2"])
        return cls(problem, **losses, checks=read_json(folder / "checks.json"),
                   study=read_json(folder / "study" / "verdicts.json"))  # fmt: skip

    def hypothesis(self, name: str) -> dict:
        """Return what the study found of one of its hypotheses."""
        return next(hypothesis for hypothesis in self.study["hypotheses"] if hypothesis["id"] == name)


class Judgement(NamedTuple):
    """A verdict and the sentence it rests on, in English and in Japanese."""

    verdict: str
    evidence: str
    japanese: str


@dataclass(frozen=True)
class Line:
    """A line as the article writes it, and the one to write now."""

    article: str
    now: str
    setup: str = ""

    def run(self) -> dict[str, str]:
        """Run both, each at a prompt of its own, after `setup`; return them with what they print or raise."""
        told = {"setup": self.setup}
        for name, code in (("article", self.article), ("now", self.now)):
            names = {"torch": torch, "np": np}
            execute(self.setup or "None", names)
            told |= {name: code, f"{name}_gives": execute(code, names)[1]}
        return told


@dataclass(frozen=True)
class Statement:
    """A statement of the article."""

    title: Both
    judge: Callable[[Evidence], Judgement]
    observations: Mapping[str, Callable[[], object] | str]  # makers of what JSON can hold; code is run at a prompt
    lines: list[Line] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the judge's name."""
        return self.judge.__name__

    def observe(self) -> dict[str, object]:
        """Make every observation, from one seed; pieces of code share their names, one after another."""
        torch.manual_seed(0)
        names = {"torch": torch, "np": np}
        seen = {name: execute(see, names)[1] if isinstance(see, str) else see()
                for name, see in self.observations.items()}  # fmt: skip
        return {**seen, "lines": [line.run() for line in self.lines]}

    @property
    def says(self) -> Both:
        """Return the statement, in our words: the judge's docstring, a paragraph in English and one in Japanese."""
        english, japanese = (" ".join(part.split()) for part in inspect.cleandoc(self.judge.__doc__).split("\n\n"))
        return english, japanese

    def told(self, found: Evidence) -> dict[str, object]:
        """Return id, title, statement, verdict, evidence and today's lines, and what of it is said in Japanese."""
        (title, title_ja), (says, says_ja), judged = self.title, self.says, self.judge(found)
        return {
            "id": self.id, "title": title, "statement": says, "verdict": judged.verdict, "evidence": judged.evidence,
            "japanese": {"title": title_ja, "statement": says_ja, "evidence": in_japanese(judged.japanese)},
            "lines": found.checks[self.id]["lines"],
        }  # fmt: skip


def statement(
    title: Both, *lines: Line, **observations: Callable[[], object] | str
) -> Callable[[Callable[[Evidence], Judgement]], Statement]:
    """Make a statement of its title, of what it needs observed, and of its judge, whose docstring is its text."""
    return lambda judge: Statement(title, judge, observations, list(lines))


def judge(true: bool, evidence: str, japanese: str) -> Judgement:
    """Return the verdict on a statement that is plainly true or not."""
    return Judgement(HOLDS if true else FAILS, evidence, japanese)


def brief(outcome: str) -> str:
    """Return the first line of an outcome, without the end of a long one."""
    first = outcome.strip().partition("\n")[0].removesuffix(", but expected one of:")
    return first if len(first) <= 240 else f"{first[:240].rpartition(' ')[0]} ..."
