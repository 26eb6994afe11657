"""Statements on the figure, which the study decides, and on nn.Linear's start."""

import math

import torch
from scipy import stats

from kotohajime.claims.statement import Evidence, Judgement, judge, statement
from kotohajime.text import FAILS, HOLDS, JAPANESE, NOT_REJECTED, OPEN, REJECTED, short

UNCHECKED = [("The documentation has nn.Linear's source.", "a link")]


@statement(("The curves of 2018", "2018 年の曲線"))
def figure_reproduced(found: Evidence) -> Judgement:
    """The losses of the autograd run and of the module run give this figure.

    autograd と module の学習の損失は、この図のようになる。
    """
    band = {name: found.study["band"][name] for name in ("autograd", "module") if name in found.study["band"]}
    verdicts = {seen["verdict"] for seen in band.values()}
    p = {name: short(math.nan if seen["p"] is None else seen["p"]) for name, seen in band.items()}
    told = "; ".join(
        f"{name}: {seen['verdict']}, p = {p[name]} among {seen['seeds']} seeds" for name, seen in band.items()
    )
    japanese = "、".join(
        f"{name} の曲線は{JAPANESE[seen['verdict']]}（p = {p[name]}、シード {seen['seeds']} 個）"
        for name, seen in band.items()
    )
    decided = FAILS if REJECTED in verdicts else HOLDS if verdicts == {NOT_REJECTED} and len(band) == 2 else OPEN
    return Judgement(
        decided,
        f"could the published curve be one of ours? {told or 'too few epochs to tell'}.",
        f"公開された曲線が今回の設定から生じたという仮説：{japanese or 'epoch が少なすぎて判定できません'}。",
    )


@statement(("Which run is better", "損失の低い学習"))
def module_better(found: Evidence) -> Judgement:
    """The module run ends with a far lower loss than the autograd run.

    module の学習は、autograd よりはるかに低い損失で終わる。
    """
    naive, module = float(found.autograd["loss"][-1]), float(found.module["loss"][-1])
    evidence = (
        f"over {found.study['seeds']} seeds it ends at {found.hypothesis('module_better')['told']} times the autograd "
        f"run's loss; the recorded runs end at {module:.3g} and {naive:.3g}."
    )
    japanese = (
        f"{found.study['seeds']} 個のシードでは、最終損失は autograd の {found.hypothesis('module_better')['told']} 倍になります。"
        f"記録した学習では {module:.3g} と {naive:.3g} です。"
    )
    return Judgement(found.study["claims"]["module_better"]["verdict"], evidence, japanese)


@statement(("Why it is better", "低くなる理由"))
def init_is_why(found: Evidence) -> Judgement:
    """The module run wins because its initial values are good.

    module の損失が低くなるのは、初期値が良いからである。
    """
    names = ("start_alone", "start_is_needed", "own_rate", "tuned_speed", "momentum_is_rate")
    alone, needed, own_rate, tuned, momentum = (found.hypothesis(name)["told"] for name in names)
    evidence = (
        f"over {found.study['seeds']} seeds: that start alone, with the autograd run's optimiser and rate, ends at "
        f"{alone} times the loss of N(0, 1); with the module run's, N(0, 1) diverges for {needed} of the seeds, but at "
        f"a rate of its own it ends at {own_rate} times the module run's loss; tuned against tuned, nn.Linear's start "
        f"takes {tuned} times the epochs; the module run ends at {momentum} times the loss of gradient descent at "
        "rate / (1 - momentum)."
    )
    japanese = (
        f"{found.study['seeds']} 個のシードでは、autograd と同じ optimizer と学習率のまま初期値だけを替えると、最終損失は N(0, 1) の "
        f"{alone} 倍になります。module と同じ optimizer と学習率では、N(0, 1) はシードの {needed} で発散しますが、N(0, 1) に合った"
        f"学習率の勾配降下法なら、最終損失は module の {own_rate} 倍です。それぞれ最良の学習率では、損失 0.01 までの epoch 数は、"
        f"nn.Linear の初期値では N(0, 1) の {tuned} 倍です。"
        f"module の最終損失は、学習率 rate / (1 - momentum) の勾配降下法の {momentum} 倍です。"
    )
    return Judgement(found.study["claims"]["init_is_why"]["verdict"], evidence, japanese)


