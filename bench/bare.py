"""The article in one bare process, with nothing around it: the yardstick of `make bench`."""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch


def manual(x, y, w1, w2, epochs):
    """Train with gradients derived by hand."""
    losses, lr = [], 2e-6
    for epoch in range(epochs):
        z = x.mm(w1)
        a = z.clamp(min=0)
        pred = a.mm(w2)
        losses.append(((pred - y) ** 2).sum().item())
        grad_pred = 2 * (pred - y)
        grad_w2 = a.t().mm(grad_pred)
        grad_a = grad_pred.mm(w2.t())
        grad_a[z < 0] = 0
        grad_w1 = x.t().mm(grad_a)
        w1 -= lr * grad_w1
        w2 -= lr * grad_w2
        if epoch % 200 == 0:
            lr *= 0.5
    return losses


def autograd(x, y, w1, w2, epochs):
    """Train with gradients from autograd."""
    losses = []
    w1.requires_grad_()
    w2.requires_grad_()
    for _ in range(epochs):
        loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w1 -= 1e-6 * w1.grad
            w2 -= 1e-6 * w2.grad
            w1.grad.zero_()
            w2.grad.zero_()
    return losses


def module(x, y, hidden, epochs):
    """Train an nn.Module with torch.optim."""
    linear1 = torch.nn.Linear(x.shape[1], hidden, bias=False)
    linear2 = torch.nn.Linear(hidden, y.shape[1], bias=False)
    parameters = [*linear1.parameters(), *linear2.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)
    criterion = torch.nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(linear2(linear1(x).clamp(min=0)), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


if __name__ == "__main__":
    x, y = torch.randn(100, 100), torch.randn(100, 10)
    manual(x, y, torch.randn(100, 1000), torch.randn(1000, 10), 1000)
    naive = autograd(x, y, torch.randn(100, 1000), torch.randn(1000, 10), 1000)
    sgd = module(x, y, 1000, 1000)
    plt.figure(figsize=(8, 6))
    plt.plot(naive, label="naive update")
    plt.plot(sgd, label="SGD with Nesterov and momentum")
    plt.legend(loc="upper right")
    plt.yscale("log")
    plt.savefig(sys.argv[1], dpi=150)
