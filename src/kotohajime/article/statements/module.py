"""Statements on torch.nn.Module, torch.optim and the losses."""

import inspect

import torch

from kotohajime.article import train_module
from kotohajime.article.prompt import execute
from kotohajime.article.statements.statement import Evidence, Judgement, Line, judge, statement

HEADING = "Module and optimiser"
UNCHECKED = [
    ("Module and optim hide the update of the weights.", "the section's plan"),
    (
        "MSELoss is an object that computes the difference between prediction and label.",
        "`size_average_false` shows what it computes",
    ),
    ("The script below puts it all together.", "code, not a statement; the lesson `train_module` runs it"),
    ("It is comfortable not to list the parameters, and to take losses from torch.nn.", "taste"),
]
NET = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1 = torch.nn.Linear(4, 3, bias=False)
        self.dense2 = torch.nn.Linear(3, 2, bias=False)
        self.factor = torch.ones(1)
    def forward(self, x):
        return self.dense2(torch.relu(self.dense1(x)))
model, x = Net(), torch.ones(5, 4)
"""


@statement(
    "How to make a module",
    no_forward="class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\nNet()(torch.ones(1))",
    no_super="class Net(torch.nn.Module):\n    def __init__(self):\n        self.dense = torch.nn.Linear(1, 1)\nNet()",
    both=f"{NET}\ntuple(model(x).shape)",
)
def module_subclass(found: Evidence) -> Judgement:
    """To use Module, it is enough to inherit from it and to call super().__init__()."""
    seen = found.checks["module_subclass"]
    evidence = (
        f"without forward, a call: {seen['no_forward']}. Without super().__init__(), a layer: {seen['no_super']}. "
        f"With both, a prediction of the shape {seen['both']}."
    )
    return judge("Error" not in seen["no_forward"] and "Error" not in seen["both"], evidence)


def build_with_the_slip() -> dict:
    """Build a layer in a class that takes `output_dim` but reads a misspelt global, as the article's does."""
    code = """
class Net:
    def __init__(self, output_dim):
        self.layer = torch.nn.Linear(1000, outpu_dim)
made = Net(output_dim=3).layer.out_features
"""
    names = {"torch": torch, "outpu_dim": 10}
    execute(code, names)
    return {
        "asked": 3,
        "made": names.get("made"),
        "without_the_global": execute(code, {"torch": torch})[1],
        "ours": train_module.TwoLayerNet(100, 1000, 3).linear2.out_features,
    }


@statement(
    "The class's argument",
    Line("self.dense2 = torch.nn.Linear(hidden_dim, outpu_dim)",
         "self.dense2 = torch.nn.Linear(hidden_dim, output_dim)",
         "class Net: pass\nself, hidden_dim, output_dim = Net(), 4, 3"),
    seen=build_with_the_slip,
)  # fmt: skip
def class_argument(found: Evidence) -> Judgement:
    """The network's class uses its argument output_dim."""
    seen = found.checks["class_argument"]["seen"]
    evidence = (
        f"asked for {seen['asked']} outputs, a class with the article's slip makes {seen['made']}, the value of the "
        f"misspelt global; without that global: {seen['without_the_global']}. Ours makes {seen['ours']}."
    )
    return judge(seen["made"] == seen["asked"], evidence)


HOOKED = f"{NET}\nran = []\nhook = model.register_forward_hook(lambda *_: ran.append(1))\n"


@statement(
    "forward",
    Line("pred = model.forward(x); len(ran)", "pred = model(x); len(ran)", HOOKED),
    same=f"{HOOKED}\ntorch.equal(model.forward(x), model(x))",
    hooks=f"{HOOKED}\nby_forward = model.forward(x), len(ran)\nby_call = model(x), len(ran)\n"
    "(by_forward[1], by_call[1])",
)
def forward_call(found: Evidence) -> Judgement:
    """model.forward(x) makes the prediction."""
    seen = found.checks["forward_call"]
    evidence = (
        f"the same prediction as model(x): {seen['same']}. Hooks that ran after model.forward(x), and after model(x) "
        f"too: {seen['hooks']}: today's advice is model(x)."
    )
    return judge(seen["same"] == "True", evidence)


def move() -> dict[str, str]:
    """Move a module to the GPU if there is one, else to the device without memory; tell where its tensors are then."""
    names = {"torch": torch, "device": "cuda" if torch.cuda.is_available() else "meta"}
    execute(f"{NET}\nmodel = model.to(device)", names)
    found = {"device": names["device"]}
    found["parameters"] = execute("print(*{p.device.type for p in model.parameters()})", names)[1]
    found["attribute"] = execute("model.factor.device.type", names)[1].strip("'")
    return found


@statement(
    "Module.to",
    Line('torch.device("cuda:0").type', 'torch.device("cuda" if torch.cuda.is_available() else "cpu").type'),
    Line("net.scale = torch.ones(1); [*net.state_dict()]",
         'net.register_buffer("scale", torch.ones(1)); [*net.state_dict()]',
         "net = torch.nn.Module()"),
    seen=move,
)  # fmt: skip
def module_to(found: Evidence) -> Judgement:
    """Module.to puts all data of an instance into the memory of the CPU or the GPU."""
    seen = found.checks["module_to"]["seen"]
    evidence = (
        f"moved to {seen['device']}: the parameters are on {seen['parameters']}, a tensor that is a plain attribute on "
        f"{seen['attribute']}. Only parameters and registered buffers move; the article's network has nothing else."
    )
    return judge(seen["parameters"] == seen["attribute"] == seen["device"], evidence)


@statement(
    "Parameters and modules, listed",
    children=f"{NET}\n[*model.children()] == [model.dense1, model.dense2]",
    parameters="[tuple(p.shape) for p in model.parameters()]",
    in_a_list="model = torch.nn.Module(); model.layers = [torch.nn.Linear(4, 3)]; len([*model.parameters()])",
)
def module_lists(found: Evidence) -> Judgement:
    """A subclass can use Module's methods: it lists its parameters, and the modules among its attributes."""
    seen = found.checks["module_lists"]
    evidence = (
        f"children() are the two layers: {seen['children']}; parameters() have the shapes {seen['parameters']}. Of a "
        f"plain list of layers it knows {seen['in_a_list']} parameters; ModuleList is for that."
    )
    return judge((seen["children"], seen["parameters"]) == ("True", "[(3, 4), (2, 3)]"), evidence)


def optimizers() -> dict[str, list[str]]:
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
