"""The manual run's learning rate, epoch by epoch."""


def halving(rate: float, epochs: int, every: int, at_start: bool) -> list[float]:
    """Return the learning rate of each epoch: halved after each epoch that `every` divides.

    Zero is such an epoch. The article's loop halves there too, which it surely did not mean; without `at_start` the
    first halving comes after epoch `every`.
    """
    rates = []
    for epoch in range(epochs):
        rates.append(rate)
        if epoch % every == 0 and (epoch > 0 or at_start):
            rate /= 2
    return rates
