"""The tour: code runs as at the prompt, and today's outcome is compared with the reported one."""

import html
import json

import pytest

from kotohajime.article import tensor_basics
from kotohajime.article.prompt import execute
from kotohajime.article.tensor_basics import same_outcome
from kotohajime.config import Device


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("a = 3", ("value", "")),
        ("a = 3\na * 2", ("value", "6")),
        ("None", ("value", "")),
        ("a = 1\nb", ("error", "NameError: name 'b' is not defined")),
        ("for i in (1, 2):\n    print(i)", ("value", "1\n2")),
        ("print(1)\n'a'", ("value", "1\n'a'")),
        ("import warnings; warnings.warn('old\\nmore', FutureWarning); 3", ("value", "FutureWarning: old\n3")),
    ],
)
def test_code_does_what_it_does_at_a_prompt(code, outcome):
    assert execute(code, {}) == outcome


@pytest.mark.parametrize(
    ("kind", "today", "reported", "same"),
    [
        ("value", "tensor([ 1.5])", "tensor([-2.5])", True),
        ("value", "tensor([1.5, 2.5])", "tensor([1.5])", False),
        ("value", "torch.Size([3, 2])", "torch.Size([2, 3])", False),
        ("error", "ValueError: new words", "ValueError: old words", True),
        ("error", "TypeError: words", "ValueError: words", False),
        ("value", "tensor([1.])", "ValueError: words", False),
        ("error", "ValueError: words", "tensor([2.])", False),
        ("value", "", "", None),
    ],
)
def test_same_outcome(kind, today, reported, same):
    assert same_outcome(kind, today, reported) is same


def test_the_tour_goes_today_as_it_went_in_2018_and_is_shown(tmp_path, capsys):
    tensor_basics.main(device=Device(device="cpu"), json=tmp_path / "tour.json", html=tmp_path / "tour.html")
    assert capsys.readouterr().out.endswith("20 steps, 1 with another outcome than in 2018\n")
    story = json.loads((tmp_path / "tour.json").read_text())
    (other,) = (step for step in story if step["as_reported"] is False)
    assert "requires_grad" in other["today"].replace(other["reported"], "")
    assert [step["code"] for step in story if step["why"]] == [other["code"]]
    page = html.unescape((tmp_path / "tour.html").read_text()).replace("\u00a0", " ")
    assert all(step["code"] in page and step["today"] in page and step["topic"][1] in page for step in story)
    assert page.count("2018 年と異なる") == 1
