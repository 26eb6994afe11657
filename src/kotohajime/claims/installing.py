"""Statements on installing."""

from importlib.metadata import distribution

import torch

from kotohajime.claims.statement import Evidence, Judgement, statement
from kotohajime.text import CHANGED, OPEN

UNCHECKED = [
    ("Version 0.4.0 has just come out.", "history: nothing that is installed today tells"),
    ("All the code is in a public repository.", "a link; nothing here asks a network"),
    ("The project's site says to install with conda.", "the site of 2018"),
    ("With Ubuntu 16.04, pyenv and miniconda it installed smoothly.", "one machine of 2018"),
    ("The official Docker image could not be built; the project seems to neglect it.", "one attempt in 2018"),
    ("There is a Dockerfile that installs with conda.", "a link"),
    ("Docker is the better way, since it keeps environments apart.", "advice; this project follows it"),
]


def installer() -> str:
    """Return what installed torch."""
    return (distribution("torch").read_text("INSTALLER") or "an unknown installer").strip()


@statement(
    ("Where to get it", "入手先"),
    torch=lambda: torch.__version__.split("+")[0],
    cuda=lambda: torch.version.cuda,
    installer=installer,
)
def install(found: Evidence) -> Judgement:
    """conda installs pytorch, torchvision and CUDA 9.1 ("cuda91") from a channel named "python".

    conda で、「python」というチャンネルから pytorch、torchvision、CUDA 9.1（cuda91）を入れる。
    """
    seen = found.checks["install"]
    build = f"CUDA {seen['cuda']}" if seen["cuda"] else "the CPU"
    evidence = (
        f"torch {seen['torch']}, installed by {seen['installer']} and built for {build}, ran everything here. By the "
        "projects' documentation (not checked here) the channel was 'pytorch', which is retired. Today: "
        "pip install torch torchvision, or conda install -c conda-forge pytorch torchvision."
    )
    japanese = (
        f"ここでのすべては torch {seen['torch']}（{seen['installer']} がインストール、{build.removeprefix('the ')} 向け）で動きました。各プロジェクトの文書に"
        "よれば（ここでは未確認）、当時のチャンネルは今は廃止された pytorch です。今なら pip install torch torchvision、または "
        "conda install -c conda-forge pytorch torchvision です。"
    )
    return Judgement(OPEN if seen["cuda"] == "9.1" else CHANGED, evidence, japanese)
