"""The article's experiment on any torch from 1.0 on, in the Python and the API of 2018: `python observe.py`.

It prints a JSON object: what each line of LINES gives, and the losses of the three trainings. It needs torch and NumPy
alone. NumPy draws the data and all initial weights, since a seed does not give the same ones in every release of torch.
With the file that `make history` keeps as its argument, it tells instead what is new, and fails if anything is.
"""

import hashlib
import json
import platform
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

SEED, EPOCHS = 20180429, 1000

# What the article shows or says, or what its reader meets: a name, what comes before, and the line.
LINES = [
    ("matrix_product", "x = torch.ones(2, 3)", "x.mm(x)"),
    ("negative_step", "x = torch.ones(2, 3)", "x[::-1, :]"),
    ("negative_strides_soon", "x = torch.ones(2, 3)", "torch.from_numpy(x.numpy()[::-1, :])"),
    ("negative_by_copy", "x = torch.arange(2)", "torch.from_numpy(x.numpy()[::-1].copy())"),
    ("flip", "x = torch.arange(2)", "x.flip(0)"),
    ("transpose", "x = torch.ones(2, 3)", "x.T.shape"),
    ("division", "a, b = torch.tensor([3]), torch.tensor([2])", "a / b"),
    ("comparison", "x = torch.ones(2)", "(x > 0).dtype"),
    ("printed_parameter", "w = torch.nn.Parameter(torch.tensor([0.01, 0.02]))", "w"),
    ("requires_grad_name", "", "torch.ones(2, require_grad=True)"),
    ("clamp_at_zero", "w = torch.zeros(1, requires_grad=True); w.clamp(min=0).backward()", "w.grad.item()"),
    ("relu_at_zero", "w = torch.zeros(1, requires_grad=True); w.relu().backward()", "w.grad.item()"),
    ("leaf_in_place", "w = torch.ones(1, requires_grad=True)", "w.add_(1)"),
    ("zero_grad", "net = torch.nn.Linear(1, 1); net.weight.sum().backward(); net.zero_grad()", "net.weight.grad"),
    ("no_forward", "class Net(torch.nn.Module): pass", "Net()(torch.ones(1))"),
    (
        "no_super_init",
        "class Net(torch.nn.Module):\n    def __init__(self): self.layer = torch.nn.Linear(1, 1)",
        "Net()",
    ),
    ("rate_not_given", "w = torch.ones(1, requires_grad=True)", "torch.optim.SGD([w]).defaults['lr']"),
    ("optimizers", "", "len([name for name in dir(torch.optim) if name[0].isupper() and name != 'Optimizer'])"),
    ("losses", "", "len([name for name in dir(torch.nn) if name.endswith('Loss')])"),
    ("rmse", "", "torch.nn.RMSELoss()"),
    ("size_average_false", "x, y = torch.ones(3), torch.zeros(3)", "torch.nn.MSELoss(size_average=False)(x, y).item()"),
    ("sum_today", "x, y = torch.ones(3), torch.zeros(3)", "torch.nn.MSELoss(reduction='sum')(x, y).item()"),
    ("class_of_a_tensor", "", "torch.randn(2, 3).__class__"),
    ("linear_from_a_seed", "torch.manual_seed(0); w = torch.nn.Linear(100, 1000, bias=False).weight", "checksum(w)"),
]


def checksum(tensor):
    """Return a short name of a tensor's bytes."""
    return hashlib.sha256(tensor.detach().numpy().tobytes()).hexdigest()[:12]


def outcome(setup, line):
    """Return what a line gives at a prompt, a value or an error's first line, and what kind of warning comes with it.

    Places in torch's own source, and warnings that there is no GPU, differ from machine to machine and are left out.
    """
    names = {"torch": torch, "np": np, "checksum": checksum}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(setup, names)
            given = repr(eval(line, names))
        except Exception as error:
            given = f"{type(error).__name__}: {error}".split("\n")[0].split(" at /")[0]
    kinds = {warning.category.__name__ for warning in caught if "CUDA" not in str(warning.message)}
    return given + "".join(f" ({kind})" for kind in sorted(kinds))


