"""Statements on the network, its gradient derived by hand, and its loss."""

from itertools import pairwise

import numpy as np
import torch
from scipy import stats

from kotohajime.article import train_manual
from kotohajime.article.problem import draw
from kotohajime.article.prompt import execute
from kotohajime.article.schedule import halving
from kotohajime.claims.statement import Evidence, Judgement, Line, judge, statement

UNCHECKED = [
    ("The network is built three times: by hand, with autograd, with Module and optim.", "the article's plan"),
    ("Products of matrices make it possible to derive the updates by hand.", "`gradient_formula` judges how"),
    ("The loop below does so.", "code, not a statement; the lesson `train_manual` runs it"),
]


@statement(
    ("The network's formula", "ネットワークの式"),
    as_in_code="w1, w2, x = torch.randn(100, 1000), torch.randn(1000, 10), torch.randn(100)\n"
    "torch.allclose(w2.T @ torch.relu(w1.T @ x), x[None].mm(w1).clamp(min=0).mm(w2)[0], atol=1e-2)",
)
def network_formula(found: Evidence) -> Judgement:
    """The network is z = W1^T x, h = relu(z), and the prediction is W2^T h.

    ネットワークは z = W1^T x、h = relu(z) で、予測は W2^T h である。
    """
    same = found.checks["network_formula"]["as_in_code"]
    japanese = f"重みをコードの形にすると、式とコードの結果は同じか：{same}。"
    return judge(
        same == "True", f"with weights of the code's shapes, the formula gives what the code gives: {same}.", japanese
    )


@statement(
    ("One output or ten", "出力は 1 個か 10 個か"),
    text="h = torch.ones(1000); len(torch.ones(10, 100).T @ h)",
    code="len(torch.ones(1000, 10).T @ h)",
)
def output_dim(found: Evidence) -> Judgement:
    """The network predicts one number, and W2 is 10 x 100.

    ネットワークは数を一つ予測し、W2 は 10 x 100 である。
    """
    seen = found.checks["output_dim"]
    evidence = (
        f"with W2 of the text's shape and 1000 hidden units, a prediction is {seen['text']}; "
        f"with the code's, 1000 x 10, it is {seen['code']} numbers."
    )
    japanese = (
        f"W2 を文章の形にして隠れ層を 1000 ユニットにすると、予測は {seen['text']}。"
        f"コードの形（1000 x 10）では {seen['code']} 個の数になります。"
    )
    return judge(seen["text"] == "1", evidence, japanese)


@statement(("The name of the loss", "損失の名前"))
def rmse(found: Evidence) -> Judgement:
    """The loss is the RMSE.

    損失は RMSE である。
    """
    p = {name: array.astype(float) for name, array in found.problem.items()}
    error = np.maximum(p["x"] @ p["w1"], 0) @ p["w2"] - p["y"]
    total, root = float((error**2).sum()), float(np.sqrt((error**2).mean()))
    loss = float(found.autograd["loss"][0])
    evidence = f"the first recorded loss is {loss:.5g}; the summed squared error is {total:.5g}, the RMSE {root:.5g}."
    japanese = f"記録された最初の損失は {loss:.5g}。二乗誤差の和は {total:.5g}、RMSE は {root:.5g} です。"
    return judge(np.isclose(loss, root, rtol=1e-4), evidence, japanese)


def small_network(batch: int, outputs: int) -> dict:
    """Return a small network in float64, what the formulas name, and autograd's gradients."""
    x, y, w1, w2 = (torch.from_numpy(array).double() for array in draw(0, batch, 4, 6, outputs).values())
    w1.requires_grad_(), w2.requires_grad_()
    z = x.mm(w1)
    pred = z.clamp(min=0).mm(w2)
    by_w1, by_w2 = torch.autograd.grad((pred - y).pow(2).sum(), (w1, w2))
    names = {"x": x, "y": y, "w1": w1, "w2": w2, "z": z, "h": z.clamp(min=0), "pred": pred}
    plain = {name: tensor.detach() for name, tensor in names.items()}
    return {"torch": torch, **plain, "by_w1": by_w1, "by_w2": by_w2}


