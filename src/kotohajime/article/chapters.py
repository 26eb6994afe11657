"""What stands between the notebook's cells, in English and in Japanese."""

CHAPTERS = {
    "title": (
        "# Pytorch ことはじめ, today\n\nThe article of April 2018 as a notebook, run on today's PyTorch. The code is that of "
        "this project's tour and lessons.",
        "2018 年 4 月の記事「Pytorch ことはじめ」を、現在の PyTorch で実行したノートブックです。コードはこのプロジェクトのものと"
        "同じです。",
    ),
    "tour": (
        "## Tensors\n\nThe article's lines, one after another. Those that raise an error did so in 2018 as well, unless "
        "`tensor_basics.html` says otherwise.",
        "記事に出てくる行を順に実行します。エラーになる行は、`tensor_basics.html` に断りがなければ 2018 年にもエラーでした。",
    ),
    "problem": (
        "## The problem\n\nNoise to be fitted: data, targets and initial weights from N(0, 1).",
        "学習させるのはノイズです。データ、目標値、初期値はいずれも N(0, 1) から選びます。",
    ),
    "manual": (
        "## Lesson 1: gradients derived by hand\n\nThe chain rule, written out; then the last loss.",
        "レッスン 1：勾配を手で導きます。連鎖律をそのまま書いたものです。最後に最終損失を示します。",
    ),
    "autograd": (
        "## Lesson 2: gradients from autograd\n\nOnly the forward pass is written; autograd finds the gradients.",
        "レッスン 2：順伝播だけを書き、勾配は autograd に任せます。",
    ),
    "module": (
        "## Lesson 3: nn.Module and torch.optim\n\nLayers hold the weights, and start from nn.Linear's own initial values; "
        "an optimiser updates them.",
        "レッスン 3：重みは層が持ち、nn.Linear の既定の初期値から始まります。更新は optimizer が行います。",
    ),
    "figure": (
        "## The figure\n\nThe two curves that the article shows. Why the second ends lower: `results/index.html`.",
        "記事の図にある 2 本の曲線です。後者の損失がなぜ低くなるのかは `results/index.html` で説明しています。",
    ),
}
