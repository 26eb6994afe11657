"""What config/hypotheses.yaml may state: hypotheses by their measures, the rule for the published curves, claims.

The Snakefile checks the file before anything runs, on machines that may have Snakemake alone: this imports pydantic and
YAML, but no NumPy.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Generic, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, ValidationError, model_validator
from pydantic_core import core_schema

from kotohajime.config import Article, Number
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.images.starts import NOISE_INITS, TEACHER_INITS, TEACHER_RATES, VARIANTS
from kotohajime.mistakes import sentence
from kotohajime.text import FAILS, HOLDS

RATES = [*(name for name in Article.model_fields if name.endswith("learning_rate")), "as_momentum", "best"]
Run = Literal["manual", "autograd", "halved", "module"]  # halved: the autograd run with half its learning rate
Name = TypeVar("Name")  # of a measure
Networks = TypeVar("Networks")


def one_of(values: Iterable[object]) -> GetPydanticSchema:
    """Return the type of these values: `Literal` for what is known only at run time."""
    return GetPydanticSchema(lambda *_: core_schema.literal_schema([*values]))


class Strict(BaseModel):
    """A part of the file; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Setup(Strict):
    """An initialisation and an optimiser of the study."""

    start: Annotated[str, one_of(STARTS)]
    optimizer: Annotated[str, one_of(OPTIMIZERS)]


class NamedCell(Setup):
    """A cell of the study, its learning rate by name."""

    schedule: Literal["constant", "notebook", "intended"] = "constant"
    learning_rate: Annotated[str, one_of(RATES)]
    precision: Literal["float32", "float64"] | None = None


class Learner(Strict):
    """An initialisation, in one of its scales, of networks that learn images."""

    start: Annotated[str, one_of(VARIANTS)]
    scale: Number = 1.0

    @model_validator(mode="after")
    def _is_trained(self) -> Self:
        scales = VARIANTS[self.start].scales
        if self.scale not in scales:
            raise ValueError(f"{self.start} is trained at scale {', '.join(map(str, scales))}, not at {self.scale:g}")
        return self


class NoiseLearner(Learner):
    """An initialisation of networks that learn noise."""

    start: Annotated[str, one_of(NOISE_INITS)]


class Student(Strict):
    """An initialisation of networks that learn from a teacher, and their learning rate in units of 1 / sharpness."""

    start: Annotated[str, one_of(TEACHER_INITS)]
    c: Annotated[float, one_of(TEACHER_RATES)]


class Range(Strict):
    """Where the whole interval has to lie; one of the ends may be absent."""

    above: Number | None = None
    below: Number | None = None

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("it has no end; give above, below or both")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError(f"nothing is above {self.above:g} and below {self.below:g}")
        return self


class ShareRange(Range):
    """The range of a share, which lies between 0 and 1."""

    above: Annotated[Number, Field(ge=0, lt=1)] | None = None
    below: Annotated[Number, Field(gt=0, le=1)] | None = None


class Statement(Strict):
    """What every hypothesis has."""

    id: Annotated[str, Field(pattern="^[a-z0-9_]+$")]
    says: Annotated[str, Field(min_length=1)]
    ja: Annotated[str, Field(min_length=1)] | None = None  # `says` in Japanese


class Ratio(Statement, Generic[Name, Networks]):
    """A ratio of two kinds of networks, as log10."""

    measure: Name
    of: Networks
    to: Networks
    range: Range


class Race(Statement):
    """An epoch at which one of the article's runs is ahead of another."""

    measure: Literal["overtakes_at", "arrives_at"]
    of: Run
    to: Run
    range: Range


class Share(Statement, Generic[Name, Networks]):
    """A share of the networks of one kind, or of what they are tested on."""

    measure: Name
    of: Networks
    range: ShareRange


class Growth(Statement):
    """The power of the initial scale with which the test error grows, from a scale to 1."""

    measure: Literal["test_growth"]
    above_scale: Annotated[Number, Field(gt=0, le=max(VARIANTS["scaled"].scales))]
    range: Range


Hypothesis = Annotated[
    Ratio[Literal["loss_ratio"], NamedCell]
    | Ratio[Literal["limit_ratio"], Setup]
    | Ratio[Literal["test_ratio"], Learner]
    | Ratio[Literal["epochs_ratio", "usable_ratio"], NoiseLearner]
    | Ratio[Literal["teacher_ratio"], Student]
    | Share[Literal["share_diverged", "share_spiked"], NamedCell]
    | Share[Literal["test_accuracy"], Learner]
    | Growth
    | Race,
    Field(discriminator="measure"),
]


class Band(Strict):
    """The rule for the published curves."""

    least_p: Annotated[Number, Field(gt=0, lt=1)]


class Rule(Strict):
    """The verdicts on hypotheses, by id, that a claim of the article needs."""

    needs: Annotated[dict[str, Annotated[str, one_of([HOLDS, FAILS])]], Field(min_length=1)]


class Claims(Strict):
    """The claims of the article that the study decides."""

    init_is_why: Rule
    init_matters: Rule
    module_better: Rule


class Stated(Strict):
    """The whole file."""

    hypotheses: list[Hypothesis]
    band: Band
    claims: Claims

    @model_validator(mode="after")
    def _ids_agree(self) -> Self:
        ids = [hypothesis.id for hypothesis in self.hypotheses]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"hypotheses: several have the id {', '.join(repeated)}")
        needed = {name for _, rule in self.claims for name in rule.needs}
        if unknown := sorted(needed - set(ids)):
            raise ValueError(f"claims: no hypothesis has the id {', '.join(unknown)}")
        return self


def load(path: Path) -> Stated:
    """Read a file; OSError if that fails, ValueError with all mistakes in it, a line each."""
    return parse(path.read_bytes(), str(path))


def parse(content: bytes, name: str) -> Stated:
    """Check the content of a file of this name; ValueError with all mistakes in it, a line each."""
    try:
        values = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{name} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return Stated.model_validate(values)
    except ValidationError as error:
        lines = [
            sentence({**details, "loc": locate(details["loc"], values)}, keys(Strict).difference(details["loc"]))
            for details in error.errors()
        ]
        raise ValueError("\n".join(f"{name}: {line}" for line in lines)) from error


def locate(location: Sequence[str | int], values: dict) -> Sequence[str | int]:
    """Return pydantic's location of a mistake, with a hypothesis's id instead of its index and measure."""
    if location[:1] != ("hypotheses",) or len(location) < 2:
        return location
    number = int(location[1])
    hypothesis = values["hypotheses"][number]
    name = hypothesis.get("id") if isinstance(hypothesis, dict) else None
    return name or f"hypothesis {number + 1}", *location[3:]


def keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a model and of those that extend it."""
    return set(model.model_fields).union(*map(keys, model.__subclasses__()))
