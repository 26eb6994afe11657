"""The page's digits: they are those of the image room, networks learn them, and know one that is drawn."""

import json

import numpy as np
import pytest
from node import in_node, needs_node

from kotohajime.images.data import fetch
from kotohajime.images.problem import draw_images
from kotohajime.io import write_csv, write_npz
from kotohajime.site.live import ALPHABET, image_data

LEARN = """
const { images } = given;
const { sizes, labels, mean, deviation } = images;
const tests = decode(images.tests);
const target = 0.01 * sizes.batch * sizes.outputs;
const share = (outputs) => [...labels].filter((label, i) => {
  const own = outputs.subarray(10 * i, 10 * i + 10);
  return own.indexOf(Math.max(...own)) === Number(label);
}).length / labels.length;
const ends = given.lanes.map(({ start, centred }) => {
  const problem = { ...unpack(images, start), centred, times: 0.8, momentum: 0.8 };
  const { from, losses, weights } = [...train({ lanes: [problem], epochs: 20000, target })].at(-1);
  const accuracy = share(predict(weights, tests, labels.length));
  return { weights, epochs: from + losses.length, error: losses.at(-1) / sizes.batch / sizes.outputs, accuracy };
});
// The test images again, drawn in 32 x 32 pixels: of each block as many pixels are inked as its value says, those next
// to the middle first.
const { weights } = ends.at(-1);
const plain = tests.map((value) => Math.round(value * deviation + mean));
const drawn = (values) => Float64Array.from({ length: 1024 }, (_, pixel) => {
  const [row, column] = [Math.floor(pixel / 32), pixel % 32];
  const inner = [row < 16 ? 3 - (row % 4) : row % 4, column < 16 ? 3 - (column % 4) : column % 4];
  return inner[0] * 4 + inner[1] < values[Math.floor(row / 4) * 8 + Math.floor(column / 4)] ? 1 : 0;
});
let off = 0;
const outputs = new Float64Array(10 * labels.length);
for (let i = 0; i < labels.length; i++) {
  const values = plain.slice(i * 64, (i + 1) * 64);
  toDigit(drawn(values), 32).forEach((ink, k) => { off += Math.abs(ink - values[k]) / 64 / labels.length; });
  outputs.set(predict(weights, toDigit(drawn(values), 32, mean, deviation), 1), 10 * i);
}
return { ends: ends.map(({ weights, ...end }) => end), off, accuracy: share(outputs) };
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Return the page's images."""
    folder = tmp_path_factory.mktemp("digits")
    images, labels = fetch("digits", folder)
    write_npz(folder / "images/data.npz", {"images": images, "labels": labels})
    write_csv(folder / "images/runs.csv", ["seed"], [[201], [200]])
    return image_data(folder)


def unpacked(packed):
    """Return the numbers of a packed array."""
    codes = np.array([ALPHABET.tobytes().index(digit) for digit in packed["data"].encode()]).reshape(
        -1, packed["places"]
    )
    weights = 64 ** np.arange(packed["places"])[::-1]
    return (packed["scale"] * (codes @ weights - 64 ** packed["places"] // 2)).tolist()


def test_the_images_are_the_image_rooms(digits, tmp_path):
    images, labels = fetch("digits", tmp_path)
    problem = draw_images({"images": images, "labels": labels}, 200, 100, 1000)
    inputs = unpacked(digits["problem"]["x"]) + unpacked(digits["tests"])
    np.testing.assert_allclose(inputs, problem.points.ravel(), atol=2e-3)
    np.testing.assert_allclose(unpacked(digits["problem"]["y"]), problem.y.ravel(), atol=2e-3)
    classes = problem.targets[100:].argmax(1).tolist()
    assert digits["labels"] == "".join(map(str, classes))
    assert [classes[place] for place, _ in digits["picks"].values()] == list(digits["picks"]) == list(range(10))
    write_npz(tmp_path / "images/data.npz", {"images": np.zeros((9, 28, 28), np.uint8), "labels": labels[:9]})
    assert image_data(tmp_path) is None


@needs_node
@pytest.mark.slow
def test_networks_learn_digits_and_know_a_drawn_one(digits):
    lanes = [{"start": "normal"}, {"start": "linear"}, {"start": "normal", "centred": True}]
    done = in_node(LEARN, images=digits, lanes=lanes)
    print(json.dumps(done))
    normal, linear, centred = done["ends"]
    assert all(end["error"] < 0.01 for end in done["ends"])
    assert normal["accuracy"] < 0.3
    assert linear["accuracy"] > 0.8
    assert centred["accuracy"] > 0.8
    assert linear["epochs"] < centred["epochs"] < normal["epochs"]
    assert done["off"] < 1  # of 16
    assert done["accuracy"] > centred["accuracy"] - 0.1
