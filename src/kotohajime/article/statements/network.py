"""Statements on the network's shapes, its gradient and its loss."""

import numpy as np
import torch

from kotohajime.article import train_manual
from kotohajime.article.problem import draw
from kotohajime.article.prompt import execute
from kotohajime.article.statements.statement import Evidence, Judgement, judge, statement


def predict_with_both_shapes() -> dict:
    """Predict for one sample with W2 of the shape that the text gives, and with that of the code."""
    names = {"h": torch.ones(1000, 1), "text": torch.ones(10, 100), "code": torch.ones(1000, 10)}
    text, code = (execute(f"len({w2}.t().mm(h))", names) for w2 in ("text", "code"))
    return {"text_works": text[0] == "value", "text": text[1], "code": code[1]}


@statement(output_dim=predict_with_both_shapes)
def output_dim(found: Evidence) -> Judgement:
    """The network predicts one number, and W2 is 10 x 100."""
    check = found.checks["output_dim"]
    evidence = (
        f"with W2 of the text's shape and 1000 hidden units, a prediction is {check['text']}; "
        f"with the code's, 1000 x 10, it is {check['code']} numbers."
    )
    return judge(check["text_works"] and check["text"] == "1", evidence)


def compare_gradients() -> dict:
    """Compute dloss/dw1 as the article prints it, as its code computes it, and as autograd does, in float64."""
    x, y, w1, w2 = (torch.from_numpy(array).double() for array in draw(0, 5, 4, 6, 3).values())
    w1.requires_grad_()

    def loss(w1, w2):
        return (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()

    (autograd,) = torch.autograd.grad(loss(w1, w2), w1)
    rate = 2.0**-10
    _, (after, _) = train_manual.train(x, y, w1.detach(), w2, [rate])
    code = (w1.detach() - after) / rate
    z = x.mm(w1.detach())
    mask, error = torch.diag((z[0] > 0).double()), y - z.clamp(min=0).mm(w2)
    names = {"torch": torch, "x": x, "w1": w1.detach(), "mask": mask, "error": error, "autograd": autograd}
    kind, printed = execute("torch.allclose(-2 * x.t() @ error @ w1 @ mask, autograd)", names)
    return {
        "printed_is_right": (kind, printed) == ("value", "True"),
        "printed": printed if kind == "error" else "it can be computed",
        "code_against_autograd": float((code - autograd).abs().max() / autograd.abs().max()),
        "gradcheck": torch.autograd.gradcheck(loss, (w1, w2.requires_grad_())),
    }


@statement(gradient_formula=compare_gradients)
def gradient_formula(found: Evidence) -> Judgement:
    """The gradient for W1 is -2 x^T (y - pred) W1 diag(H0(h))."""
    check = found.checks["gradient_formula"]
    right = check["code_against_autograd"] < 1e-10 and check["gradcheck"]
    evidence = (
        f"as printed, with W1 where W2 belongs and without its transpose: {check['printed']}; the article's code is "
        f"{'right' if right else 'wrong too'}: it differs from autograd by {check['code_against_autograd']:.0e} "
        f"(relative, float64), and gradcheck {'passes' if check['gradcheck'] else 'fails'}."
    )
    return judge(check["printed_is_right"], evidence)


@statement()
def rmse(found: Evidence) -> Judgement:
    """The loss is the RMSE."""
    p = {name: array.astype(float) for name, array in found.problem.items()}
    error = np.maximum(p["x"] @ p["w1"], 0) @ p["w2"] - p["y"]
    total, root = float((error**2).sum()), float(np.sqrt((error**2).mean()))
    loss = float(found.autograd["loss"][0])
    evidence = f"the first recorded loss is {loss:.5g}; the summed squared error is {total:.5g}, the RMSE {root:.5g}."
    return judge(np.isclose(loss, root, rtol=1e-4), evidence)
