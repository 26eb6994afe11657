"""Every number of the article and of the study, declared once: type, limits, default, unit, where it comes from.

From here come the check of the config, the flags of the commands, config/config.yaml and config/README.md. A key of the
config is its group's prefix and the field's name: `manual_learning_rate` is `Manual.learning_rate`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from cyclopts import Parameter
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError


def read(value: object) -> object:
    """Return a text as a person reads it: 010 is ten, 1e-6 a number, yes and 1:40 are text; leave all else alone."""
    if not isinstance(value, str):
        return value
    if value in ("", "~", "null"):
        return None
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for number in (int, float):
        try:
            return number(value)
        except ValueError:
            continue
    return value


def increasing(values: tuple[float, ...]) -> tuple[float, ...]:
    """Return the values; an error names the first that is not larger than the one before."""
    for place, (before, after) in enumerate(pairwise(values), 1):
        if before >= after:
            raise PydanticCustomError("not_increasing", "not increasing", {"place": place})
    return values


def number(default: object, what: str, unit: str = "", source: str = "") -> FieldInfo:
    """Declare a field: its default, what it is, its unit, and where the default comes from."""
    return Field(default, description=what, json_schema_extra={"unit": unit, "source": source})


Whole = Annotated[int, Strict(), BeforeValidator(read)]
Number = Annotated[float, Strict(), BeforeValidator(read), Field(allow_inf_nan=False)]
Truth = Annotated[bool, Strict(), BeforeValidator(read)]
Seed = Annotated[Whole, Field(ge=0, le=2**63 - 1)]
Size = Annotated[Whole, Field(ge=1, le=10_000)]
Count = Annotated[Whole, Field(ge=1, le=1_000_000)]
Rate = Annotated[Number, Field(gt=0, le=1000)]
Rates = Annotated[
    tuple[Rate, ...],
    Field(min_length=1, max_length=1000),
    AfterValidator(increasing),
    Parameter(consume_multiple=True, negative=""),
]


@Parameter(name="*")
class Group(BaseModel):
    """Numbers that go together; a command takes each as a flag."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    prefix: ClassVar[str] = ""


class Seeded(Group):
    """The seed of the article's runs."""

    seed: Seed = number(
        20180429, "where the random generators start", source="the day the article appeared; it set none"
    )


class OnDevice(Group):
    """Where to train."""

    device: Literal["auto", "cpu", "cuda"] = number("auto", "where to train; auto takes the GPU when there is one",
                                                    source="the article ran on a CPU")  # fmt: skip


class InPrecision(Group):
    """The format of the numbers."""

    precision: Literal["float32", "float64"] = number("float32", "of all numbers in the trainings",
                                                      source="torch.float in the article")  # fmt: skip


class OnThreads(Group):
    """How many threads a training has: always one in the workflow, so that no number of cores changes a bit."""

    threads: Annotated[Whole, Field(ge=1, le=256)] = number(1, "CPU threads of one training")


class Place(OnThreads, InPrecision, OnDevice):
    """Where and in what precision to compute."""


class Sizes(Group):
    """The problem: noise to be fitted, x ~ N(0, 1) and y ~ N(0, 1)."""

    batch_size: Size = number(100, "size of the batch; every update uses all of it", "samples")
    input_dim: Size = number(100, "size of x", "numbers per sample")
    hidden_dim: Size = number(1000, "size of the hidden layer", "units")
    output_dim: Size = number(10, "size of y", "numbers per sample", "the article's code; its text says 1")


class Epochs(Group):
    """The length of each training."""

    epochs: Count = number(1000, "length of each training", "updates")


class Training(Epochs, Place):
    """What the three trainings have in common."""


class Manual(Group):
    """The manual run: gradient descent from N(0, 1), with a rate that halves."""

    prefix: ClassVar[str] = "manual_"
    learning_rate: Rate = number(2.0e-6, "learning rate of the first update", source="the notebook; not in the post")
    halve_every: Count = number(200, "time between two halvings of the rate", "epochs")
    halve_at_start: Truth = number(
        True, "halve after epoch 0 too", source="the notebook's loop does, by accident; false takes that away"
    )


class Autograd(Group):
    """The autograd run ("naive update" in the figure): gradient descent from N(0, 1)."""

    prefix: ClassVar[str] = "autograd_"
    learning_rate: Rate = number(1.0e-6, "learning rate of every update")


class Module(Group):
    """The module run ("SGD with Nesterov and momentum"): torch.optim.SGD from nn.Linear's default start."""

    prefix: ClassVar[str] = "module_"
    learning_rate: Rate = number(1.0e-5, "learning rate of every update")
    momentum: Annotated[Number, Field(ge=0, lt=1)] = number(0.8, "the share of the last step that the next one keeps")
    weight_decay: Annotated[Number, Field(ge=0, le=1)] = number(
        1.0e-8, "the factor of the weights that is added to their gradient"
    )
    nesterov: Truth = number(True, "take the gradient's step ahead of the momentum's, which needs a momentum above 0")

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> "Module":
        if self.nesterov and self.momentum == 0:
            raise PydanticCustomError(
                "needed", "a number above 0 and below 1", {"key": "momentum", "found": self.momentum, "by": "nesterov"}
            )
        return self


