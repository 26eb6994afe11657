"""Fetch the images: scikit-learn's digits, which need no network, or MNIST and Fashion-MNIST by torchvision."""

import errno
import socket
from pathlib import Path

import numpy as np

from kotohajime.cli import run
from kotohajime.config import IMAGES, Dataset
from kotohajime.io import UserError, write_npz

DOWNLOADS = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}  # names in torchvision.datasets
SILENCE = 60  # seconds after which a server that says nothing is given up
NOT_WRITABLE = (errno.EACCES, errno.ENOSPC, errno.ENOTDIR, errno.EROFS)


def fetch(name: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (count, height, width) and labels (count,), both uint8; what `folder` lacks is downloaded.

    UserError if that fails, or if what is in the folder cannot be read.
    """
    if name == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        return (digits.images * 15).astype(np.uint8), digits.target.astype(np.uint8)
    from torchvision import datasets

    socket.setdefaulttimeout(SILENCE)
    try:
        dataset = getattr(datasets, DOWNLOADS[name])(folder, download=True)
        images, labels = dataset.data.numpy(), dataset.targets.numpy()
        if len(images) != len(labels) or not set(labels.tolist()) <= set(range(10)):
            raise ValueError("not a label from 0 to 9 for each image")
    except (OSError, RuntimeError, ValueError, EOFError, AssertionError, IndexError) as error:
        raise UserError(f"{reason(name, folder, error)} Or take images_dataset=digits.") from error
    return images[: IMAGES[name]], labels[: IMAGES[name]].astype(np.uint8)


def reason(name: str, folder: Path, error: Exception) -> str:
    """Return why a data set cannot be had, and what to do."""
    text = (str(error) or type(error).__name__).splitlines()[0].rstrip(". :")
    if isinstance(error, OSError) and error.errno in NOT_WRITABLE:
        return f"cannot write {name} to {folder}: {error.strerror}. Put that right and run again."
    if text.startswith("Error downloading") or "urlopen" in text or "timed out" in text:
        return f"{name} has to be downloaded, and that failed ({text}). Check the network."
    return f"the files of {name} in {folder} cannot be read ({text}). Delete that folder and run again."


def main(*, dataset: Dataset = Dataset(), folder: Path, output: Path) -> None:
    """Fetch a data set of images.

    Args:
        folder: where torchvision keeps what it downloads.
        output: the NPZ file to write: images (count, height, width), 8 bits, and labels (count,).
    """
    images, labels = fetch(dataset.images_dataset, folder)
    write_npz(output, {"images": images, "labels": labels})


if __name__ == "__main__":
    run(main)
