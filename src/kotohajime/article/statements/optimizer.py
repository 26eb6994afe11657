"""Statements on torch.optim and the losses, which train a module."""

import inspect

import torch

from kotohajime.article.statements.module import NET
from kotohajime.article.statements.statement import Evidence, Judgement, Line, judge, statement

UNCHECKED = [
    (
        "MSELoss is an object that computes the difference between prediction and label.",
        "`size_average_false` shows what it computes",
    ),
    ("The script below puts it all together.", "code, not a statement; the lesson `train_module` runs it"),
    ("It is comfortable not to list the parameters, and to take losses from torch.nn.", "taste"),
]


def optimizers() -> dict[str, str]:
    """Return the optimisers of torch.optim by name, each with its first parameter."""
    found = [kind for kind in vars(torch.optim).values() if isinstance(kind, type)
             and issubclass(kind, torch.optim.Optimizer) and kind is not torch.optim.Optimizer]  # fmt: skip
    return {kind.__name__: next(iter(inspect.signature(kind).parameters)) for kind in found}


@statement("Many optimisers", optimizers=lambda: [*optimizers()], misspelt="torch.optima")
def many_optimizers(found: Evidence) -> Judgement:
    """optim defines many optimisers."""
    seen = found.checks["many_optimizers"]
    evidence = (
        f"{len(seen['optimizers'])}: {', '.join(seen['optimizers'])}. Rule: holds if ten or more. "
        f"torch.optima, as a comment calls it: {seen['misspelt']}."
    )
    return judge(len(seen["optimizers"]) >= 10, evidence)


@statement(
    "What an optimiser is given",
    optimizers=optimizers,
    whole=f"{NET}\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nlen(optimizer.param_groups[0]['params'])",
)
def optimizer_arguments(found: Evidence) -> Judgement:
    """An optimiser's first argument are the parameters to update, such as model.parameters(); its own follow."""
    seen = found.checks["optimizer_arguments"]
    others = [name for name, first in seen["optimizers"].items() if first != "params"]
    evidence = (
        f"the first argument of each is params (not: {', '.join(others) or 'none'}); "
        f"SGD takes {seen['whole']} from model.parameters() of two layers."
    )
    return judge(not others and seen["whole"] == "2", evidence)


@statement(
    "Not so simple",
    optimizer="torch.optim.SGD([torch.ones(1)], lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)",
    losses="""def run(seed):
    torch.manual_seed(0)
    model, x = torch.nn.Linear(4, 1), torch.ones(5, 4)
    torch.manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(x).square().sum()
        loss.backward()
        optimizer.step()
    return loss.item()
run(1) == run(2)""",
)
def simple_sgd(found: Evidence) -> Judgement:
    """It is simple stochastic gradient descent."""
    seen = found.checks["simple_sgd"]
    settings = dict(line.strip().partition(": ")[::2] for line in seen["optimizer"].splitlines())
    chosen = {name: settings.get(name) for name in ("momentum", "nesterov", "weight_decay")}
    told = ", ".join(f"{name} {value}" for name, value in chosen.items())
    evidence = (
        f"torch.optim.SGD, but with {told}; and nothing is drawn: each update takes the whole batch, and two trainings "
        f"from one start, each with a seed of its own, end at the same loss: {seen['losses']}."
    )
    return judge(chosen == {"momentum": "0", "nesterov": "False", "weight_decay": "0"}, evidence)


@statement(
    "zero_grad and step",
    kept=f"""{NET}
optimizer = torch.optim.SGD(model.dense1.parameters(), lr=0.1)
model(x).sum().backward()
before = [p.detach().clone() for p in model.parameters()]
optimizer.step()
[torch.equal(p, old) for p, old in zip(model.parameters(), before)]""",
    gradients="optimizer.zero_grad(); [p.grad is None or not p.grad.any() for p in model.parameters()]",
)
def optimizer_methods(found: Evidence) -> Judgement:
    """An optimiser's zero_grad and step clear the gradients and update the weights, of all parameters given to it."""
    seen = found.checks["optimizer_methods"]
    evidence = (
        f"given the first of two layers' weights, step left them as they were: {seen['kept']}; "
        f"zero_grad cleared their gradients: {seen['gradients']} (to None, since 2.0)."
    )
    return judge((seen["kept"], seen["gradients"]) == ("[False, True]", "[True, False]"), evidence)


@statement(
    "Losses in torch.nn",
    Line("torch.nn.RMSELoss()", "torch.nn.MSELoss()(pred, y).sqrt()", "pred, y = torch.ones(4), torch.zeros(4)"),
    losses=lambda: [name for name in dir(torch.nn) if name.endswith("Loss")],
)
def losses_in_nn(found: Evidence) -> Judgement:
    """Ordinary losses such as RMSE and CrossEntropy are defined in torch.nn."""
    losses = found.checks["losses_in_nn"]["losses"]
    named = {name: f"{name}Loss" in losses for name in ("RMSE", "CrossEntropy")}
    told = ", ".join(f"{name} is {'' if there else 'not '}there" for name, there in named.items())
    return judge(all(named.values()), f"of {len(losses)} losses, {told}; MSELoss is the nearest to the former.")


SAMPLES = "pred, y = torch.arange(6.0).reshape(3, 2), torch.zeros(3, 2)"


@statement(
    "MSELoss, summed",
    Line("torch.nn.MSELoss(size_average=False)(pred, y)", 'torch.nn.MSELoss(reduction="sum")(pred, y)', SAMPLES),
    value=f"{SAMPLES}; round(torch.nn.MSELoss(reduction='sum')(pred, y).item(), 4)",
    squares="(pred - y).square().sum().item()",
    of_rmse="round((pred - y).square().mean(1).sqrt().sum().item(), 4)",
    misspelt="torch.nn.MSELoss(size_averaging=False)",
)
def size_average_false(found: Evidence) -> Judgement:
    """MSELoss with size_averaging False returns the sum of each sample's RMSE."""
    seen = found.checks["size_average_false"]
    evidence = (
        f"for 3 samples it returns {seen['value']}; the sum of all squared errors is {seen['squares']}, that of the "
        f"samples' RMSE {seen['of_rmse']}. The argument's name, size_average, as a comment has it: {seen['misspelt']}."
    )
    return judge(seen["value"] == seen["of_rmse"], evidence)


@statement(
    "MSELoss by default",
    Line(
        "torch.nn.MSELoss(size_average=True)(pred, y)", 'torch.nn.MSELoss(reduction="none")(pred, y).mean(1)', SAMPLES
    ),
    value=f"{SAMPLES}; torch.nn.MSELoss()(pred, y).tolist()",
    mean="(pred - y).square().mean().tolist()",
    each="(pred - y).square().mean(1).tolist()",
)
def size_average(found: Evidence) -> Judgement:
    """By default (size_average=True) MSELoss returns one value for each sample."""
    seen = found.checks["size_average"]
    evidence = (
        f"for 3 samples it returns {seen['value']}; the mean of all elements is {seen['mean']}, those of each sample "
        f"are {seen['each']}."
    )
    return judge(seen["value"] == seen["each"], evidence)
