"""What config/hypotheses.yaml may state: hypotheses by their measures, the band's rule, the rules of the statements."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kotohajime.config import Number
from kotohajime.study.cells import Article, Cell, as_momentum
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.images.starts import CATAPULTS, ON_NOISE, TAUGHT, VARIANTS
from kotohajime.text import FAILS, HOLDS

RATES = (*(name for name in Article.model_fields if name.endswith("learning_rate")), "as_momentum", "best")
ALWAYS = Article().cells([])  # those that are trained whatever the grid of rates

Decided = Literal[HOLDS, FAILS]


def rates(article: Article) -> dict[str, float]:
    """Return the numbers of the article by name, and among them each learning rate but `best`."""
    return {**article.model_dump(), "as_momentum": as_momentum(article.module_learning_rate, article.module_momentum)}


def refused(why: str) -> PydanticCustomError:
    """Return the error of a value whose parts do not go together."""
    return PydanticCustomError("refused", "{why}", {"why": why})


class Strict(BaseModel):
    """A part of the file: a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(Strict):
    """A start and an optimiser."""

    start: Literal[tuple(STARTS)]
    optimizer: Literal[tuple(OPTIMIZERS)]


class NamedCell(Kind):
    """A cell of the study, its learning rate by name."""

    schedule: Literal["constant", "notebook", "intended"] = "constant"
    learning_rate: Literal[RATES]
    precision: Literal["float32", "float64"] = Field(None)

    @model_validator(mode="after")
    def _is_trained(self) -> "NamedCell":
        if not any(self.may_be(cell) for cell in ALWAYS):
            raise refused(
                f"the study does not always train that. With schedule {self.schedule} it trains {those(self)}"
            )
        return self

    def may_be(self, cell: Cell) -> bool:
        """Tell whether this names a cell."""
        rate = cell.learning_rate if self.learning_rate == "best" else rates(Article())[self.learning_rate]
        return cell == (self.start, self.optimizer, self.schedule, rate)


def those(named: NamedCell) -> str:
    """Return which networks the study always trains by a schedule."""
    names = {rate: name for name, rate in rates(Article()).items()}
    found: dict[str, list[str]] = {}
    for cell in ALWAYS:
        if cell.schedule == named.schedule:
            found.setdefault(f"{cell.start} with {cell.optimizer}", []).append(names[cell.learning_rate])
    return "; ".join(f"{kind} at {', '.join(own)} or best" for kind, own in found.items())


class Range(Strict):
    """Where the whole interval has to lie; one of the ends may be absent."""

    above: Number = Field(None)
    below: Number = Field(None)

    @model_validator(mode="after")
    def _can_be_met(self) -> "Range":
        if self.above is None and self.below is None:
            raise refused("it has no end. Give above, below or both")
        if None not in (self.above, self.below) and self.above >= self.below:
            raise refused(f"nothing is above {self.above:g} and below {self.below:g}")
        return self


class ShareRange(Range):
    """The same of a share, which lies between 0 and 1."""

    above: Annotated[Number, Field(ge=0, lt=1)] = Field(None)
    below: Annotated[Number, Field(gt=0, le=1)] = Field(None)


class Hypothesis(Strict):
    """What every hypothesis has; its measure says what else."""

    id: Annotated[str, Field(pattern="^[a-z0-9_]+$")]
    says: Annotated[str, Field(min_length=1)]
    ja: Annotated[str, Field(min_length=1)] = Field(None)  # the same in Japanese
    measure: str


class OfLossRatio(Hypothesis):
    """The final losses of two cells, compared."""

    measure: Literal["loss_ratio"]
    of: NamedCell
    to: NamedCell
    range: Range


class OfShare(Hypothesis):
    """The share of a cell's networks of which something is true."""

    measure: Literal["share_diverged", "share_spiked"]
    of: NamedCell
    range: ShareRange


class OfLimitRatio(Hypothesis):
    """The stability thresholds of two starts and optimisers, compared."""

    measure: Literal["limit_ratio"]
    of: Kind
    to: Kind
    range: Range


class NamedVariant(Strict):
    """A start of those that are compared on images and by their speed, in one of its sizes."""

    start: Literal[tuple(VARIANTS)]
    scale: Number = Field(1.0)

    @model_validator(mode="after")
    def _is_trained(self) -> "NamedVariant":
        if self.scale not in VARIANTS[self.start].sizes:
            sizes = ", ".join(f"{size:g}" for size in VARIANTS[self.start].sizes)
            raise refused(f"{self.start} is trained at scale {sizes}, not at {self.scale:g}")
        return self


class OfAccuracy(Hypothesis):
    """The share of test images that networks from a start take for what they are."""

    measure: Literal["test_accuracy"]
    of: NamedVariant
    range: ShareRange


class OfGrowth(Hypothesis):
    """The power of the start's scale with which the test error grows, from a scale to 1."""

    measure: Literal["test_growth"]
    above_scale: Annotated[Number, Field(gt=0, lt=1)]
    range: Range

    @model_validator(mode="after")
    def _some_are_trained(self) -> "OfGrowth":
        if self.above_scale > max(VARIANTS["scaled"].sizes):
            raise refused(f"above_scale: no start is trained between {self.above_scale:g} and 1")
        return self


class OfVariants(Hypothesis):
    """Two starts, compared."""

    measure: Literal["test_ratio", "epochs_ratio", "usable_ratio"]
    of: NamedVariant
    to: NamedVariant
    range: Range

    @model_validator(mode="after")
    def _both_are_trained(self) -> "OfVariants":
        for one in (self.of, self.to):
            if self.measure != "test_ratio" and one.start not in ON_NOISE:
                raise refused(f"{one.start} is not trained on noise; {', '.join(ON_NOISE)} are")
        return self


class Student(Strict):
    """A start that learns from a teacher, and its rate of gradient descent in units of 1 / sharpness."""

    start: Literal[TAUGHT]
    c: Number

    @model_validator(mode="after")
    def _is_trained(self) -> "Student":
        if self.c not in CATAPULTS:
            raise refused(f"c is one of {', '.join(f'{c:g}' for c in CATAPULTS)}, not {self.c:g}")
        return self


class OfTeacher(Hypothesis):
    """The test errors of two that learned from a teacher, compared."""

    measure: Literal["teacher_ratio"]
    of: Student
    to: Student
    range: Range


FORMS = {measure: form for form in (OfLossRatio, OfShare, OfLimitRatio, OfAccuracy, OfGrowth, OfVariants, OfTeacher)
         for measure in get_args(form.model_fields["measure"].annotation)}  # fmt: skip


class OfUnknownMeasure(Hypothesis):
    """What can be checked without knowing the measure."""

    model_config = ConfigDict(extra="ignore")
    measure: Literal[tuple(FORMS)]


class Band(Strict):
    """The rule for the published curves."""

    least_p: Annotated[Number, Field(gt=0, lt=1)]


class Rule(Strict):
    """The verdicts on hypotheses, by id, that a statement of the article needs."""

    needs: Annotated[dict[str, Decided], Field(min_length=1)]


class Claims(Strict):
    """The statements of the article that the study decides."""

    init_is_why: Rule
    init_matters: Rule
    module_better: Rule


class Stated(Strict):
    """The whole file; its hypotheses are read one by one, by their measures."""

    hypotheses: list
    band: Band
    claims: Claims
