"""What the networks learn: images and their classes, or the outputs of a small network, their teacher."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kotohajime.config import Sizes
from kotohajime.io import UserError

CLASSES = 10
TEACHER_UNITS = 3  # hidden units of the teacher


class Problem(NamedTuple):
    """Data to train on and to test on; a mean squared error of 1 is that of predicting 0 everywhere."""

    x: Tensor  # (train, inputs); the mean of the squared entries is 1
    y: Tensor  # (train, outputs); the mean of the squared entries is 1
    points: Tensor  # (train + test, inputs): x, then the points to test on
    targets: Tensor  # (train + test, outputs); the largest is that of an image's class
    indices: np.ndarray = np.empty(0)  # (test,): of the images to test on, in their data set


def draw_images(data: Mapping[str, np.ndarray], seed: int, train: int, test: int) -> Problem:
    """Draw images to train on and to test on from a data set.

    The images are normalised as by torchvision's Normalize, with the mean and deviation of all training pixels, and
    flattened. A target is 1 for the class and 0 else, less 1/10 and divided by sqrt(9)/10: mean 0 and variance 1 over
    balanced classes.

    UserError if there are too few images.
    """
    images, labels = data["images"], data["labels"]
    if train + test > len(images):
        raise UserError(f"{train} images to train on and {test} to test on are more than the {len(images)} there are.")
    drawn = np.random.default_rng((seed, 1)).permutation(len(images))[: train + test]
    pixels = images[drawn].reshape(train + test, -1).astype(float)
    points = (pixels - pixels[:train].mean()) / pixels[:train].std()
    targets = (np.eye(CLASSES)[labels[drawn]] - 0.1) / 0.3
    return Problem(*split(points, targets, train), drawn[train:])


def draw_teacher(seed: int, sizes: Sizes, test: int) -> Problem:
    """Draw points from N(0, 1), `sizes.batch_size` to train on and `test` more, and a teacher's outputs for them.

    The teacher has TEACHER_UNITS relu units and weights from N(0, 1).
    """
    generator, train = np.random.default_rng((seed, 2)), sizes.batch_size
    points = generator.standard_normal((train + test, sizes.input_dim))
    w1 = generator.standard_normal((sizes.input_dim, TEACHER_UNITS))
    w2 = generator.standard_normal((TEACHER_UNITS, sizes.output_dim))
    targets = np.maximum(points @ w1, 0) @ w2
    targets /= np.sqrt(np.square(targets[:train]).mean())
    return Problem(*split(points, targets, train))


def split(points: np.ndarray, targets: np.ndarray, train: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return x, y, points and targets of a problem in float32."""
    all_points, all_targets = (torch.from_numpy(array.astype(np.float32)) for array in (points, targets))
    return all_points[:train], all_targets[:train], all_points, all_targets
