"""Statements on autograd."""

import torch

from kotohajime.article import train_autograd, train_manual
from kotohajime.article.problem import draw
from kotohajime.claims.statement import Evidence, Judgement, Line, brief, judge, statement
from kotohajime.claims.surface import in_place

UNCHECKED = [
    ("With autograd the code is simpler.", "taste; the two lessons can be compared"),
    ("The loop below uses it.", "code, not a statement; the lesson `train_autograd` runs it"),
]
EPOCHS = 100


def compare_losses(precision: str) -> float:
    """Train by hand and with autograd from one start at one rate; return how far apart the losses are at most."""
    problem = [torch.from_numpy(array).to(getattr(torch, precision)) for array in draw(0, 100, 100, 1000, 10).values()]
    rates = [1.0e-6] * EPOCHS
    by_hand, _ = train_manual.train(*problem, rates)
    by_autograd, _ = train_autograd.train(*problem, rates)
    return max(abs(loss - hand) / hand for loss, hand in zip(by_autograd, by_hand, strict=True))


@statement(
    ("The same update", "同じ更新"),
    **{precision: lambda precision=precision: compare_losses(precision) for precision in ("float32", "float64")},
)
def autograd_same(found: Evidence) -> Judgement:
    """From the forward pass alone, autograd computes the update that was derived by hand.

    順伝播を書くだけで、autograd は手で導いたのと同じ更新を計算する。
    """
    seen = found.checks["autograd_same"]
    told = f"float32: {seen['float32']:.1g}, float64: {seen['float64']:.1g}"
    evidence = f"from one start at one rate, the losses of {EPOCHS} epochs differ at most by (relative) {told}."
    japanese = f"同じ初期値と学習率での {EPOCHS} epoch の損失の差（相対）は、最大で {told}。"
    return judge(seen["float64"] <= 1e-10 and seen["float32"] <= 1e-3, evidence, japanese)


@statement(
    ("How to ask for gradients", "勾配の求め方"),
    Line("w = torch.ones(3, require_grad=True)", "w = torch.ones(3, requires_grad=True); w"),
    works="torch.randn(2, 3, require_grad=True).requires_grad",
)
def requires_grad_name(found: Evidence) -> Judgement:
    """require_grad=True where a tensor is defined is all it takes.

    テンソルを定義するときに require_grad=True と書くだけでよい。
    """
    seen = found.checks["requires_grad_name"]["works"]
    japanese = f"そう書くと：{brief(seen)}。記事のコードでは requires_grad と正しく書かれています。"
    return judge(
        seen == "True", f"so spelt: {brief(seen)}. The article's code spells it right, requires_grad.", japanese
    )


@statement(
    ("backward", "backward"),
    before="w = torch.tensor(3.0, requires_grad=True); w.grad is None",
    after="(w ** 2).backward(); w.grad.item()",
)
def backward_fills_grad(found: Evidence) -> Judgement:
    """Calling backward on the loss computes the gradients.

    損失の backward を呼ぶと勾配が計算される。
    """
    seen = found.checks["backward_fills_grad"]
    evidence = f"before, w.grad is None: {seen['before']}; after, the gradient of w^2 at 3 is {seen['after']}."
    japanese = f"呼ぶ前に w.grad は None か：{seen['before']}。呼んだ後、w^2 の 3 での勾配は {seen['after']}。"
    return judge((seen["before"], seen["after"]) == ("True", "6.0"), evidence, japanese)


@statement(
    ("Updates that are not tracked", "追跡されない更新"),
    inside="""w = torch.ones(2, requires_grad=True)
with torch.no_grad():
    w -= 0.5
print((w.is_leaf, w.grad_fn))""",
    outside="w -= 0.5",
)
def no_grad_untracked(found: Evidence) -> Judgement:
    """Inside torch.no_grad() autograd does not track changes.

    torch.no_grad() の中での変更を autograd は追跡しない。
    """
    seen = found.checks["no_grad_untracked"]
    evidence = f"after w -= 0.5 inside, (w.is_leaf, w.grad_fn) is {seen['inside']}; outside: {brief(seen['outside'])}"
    japanese = (
        f"内側で w -= 0.5 とした後の (w.is_leaf, w.grad_fn)：{seen['inside']}。外側では：{brief(seen['outside'])}"
    )
    return judge(seen["inside"] == "(True, None)" and "Error" in seen["outside"], evidence, japanese)


BETWEEN = """w = torch.tensor(3.0, requires_grad=True)
loss = w ** 2
{}
loss.backward()
w.grad.item()"""