def compute_w2_formula() -> dict[str, str]:
    """Compute the printed gradient for W2: for one sample and one output, as in the text, and for the code's batch."""
    code = "torch.allclose(({}).flatten(), by_w2.flatten())"
    return {
        "one_sample": execute(code.format("-2 * (y - pred) * h"), small_network(1, 1))[1],
        "batch": execute(code.format("-2 * (y - pred) @ h"), small_network(5, 3))[1],
        "transposed": execute(code.format("-2 * h.T @ (y - pred)"), small_network(5, 3))[1],
    }


@statement(("The gradient for W2", "W2 の勾配"), seen=compute_w2_formula)
def grad_w2_formula(found: Evidence) -> Judgement:
    """The gradient for W2 is -2 (y - pred) h.

    W2 の勾配は -2 (y - pred) h である。
    """
    seen = found.checks["grad_w2_formula"]["seen"]
    evidence = (
        f"for one sample and one output, of which the text speaks, it is autograd's gradient: {seen['one_sample']}. As "
        f"a matrix product, for the code's batch: {seen['batch']}; written -2 h^T (y - pred): {seen['transposed']}."
    )
    japanese = (
        f"文章のとおりサンプルも出力も 1 個なら、autograd の勾配と同じか：{seen['one_sample']}。コードのバッチに対して行列の積と"
        f"して書くと：{seen['batch']}。-2 h^T (y - pred) と書くと：{seen['transposed']}。"
    )
    return judge(seen["one_sample"] == "True", evidence, japanese)


