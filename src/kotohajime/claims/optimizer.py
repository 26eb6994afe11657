"""Statements on torch.optim and the losses, which train a module."""

import inspect

import torch

from kotohajime.claims.module import NET
from kotohajime.claims.statement import Evidence, Judgement, Line, judge, statement

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


@statement(("Many optimisers", "多くの optimizer"), optimizers=lambda: [*optimizers()], misspelt="torch.optima")
def many_optimizers(found: Evidence) -> Judgement:
    """optim defines many optimisers.

    optim には多くの optimizer が定義されている。
    """
    seen = found.checks["many_optimizers"]
    evidence = (
        f"{len(seen['optimizers'])}: {', '.join(seen['optimizers'])}. Rule: holds if ten or more. "
        f"torch.optima, as a comment calls it: {seen['misspelt']}."
    )
    japanese = (
        f"{len(seen['optimizers'])} 種類：{', '.join(seen['optimizers'])}。規則：10 以上なら成り立つ。"
        f"コメントにある torch.optima：{seen['misspelt']}。"
    )
    return judge(len(seen["optimizers"]) >= 10, evidence, japanese)


@statement(
    ("What an optimiser is given", "optimizer の引数"),
    optimizers=optimizers,
    whole=f"{NET}\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nlen(optimizer.param_groups[0]['params'])",
)
def optimizer_arguments(found: Evidence) -> Judgement:
    """An optimiser's first argument is what to update, such as model.parameters(); arguments of its own follow.

    optimizer の最初の引数は model.parameters() などの更新するパラメータで、その後に固有の引数が続く。
    """
    seen = found.checks["optimizer_arguments"]
    others = [name for name, first in seen["optimizers"].items() if first != "params"]
    evidence = (
        f"the first argument of each is params (not: {', '.join(others) or 'none'}); "
        f"SGD takes {seen['whole']} from model.parameters() of two layers."
    )
    japanese = (
        f"どの optimizer も最初の引数は params です（異なるもの：{', '.join(others) or 'なし'}）。"
        f"2 層の model.parameters() から SGD が受け取るのは {seen['whole']} 個です。"
    )
    return judge(not others and seen["whole"] == "2", evidence, japanese)


