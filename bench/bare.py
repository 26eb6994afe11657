"""The article in one bare process, with nothing around it: the yardstick of `make bench`."""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch


def manual(x, y, w1, w2, epochs):
    """Train with gradients derived by hand."""
    losses, rate = [], 2e-6
    for epoch in range(epochs):
        hidden = torch.relu(x @ w1)
        residual = hidden @ w2 - y
        losses.append(residual.square().sum().item())
        by_w2 = hidden.T @ (2 * residual)
        by_w1 = x.T @ ((2 * residual) @ w2.T * (hidden > 0))
        w1 -= rate * by_w1
        w2 -= rate * by_w2
        if epoch % 200 == 0:
            rate /= 2
    return losses


def autograd(x, y, w1, w2, epochs):
    """Train with gradients from autograd."""
    losses = []
    w1.requires_grad_()
    w2.requires_grad_()
    for _ in range(epochs):
        loss = (torch.relu(x @ w1) @ w2 - y).square().sum()
        losses.append(loss.item())
        by_w1, by_w2 = torch.autograd.grad(loss, (w1, w2))
        with torch.no_grad():
            w1 -= 1e-6 * by_w1
            w2 -= 1e-6 * by_w2
    return losses


def module(x, y, hidden, epochs):
    """Train a module with torch.optim."""
    linear = torch.nn.Linear
    model = torch.nn.Sequential(
        linear(x.shape[1], hidden, bias=False), torch.nn.ReLU(), linear(hidden, y.shape[1], bias=False)
    )
    sgd = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)
    losses = []
    for _ in range(epochs):
        loss = torch.nn.functional.mse_loss(model(x), y, reduction="sum")
        losses.append(loss.item())
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    return losses


if __name__ == "__main__":
    x, y = torch.randn(100, 100), torch.randn(100, 10)
    manual(x, y, torch.randn(100, 1000), torch.randn(1000, 10), 1000)
    curves = {
        "naive update": autograd(x, y, torch.randn(100, 1000), torch.randn(1000, 10), 1000),
        "SGD with Nesterov and momentum": module(x, y, 1000, 1000),
    }
    figure, axes = plt.subplots(figsize=(8, 6))
    for label, losses in curves.items():
        axes.semilogy(losses, label=label)
    axes.legend(loc="upper right")
    figure.savefig(sys.argv[1], dpi=150)