@statement(
    ("Updates through .data", ".data を通した更新"),
    Line("w.data.mul_(10); loss.backward(); w.grad", "w.detach().mul_(10); loss.backward(); w.grad",
         "w = torch.tensor(3.0, requires_grad=True); loss = w ** 2"),
    works="w = torch.ones(2, requires_grad=True); w.data -= 0.5; w.detach().tolist()",
    versions="before = w._version; w.data -= 0.5; after_data = w._version - before; w.detach().sub_(0.5); "
    "(after_data, w._version - before)",
    untouched=BETWEEN.format("pass"),
    by_data=BETWEEN.format("w.data.mul_(10)"),
    by_no_grad=BETWEEN.format("with torch.no_grad(): w.mul_(10)"),
)  # fmt: skip
def data_untracked(found: Evidence) -> Judgement:
    """Changing w.data works too, but the history can no longer be followed.

    w.data を変更してもよいが、履歴を追えなくなる。
    """
    seen = found.checks["data_untracked"]
    evidence = (
        f"it works ({seen['works']}), and autograd is not told: the version counter moves by {seen['versions']} for "
        f".data and for detach(). The gradient of w^2 at 3 is {seen['untouched']}; with w changed tenfold through "
        f".data between forward and backward it is {seen['by_data']}, without a word; changed under no_grad: "
        f"{brief(seen['by_no_grad'])}"
    )
    silent = seen["by_data"] not in (seen["untouched"], "") and "Error" not in seen["by_data"]
    japanese = (
        f"変更はできますが（{seen['works']}）、autograd には伝わりません。バージョンカウンターの増え方は、.data と detach() で "
        f"{seen['versions']} です。w^2 の 3 での勾配は {seen['untouched']} ですが、順伝播と逆伝播の間に .data を通して w を 10 倍に"
        f"すると、何の警告もなく {seen['by_data']} になります。no_grad の中で変更すると：{brief(seen['by_no_grad'])}"
    )
    return judge(seen["works"] == "[0.5, 0.5]" and silent and "Error" in seen["by_no_grad"], evidence, japanese)


@statement(
    ("Gradients add up", "勾配は足し合わされる"),
    Line("w.grad.zero_(); w.grad", "net.zero_grad(set_to_none=True); w.grad is None",
         "net = torch.nn.Linear(2, 1, bias=False); w = net.weight; w.sum().backward()"),
    once="w = torch.tensor(3.0, requires_grad=True); (w ** 2).backward(); w.grad.item()",
    twice="(w ** 2).backward(); w.grad.item()",
    zeroed="w.grad.zero_(); (w ** 2).backward(); w.grad.item()",
)  # fmt: skip
def grad_accumulates(found: Evidence) -> Judgement:
    """The gradients have to be set to zero after each update, or they add up.

    更新のたびに勾配を 0 にしないと、足し合わされていく。
    """
    seen = {name: found.checks["grad_accumulates"][name] for name in ("once", "twice", "zeroed")}
    evidence = (
        f"the gradient of w^2 at 3 after one backward pass is {seen['once']}, after a second {seen['twice']}; "
        f"set to zero between them: {seen['zeroed']}."
    )
    japanese = (
        f"w^2 の 3 での勾配は、backward 1 回の後は {seen['once']}、2 回目の後は {seen['twice']}。"
        f"間に 0 にすると {seen['zeroed']}。"
    )
    return judge([*seen.values()] == ["6.0", "12.0", "6.0"], evidence, japanese)


@statement(("The suffix _", "末尾の _"), seen=in_place)
def inplace_suffix(found: Evidence) -> Judgement:
    """Changes in place have the suffix _.

    テンソルをその場で変更するメソッドの名前には _ が付く。
    """
    seen = found.checks["inplace_suffix"]["seen"]
    suffixed, changing = set(seen["suffixed"]), set(seen["changing"])
    without, still = sorted(changing - suffixed), sorted(suffixed - changing)
    evidence = (
        f"of the {seen['methods']} public methods of a tensor that took generated arguments, {len(changing)} changed "
        f"their tensor, by its values, shape or version counter; without the suffix: {', '.join(without) or 'none'}. "
        f"With it, yet no change seen: {', '.join(still) or 'none'}; {len(seen['not_run'])} more with it took none of "
        "the arguments. Assignments (x[0] = 1, x += 1) change in place as well. Rule: holds if at least 99 of 100 that "
        "change have it."
    )
    japanese = (
        f"用意した引数のどれかを受け付けた、テンソルの {seen['methods']} の公開メソッドのうち、{len(changing)} が値、形、または"
        f"バージョンカウンターを変えました。そのうち末尾に _ がないもの：{', '.join(without) or 'なし'}。_ があるのに変化が見られな"
        f"かったもの：{', '.join(still) or 'なし'}。ほかに {len(seen['not_run'])} の _ 付きのメソッドは、どの引数も受け付けませんで"
        "した。代入（x[0] = 1、x += 1）もその場で変更します。規則：変更するもの 100 のうち 99 以上に _ が付いていれば成り立つ。"
    )
    return judge(len(without) <= 0.01 * len(changing), evidence, japanese)
