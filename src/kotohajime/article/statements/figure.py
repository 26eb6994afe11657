"""Statements on the figure, which the study decides."""

from kotohajime.article.statements.statement import Evidence, Judgement, statement


@statement()
def module_better(found: Evidence) -> Judgement:
    """The module run ends with a far lower loss than the autograd run."""
    naive, module = float(found.autograd["loss"][-1]), float(found.module["loss"][-1])
    evidence = (
        f"over {found.study['seeds']} seeds it ends at {found.hypothesis('module_better')['told']} times the autograd "
        f"run's loss; the recorded runs end at {module:.3g} and {naive:.3g}."
    )
    return Judgement(found.study["claims"]["module_better"]["verdict"], evidence)


@statement()
def init_is_why(found: Evidence) -> Judgement:
    """The module run wins because its initial values are good."""
    names = ("start_alone", "start_is_needed", "own_rate", "momentum_is_rate")
    alone, needed, own_rate, momentum = (found.hypothesis(name)["told"] for name in names)
    evidence = (
        f"over {found.study['seeds']} seeds: that start alone, with the autograd run's optimiser and rate, ends at "
        f"{alone} times the loss of N(0, 1); with the module run's, N(0, 1) diverges for {needed} of the seeds, but at "
        f"a rate of its own it ends at {own_rate} times the module run's loss; the module run ends at {momentum} times "
        "the loss of gradient descent at rate / (1 - momentum)."
    )
    return Judgement(found.study["claims"]["init_is_why"]["verdict"], evidence)
