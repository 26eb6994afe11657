"""What the networks learn: images, split by a seed, or what a small network, their teacher, says; targets of size 1."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kotohajime.io import UserError
from kotohajime.config import Sizes

CLASSES = 10
TEACHER = 3  # its hidden units


class Problem(NamedTuple):
    """Data to train on and to test on; an error of 1 is that of predicting nothing."""

    x: Tensor  # (train, inputs); the mean of the squared entries is 1
    y: Tensor  # (train, outputs); the mean of the squared entries is 1
    points: Tensor  # (train + test, inputs): all, those to train on first
    targets: Tensor  # (train + test, outputs)
    labels: Tensor | None = None  # (test,): the classes of images
    places: np.ndarray | None = None  # (test,): which images they are

    def to(self, device: torch.device, dtype: torch.dtype) -> "Problem":
        """Return it on a device, in a precision."""
        numbers = (array.to(device, dtype) for array in self[:4])
        return Problem(*numbers, None if self.labels is None else self.labels.to(device), self.places)


def of_images(data: Mapping[str, np.ndarray], seed: int, train: int, test: int) -> Problem:
    """Return images drawn from a data set by a seed.

    The images are normalised as by torchvision's Normalize, with the mean and deviation of all training pixels, and
    flattened. A target is 1 for the class and 0 else, less 1/10 and divided by sqrt(9)/10: mean 0 and variance 1 over
    balanced classes.
    """
    images, labels = data["images"], data["labels"]
    if train + test > len(images):
        raise UserError(f"{train} images to train on and {test} to test on are more than the {len(images)} there are.")
    drawn = np.random.default_rng((seed, 1)).permutation(len(images))[: train + test]
    pixels = images[drawn].reshape(train + test, -1).astype(float)
    if not pixels[:train].std():
        raise UserError(f"The {train} images to train on (seed {seed}) are all of one grey: there is nothing to learn.")
    points = (pixels - pixels[:train].mean()) / pixels[:train].std()
    targets = (np.eye(CLASSES)[labels[drawn]] - 0.1) / 0.3
    points, targets = (torch.from_numpy(array.astype(np.float32)) for array in (points, targets))
    own = torch.from_numpy(labels[drawn[train:]].astype(np.int64))
    return Problem(points[:train], targets[:train], points, targets, own, drawn[train:])


def of_teacher(seed: int, sizes: Sizes, test: int) -> Problem:
    """Return what a teacher of TEACHER relu units says of points drawn from N(0, 1), as its weights are."""
    drawn, train = np.random.default_rng((seed, 2)), sizes.batch_size
    points, w1, w2 = (drawn.standard_normal(shape) for shape in (
        (train + test, sizes.input_dim), (sizes.input_dim, TEACHER), (TEACHER, sizes.output_dim)))  # fmt: skip
    targets = np.maximum(points @ w1, 0) @ w2
    targets /= np.sqrt(np.square(targets[:train]).mean())
    points, targets = (torch.from_numpy(array.astype(np.float32)) for array in (points, targets))
    return Problem(points[:train], targets[:train], points, targets)
