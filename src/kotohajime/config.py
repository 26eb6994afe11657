"""Every number of the article and of the study, declared once: type, limits, default, unit, where it comes from.

A field's name is its key in config/config.yaml and, with dashes, the flag of every command that takes it. `Config` is
the whole file; the smaller models are the parts that single commands take.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from kotohajime.mistakes import sentences


def increasing(values: tuple[float, ...]) -> tuple[float, ...]:
    """Return the values; ValueError if one is not larger than the one before."""
    for before, after in pairwise(values):
        if before >= after:
            raise ValueError(f"the values have to increase, and {after:g} follows {before:g}")
    return values


def number(default: object, what: str, unit: str = "", source: str = "") -> Any:
    """Declare a field: its default, what it is, its unit, and where the default comes from."""
    return Field(default, description=what, json_schema_extra={"unit": unit, "source": source})


Number = Annotated[float, Field(allow_inf_nan=False)]
SeedNumber = Annotated[int, Field(ge=0, le=2**63 - 1)]
Size = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Rate = Annotated[Number, Field(gt=0, le=1000)]
Rates = Annotated[tuple[Rate, ...], Field(min_length=1, max_length=1000), AfterValidator(increasing)]


class Part(BaseModel):
    """Numbers that go together; a command takes each as a flag."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation is not bool:
            raise ValueError("true and false are no value here")
        return value


class Seed(Part):
    """The seed of the article's runs."""

    seed: SeedNumber = number(
        20180429, "where the random generators start", source="the day the article appeared; it set none"
    )


class Device(Part):
    """Where to train."""

    device: Literal["auto", "cpu", "cuda"] = number(
        "auto", "where to train; auto takes the GPU when there is one", source="the article ran on a CPU"
    )


class Precision(Part):
    """The format of the numbers."""

    precision: Literal["float32", "float64"] = number(
        "float32", "of all numbers in the trainings", source="torch.float in the article"
    )


class Threads(Part):
    """How many threads a training has: always one in the workflow, so that no number of cores changes a bit."""

    threads: Annotated[int, Field(ge=1, le=256)] = number(1, "CPU threads of one training")


class Compute(Threads, Precision, Device):
    """Where and in what precision to compute."""


class Hidden(Part):
    """The size of the hidden layer."""

    hidden_dim: Size = number(1000, "size of the hidden layer", "units")


class Sizes(Hidden):
    """The problem: noise to be fitted, x ~ N(0, 1) and y ~ N(0, 1)."""

    batch_size: Size = number(100, "size of the batch; every update uses all of it", "samples")
    input_dim: Size = number(100, "size of x", "numbers per sample")
    output_dim: Size = number(10, "size of y", "numbers per sample", "the article's code; its text says 1")


class Epochs(Part):
    """The length of each training."""

    epochs: Count = number(1000, "length of each training", "updates")


class Training(Epochs, Compute):
    """What the three trainings have in common."""


class ManualRate(Part):
    """The manual run's learning rate, and how often it halves."""

    manual_learning_rate: Rate = number(
        2.0e-6, "learning rate of the first update", source="the notebook; not in the post"
    )
    manual_halve_every: Count = number(200, "time between two halvings of the rate", "epochs")


class Manual(ManualRate):
    """The manual run: gradient descent from N(0, 1), with a rate that halves."""

    manual_halve_at_start: bool = number(
        True, "halve after epoch 0 too", source="the notebook's loop does, by accident; false takes that away"
    )


class Autograd(Part):
    """The autograd run ("naive update" in the figure): gradient descent from N(0, 1)."""

    autograd_learning_rate: Rate = number(1.0e-6, "learning rate of every update")


class Momentum(Part):
    """The momentum of the module run."""

    module_momentum: Annotated[Number, Field(ge=0, lt=1)] = number(
        0.8, "the share of the last step that the next one keeps"
    )


class ModuleRate(Momentum):
    """The module run's learning rate and momentum."""

    module_learning_rate: Rate = number(1.0e-5, "learning rate of every update")


