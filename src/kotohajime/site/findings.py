"""What the story says of what was found, in English and in Japanese: told only where it is so."""

from collections.abc import Callable

from markupsafe import Markup, escape

from kotohajime.site.words import FINDINGS, WORDS
from kotohajime.text import FAILS, HOLDS, Both, between, in_japanese, percent, short

SHOWN = {"start_scale": "alpha_law", "balance": "balance", "teacher": "catapult_tests"}  # in a picture: a hypothesis
ONLY_IF_SO = ("balance", "catapult_tests")  # what is said of them fits no other outcome
ACCURACIES = ("images_normal", "images_linear", "images_centred")
REASONS = (
    "module_better",
    "start_is_needed",
    "own_rate",
    "limit_gd",
    "momentum_is_rate",
    "catapult",
)  # why the module run ends lower


def filled(text: Both, **facts: object) -> Both:
    """Return a text with its {names} filled by facts that are the same in both languages, or a pair."""
    english, japanese = (
        one.format(**{name: escape(fact[place] if isinstance(fact, tuple) else fact) for name, fact in facts.items()})
        for place, one in enumerate(text)
    )
    return Markup(english), Markup(in_japanese(japanese))


def paragraph(*sentences: Both | None) -> Both:
    """Return sentences, less those that are None, as one."""
    told = [sentence for sentence in sentences if sentence]
    return Markup(" ").join(english for english, _ in told), Markup("").join(japanese for _, japanese in told)


def found(name: str, facts: dict, *others: str, **numbers: object) -> Both | None:
    """Return what is said of hypotheses, with their estimates and other numbers; None where one is not known."""
    told = {one: facts["told"][one] for one in (name, *others)} | numbers
    return None if None in told.values() else filled(FINDINGS[name], **told)


def ratio(hypothesis: dict, form: Callable[[float], str], power: int = 1) -> str | None:
    """Return a ratio to a power, with its interval where both ends are known; None where the ratio is not."""
    value, *ends = (None if hypothesis[name] is None else 10 ** (power * hypothesis[name])
                    for name in ("value", "low", "high"))  # fmt: skip
    if value is None:
        return None
    return form(value) if None in ends else between(value, *sorted(ends), form)


def how_many(hypothesis: dict) -> Both:
    """Return of how many seeds something is so."""
    seeds = hypothesis["seeds"]
    some = round(hypothesis["value"] * seeds)
    if some == seeds:
        return f"all {seeds} seeds", f"{seeds} 個のシードすべて"
    return f"{some} of {seeds} seeds", f"{seeds} 個のシードのうち {some} 個"


def all_hold(facts: dict, *names: str) -> bool:
    """Tell whether hypotheses hold."""
    return all(facts["hypotheses"][name]["verdict"] == HOLDS for name in names)


def answers(facts: dict) -> list[Both]:
    """Return the answer's paragraphs; what is not known, or was decided otherwise, is left out."""
    verdict = {name: WORDS[claim["verdict"]] for name, claim in facts["claims"].items()}
    hypotheses = facts["hypotheses"]
    lower = ratio(hypotheses["own_rate"], short, -1)
    by_rate = found("own_rate", facts, rate=facts["own_rate"], own_rate=lower) if all_hold(facts, "own_rate") else None
    alone = found("start_alone", facts)
    if hypotheses["start_alone"]["verdict"] == FAILS:
        alone = paragraph(alone, filled(FINDINGS["small"], small=facts["scaled"]["small"]))
    told, settings = [], facts["settings"]
    momentum, rate, naive = (settings[name] for name in
                             ("module_momentum", "module_learning_rate", "autograd_learning_rate"))  # fmt: skip
    if momentum and all_hold(facts, *REASONS) and facts["spike"]:
        numbers = {"naive": facts["scaled"]["naive"], "height": facts["spike"]["height"], "times": facts["times"],
                   "momentum": f"{momentum:g}", "larger": short(1 / (1 - momentum)),
                   "ratio": short(rate / naive)}  # fmt: skip
        told.append(found("start_is_needed", facts, **numbers, diverged=how_many(hypotheses["start_is_needed"])))
    told.append(paragraph(filled(WORDS["why"], verdict=verdict["init_is_why"]), alone, by_rate))
    images = found("images_normal", facts, "images_linear")
    centred = found("images_centred", facts) if images and all_hold(facts, *ACCURACIES) else None
    told.append(paragraph(filled(WORDS["matters"], verdict=verdict["init_matters"]), images, centred))
    return [*told, filled(WORDS["take_home"])] if facts["claims"]["init_matters"]["verdict"] == HOLDS else told


def caption(name: str, facts: dict, epochs: int) -> Both:
    """Return what a picture shows, and what was found there if that is known."""
    shows = filled(WORDS[name], epochs=str(epochs))
    hypothesis = SHOWN.get(name)
    if not hypothesis or (hypothesis in ONLY_IF_SO and not all_hold(facts, hypothesis)):
        return shows
    stated = facts["hypotheses"][hypothesis]
    of, to = stated.get("of", {}), stated.get("to", {})
    numbers = {"least": stated.get("above_scale"), "scale": of.get("scale"), "fast": of.get("c"), "slow": to.get("c")}
    told = {name: short(one) for name, one in numbers.items() if one is not None}
    if stated["measure"].endswith("_ratio"):
        told[hypothesis] = ratio(stated, percent)
    return paragraph(shows, found(hypothesis, facts, **told))


def halvings(facts: dict, manual: dict) -> Both | None:
    """Return what the first halving of the manual run's rate is good for; None where it has none."""
    if not manual["halve_at_start"] or not all_hold(facts, "halving_saves"):
        return None
    many = how_many(facts["hypotheses"]["halving_saves"])
    return found("halving_saves", facts, every=str(manual["halve_every"]), diverged=many)


def rounding(facts: dict) -> Both | None:
    """Return what the lowest losses do not show, and what does; None where it is not so."""
    if not all_hold(facts, "tuned_in_float32", "tuned_in_float64"):
        return None
    return found("tuned_speed", facts, tuned_speed=ratio(facts["hypotheses"]["tuned_speed"], percent))
