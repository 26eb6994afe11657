"""Ways to train the study's networks, each a function that trains some and returns how many."""

from typing import NamedTuple

import numpy as np


class Call(NamedTuple):
    """What a contender is to do at a time."""

    momentum: float
    members: int  # networks a call, where a contender trains several
    epochs: int
    device: str


RATE = {0.0: 5.0e-7, 0.8: 1.0e-7}  # by momentum; stable from N(0, 1)


def problem() -> list[np.ndarray]:
    """Return x, y, w1, w2 at the article's sizes."""
    from kotohajime.article.problem import draw

    return list(draw(0, 100, 100, 1000, 10).values())


def tensors(device: str) -> list:
    """Return the problem as tensors."""
    import torch

    return [torch.from_numpy(array).to(device) for array in problem()]


def engine(call: Call):
    """Train by the study's engine."""
    import torch

    from kotohajime.engine import trainer as engine
    from kotohajime.engine.optimizers import Update

    x, y, *start = tensors(call.device)
    update = Update(call.momentum, nesterov=True) if call.momentum else Update()
    rates = torch.full((call.epochs, call.members), RATE[call.momentum], device=call.device)
    return lambda: engine.train(x, y, [start] * call.members, rates, [update] * call.members).shape[1]


def engine_without_graphs(call: Call):
    """Train by the study's engine, each of a GPU's kernels launched on its own."""
    from kotohajime.engine import trainer as study_engine

    study_engine.RECORDED = ()
    return engine(call)


def autograd(call: Call):
    """Train by independent autograd loops: the lessons' own."""
    import torch

    from kotohajime.article import train_autograd, train_module

    x, y, w1, w2 = tensors(call.device)
    if not call.momentum:
        return lambda: len([train_autograd.train(x, y, w1, w2, [RATE[0.0]] * call.epochs)])

    def train():
        model = train_module.TwoLayerNet(100, 1000, 10).to(call.device)
        sgd = torch.optim.SGD(model.parameters(), lr=RATE[call.momentum], momentum=call.momentum, nesterov=True)
        train_module.train(x, y, model, sgd, call.epochs)
        return 1

    return train


def clamp(call: Call):
    """Train by an autograd loop with relu written as clamp and gradients kept in .grad, as the article has it."""
    import torch

    x, y, *start = tensors(call.device)

    def train():
        weights = [w.clone().requires_grad_() for w in start]
        velocity = [torch.zeros_like(w) for w in start]
        for _ in range(call.epochs):
            loss = ((x @ weights[0]).clamp(min=0) @ weights[1] - y).pow(2).sum()
            loss.item()
            loss.backward()
            with torch.no_grad():
                for w, v in zip(weights, velocity, strict=True):
                    step = w.grad if not call.momentum else w.grad + call.momentum * v.mul_(call.momentum).add_(w.grad)
                    w -= RATE[call.momentum] * step
                    w.grad.zero_()
        return 1

    return train


def func_vmap(call: Call):
    """Train several by torch.func: vmap of grad."""
    import torch

    x, y, *start = tensors(call.device)

    def loss(w1, w2):
        value = (torch.relu(x @ w1) @ w2 - y).square().sum()
        return value, value

    gradient = torch.func.vmap(torch.func.grad(loss, argnums=(0, 1), has_aux=True))

    def train():
        weights = [w.repeat(call.members, 1, 1) for w in start]
        velocity = [torch.zeros_like(w) for w in weights]
        for _ in range(call.epochs):
            gradients, _ = gradient(*weights)
            for w, v, g in zip(weights, velocity, gradients, strict=True):
                step = g if not call.momentum else g + call.momentum * v.mul_(call.momentum).add_(g)
                w.sub_(RATE[call.momentum] * step)
        return call.members

    return train


def jax_scan(call: Call):
    """Train by JAX: jit of scan, of several networks by vmap."""
    import jax
    import jax.numpy as jnp

    x, y, w1, w2 = map(jnp.asarray, problem())

    def loss(weights):
        return jnp.square(jax.nn.relu(x @ weights[0]) @ weights[1] - y).sum()

    def steps(weights):
        value, gradient = jax.value_and_grad(loss)(weights)
        return value, jax.tree.map(lambda g: RATE[call.momentum] * g, gradient)

    return jax_train(call, steps, (w1, w2))


def jax_gram(call: Call):
    """Train by JAX as the engine does: z and the Gram matrix, gradients by hand."""
    import jax.numpy as jnp

    x, y, w1, w2 = map(jnp.asarray, problem())
    gram = x @ x.T

    def steps(places):
        z, w2 = places
        a = jnp.maximum(z, 0)
        residual = a @ w2 - y
        scaled = 2 * RATE[call.momentum] * residual
        return jnp.square(residual).sum(), (gram @ ((scaled @ w2.T) * (z > 0)), a.T @ scaled)

    return jax_train(call, steps, (x @ w1, w2))


def jax_train(call: Call, steps, start):
    """Train from `start` by jit of scan, several networks by vmap; `steps` gives a loss and rate x gradient."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_default_matmul_precision", "highest")  # no TF32 on a GPU

    def epoch(state, _):
        places, velocity = state
        value, step = steps(places)
        if call.momentum:
            velocity = jax.tree.map(lambda v, g: call.momentum * v + g, velocity, step)
            step = jax.tree.map(lambda v, g: g + call.momentum * v, velocity, step)
        return (jax.tree.map(jnp.subtract, places, step), velocity), value

    def train(places):
        return jax.lax.scan(epoch, (places, jax.tree.map(jnp.zeros_like, places)), length=call.epochs)[1]

    if call.members == 1:
        one = jax.jit(train)
        return lambda: len([one(start).block_until_ready()])
    several = jax.jit(jax.vmap(train))
    places = jax.tree.map(lambda array: jnp.tile(array, (call.members, 1, 1)), start)
    return lambda: len(several(places).block_until_ready())


def gemm(call: Call):
    """Multiply matrices by what is fastest of torch, oneDNN and NumPy here; returns how many GFLOP."""
    import time

    import torch

    from kotohajime.engine import products

    size = {"cpu": 1024, "cuda": 8192}[call.device]
    a, b = torch.rand(2, size, size, device=call.device)
    ways = [lambda: torch.mm(a, b)]
    if call.device == "cpu":
        ways.append(lambda: np.matmul(a.numpy(), b.numpy()))
        if products.linear():
            ways.append(lambda: products.linear()(a, b, None, "none", [], ""))

    def spent(way) -> float:
        start = time.perf_counter()
        for _ in range(20):
            way()
        if call.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    best = min(ways, key=lambda way: (spent(way), spent(way))[1])

    def multiply():
        spent(best)
        return 20 * 2 * size**3 / 1e9

    return multiply
