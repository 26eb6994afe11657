"""Statements on torch.nn.Module."""

import torch

from kotohajime.article import train_module
from kotohajime.article.prompt import execute
from kotohajime.claims.statement import Evidence, Judgement, Line, judge, statement

UNCHECKED = [("Module and optim hide the update of the weights.", "the section's plan")]
NET = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1 = torch.nn.Linear(4, 3, bias=False)
        self.dense2 = torch.nn.Linear(3, 2, bias=False)
        self.factor = torch.ones(1)
    def forward(self, x):
        return self.dense2(torch.relu(self.dense1(x)))
model, x = Net(), torch.ones(5, 4)
"""


@statement(
    ("How to make a module", "Module の作り方"),
    no_forward="class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\nNet()(torch.ones(1))",
    no_super="class Net(torch.nn.Module):\n    def __init__(self):\n        self.dense = torch.nn.Linear(1, 1)\nNet()",
    both=f"{NET}\ntuple(model(x).shape)",
)
def module_subclass(found: Evidence) -> Judgement:
    """To use Module, it is enough to inherit from it and to call super().__init__().

    Module を使うには、継承して super().__init__() を呼ぶだけでよい。
    """
    seen = found.checks["module_subclass"]
    evidence = (
        f"without forward, a call: {seen['no_forward']}. Without super().__init__(), a layer: {seen['no_super']}. "
        f"With both, a prediction of the shape {seen['both']}."
    )
    japanese = (
        f"forward がないと、呼び出しは：{seen['no_forward']}。super().__init__() がないと、層の定義は：{seen['no_super']}。"
        f"両方あれば、予測の形は {seen['both']}。"
    )
    return judge("Error" not in seen["no_forward"] and "Error" not in seen["both"], evidence, japanese)


def build_with_the_slip() -> dict:
    """Build a layer in a class that takes `output_dim` but reads a misspelt global, as the article's does."""
    code = """
class Net:
    def __init__(self, output_dim):
        self.layer = torch.nn.Linear(1000, outpu_dim)
made = Net(output_dim=3).layer.out_features
"""
    names = {"torch": torch, "outpu_dim": 10}
    execute(code, names)
    return {
        "asked": 3,
        "made": names.get("made"),
        "without_the_global": execute(code, {"torch": torch})[1],
        "ours": train_module.TwoLayerNet(100, 1000, 3).linear2.out_features,
    }


@statement(
    ("The class's argument", "クラスの引数"),
    Line("self.dense2 = torch.nn.Linear(hidden_dim, outpu_dim)",
         "self.dense2 = torch.nn.Linear(hidden_dim, output_dim)",
         "class Net: pass\nself, hidden_dim, output_dim = Net(), 4, 3"),
    seen=build_with_the_slip,
)  # fmt: skip
def class_argument(found: Evidence) -> Judgement:
    """The network's class uses its argument output_dim.

    ネットワークのクラスは引数 output_dim を使っている。
    """
    seen = found.checks["class_argument"]["seen"]
    evidence = (
        f"asked for {seen['asked']} outputs, a class with the article's slip makes {seen['made']}, the value of the "
        f"misspelt global; without that global: {seen['without_the_global']}. Ours makes {seen['ours']}."
    )
    japanese = (
        f"出力を {seen['asked']} 個にしても、記事の誤字があるクラスでは、誤字と同名のグローバル変数の値の {seen['made']} 個になりま"
        f"す。その変数がないと：{seen['without_the_global']}。このプロジェクトのクラスでは {seen['ours']} 個です。"
    )
    return judge(seen["made"] == seen["asked"], evidence, japanese)


HOOKED = f"{NET}\nran = []\nhook = model.register_forward_hook(lambda *_: ran.append(1))\n"


