"""Read config/hypotheses.yaml, and say in sentences what is wrong with it before anything runs."""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from kotohajime.io import UserError, text_of
from kotohajime.refusals import in_words, no_such, parsed, shown
from kotohajime.config import read as as_meant
from kotohajime.hypotheses.rules import FORMS, Decided, Hypothesis, OfUnknownMeasure, Stated

# What the study's pages and the article's statements tell of, and what their words presuppose. A file may state more.
NEEDED = {
    "module_better": "loss_ratio, linear nesterov module_learning_rate / normal gd autograd_learning_rate, below -1",
    "start_alone": "loss_ratio, linear gd autograd_learning_rate / normal gd autograd_learning_rate, below 0",
    "start_is_needed": "share_diverged, normal nesterov module_learning_rate, above 0.5",
    "own_rate": "loss_ratio, normal gd best / linear nesterov module_learning_rate, below 0",
    "limit_gd": "limit_ratio, linear gd / normal gd, above -0.176, below 0.176",
    "momentum_is_rate": "loss_ratio, linear nesterov module_learning_rate / linear gd as_momentum, "
                        "above -0.301, below 0.301",
    "catapult": "share_spiked, normal gd autograd_learning_rate, above 0.5",
    "halving_saves": "share_diverged, normal gd intended manual_learning_rate, above 0.5",
    "halved_is_safe": "share_diverged, normal gd notebook manual_learning_rate, below 0.5",
    "tuned_in_float32": "loss_ratio, linear gd best float32 / normal gd best float32, below 0",
    "tuned_in_float64": "loss_ratio, linear gd best float64 / normal gd best float64, above 0",
    "tuned_speed": "epochs_ratio, linear / normal, below -0.301",
    "images_normal": "test_accuracy, normal, below 0.2",
    "images_linear": "test_accuracy, linear, above 0.9",
    "images_centred": "test_accuracy, centred, above 0.9",
    "alpha_law": "test_growth, 0.3, above 3.8, below 4.2",
    "usable_rates": "usable_ratio, linear / normal, above 0.176",
    "balance": "epochs_ratio, balanced 10 / linear, below -0.699",
    "catapult_tests": "teacher_ratio, linear 3.4 / linear 1, below -0.301",
    "catapult_no_cure": "teacher_ratio, normal 3.4 / linear 1, above 0",
}  # fmt: skip


def read(path: Path) -> Stated:
    """Return what a file states; UserError with all its mistakes."""
    stated, found = mistakes(text_of(path), str(path))
    if found:
        raise UserError("\n".join(found))
    return stated


def mistakes(text: str, name: str) -> tuple[Stated | None, list[str]]:
    """Return what a file states, None if anything is wrong, and one sentence for each mistake."""
    try:
        values, root = parsed(text, name)
    except UserError as error:
        return None, [str(error)]
    stated, found = checked(Stated, values)
    listed = values.get("hypotheses") if isinstance(values, dict) else None
    items = listed if isinstance(listed, list) else []
    hypotheses = []
    for number, item in enumerate(items, 1):
        hypothesis, wrong = checked(form_of(item), item, text_at(item, "id") or f"hypothesis {number}")
        hypotheses.append(hypothesis)
        found += wrong
    found = [*repeated(root), *found]
    if items is listed:
        found += wrong_ids([text_at(item, "id") for item in items], stated)
    found = found or [sentence for hypothesis in hypotheses for sentence in wrong_comparison(hypothesis)]
    if found:
        return None, [" ".join(f"{name}: {sentence}".split()) for sentence in found]
    return stated.model_copy(update={"hypotheses": hypotheses}), []


def text_at(item: object, key: str) -> str:
    """Return the text of a key; none where there is no text."""
    value = item.get(key) if isinstance(item, dict) else None
    return value if isinstance(value, str) else ""


def form_of(item: object) -> type[BaseModel]:
    """Return the form that a hypothesis has to have, by its measure."""
    return FORMS.get(text_at(item, "measure"), OfUnknownMeasure)


def checked(form: type[BaseModel], values: object, of: str = "") -> tuple[BaseModel | None, list[str]]:
    """Return values in their form, None if one is wrong, and for each mistake its place and what is wrong there."""
    try:
        return form.model_validate(values), []
    except ValidationError as error:
        return None, [sentence(form, found, of) for found in error.errors()]


