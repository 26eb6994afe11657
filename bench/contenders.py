"""Ways to train the study's networks: each takes a Call and returns a function that trains some and says how many."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Call(NamedTuple):
    """What a contender has to do each time."""

    momentum: float
    members: int  # networks to train, for a contender that trains several at once
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


def engine(call: Call) -> Callable[[], int]:
    """Train by the study's engine."""
    import torch

    from kotohajime.engine import trainer
    from kotohajime.engine.optimizers import Update

    x, y, *weights = tensors(call.device)
    update = Update(call.momentum, nesterov=True) if call.momentum else Update()
    rates = torch.full((call.epochs, call.members), RATE[call.momentum], device=call.device)
    return lambda: trainer.train(x, y, [weights] * call.members, rates, [update] * call.members).shape[1]


def autograd(call: Call) -> Callable[[], int]:
    """Train one by the lessons' own loops."""
    import torch

    from kotohajime.article import train_autograd, train_module

    x, y, w1, w2 = tensors(call.device)
    if not call.momentum:
        return lambda: len([train_autograd.train(x, y, w1, w2, [RATE[0.0]] * call.epochs)])

    def train() -> int:
        model = train_module.TwoLayerNet(100, 1000, 10).to(call.device)
        sgd = torch.optim.SGD(model.parameters(), lr=RATE[call.momentum], momentum=call.momentum, nesterov=True)
        train_module.train(x, y, model, sgd, call.epochs)
        return 1

    return train


def jax_scan(call: Call) -> Callable[[], int]:
    """Train by JAX: jit of scan, of several networks by vmap."""
    import jax
    import jax.numpy as jnp

    x, y, w1, w2 = map(jnp.asarray, problem())

    def loss(weights: tuple) -> Any:
        return jnp.square(jax.nn.relu(x @ weights[0]) @ weights[1] - y).sum()

    def steps(weights: tuple) -> tuple:
        value, gradient = jax.value_and_grad(loss)(weights)
        return value, jax.tree.map(lambda g: RATE[call.momentum] * g, gradient)

    return jax_train(call, steps, (w1, w2))


def jax_gram(call: Call) -> Callable[[], int]:
    """Train by JAX as the engine does: z = x w1 and the Gram matrix, gradients by hand."""
    import jax.numpy as jnp

    x, y, w1, w2 = map(jnp.asarray, problem())
    gram = x @ x.T

    def steps(parameters: tuple) -> tuple:
        z, w2 = parameters
        a = jnp.maximum(z, 0)
        residual = a @ w2 - y
        scaled = 2 * RATE[call.momentum] * residual
        return jnp.square(residual).sum(), (gram @ ((scaled @ w2.T) * (z > 0)), a.T @ scaled)

    return jax_train(call, steps, (x @ w1, w2))


def jax_train(call: Call, steps: Callable, initial: tuple) -> Callable[[], int]:
    """Train by jit of scan, several networks by vmap; `steps` returns a loss and rate x gradient of parameters."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_default_matmul_precision", "highest")  # no TF32 on a GPU

    def epoch(state: tuple, _: None) -> tuple:
        parameters, velocity = state
        value, step = steps(parameters)
        if call.momentum:
            velocity = jax.tree.map(lambda v, g: call.momentum * v + g, velocity, step)
            step = jax.tree.map(lambda v, g: g + call.momentum * v, velocity, step)
        return (jax.tree.map(jnp.subtract, parameters, step), velocity), value

    def train(parameters: tuple) -> Any:
        state = parameters, jax.tree.map(jnp.zeros_like, parameters)
        return jax.lax.scan(epoch, state, length=call.epochs)[1]

    if call.members == 1:
        one = jax.jit(train)
        return lambda: len([one(initial).block_until_ready()])
    several = jax.jit(jax.vmap(train))
    parameters = jax.tree.map(lambda array: jnp.tile(array, (call.members, 1, 1)), initial)
    return lambda: len(several(parameters).block_until_ready())


def gemm(call: Call) -> Callable[[], float]:
    """Multiply matrices, by torch or by NumPy, whichever is faster here; the function returns how many GFLOP."""
    import torch

    size = {"cpu": 1024, "cuda": 8192}[call.device]
    a, b = torch.rand(2, size, size, device=call.device)
    products: list[Callable] = [lambda: a @ b]
    if call.device == "cpu":
        products.append(lambda: a.numpy() @ b.numpy())

    def seconds(product: Callable) -> float:
        start = time.perf_counter()
        for _ in range(20):
            product()
        if call.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    fastest = min(products, key=lambda product: (seconds(product), seconds(product))[1])

    def multiply() -> float:
        seconds(fastest)
        return 20 * 2 * size**3 / 1e9

    return multiply