def compare_gradients() -> dict:
    """Compute dloss/dw1 as the article prints it, as its code computes it, and as autograd does, in float64."""
    names = small_network(5, 3)
    x, y, w1, w2 = (names[name] for name in ("x", "y", "w1", "w2"))
    rate = 2.0**-10
    _, (after, _) = train_manual.train(x, y, w1, w2, [rate])
    names["mask"] = torch.diag((names["z"][0] > 0).double())

    def loss(w1, w2):
        return (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()

    return {
        "printed": execute("torch.allclose(-2 * x.T @ (y - pred) @ w1 @ mask, by_w1)", names)[1],
        "code_against_autograd": float(((w1 - after) / rate - names["by_w1"]).abs().max() / names["by_w1"].abs().max()),
        "gradcheck": torch.autograd.gradcheck(loss, (w1.requires_grad_(), w2.requires_grad_()), raise_exception=False),
    }


@statement(("The gradient for W1", "W1 の勾配"), seen=compare_gradients)
def gradient_formula(found: Evidence) -> Judgement:
    """The gradient for W1 is -2 x^T (y - pred) W1 diag(H0(h)).

    W1 の勾配は -2 x^T (y - pred) W1 diag(H0(h)) である。
    """
    seen = found.checks["gradient_formula"]["seen"]
    right = seen["code_against_autograd"] < 1e-10 and seen["gradcheck"]
    evidence = (
        f"as printed, with W1 where W2 belongs and without its transpose: {seen['printed']}; the article's code is "
        f"{'right' if right else 'wrong too'}: it differs from autograd by {seen['code_against_autograd']:.0e} "
        f"(relative, float64), and gradcheck {'passes' if seen['gradcheck'] else 'fails'}."
    )
    japanese = (
        f"書かれた式（W2 であるべきところが W1 で、転置もない）をそのまま計算すると：{seen['printed']}。記事のコード"
        f"{'は正しく' if right else 'も誤りで'}、autograd との差は {seen['code_against_autograd']:.0e}（相対、float64）、"
        f"gradcheck は{'合格' if seen['gradcheck'] else '不合格'}です。"
    )
    return judge(seen["printed"] == "True", evidence, japanese)


@statement(
    ("H0", "H0"),
    same="""z = torch.tensor([-2.0, -0.0, 3.0], requires_grad=True)
torch.relu(z).sum().backward()
torch.equal(z.grad, torch.heaviside(z.detach(), torch.tensor(0.0)))""",
)
def heaviside(found: Evidence) -> Judgement:
    """H0 in the formula, the derivative of relu, is Heaviside's step function.

    式の H0、つまり relu の微分は、ヘヴィサイドの階段関数である。
    """
    same = found.checks["heaviside"]["same"]
    japanese = f"relu の勾配は階段関数（0 では 0）と同じか：{same}。"
    return judge(same == "True", f"relu's gradient is the step function, with 0 at 0: {same}.", japanese)


@statement(
    ("Random weights", "乱数の重み"),
    p=lambda: float(stats.kstest(draw(0, 1, 100, 1000, 10)["w1"].ravel(), "norm").pvalue),
)
def random_start(found: Evidence) -> Judgement:
    """The weights start from random values.

    重みの初期値は乱数である。
    """
    p = found.checks["random_start"]["p"]
    japanese = f"w1 が N(0, 1) に従うかの検定：p = {p:.2f}（Kolmogorov-Smirnov、0.001 未満なら棄却）。"
    return judge(p > 0.001, f"w1 against N(0, 1): p = {p:.2f} (Kolmogorov-Smirnov; rejected below 0.001).", japanese)


@statement(
    ("relu", "relu"),
    Line("z.clamp(min=0)", "torch.relu(z)", "z = torch.tensor([-1.0, 0.0, 2.0])"),
    values="z = torch.cat([torch.linspace(-3, 3, 601), torch.tensor([-0.0, torch.inf, -torch.inf])]); "
    "torch.equal(z.clamp(min=0), torch.relu(z))",
    at_zero="z = torch.zeros(1, requires_grad=True); "
    "[torch.autograd.grad(f(z), z)[0].item() for f in (torch.relu, lambda z: z.clamp(min=0))]",
)
def clamp_is_relu(found: Evidence) -> Judgement:
    """clamp(min=0) is the relu activation.

    clamp(min=0) は活性化関数 relu である。
    """
    seen = found.checks["clamp_is_relu"]
    evidence = (
        f"the same values, from minus infinity to infinity: {seen['values']}. "
        f"At exactly 0 the gradients of relu and of clamp(min=0) are {seen['at_zero']}."
    )
    japanese = (
        f"負の無限大から正の無限大まで値は同じか：{seen['values']}。"
        f"ちょうど 0 での relu と clamp(min=0) の勾配：{seen['at_zero']}。"
    )
    return judge(seen["values"] == "True", evidence, japanese)


@statement(
    ("The learning rate's schedule", "学習率のスケジュール"),
    notebook="halved = []\nfor i in range(1000):\n    if i % 200 == 0:\n        halved.append(i)\nprint(*halved)",
    ours=lambda: halvings(halving(1.0, 1000, 200, at_start=True)),
)
def lr_schedule(found: Evidence) -> Judgement:
    """The manual run's learning rate is halved every 200 epochs.

    manual の学習率は 200 epoch ごとに半分になる。
    """
    seen = found.checks["lr_schedule"]
    halved = [int(epoch) for epoch in seen["notebook"].split()]
    without, with_it = (found.hypothesis(name)["told"] for name in ("halving_saves", "halved_is_safe"))
    evidence = (
        f"the notebook's condition halves it after epochs {', '.join(map(str, halved))}; our schedule "
        f"{'does the same' if seen['ours'] == halved else 'does not'}. Over {found.study['seeds']} seeds, {without} "
        f"diverge without the halving after epoch 0, {with_it} with it."
    )
    japanese = (
        f"ノートブックの条件では epoch {'、'.join(map(str, halved))} の後に半分になり、このプロジェクトのスケジュールは"
        f"{'それと同じ' if seen['ours'] == halved else 'それと異なるもの'}です。{found.study['seeds']} 個のシードのうち発散するのは、"
        f"epoch 0 の後に半分にしない場合 {without}、する場合 {with_it} です。"
    )
    return judge(halved == list(range(200, 1000, 200)), evidence, japanese)


def halvings(rates: list[float]) -> list[int]:
    """Return after which epochs a rate was halved."""
    return [epoch for epoch, (rate, then) in enumerate(pairwise(rates)) if then == rate / 2]