def problem():
    """Return x, y, the N(0, 1) weights w1 and w2, and nn.Linear's: (hidden, inputs) and (outputs, hidden)."""
    generator = np.random.RandomState(SEED)
    normal = [generator.standard_normal(shape) for shape in ((100, 100), (100, 10), (100, 1000), (1000, 10))]
    linear = [generator.uniform(-1, 1, shape) / np.sqrt(shape[1]) for shape in ((1000, 100), (10, 1000))]
    return [torch.from_numpy(array.astype(np.float32)) for array in normal + linear]


def train_manual(x, y, w1, w2):
    """Return the loss of each epoch, by gradients derived by hand; the rate halves every 200 epochs, from 0 on."""
    w1, w2, rate, losses = w1.clone(), w2.clone(), 2e-6, []
    for epoch in range(EPOCHS):
        before = x.mm(w1)  # (batch, hidden)
        hidden = before.clamp(min=0)
        residual = hidden.mm(w2) - y  # (batch, outputs)
        losses.append((residual**2).sum().item())
        by_residual = 2 * residual
        by_w2 = hidden.t().mm(by_residual)
        by_hidden = by_residual.mm(w2.t())
        by_hidden[before < 0] = 0
        w1 -= rate * x.t().mm(by_hidden)
        w2 -= rate * by_w2
        if epoch % 200 == 0:
            rate *= 0.5
    return losses


def train_autograd(x, y, w1, w2):
    """Return the loss of each epoch, by autograd and plain gradient descent."""
    w1, w2, losses = w1.clone().requires_grad_(), w2.clone().requires_grad_(), []
    for _ in range(EPOCHS):
        loss = ((x.mm(w1).clamp(min=0).mm(w2) - y) ** 2).sum()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for weight in (w1, w2):
                weight -= 1e-6 * weight.grad
                weight.grad.zero_()
    return losses


class Net(torch.nn.Module):
    """The network as a module, with weights that are given."""

    def __init__(self, w1, w2):
        """Take the weights (hidden, inputs) and (outputs, hidden)."""
        super().__init__()
        self.dense1 = torch.nn.Linear(100, 1000, bias=False)
        self.dense2 = torch.nn.Linear(1000, 10, bias=False)
        self.dense1.weight.data.copy_(w1)
        self.dense2.weight.data.copy_(w2)

    def forward(self, x):
        """Return the prediction (batch, outputs)."""
        return self.dense2(self.dense1(x).clamp(min=0))


def train_module(x, y, w1, w2):
    """Return the loss of each epoch, by nn.Module, MSELoss and SGD with Nesterov's momentum."""
    net, losses = Net(w1, w2), []
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # size_average is deprecated
        summed = torch.nn.MSELoss(size_average=False)
    for _ in range(EPOCHS):
        loss = summed(net(x), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


def observe():
    """Return what this torch gives."""
    torch.set_num_threads(1)
    x, y, w1, w2, linear1, linear2 = problem()
    return {
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
        "python": platform.python_version(),
        "answers": {name: outcome(setup, line) for name, setup, line in LINES},
        "losses": {
            "manual": train_manual(x, y, w1, w2),
            "autograd": train_autograd(x, y, w1, w2),
            "module": train_module(x, y, linear1, linear2),
        },
    }


def news(observed, known):
    """Return a sentence for each answer that the last of the `known` releases, lines of JSON, does not give."""
    last = json.loads(known.strip().split("\n")[-1])
    before = last["answers"]
    return [
        f"{name}: torch {observed['torch']} gives {now}; torch {last['torch']} gave {before.get(name)}"
        for name, now in observed["answers"].items()
        if now != before.get(name)
    ]


if __name__ == "__main__":
    result = observe()
    if sys.argv[1:]:
        sys.exit("\n".join(news(result, Path(sys.argv[1]).read_text(encoding="utf-8"))) or 0)
    json.dump(result, sys.stdout)
