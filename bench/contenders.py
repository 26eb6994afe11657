"""Ways to train the study's networks, each a function that trains some and returns how many."""

import numpy as np

EPOCHS = 250  # of the 1000; every contender's cost is the same in every epoch
MEMBERS = 4  # networks a call, where a contender trains several
RATE = {0.0: 5.0e-7, 0.8: 1.0e-7}  # by momentum; stable from N(0, 1)


def problem() -> list[np.ndarray]:
    """Return x, y, w1, w2 at the article's sizes."""
    from kotohajime.article.problem import draw

    return list(draw(0, 100, 100, 1000, 10).values())


def tensors() -> list:
    """Return the problem as tensors."""
    import torch

    return [torch.from_numpy(array) for array in problem()]


def engine(momentum: float):
    """Train by the study's engine."""
    import torch

    from kotohajime.study import engine
    from kotohajime.study.optimizers import Update

    x, y, *start = tensors()
    update = Update(momentum, nesterov=True) if momentum else Update()
    rates = torch.full((EPOCHS, MEMBERS), RATE[momentum])
    return lambda: engine.train(x, y, [start] * MEMBERS, rates, [update] * MEMBERS).shape[1]


def autograd(momentum: float):
    """Train by independent autograd loops: the lessons' own."""
    import torch

    from kotohajime.article import train_autograd, train_module

    x, y, w1, w2 = tensors()
    if not momentum:
        return lambda: len([train_autograd.train(x, y, w1, w2, [RATE[0.0]] * EPOCHS)])

    def train():
        model = train_module.TwoLayerNet(100, 1000, 10)
        sgd = torch.optim.SGD(model.parameters(), lr=RATE[momentum], momentum=momentum, nesterov=True)
        train_module.train(x, y, model, sgd, EPOCHS)
        return 1

    return train


def clamp(momentum: float):
    """Train by an autograd loop with relu written as clamp and gradients kept in .grad, as the article has it."""
    import torch

    x, y, *start = tensors()

    def train():
        weights = [w.clone().requires_grad_() for w in start]
        velocity = [torch.zeros_like(w) for w in start]
        for _ in range(EPOCHS):
            loss = ((x @ weights[0]).clamp(min=0) @ weights[1] - y).pow(2).sum()
            loss.item()
            loss.backward()
            with torch.no_grad():
                for w, v in zip(weights, velocity, strict=True):
                    step = w.grad if not momentum else w.grad + momentum * v.mul_(momentum).add_(w.grad)
                    w -= RATE[momentum] * step
                    w.grad.zero_()
        return 1

    return train


def func_vmap(momentum: float):
    """Train several by torch.func: vmap of grad."""
    import torch

    x, y, *start = tensors()

    def loss(w1, w2):
        value = (torch.relu(x @ w1) @ w2 - y).square().sum()
        return value, value

    gradient = torch.func.vmap(torch.func.grad(loss, argnums=(0, 1), has_aux=True))

    def train():
        weights = [w.repeat(MEMBERS, 1, 1) for w in start]
        velocity = [torch.zeros_like(w) for w in weights]
        for _ in range(EPOCHS):
            gradients, _ = gradient(*weights)
            for w, v, g in zip(weights, velocity, gradients, strict=True):
                w.sub_(RATE[momentum] * (g if not momentum else g + momentum * v.mul_(momentum).add_(g)))
        return MEMBERS

    return train


def jax_scan(momentum: float, members: int = 1):
    """Train by JAX: jit of scan, of several networks by vmap."""
    import jax
    import jax.numpy as jnp

    x, y, w1, w2 = map(jnp.asarray, problem())

    def loss(weights):
        return jnp.square(jax.nn.relu(x @ weights[0]) @ weights[1] - y).sum()

    def step(state, _):
        weights, velocity = state
        value, gradient = jax.value_and_grad(loss)(weights)
        if momentum:
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradient)
            gradient = jax.tree.map(lambda v, g: g + momentum * v, velocity, gradient)
        return (jax.tree.map(lambda w, g: w - RATE[momentum] * g, weights, gradient), velocity), value

    def train(weights):
        return jax.lax.scan(step, (weights, jax.tree.map(jnp.zeros_like, weights)), length=EPOCHS)[1]

    if members == 1:
        one = jax.jit(train)
        return lambda: len([one((w1, w2)).block_until_ready()])
    several = jax.jit(jax.vmap(train))
    weights = tuple(jnp.tile(w, (members, 1, 1)) for w in (w1, w2))
    return lambda: len(several(weights).block_until_ready())


def jax_vmap(momentum: float):
    """Train several by JAX: jit of vmap of scan."""
    return jax_scan(momentum, MEMBERS)


def jax_gram(momentum: float):
    """Train by JAX as the engine does: z and the Gram matrix, gradients by hand, jit of scan."""
    import jax
    import jax.numpy as jnp

    x, y, w1, w2 = map(jnp.asarray, problem())
    gram = x @ x.T

    def step(state, _):
        (z, w2), velocity = state
        a = jnp.maximum(z, 0)
        residual = a @ w2 - y
        scaled = 2 * RATE[momentum] * residual
        steps = (gram @ ((scaled @ w2.T) * (z > 0)), a.T @ scaled)
        if momentum:
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, steps)
            steps = jax.tree.map(lambda v, g: g + momentum * v, velocity, steps)
        return (jax.tree.map(jnp.subtract, (z, w2), steps), velocity), jnp.square(residual).sum()

    def train(places):
        return jax.lax.scan(step, (places, jax.tree.map(jnp.zeros_like, places)), length=EPOCHS)[1]

    one = jax.jit(train)
    return lambda: len([one((x @ w1, w2)).block_until_ready()])


def gemm(momentum: float):
    """Multiply matrices by what is fastest of torch, oneDNN and NumPy here; returns how many GFLOP."""
    import time

    import torch

    from kotohajime import products

    a, b = torch.ones(1024, 1024), torch.ones(1024, 1024)
    ways = [lambda: torch.mm(a, b), lambda: np.matmul(a.numpy(), b.numpy())]
    if products.linear():
        ways.append(lambda: products.linear()(a, b, None, "none", [], ""))

    def spent(way) -> float:
        start = time.perf_counter()
        for _ in range(20):
            way()
        return time.perf_counter() - start

    best = min(ways, key=lambda way: (spent(way), spent(way))[1])

    def multiply():
        spent(best)
        return 20 * 2 * 1024**3 / 1e9

    return multiply
