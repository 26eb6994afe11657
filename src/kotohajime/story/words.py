"""What the story says, in English and in Japanese; {names} are filled with what was found."""

# ruff: noqa: E501 (it counts a Japanese character as two)

WORDS = {
    "title": (
        "First steps in PyTorch: why one curve ended lower",
        "Pytorch ことはじめ：なぜ一方の損失が低くなったのか",
    ),
    "skip": ("Skip to the text", "本文へ移動"),
    "language": ("Language", "言語"),
    "intro": (
        "In April 2018 a Japanese blog post trained one small network three ways and drew the two curves below. This "
        "page runs it again on today's PyTorch, checks what it says, and trains hundreds of networks to find out why "
        "one curve ends lower.",
        "2018 年 4 月のブログ記事「Pytorch ことはじめ」は、小さなネットワークを 3 通りの書き方で学習させ、損失の曲線を"
        "示しました。このページでは、それを現在の PyTorch で再実行し、記事の内容を一つずつ確かめ、数百のネットワークを"
        "学習させて、一方の損失がなぜ低くなったのかを調べます。",
    ),
    "figure": ("The figure of 2018 and ours", "2018 年の図と今回の図"),
    "figure_alt": (
        "Loss against epochs on a log scale: our manual, autograd and module runs as lines, the published ones as circles.",
        "epoch に対する損失（対数目盛）。線は今回の manual、autograd、module の学習、丸は 2018 年に公開された値。",
    ),
    "figure_says": (
        "Lines: our three runs. Circles: the curves of 2018. The article set no seed, so the two cannot be identical. "
        "Last losses here: manual {manual}, autograd {autograd}, module {module}.",
        "線は今回の 3 通りの学習、丸は 2018 年の曲線です。記事ではシードが固定されていないため、完全には一致しません。"
        "今回の最終損失は manual {manual}、autograd {autograd}、module {module} です。",
    ),
    "answer": ("The answer", "答え"),
    "why": (
        "As an explanation of this figure, “the module run wins because nn.Linear starts from good values” "
        "<strong>{verdict}</strong>{evidence}.",
        "この図の説明としては、「module の損失が低くなったのは nn.Linear の初期値が良いから」という主張は"
        "<strong>{verdict}</strong>{evidence}。",
    ),
    "why_evidence": (
        ": at the autograd run's learning rate it ends {start_alone} times as high as N(0, 1), and N(0, 1) at a rate of "
        "its own ends at {own_rate} times the module run's loss",
        "：autograd と同じ学習率では、nn.Linear の初期値の最終損失は N(0, 1) の {start_alone} 倍になり、N(0, 1) でも学習率を"
        "合わせれば module の {own_rate} 倍の損失になります",
    ),
    "matters": (
        "As advice, “initial values matter a great deal” <strong>{verdict}</strong>{evidence}.",
        "一般的な助言としての「初期値はとても重要」は<strong>{verdict}</strong>{evidence}。",
    ),
    "matters_evidence": (
        ": trained to the same error, a network from N(0, 1) recognises {images_normal} of the images that it has not "
        "seen, one from nn.Linear's start {images_linear}",
        "：同じ訓練誤差まで学習させても、初めて見る画像の正解率は、N(0, 1) からでは {images_normal}、nn.Linear の初期値からは "
        "{images_linear} です",
    ),
    "take_home": (
        "To take home: start so that the network's first output is no larger than the targets. Then look for the "
        "learning rate; above 2 / sharpness the loss rises first, and soon diverges.",
        "覚えておきたいこと：学習前の出力が目標値より大きくならない初期値を使い、そのうえで学習率を探しましょう。"
        "2 / sharpness を超える学習率では、損失はまず増え、さらに大きいと発散します。",
    ),
    "holds": ("holds", "成り立ちます"),
    "does not hold": ("does not hold", "成り立ちません"),
    "not decided": ("could not be decided", "判定できませんでした"),
    "changed since 2018": ("changed since 2018", "2018 年から変更"),
    "try": ("Try it", "試してみる"),
    "try_says": (
        "Every point is a network that was trained. Choose a start, an optimiser and a learning rate, or click a point.",
        "点の一つ一つが、実際に学習させたネットワークです。初期値、optimizer、学習率を選ぶか、点をクリックしてください。",
    ),
    "data": ("Data", "データ"),
    "noise": ("noise, as in the article", "ノイズ（記事と同じ）"),
    "images": ("images", "画像"),
    "start": ("Start", "初期値"),
    "optimizer": ("Optimiser", "optimizer"),
    "normal": ("N(0, 1)", "N(0, 1)"),
    "linear": ("nn.Linear's default", "nn.Linear の既定"),
    "gd": ("gradient descent", "勾配降下法"),
    "nesterov": ("Nesterov momentum", "Nesterov モメンタム"),
    "rate_control": ("Learning rate", "学習率"),
    "seed": ("Seed", "シード"),
    "runs": ("The figure's runs", "図の学習"),
    "epoch_control": ("Epoch", "epoch"),
    "no_script": ("The explorer needs JavaScript.", "この操作には JavaScript が必要です。"),
    "buys": ("What a good start buys", "良い初期値で何が変わるか"),
    "start_scale": (
        "Test error and accuracy by the scale of the start; dotted, growth as the fourth power of the scale.",
        "初期値の大きさとテスト誤差、正解率。点線は、誤差が初期値の倍率の 4 乗で増える場合です。",
    ),
    "generalisation": (
        "Test error against training error: the way of each start, from the left to the right, until the training error falls below 0.01.",
        "訓練誤差とテスト誤差。学習は左から右へ、訓練誤差が 0.01 を下回るまで進みます。",
    ),
    "predictions": (
        "Test images, and what the networks take them for; red is wrong.",
        "テスト画像と、それぞれのネットワークの答え。赤は不正解です。",
    ),
    "trainability": (
        "What can be trained, by start scale and learning rate; grey diverged. The article's runs are marked.",
        "初期値の大きさと学習率ごとの、学習の可否。灰色は発散です。星印は記事の学習です。",
    ),
    "balance": (
        "Speed on noise, and the condition of the tangent kernel, by the balance of the layers: the second's scale over the first's.",
        "2 層の大きさの比（2 層目 / 1 層目）と、ノイズでの学習の速さ、tangent kernel の条件数。",
    ),
    "teacher": (
        "Learned from a small network, the teacher: test error by learning rate. On a quadratic the loss rises above 2 / sharpness.",
        "小さなネットワーク（教師）の出力を学習させたときの、学習率とテスト誤差。二次関数なら 2 / sharpness を超えると損失が増えます。",
    ),
    "lessons": ("The three lessons", "3 通りの書き方"),
    "lessons_say": (
        "The same network, the same loss; what is new in each is marked.",
        "ネットワークも損失も同じです。それぞれで新しくなった行に印を付けています。",
    ),
    "train_manual": ("1. Gradients derived by hand", "1. 勾配を手で導く"),
    "train_autograd": ("2. Gradients from autograd", "2. autograd に勾配を任せる"),
    "train_module": ("3. An nn.Module and torch.optim", "3. nn.Module と torch.optim"),
    "statements": ("What the article says, checked", "記事の内容の検証"),
    "statements_say": (
        "{count} statements: {counts}. The evidence, and the line to write today, are in "
        '<a href="claims.html">claims.html</a> (in English).',
        '記事の {count} の記述を調べた結果：{counts}。根拠と、今ならどう書くかは <a href="claims.html">claims.html</a>（英語）にあります。',
    ),
    "counted": ("{verdict}: {number}", "{verdict}：{number}"),
    "files": ("Where everything is", "ファイルの場所"),
    "report": (
        "everything in one page, with the workflow that made it (in English)",
        "すべてをまとめた 1 ページの報告（英語）",
    ),
    "tour": ("the tensor tour: 2018 and today (in English)", "テンソルの基本操作：2018 年と現在（英語）"),
    "notebook": ("the article as an executed notebook", "記事を実行したノートブック"),
    "study_page": ("the study's tables and verdicts (in English)", "study の表と判定（英語）"),
    "index": ("every file, with its columns and units (in English)", "すべてのファイルの一覧（英語）"),
    "networks": ("one row for each network of the study", "study で学習させたネットワーク（1 行に一つ）"),
    "learned": ("one row for each network that learned images", "画像を学習させたネットワーク（1 行に一つ）"),
}
SECTIONS = {  # of the statements, in Japanese
    "Installing": "インストール",
    "Tensors": "テンソル",
    "Gradients by hand": "手で導く勾配",
    "Autograd": "autograd",
    "Module and optimiser": "Module と optimizer",
    "The figure": "図",
}
SCRIPT = {  # what the explorer says
    "title": WORDS["title"],
    "rate": ("learning rate", "学習率"),
    "final": ("final loss", "最終損失"),
    "epoch": ("epoch", "epoch"),
    "loss": ("loss", "損失"),
    "lossAxis": ("loss", "損失"),
    "errorAxis": ("error (1: predicting nothing)", "誤差（1 は何も予測しない場合）"),
    "train": ("training error", "訓練誤差"),
    "test": ("test error", "テスト誤差"),
    "accuracy": ("test images recognised", "テスト画像の正解率"),
    "diverged": ("diverged", "発散"),
    "atRate": ("Learning rate {rate}: final loss {loss}", "学習率 {rate}：最終損失 {loss}"),
    "atEpoch": ("Epoch {epoch}: ", "epoch {epoch}："),
    "atStart": ("{start}: {share} % recognised", "{start}：正解率 {share} %"),
    "saySlow": (
        "The rate is {times} / sharpness, far below the limit of {limit}: the loss falls steadily, but slowly.",
        "学習率は {times} / sharpness で、安定限界の {limit} よりずっと小さく、損失は着実に、しかしゆっくり減ります。",
    ),
    "sayStable": (
        "The rate is {times} / sharpness; on a quadratic training is stable up to {limit}.",
        "学習率は {times} / sharpness です。二次関数なら {limit} まで安定です。",
    ),
    "sayCatapult": (
        "The rate is {times} / sharpness; on a quadratic {limit} would be the limit. The loss first rises {rise}-fold: "
        "the network moves to where the loss is flatter, and then learns there.",
        "学習率は {times} / sharpness で、二次関数なら {limit} が限界です。損失はいったん {rise} 倍に増え、ネットワークは"
        "より平らなところへ移ってから学習を続けます。",
    ),
    "sayDiverged": (
        "The rate is {times} / sharpness, too large: the loss left float32's range at epoch {epoch}.",
        "学習率は {times} / sharpness と大きすぎ、損失は epoch {epoch} で float32 の範囲を超えました。",
    ),
    "sayImages": (
        "Each network learned {train} images until its training error fell below 0.01 or its time was up, and was tested on {test} others.",
        "どのネットワークも、訓練誤差が 0.01 を下回るか上限の回数に達するまで {train} 枚の画像を学習し、別の {test} 枚でテストされました。",
    ),
}
STATEMENTS = {  # in Japanese; English is in claims.json
    "install": "conda で、「python」というチャンネルから pytorch、torchvision、CUDA 9.1（cuda91）を入れる。",
    "tensor_class": "ベクトルは torch.Tensor クラスで表される。",
    "numpy_like": "テンソルには NumPy の配列と同じメソッドがあり、基本的に同じ操作ができる（記事が使うものについて）。",
    "numpy_operations": "テンソルには NumPy の配列と同じメソッドがあり、基本的に同じ操作ができる（すべてのメソッドについて）。",
    "slices": "スライスも使える。",
    "matrix_product": "tensor.mm は行列の積で、形が合わなければエラーになる。",
    "negative_step": "負のステップのスライスは使えない。",
    "negative_by_copy": "テンソルを逆順にするには、NumPy に変換し、スライスし、コピーして戻す必要がある。",
    "copy_needed": "コピーしないと、負のステップが検出されてエラーになる。",
    "negative_strides_soon": "エラーメッセージのとおり、負のストライドの配列は今後の版で使えるようになる。",
    "network_formula": "ネットワークは z = W1^T x、h = relu(z) で、予測は W2^T h である。",
    "output_dim": "ネットワークは数を一つ予測し、W2 は 10 x 100 である。",
    "rmse": "損失は RMSE である。",
    "grad_w2_formula": "W2 の勾配は -2 (y - pred) h である。",
    "gradient_formula": "W1 の勾配は -2 x^T (y - pred) W1 diag(H0(h)) である。",
    "heaviside": "式の H0、つまり relu の微分は、ヘヴィサイドの階段関数である。",
    "random_start": "重みの初期値は乱数である。",
    "clamp_is_relu": "clamp(min=0) は活性化関数 relu である。",
    "lr_schedule": "manual の学習率は 200 epoch ごとに半分になる。",
    "autograd_same": "順伝播を書くだけで、autograd は手で導いたのと同じ更新を計算する。",
    "requires_grad_name": "テンソルを定義するときに require_grad=True と書くだけでよい。",
    "backward_fills_grad": "損失の backward を呼ぶと勾配が計算される。",
    "no_grad_untracked": "torch.no_grad() の中での変更を autograd は追跡しない。",
    "data_untracked": "w.data を変更してもよいが、履歴を追えなくなる。",
    "grad_accumulates": "更新のたびに勾配を 0 にしないと、足し合わされていく。",
    "inplace_suffix": "テンソルをその場で変更するメソッドの名前には _ が付く。",
    "module_subclass": "Module を使うには、継承して super().__init__() を呼ぶだけでよい。",
    "class_argument": "ネットワークのクラスは引数 output_dim を使っている。",
    "forward_call": "予測は model.forward(x) で行う。",
    "module_to": "Module.to は、インスタンスのすべてのデータを CPU または GPU のメモリに移す。",
    "module_lists": "継承したクラスでは Module のメソッドが使え、パラメータや、属性の Module の一覧が得られる。",
    "many_optimizers": "optim には多くの optimizer が定義されている。",
    "optimizer_arguments": "optimizer の最初の引数は model.parameters() などの更新するパラメータで、その後に固有の引数が続く。",
    "simple_sgd": "使っているのは、単純な確率的勾配降下法である。",
    "optimizer_methods": "optimizer の zero_grad と step は、渡されたすべてのパラメータの勾配を消し、重みを更新する。",
    "losses_in_nn": "RMSE や CrossEntropy などの一般的な損失は torch.nn に定義されている。",
    "size_average_false": "size_averaging を False にした MSELoss は、サンプルごとの RMSE の和を返す。",
    "size_average": "MSELoss は既定（size_average=True）では、サンプルごとに値を一つ返す。",
    "figure_reproduced": "autograd と module の学習の損失は、この図のようになる。",
    "module_better": "module の学習は、autograd よりはるかに低い損失で終わる。",
    "init_is_why": "module の損失が低くなるのは、初期値が良いからである。",
    "init_matters": "ニューラルネットワークの初期値はとても重要である。",
    "linear_init": "nn.Linear は重みを、ある数の平方根の逆数を正負の限界とする一様分布から選ぶ（入力の数の平方根として検証）。",
    "linear_init_wording": "その限界は、重みのパラメータ数の平方根の逆数である。",
}
CHAPTERS = {  # of the notebook
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
