"""Fetch the images: scikit-learn's digits, which need no network, or MNIST and Fashion-MNIST by torchvision."""

import errno
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torchvision import datasets, transforms

from kotohajime.cli import run
from kotohajime.io import UserError, write_npz
from kotohajime.images.problem import CLASSES
from kotohajime.config import IMAGES, Dataset


class Digits(datasets.VisionDataset):
    """scikit-learn's 1797 digits (8 x 8, 16 steps of grey) as torchvision has its data sets: pairs of image, label."""

    def __init__(self, root: Path, transform: object = None, download: bool = False) -> None:
        """Load them; they come with scikit-learn, so that nothing is downloaded into `root`."""
        super().__init__(root, transform=transform)
        found = load_digits()
        self.data, self.targets = (found.images * 15).astype(np.uint8), found.target

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.data)

    def __getitem__(self, place: int) -> tuple[object, int]:
        """Return an image, transformed, and its label."""
        image = transforms.functional.to_pil_image(self.data[place])
        return self.transform(image), int(self.targets[place])


SETS = {"digits": Digits, "mnist": datasets.MNIST, "fashion_mnist": datasets.FashionMNIST}


def fetch(name: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (count, height, width), 8 bits, and labels (count,); UserError says why they cannot be had.

    What is not in the folder yet is downloaded.
    """
    try:
        found = SETS[name](folder, transform=transforms.PILToTensor(), download=True)
        pairs = [found[place] for place in range(min(IMAGES[name], len(found)))]
        images = torch.cat([image for image, _ in pairs]).numpy()
    except (OSError, RuntimeError, ValueError, EOFError, AssertionError, IndexError) as error:
        if name == "digits":  # they come with scikit-learn: no file of the user's can be at fault
            raise
        raise UserError(f"{sentence(name, folder, error)} Or take images_dataset=digits.") from error
    labels = np.array([label for _, label in pairs])
    if not set(labels.tolist()) <= set(range(CLASSES)):
        raise UserError(f"the labels of {name} in {folder} are not all 0 to 9. Delete that folder and run again.")
    return images, labels.astype(np.uint8)


def sentence(name: str, folder: Path, error: Exception) -> str:
    """Return why a data set cannot be had, and what to do."""
    text = (str(error) or type(error).__name__).splitlines()[0].rstrip(". :")
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.ENOSPC, errno.ENOTDIR, errno.EROFS):
        return f"cannot write {name} to {folder}: {error.strerror}. Put that right and run again."
    if text.startswith("Error downloading") or "urlopen" in text:
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