class Module(ModuleRate):
    """The module run ("SGD with Nesterov and momentum"): torch.optim.SGD from nn.Linear's default weights."""

    module_weight_decay: Annotated[Number, Field(ge=0, le=1)] = number(
        1.0e-8, "the factor of the weights that is added to their gradient"
    )
    module_nesterov: bool = number(
        True, "take the gradient's step ahead of the momentum's, which needs a momentum above 0"
    )

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.module_nesterov and self.module_momentum == 0:
            raise ValueError("module_momentum has to be above 0 (module_nesterov needs it)")
        return self


class Lessons(Module, Autograd, Manual, Epochs):
    """What the article's three runs take."""


class Article(ModuleRate, Autograd, ManualRate, Momentum, Epochs):
    """What the study takes over from the article's three runs; not weight decay, whose effect is below rounding."""


class Study(Part):
    """The study: for each seed a network from every initialisation, with every optimiser, at every learning rate."""

    study_first_seed: Annotated[int, Field(ge=0, le=10**9)] = number(
        200, "the first of them", source="0 to 199 were in trials, from which the hypotheses came"
    )
    study_seeds: Count = number(8, "how many; the full study takes 256", "seeds")
    study_band_seeds: Count = number(
        40, "how many for the article's three runs, to judge the curves of 2018; under 20 decide nothing", "seeds"
    )
    study_seeds_per_shard: Count = number(2, "size of one job; no result depends on it", "seeds")


class Grid(Part):
    """The learning rates that the study tries with every initialisation and optimiser."""

    study_learning_rates: Rates = number(
        (1e-8, 2e-8, 5e-8, 1e-7, 2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3),
        "learning rates to try, increasing; the article's are added",
    )


IMAGES = {"digits": 1797, "mnist": 20_000, "fashion_mnist": 20_000}  # how many there are, or are taken of more


class Dataset(Part):
    """Which images the networks learn."""

    images_dataset: Literal["digits", "mnist", "fashion_mnist"] = number(
        "digits", "which ones; all but digits have to be downloaded", source="digits come with scikit-learn"
    )


class Images(Dataset):
    """What a good start buys: for each of the study's seeds a network from every initialisation learns real images."""

    images_train: Size = number(200, "how many to train on", "images")
    images_test: Size = number(1000, "how many to test on", "images")
    images_epochs: Count = number(20_000, "the longest training; one ends when its error falls below 0.01", "updates")

    @model_validator(mode="after")
    def _there_are_as_many(self) -> Self:
        there = IMAGES[self.images_dataset]
        if self.images_train + self.images_test > there:
            raise ValueError(
                f"images_train and images_test: {self.images_train} + {self.images_test} are more than the {there} "
                f"images of {self.images_dataset}"
            )
        return self


class Map(Part):
    """The trainability map: the article's network at many initial scales and learning rates."""

    map_points: Annotated[int, Field(ge=2, le=1000)] = number(28, "how many scales, and how many rates")
    map_epochs: Count = number(200, "length of each training", "updates")


class FirstSeed(Part):
    """The first seed of a job; the workflow chooses it."""

    first_seed: SeedNumber = number(0, "the first of them")


class Shard(FirstSeed):
    """The seeds of one job of the study; the workflow chooses them."""

    seeds: Count = number(2, "how many, one after another", "seeds")

    @property
    def all_seeds(self) -> range:
        """Return the seeds."""
        return range(self.first_seed, self.first_seed + self.seeds)


class Config(Map, Images, Grid, Study, Module, Autograd, Manual, Epochs, Sizes, Precision, Device, Seed):
    """The whole config."""

    def flags(self, *parts: type[Part] | Part) -> str:
        """Return parts as a command takes them, `--epochs 1000 --no-module-nesterov`: this config's, or as they are."""
        values: dict[str, object] = {}
        for part in parts:
            if isinstance(part, Part):
                values |= dict(part)
            else:
                values |= {name: getattr(self, name, default) for name, default in part()}
        return " ".join(as_flag(name.replace("_", "-"), value) for name, value in values.items())


def load(values: Mapping[str, object]) -> Config:
    """Return the checked config; ValueError with a line for each mistake."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        lines = sentences(error, Config.model_fields)
        raise ValueError("\n".join(["The config cannot be used:", *lines])) from None


# In the order of config/config.yaml.
PARTS: tuple[type[Part], ...] = tuple(part for part in Config.__bases__[::-1] if issubclass(part, Part))


def as_flag(name: str, value: object) -> str:
    """Return one value as a command takes it."""
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"