def sentence(form: type[BaseModel], found: Mapping, of: str) -> str:
    """Return where a mistake is, and what is wrong there."""
    place = ", ".join(filter(None, [of, " ".join(map(str, found["loc"]))]))
    return f"{place}: {said(form, found)}" if place else said(form, found)


def said(form: type[BaseModel], found: Mapping) -> str:
    """Return what was found in a place and what is allowed there."""
    if found["type"] == "refused":
        return f"{found['msg']}."
    if found["type"] == "extra_forbidden":
        *outer, name = found["loc"]
        return no_such("key", name, kind_at(form, outer)[0].model_fields)
    kind, limits = kind_at(form, found["loc"])
    if found["type"] == "missing":
        return f"missing. Allowed: {allowed(kind, limits)}."
    options = get_args(kind) if get_origin(kind) is Literal else ()
    near = difflib.get_close_matches(str(found["input"]), options, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"found {shown(as_meant(found['input']))}. Allowed: {allowed(kind, limits)}.{hint}"


def kind_at(form: type, location: Sequence) -> tuple[type, list]:
    """Return the type and the limits of a place in a form."""
    kind, limits = form, []
    for step in location:
        if get_origin(kind) is dict:
            kind, limits = get_args(kind)[1], []
        else:
            kind, limits = kind.model_fields[step].annotation, kind.model_fields[step].metadata
    return kind, limits


def allowed(kind: type, limits: list) -> str:
    """Return a type and its limits in words."""
    if get_origin(kind) is dict:
        return f"ids of hypotheses, each with {in_words(Decided, [])}"
    if kind is list:
        return "a list of hypotheses"
    if kind is str:
        return "a to z, 0 to 9 and _" if any(getattr(limit, "pattern", None) for limit in limits) else "text"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"the keys {', '.join(kind.model_fields)}"
    words = in_words(kind, limits).strip()
    return "a finite number" if words == "a number" else words


def compared(hypothesis: Hypothesis) -> str:
    """Return what a hypothesis compares and the range that it gives, in the words of its keys."""
    parts = hypothesis.model_dump(exclude=set(Hypothesis.model_fields), exclude_defaults=True)
    ends = ", ".join(f"{end} {value:g}" for end, value in parts.pop("range").items())
    names = (part.values() if isinstance(part, dict) else [part] for part in parts.values())
    sides = " / ".join(" ".join(f"{one:g}" if isinstance(one, float) else one for one in side) for side in names)
    return f"{hypothesis.measure}, {sides}, {ends}"


def wrong_comparison(hypothesis: Hypothesis) -> list[str]:
    """Return a sentence if the pages tell of another comparison under this id."""
    told, found = NEEDED.get(hypothesis.id), compared(hypothesis)
    if told in (None, found):
        return []
    return [f"{hypothesis.id}: compares {found}; the pages tell of {told}. Keep that, and give yours an id of its own."]


def wrong_ids(ids: Sequence[str], stated: Stated | None) -> list[str]:
    """Return a sentence for each id that stands twice, is missing, or is named by a claim without being there."""
    found = [f"{name}: {times} hypotheses have this id. Give each its own."
             for name, times in Counter(filter(None, ids)).items() if times > 1]  # fmt: skip
    for name in NEEDED:
        if name not in ids:
            near = difflib.get_close_matches(name, set(ids) - set(NEEDED), n=1)
            hint = f" Is {near[0]} meant for it?" if near else ""
            found.append(f"{name}: this hypothesis is missing, and the pages tell of it.{hint}")
    known = dict.fromkeys([*filter(None, ids), *NEEDED])
    for claim, rule in stated.claims if stated else ():
        found += [f"claims {claim} {key} {name}: {no_such('hypothesis', name, known)}"
                  for key, verdicts in rule for name in verdicts if name not in known]  # fmt: skip
    return found


def repeated(root: yaml.Node | None) -> list[str]:
    """Return a sentence for each key that stands twice in one place; YAML would take the last in silence."""
    waiting, seen, found = [root], set(), []  # an alias leads to a node that was seen
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.CollectionNode) and id(node) not in seen:
            seen.add(id(node))
            pairs = node.value if isinstance(node, yaml.MappingNode) else []
            waiting += [value for _, value in pairs] or node.value
            keys = Counter(key.value for key, _ in pairs)
            found += [(node.start_mark.line + 1, key, times) for key, times in keys.items() if times > 1]
    return [
        f"{key} stands {times} times in what begins in line {line}. Keep one." for line, key, times in sorted(found)
    ]