class Study(Group):
    """The study: for each seed a network from every start, with every optimiser, at every rate."""

    prefix: ClassVar[str] = "study_"
    first_seed: Annotated[Whole, Field(ge=0, le=10**9)] = number(
        200, "the first of them", source="0 to 199 were in trials, from which the hypotheses came"
    )
    seeds: Count = number(8, "how many; the full study takes 256", "seeds")
    band_seeds: Count = number(
        40, "how many for the article's three runs, to judge the curves of 2018; under 20 decide nothing", "seeds"
    )
    seeds_per_shard: Count = number(2, "size of one job; no result depends on it", "seeds")


class Grid(Group):
    """The learning rates that the study tries with every start and optimiser."""

    prefix: ClassVar[str] = "study_"
    learning_rates: Rates = number(
        (1e-8, 2e-8, 5e-8, 1e-7, 2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3),
        "learning rates to try, increasing; the article's are added",
    )


IMAGES = {"digits": 1797, "mnist": 20_000, "fashion_mnist": 20_000}  # there are, or the first of more that are taken


class Dataset(Group):
    """Which images the networks learn."""

    prefix: ClassVar[str] = "images_"
    dataset: Literal[tuple(IMAGES)] = number(
        "digits", "which ones; all but digits have to be downloaded", source="digits come with scikit-learn"
    )


class Images(Dataset):
    """What a good start buys: for each of the study's seeds a network from every start learns real images."""

    train: Size = number(200, "how many to train on", "images")
    test: Size = number(1000, "how many to test on", "images")
    epochs: Count = number(20_000, "the longest training; one ends when its error falls below 0.01", "updates")

    @model_validator(mode="after")
    def _there_are_as_many(self) -> "Images":
        there = IMAGES[self.dataset]
        if self.train + self.test > there:
            key, by = ("test", "train") if self.train < there else ("train", "test")
            room = there - (self.train if key == "test" else 1)
            raise PydanticCustomError(
                "needed", f"of {there} images at most {room}", {"key": key, "found": getattr(self, key), "by": by}
            )
        return self


class Map(Group):
    """The trainability map: the article's network at many start scales and learning rates."""

    prefix: ClassVar[str] = "map_"
    points: Annotated[Whole, Field(ge=2, le=1000)] = number(28, "how many scales, and how many rates")
    epochs: Count = number(200, "length of each training", "updates")


class FirstSeed(Group):
    """The first seed of a job; the workflow chooses it."""

    first_seed: Seed = number(0, "the first of them")


class Shard(FirstSeed):
    """The seeds of one job of the study; the workflow chooses them."""

    seeds: Count = number(2, "how many, one after another", "seeds")


# The config's.
GROUPS = [Seeded, OnDevice, InPrecision, Sizes, Epochs, Manual, Autograd, Module, Study, Grid, Images, Map]
KEYS = {group.prefix + name: field for group in GROUPS for name, field in group.model_fields.items()}


def take(*keys: str) -> type[Group]:
    """Return a group of some keys under their full names: what one part of the project takes over from others."""
    return create_model("Taken", __base__=Group, **{key: (KEYS[key].annotation, KEYS[key]) for key in keys})


class Hidden(take("hidden_dim")):
    """The size of the hidden layer."""


class Marked(take("manual_learning_rate", "autograd_learning_rate", "module_learning_rate", "module_momentum")):
    """The rates and the momentum of the article's runs, to be marked in a picture."""


class Lessons(
    take("epochs", "manual_learning_rate", "manual_halve_every", "manual_halve_at_start", "autograd_learning_rate",
         "module_learning_rate", "module_momentum", "module_weight_decay", "module_nesterov")
):  # fmt: skip
    """What the three lessons take, under the names that it has in the config."""


class Momentum(take("module_momentum")):
    """The momentum of the module run."""


class Settings:
    """The whole config, checked."""

    def __init__(self, values: Mapping[str, object]) -> None:
        """Take the values of some keys; the others have their defaults."""
        self.values = {key: values.get(key, field.default) for key, field in KEYS.items()}

    def of(self, group: type[Group]) -> Group:
        """Return a group with this config's values."""
        values = {
            name: self.values.get(group.prefix + name, field.default) for name, field in group.model_fields.items()
        }
        return group(**values)

    def flags(self, *groups: type[Group]) -> str:
        """Return groups as a command takes them: `--epochs 1000 --no-nesterov`."""
        return as_flags(*map(self.of, groups))


def as_flags(*groups: Group) -> str:
    """Return the values of groups as a command takes them."""
    return " ".join(as_flag(name.replace("_", "-"), value) for group in groups for name, value in group)


def as_flag(name: str, value: object) -> str:
    """Return one value as a command takes it."""
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"
