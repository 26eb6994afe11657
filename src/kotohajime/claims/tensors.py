"""Statements on tensors."""

import torch

from kotohajime.claims.statement import Evidence, Judgement, Line, brief, judge, statement
from kotohajime.claims.surface import ARRAY, alike, compare_methods, same
from kotohajime.text import CHANGED, FAILS, HOLDS

UNCHECKED = [
    ("Whoever knows NumPy will be grateful for slices.", "taste"),
    ("The workaround for a negative step is a little tedious.", "taste"),
]
SLICES = [
    "a[0]", "a[-1]", "a[1:3]", "a[::2]", "a[1:, ::3]", "a[:, 1]", "a[..., -1]", "a[None]", "a[:, None]",
    "a[[0, 2]]", "a[a > 0]", "a[[[0], [1]], [1, 2]]",
]  # fmt: skip
# What the article uses or names, with a tensor and in NumPy.
OPERATIONS = {
    "a[None, :]": "a[None, :]", "a[0]": "a[0]", "a.reshape(-1)": "a.reshape(-1)", "a.t()": "a.T",
    "a.mm(b.t())": "a @ b.T", "a.clamp(min=0)": "np.maximum(a, 0)", "(a - b) ** 2.": "(a - b) ** 2.",
    "a.pow(2).sum()": "(a ** 2).sum()", "a.sum().item()": "a.sum().item()", "a.shape": "a.shape",
    "a.abs()": "abs(a)", "a.abs_()": "np.abs(a, out=a)", "a.zero_()": "a.fill(0)", "a.numpy()": "a",
    "torch.from_numpy(a.numpy())": "a",
}  # fmt: skip


@statement(
    ("The class of a tensor", "テンソルのクラス"),
    drawn="type(torch.randn(2, 3))",
    product="type(torch.ones(2, 3).mm(torch.ones(3, 2)))",
    weight="isinstance(torch.nn.Linear(3, 2).weight, torch.Tensor)",
)
def tensor_class(found: Evidence) -> Judgement:
    """Vectors are held in the class torch.Tensor.

    ベクトルは torch.Tensor クラスで表される。
    """
    seen = found.checks["tensor_class"]
    evidence = (
        f"what randn draws is {seen['drawn']}, a product {seen['product']}; "
        f"a layer's weight is an instance of it: {seen['weight']}."
    )
    ours = "<class 'torch.Tensor'>"
    japanese = (
        f"randn が返すのは {seen['drawn']}、積は {seen['product']}。層の重みはそのインスタンスか：{seen['weight']}。"
    )
    return judge((seen["drawn"], seen["product"], seen["weight"]) == (ours, ours, "True"), evidence, japanese)


def compare_operations() -> dict[str, list[str]]:
    """Do with a tensor and with an array what the article uses; list what gives something else, or has another name."""
    return {
        "operations": list(OPERATIONS),
        "different": [code for code, theirs in OPERATIONS.items() if not alike(theirs, code)],
        "renamed": [f"{code} for {theirs}" for code, theirs in OPERATIONS.items() if code != theirs],
    }


@statement(("Like NumPy: what the article uses", "NumPy との比較：記事が使う操作"), seen=compare_operations)
def numpy_like(found: Evidence) -> Judgement:
    """A tensor has methods like a NumPy array's; basically the same operations work (judged by what the post uses).

    テンソルには NumPy の配列と同じメソッドがあり、基本的に同じ操作ができる（記事が使うものについて）。
    """
    seen = found.checks["numpy_like"]["seen"]
    alike = len(seen["operations"]) - len(seen["different"])
    evidence = (
        f"of the {len(seen['operations'])} operations that the article uses or names, {alike} give NumPy's values in "
        f"its shape (not: {', '.join(seen['different']) or 'none'}); some by a name of their own: "
        f"{', '.join(seen['renamed'])}. Rule: holds if all do."
    )
    japanese = (
        f"記事が使う、または名前を挙げる {len(seen['operations'])} の操作のうち、{alike} は値も形も NumPy と同じです"
        f"（異なるもの：{', '.join(seen['different']) or 'なし'}）。名前が違うもの（torch ← NumPy）："
        f"{'、'.join(one.replace(' for ', ' ← ') for one in seen['renamed'])}。"
        "規則：すべて同じなら成り立つ。"
    )
    return judge(not seen["different"], evidence, japanese)


@statement(("Like NumPy: every method", "NumPy との比較：すべてのメソッド"), methods=compare_methods)
def numpy_operations(found: Evidence) -> Judgement:
    """A tensor has methods like a NumPy array's; basically the same operations work (judged by every method).

    テンソルには NumPy の配列と同じメソッドがあり、基本的に同じ操作ができる（すべてのメソッドについて）。
    """
    every = found.checks["numpy_operations"]["methods"]
    methods = {name: seen for name, seen in every.items() if seen["calls"]}
    everywhere = [name for name, seen in methods.items() if not seen["different"]]
    nowhere = [name for name, seen in methods.items() if len(seen["different"]) == seen["calls"]]
    calls = sum(seen["calls"] for seen in methods.values())
    alike = calls - sum(len(seen["different"]) for seen in methods.values())
    evidence = (
        f"of the {len(methods)} public methods of an array that take some of the generated arguments (not called: "
        f"{', '.join(name for name in every if name not in methods)}), called in all ways that NumPy takes, "
        f"{len(everywhere)} do the same with a tensor in every call ({', '.join(everywhere)}), {len(nowhere)} in none; "
        f"{alike} of {calls} calls do. Rule: holds if at least 9 of 10 methods do the same in every call."
    )
    japanese = (
        f"用意した引数のどれかを受け付ける、配列の {len(methods)} の公開メソッド（呼ばなかったもの："
        f"{', '.join(name for name in every if name not in methods)}）を、NumPy が受け付けるすべての形で呼びました。"
        f"テンソルでもすべて同じになるのは {len(everywhere)}（{', '.join(everywhere)}）、一つも同じにならないのは "
        f"{len(nowhere)} です。呼び出しでは {calls} のうち {alike} が同じです。規則：10 のメソッドのうち 9 以上が、"
        "どの呼び出しでも同じなら成り立つ。"
    )
    return judge(len(everywhere) >= 0.9 * len(methods), evidence, japanese)