@statement(
    ("forward", "forward"),
    Line("pred = model.forward(x); len(ran)", "pred = model(x); len(ran)", HOOKED),
    same=f"{HOOKED}\ntorch.equal(model.forward(x), model(x))",
    hooks=f"{HOOKED}\nby_forward = model.forward(x), len(ran)\nby_call = model(x), len(ran)\n"
    "(by_forward[1], by_call[1])",
)
def forward_call(found: Evidence) -> Judgement:
    """model.forward(x) makes the prediction.

    予測は model.forward(x) で行う。
    """
    seen = found.checks["forward_call"]
    evidence = (
        f"the same prediction as model(x): {seen['same']}. Hooks that ran after model.forward(x), and after model(x) "
        f"too: {seen['hooks']}: today's advice is model(x)."
    )
    japanese = (
        f"model(x) と同じ予測か：{seen['same']}。model.forward(x) の後と、続く model(x) の後までに呼ばれたフックの数："
        f"{seen['hooks']}。今は model(x) が勧められています。"
    )
    return judge(seen["same"] == "True", evidence, japanese)


def move() -> dict[str, str]:
    """Move a module to the GPU if there is one, else to the device without memory; tell where its tensors are then."""
    names = {"torch": torch, "device": "cuda" if torch.cuda.is_available() else "meta"}
    execute(f"{NET}\nmodel = model.to(device)", names)
    found = {"device": names["device"]}
    found["parameters"] = execute("print(*{p.device.type for p in model.parameters()})", names)[1]
    found["attribute"] = execute("model.factor.device.type", names)[1].strip("'")
    return found


@statement(
    ("Module.to", "Module.to"),
    Line('torch.device("cuda:0").type', 'torch.device("cuda" if torch.cuda.is_available() else "cpu").type'),
    Line("net.scale = torch.ones(1); [*net.state_dict()]",
         'net.register_buffer("scale", torch.ones(1)); [*net.state_dict()]',
         "net = torch.nn.Module()"),
    seen=move,
)  # fmt: skip
def module_to(found: Evidence) -> Judgement:
    """Module.to puts all data of an instance into the memory of the CPU or the GPU.

    Module.to は、インスタンスのすべてのデータを CPU または GPU のメモリに移す。
    """
    seen = found.checks["module_to"]["seen"]
    evidence = (
        f"moved to {seen['device']}: the parameters are on {seen['parameters']}, a tensor that is a plain attribute on "
        f"{seen['attribute']}. Only parameters and registered buffers move; the article's network has nothing else."
    )
    japanese = (
        f"{seen['device']} に移すと、パラメータは {seen['parameters']}、ただの属性のテンソルは {seen['attribute']} にあります。"
        "移るのはパラメータと登録されたバッファだけで、記事のネットワークにはほかに何もありません。"
    )
    return judge(seen["parameters"] == seen["attribute"] == seen["device"], evidence, japanese)


@statement(
    ("Parameters and modules, listed", "パラメータと Module の一覧"),
    children=f"{NET}\n[*model.children()] == [model.dense1, model.dense2]",
    parameters="[tuple(p.shape) for p in model.parameters()]",
    in_a_list="model = torch.nn.Module(); model.layers = [torch.nn.Linear(4, 3)]; len([*model.parameters()])",
)
def module_lists(found: Evidence) -> Judgement:
    """A subclass can use Module's methods: it lists its parameters, and the modules among its attributes.

    継承したクラスでは Module のメソッドが使え、パラメータや、属性の Module の一覧が得られる。
    """
    seen = found.checks["module_lists"]
    evidence = (
        f"children() are the two layers: {seen['children']}; parameters() have the shapes {seen['parameters']}. Of a "
        f"plain list of layers it knows {seen['in_a_list']} parameters; ModuleList is for that."
    )
    japanese = (
        f"children() は 2 つの層か：{seen['children']}。parameters() の形：{seen['parameters']}。層を普通のリストに入れると、"
        f"認識されるパラメータは {seen['in_a_list']} 個です。リストには ModuleList を使います。"
    )
    return judge((seen["children"], seen["parameters"]) == ("True", "[(3, 4), (2, 3)]"), evidence, japanese)