@statement(("What a start is worth", "初期値の価値"))
def init_matters(found: Evidence) -> Judgement:
    """The initial values of a neural network matter a great deal.

    ニューラルネットワークの初期値はとても重要である。
    """
    names = ("images_normal", "images_linear", "images_centred", "usable_rates", "balance")
    normal, linear, centred, usable, balance = (found.hypothesis(name)["told"] for name in names)
    evidence = (
        f"over {found.study['seeds']} seeds, on images and trained to the same error: from N(0, 1) a network "
        f"recognises {normal} of others, from nn.Linear's start {linear}, from N(0, 1) less its first output "
        f"{centred}; nn.Linear's start has {usable} times as many decades of usable rates; with its layers balanced "
        f"anew it takes {balance} times the epochs."
    )
    japanese = (
        f"{found.study['seeds']} 個のシードで、画像を同じ誤差まで学習させると、初めて見る画像の正解率は N(0, 1) からでは {normal}、"
        f"nn.Linear の初期値からは {linear}、最初の出力を差し引いた N(0, 1) からは {centred} です。nn.Linear の初期値では、使える"
        f"学習率の範囲（桁数）が N(0, 1) の {usable} 倍になります。出力の大きさを変えずに 2 層の大きさの比を変えると、epoch 数は"
        f" nn.Linear の {balance} 倍で済みます。"
    )
    return Judgement(found.study["claims"]["init_matters"]["verdict"], evidence, japanese)


def layers(bound) -> dict:
    """Test the default weights of the article's two layers for U(-b, b), b = `bound` of inputs and outputs."""
    found = {}
    for fan_in, fan_out in ((100, 1000), (1000, 10)):
        weights = torch.nn.Linear(fan_in, fan_out, bias=False).weight.detach().double().flatten().numpy()
        b = bound(fan_in, fan_out)
        test = stats.kstest(weights, stats.uniform(-b, 2 * b).cdf)
        found[f"{fan_in}x{fan_out}"] = {"bound": b, "largest": float(abs(weights).max()), "p_value": float(test.pvalue)}
    return found


def fits(found: dict) -> Judgement:
    """Return whether the layers' weights fit their bounds."""
    told = [
        f"{name}: largest weight {layer['largest'] / layer['bound']:.5g} of the bound, p = {layer['p_value']:.2f}"
        for name, layer in found.items()
    ]
    fit = all(layer["largest"] <= layer["bound"] and layer["p_value"] > 0.001 for layer in found.values())
    japanese = [
        f"{name}：最大の重みは範囲の端の値の {layer['largest'] / layer['bound']:.5g} 倍、p = {layer['p_value']:.2f}"
        for name, layer in found.items()
    ]
    return judge(
        fit,
        f"{'; '.join(told)} (Kolmogorov-Smirnov; rejected below 0.001).",
        f"{'。'.join(japanese)}（Kolmogorov-Smirnov、0.001 未満なら棄却）。",
    )


@statement(
    ("nn.Linear's default: the distribution", "nn.Linear の既定：分布"),
    layers=lambda: layers(lambda inputs, _: 1 / math.sqrt(inputs)),
)
def linear_init(found: Evidence) -> Judgement:
    """nn.Linear draws its weights from a uniform distribution between ±1 / √n (tested with n inputs).

    nn.Linear の重みの初期値は ±1 / √n の一様分布に従う（n を入力の数として検証）。
    """
    return fits(found.checks["linear_init"]["layers"])


@statement(
    ("nn.Linear's default: the bound", "nn.Linear の既定：限界"),
    layers=lambda: layers(lambda *sizes: 1 / math.sqrt(math.prod(sizes))),
)
def linear_init_wording(found: Evidence) -> Judgement:
    """The bound is one over the root of the number of the weight's parameters.

    その範囲の端の値は、重みのパラメータ数の平方根の逆数である。
    """
    return fits(found.checks["linear_init_wording"]["layers"])