@statement(("Slices", "スライス"), different=lambda: [code for code in SLICES if not alike(code)])
def slices(found: Evidence) -> Judgement:
    """Slices work too.

    スライスも使える。
    """
    different = found.checks["slices"]["different"]
    evidence = (
        f"{len(SLICES) - len(different)} of {len(SLICES)} kinds of slice and index give NumPy's values in its shape"
        f" (not: {', '.join(different) or 'none'})."
    )
    japanese = (
        f"{len(SLICES)} 種類のスライスと添字のうち、{len(SLICES) - len(different)} は値も形も NumPy と同じです"
        f"（異なるもの：{', '.join(different) or 'なし'}）。"
    )
    return judge(not different, evidence, japanese)


@statement(
    ("The matrix product", "行列の積"),
    Line("x.mm(y.t())", "x @ y.T", "x, y = torch.ones(2, 3), torch.ones(2, 3)"),
    numpys=lambda: same(torch.from_numpy(ARRAY).mm(torch.from_numpy(ARRAY).t()), ARRAY @ ARRAY.T),
    unfit="torch.ones(2, 3).mm(torch.ones(2, 3))",
)
def matrix_product(found: Evidence) -> Judgement:
    """tensor.mm is the product of matrices; shapes that do not fit are an error.

    tensor.mm は行列の積で、形が合わなければエラーになる。
    """
    seen = found.checks["matrix_product"]
    told = "the same" if seen["numpys"] else "something else"
    evidence = f"mm gives {told} as NumPy's @; 2 x 3 by 2 x 3: {seen['unfit']}."
    japanese = (
        f"mm の結果は NumPy の @ と{'同じ' if seen['numpys'] else '異なります'}。2 x 3 と 2 x 3 の積：{seen['unfit']}。"
    )
    return judge(seen["numpys"] and seen["unfit"].startswith("RuntimeError"), evidence, japanese)


@statement(
    ("Negative steps", "負のステップ"),
    Line("x[::-1, :]", "x.flip(0)", "x = torch.arange(6).reshape(2, 3)"),
    sliced="torch.ones(3)[::-1]",
)
def negative_step(found: Evidence) -> Judgement:
    """A slice with a negative step is not supported.

    負のステップのスライスは使えない。
    """
    seen = found.checks["negative_step"]
    japanese = f"torch.ones(3)[::-1] の結果：{seen['sliced']}。"
    return judge(seen["sliced"].startswith("ValueError"), f"torch.ones(3)[::-1] gives {seen['sliced']}.", japanese)


@statement(
    ("The workaround", "逆順にする方法"),
    Line("torch.from_numpy(x.numpy()[::-1, :].copy())", "x.flip(0)", "x = torch.arange(6).reshape(2, 3)"),
    round="x = torch.arange(6).reshape(2, 3); reversed = torch.from_numpy(x.numpy()[::-1, :].copy()); reversed",
    direct="torch.equal(x.flip(0), reversed)",
)
def negative_by_copy(found: Evidence) -> Judgement:
    """To reverse a tensor one has to go to NumPy, slice, copy, and come back.

    テンソルを逆順にするには、NumPy に変換し、スライスし、コピーして戻す必要がある。
    """
    seen = found.checks["negative_by_copy"]
    works = seen["round"].startswith("tensor")
    verdict = FAILS if not works else CHANGED if seen["direct"] == "True" else HOLDS
    japanese = f"その方法は{'使えます' if works else '使えません'}。x.flip(0) でも同じ結果になるか：{seen['direct']}。"
    return Judgement(
        verdict, f"that way {'works' if works else 'fails'}; x.flip(0) gives the same: {seen['direct']}.", japanese
    )


@statement(("Why the copy", "コピーが要る理由"), shared="torch.from_numpy(np.ones((2, 3))[::-1])")
def copy_needed(found: Evidence) -> Judgement:
    """Without the copy, the negative step is noticed and raises an error.

    コピーしないと、負のステップが検出されてエラーになる。
    """
    seen = found.checks["copy_needed"]["shared"]
    japanese = f"コピーしない場合：{brief(seen)}"
    return judge(seen.startswith("ValueError") and "negative" in seen, f"without the copy: {brief(seen)}", japanese)


@statement(
    ("Negative strides, some day", "負のストライドの予告"),
    torch=lambda: torch.__version__.split("+")[0],
    shared="torch.from_numpy(np.ones((2, 3))[::-1])",
)
def negative_strides_soon(found: Evidence) -> Judgement:
    """torch will take arrays with negative strides in a later release, as its message says.

    エラーメッセージのとおり、負のストライドの配列は今後の版で使えるようになる。
    """
    seen = found.checks["negative_strides_soon"]
    japanese = f"torch {seen['torch']} では：{brief(seen['shared'])}"
    return judge("Error" not in seen["shared"], f"with torch {seen['torch']}: {brief(seen['shared'])}", japanese)