@statement(
    ("Not so simple", "単純ではない"),
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
    """The module run's optimiser is simple stochastic gradient descent.

    module の学習で使っているのは、単純な確率的勾配降下法である。
    """
    seen = found.checks["simple_sgd"]
    settings = dict(line.strip().partition(": ")[::2] for line in seen["optimizer"].splitlines())
    chosen = {name: settings.get(name) for name in ("momentum", "nesterov", "weight_decay")}
    told = ", ".join(f"{name} {value}" for name, value in chosen.items())
    evidence = (
        f"torch.optim.SGD, but with {told}; and nothing is drawn: each update takes the whole batch, and two trainings "
        f"from one start, each with a seed of its own, end at the same loss: {seen['losses']}."
    )
    japanese = (
        f"torch.optim.SGD ですが、{told} です。しかも確率的なところがなく、どの更新でもバッチ全体を使います。同じ初期値から"
        f"別々のシードで 2 回学習させたとき、最後の損失は同じか：{seen['losses']}。"
    )
    return judge(chosen == {"momentum": "0", "nesterov": "False", "weight_decay": "0"}, evidence, japanese)


@statement(
    ("zero_grad and step", "zero_grad と step"),
    kept=f"""{NET}
optimizer = torch.optim.SGD(model.dense1.parameters(), lr=0.1)
model(x).sum().backward()
before = [p.detach().clone() for p in model.parameters()]
optimizer.step()
[torch.equal(p, old) for p, old in zip(model.parameters(), before)]""",
    gradients="optimizer.zero_grad(); [p.grad is None or not p.grad.any() for p in model.parameters()]",
)
def optimizer_methods(found: Evidence) -> Judgement:
    """An optimiser's zero_grad and step clear the gradients and update the weights, of all parameters given to it.

    optimizer の zero_grad と step は、渡されたすべてのパラメータの勾配を消し、重みを更新する。
    """
    seen = found.checks["optimizer_methods"]
    evidence = (
        f"given the first of two layers' weights, step left them as they were: {seen['kept']}; "
        f"zero_grad cleared their gradients: {seen['gradients']} (to None, since 2.0)."
    )
    japanese = (
        f"2 層のうち最初の層の重みだけを渡すと、step の後も元のままか：{seen['kept']}。"
        f"zero_grad で勾配は消えたか：{seen['gradients']}（2.0 からは None になります）。"
    )
    return judge((seen["kept"], seen["gradients"]) == ("[False, True]", "[True, False]"), evidence, japanese)


@statement(
    ("Losses in torch.nn", "torch.nn の損失"),
    Line("torch.nn.RMSELoss()", "torch.nn.MSELoss()(pred, y).sqrt()", "pred, y = torch.ones(4), torch.zeros(4)"),
    losses=lambda: [name for name in dir(torch.nn) if name.endswith("Loss")],
)
def losses_in_nn(found: Evidence) -> Judgement:
    """Ordinary losses such as RMSE and CrossEntropy are defined in torch.nn.

    RMSE や CrossEntropy などの一般的な損失は torch.nn に定義されている。
    """
    losses = found.checks["losses_in_nn"]["losses"]
    named = {name: f"{name}Loss" in losses for name in ("RMSE", "CrossEntropy")}
    told = ", ".join(f"{name} is {'' if there else 'not '}there" for name, there in named.items())
    japanese = (
        f"{len(losses)} の損失のうち、{'、'.join(f'{name} は' + ('あり' if there else 'なし') for name, there in named.items())}。"
        "RMSE に最も近いのは MSELoss です。"
    )
    return judge(
        all(named.values()), f"of {len(losses)} losses, {told}; MSELoss is the nearest to the former.", japanese
    )


SAMPLES = "pred, y = torch.arange(6.0).reshape(3, 2), torch.zeros(3, 2)"


@statement(
    ("MSELoss, summed", "MSELoss の和"),
    Line("torch.nn.MSELoss(size_average=False)(pred, y)", 'torch.nn.MSELoss(reduction="sum")(pred, y)', SAMPLES),
    value=f"{SAMPLES}; round(torch.nn.MSELoss(reduction='sum')(pred, y).item(), 4)",
    squares="(pred - y).square().sum().item()",
    of_rmse="round((pred - y).square().mean(1).sqrt().sum().item(), 4)",
    misspelt="torch.nn.MSELoss(size_averaging=False)",
)
def size_average_false(found: Evidence) -> Judgement:
    """MSELoss with size_averaging False returns the sum of each sample's RMSE.

    size_averaging を False にした MSELoss は、サンプルごとの RMSE の和を返す。
    """
    seen = found.checks["size_average_false"]
    evidence = (
        f"for 3 samples it returns {seen['value']}; the sum of all squared errors is {seen['squares']}, that of the "
        f"samples' RMSE {seen['of_rmse']}. The argument's name, size_average, as a comment has it: {seen['misspelt']}."
    )
    japanese = (
        f"3 個のサンプルに対して {seen['value']} を返します。二乗誤差の総和は {seen['squares']}、サンプルごとの RMSE の和は "
        f"{seen['of_rmse']} です。引数の名前は size_average で、コメントのとおりに書くと：{seen['misspelt']}。"
    )
    return judge(seen["value"] == seen["of_rmse"], evidence, japanese)


@statement(
    ("MSELoss by default", "MSELoss の既定"),
    Line(
        "torch.nn.MSELoss(size_average=True)(pred, y)", 'torch.nn.MSELoss(reduction="none")(pred, y).mean(1)', SAMPLES
    ),
    value=f"{SAMPLES}; torch.nn.MSELoss()(pred, y).tolist()",
    mean="(pred - y).square().mean().tolist()",
    each="(pred - y).square().mean(1).tolist()",
)
def size_average(found: Evidence) -> Judgement:
    """By default (size_average=True) MSELoss returns one value for each sample.

    MSELoss は既定（size_average=True）では、サンプルごとに値を一つ返す。
    """
    seen = found.checks["size_average"]
    evidence = (
        f"for 3 samples it returns {seen['value']}; the mean of all elements is {seen['mean']}, those of each sample "
        f"are {seen['each']}."
    )
    japanese = (
        f"3 個のサンプルに対して {seen['value']} を返します。全要素の平均は {seen['mean']}、サンプルごとの平均は "
        f"{seen['each']} です。"
    )
    return judge(seen["value"] == seen["each"], evidence, japanese)
