"""What the story says, in English and in Japanese; {names} are filled with what was found."""

WORDS = {
    "title": (
        "First steps in PyTorch: why the module run ended lower",
        "Pytorch ことはじめ：なぜ module の損失が低くなったのか",
    ),
    "intro": (
        "In April 2018 a Japanese blog post trained a network of two layers three ways, on random numbers, in which there is nothing to find: it can only learn them by heart. The circles below are its loss curves, the manual run's from its notebook. This page runs it again on today's PyTorch (lines), checks what it says, and trains hundreds of networks to find out why the run with nn.Module ends lower.",
        "2018 年 4 月のブログ記事「Pytorch ことはじめ」は、2 層のネットワークを 3 通りの書き方で学習させ、損失の曲線を示しました（図の丸。manual のものは記事のノートブックから）。データは乱数で、規則性がないため、丸暗記するしかありません。このページでは、それを現在の PyTorch で再実行し（図の線）、記事の内容を一つずつ確かめ、数百のネットワークを学習させて、nn.Module を使った学習（module）の損失がなぜ低くなったのかを調べます。",
    ),
    "figure": ("The figure of 2018 and ours", "2018 年の図と今回の図"),
    "figure_alt": (
        "Loss against epochs on a log scale: our manual, autograd and module runs as lines, the published ones as circles.",
        "epoch に対する損失（対数目盛）。線は今回の manual、autograd、module の学習、丸は 2018 年に公開された値。",
    ),
    "figure_says": (
        'Lines: our three runs. Circles: the curves of 2018. The article set no seed, so its random numbers are not ours; whether its curves could come from this experiment is tested in <a href="study/study.html">the study</a>.',
        '線は今回の 3 通りの学習、丸は 2018 年の曲線です。記事ではシードが固定されていないため、乱数は同じではありません。2018 年の曲線が今回の設定で起こりうるものかは、<a href="study/study.html">比較実験</a>で検証しています。',
    ),
    "run": ("Run", "学習"),
    "first_rate": ("Learning rate (at first)", "学習率（最初）"),
    "last_loss": ("Final loss", "最終損失"),
    "enlarge": ("Enlarge", "拡大"),
    "answer": ("The answer", "答え"),
    "why": (
        "As an explanation of this figure, “the module run ends lower because nn.Linear starts from good values” "
        "<strong>{verdict}</strong>.",
        "この図の説明としては、「module の損失が低くなったのは nn.Linear の初期値が良いから」という主張は<strong>{verdict}</strong>。",
    ),
    "matters": (
        "As advice, “initial values matter a great deal” <strong>{verdict}</strong>.",
        "一般的な助言としての「初期値はとても重要」は<strong>{verdict}</strong>。",
    ),
    "judged": (
        'Each verdict is judged alone; <a href="study/study.html">the study</a> also judges all hypotheses at once.',
        'それぞれの仮説を一つずつ判定した結果です。<a href="study/study.html">比較実験</a>では、すべての仮説をまとめた判定も行っています。',
    ),
    "too_few": (
        'Each verdict stands alone. Where many are judged together, some come out by chance, so <a href="study/study.html">the study</a> also applies a stricter rule. For that these seeds ({seeds}) are too few, however large an effect is, and all are “not decided”; that does not mean that there is no effect.',
        '上の判定は、仮説を一つずつ調べたものです。多くの仮説を同時に調べると偶然の当たりが混じりやすいため、<a href="study/study.html">比較実験</a>ではより厳しい判定も行っています。それには、効果がどれほど大きくても {seeds} 個のシードでは足りず、どれも「判定不能」になります（否定されたわけではありません）。',
    ),
    "exchanged": (
        "Final losses from {seeds}, not the figure's (geometric mean of the middle half); a single seed may differ a great deal. Bold: the article's own settings.",
        "図とは別の {seeds} 個のシードの最終損失（中央の半数の幾何平均）。一つのシードの値は、これと大きく異なることがあります。太字は記事の設定です。",
    ),
    "settings": ("Optimiser, learning rate", "optimizer、学習率"),
    "best": ("gradient descent, each at its own best rate", "勾配降下法、それぞれに最良の学習率"),
    "at": ("{loss} at {rate}", "{loss}（{rate}）"),
    "diverged": ("diverges", "発散"),
    "take_home": (
        "In your own code: keep nn.Linear's default start, or one whose first output is no larger than the targets (compare <code>model(x).std()</code> with <code>y.std()</code>, and make the weights smaller if need be). Then try learning rates a factor of 2 to 10 apart, and take the one with the lowest loss on data held out: just below the rate at which training diverges, the loss may first jump, which costs epochs. Compare two starts, or two optimisers, each at its own best rate.",
        "自分のコードでは：初期値は nn.Linear の既定のままにするか、学習前の出力が目標値より大きくならないものにします（<code>model(x).std()</code> と <code>y.std()</code> を比べ、大きければ重みを小さくします）。次に、学習率を 2～10 倍刻みで試し、学習に使っていないデータでの損失が最も低くなるものを選びます。発散する一歩手前では、損失がまず跳ね上がり、そのぶん epoch 数がかかることがあります。初期値や optimizer を比べるときは、それぞれに最良の学習率で比べましょう。",
    ),
    "holds": ("holds", "成り立ちます"),
    "does not hold": ("does not hold", "成り立ちません"),
    "not decided": ("could not be decided", "判定できませんでした"),
    "try": ("Try it", "試してみる"),
    "try_says": (
        "Every point is a network that was trained. Choose a start, an optimiser and a learning rate, or click a point. The buttons choose the settings of the article's runs, whose curves stay in the right chart; the random numbers are other ones than in the figure above, and so are the losses.",
        "点の一つ一つが、実際に学習させたネットワークです。初期値、optimizer、学習率を選ぶか、点をクリックしてください。ボタンは記事の学習と同じ設定を選び、その曲線は右の図に残ります。乱数は上の図とは異なるので、損失も異なります。",
    ),
    "data": ("Data", "データ"),
    "noise": (
        "random numbers, as in the article",
        "乱数（記事と同じ）",
    ),
    "images": ("images", "画像"),
    "start": ("Start", "初期値"),
    "optimizer": ("Optimiser", "optimizer"),
    "rate_control": ("Learning rate", "学習率"),
    "seed": ("Seed", "シード"),
    "runs": (
        "The article's settings",
        "記事の設定",
    ),
    "epoch_control": ("Epoch", "epoch"),
    "no_script": ("The explorer needs JavaScript.", "この操作には JavaScript が必要です。"),
    "buys": ("What a good start buys", "良い初期値で何が変わるか"),
    "buys_says": (
        "So far the networks learned random numbers by heart. Here they learn {train} pictures of {what}, and are tested on {test} others.",
        "ここまでは乱数の丸暗記でした。ここでは{what}の画像 {train} 枚を学習させ、別の {test} 枚で試します。",
    ),
    "further": ("Further: on random numbers, and from a teacher", "発展：乱数のデータと、教師からの学習"),
    "start_scale": (
        "Test error and accuracy by the scale of the start. Dotted: growth as the fourth power of the scale. Error 1: no better than always predicting 0.",
        "初期値の大きさと、テスト誤差、正解率。点線は、誤差が初期値の倍率の 4 乗で増える場合です。誤差 1 は、常に 0 と予測した場合の値です。",
    ),
    "generalisation": (
        "Test error against training error. Training goes from the left to the right, until the training error falls below 0.01; the mark is where it ends.",
        "訓練誤差（横軸）とテスト誤差（縦軸）。学習は左から右へ、訓練誤差が 0.01 を下回るまで進みます。印は学習の終わりです。",
    ),
    "predictions": (
        "Test images and each network's answer; red is wrong.",
        "テスト画像と、それぞれのネットワークの答え。赤は不正解です。",
    ),
    "trainability": (
        "Loss after {epochs} epochs of gradient descent, by the scale of the start and the learning rate; grey diverged. "
        "Stars: the settings of the article's runs; manual at its first rate, without its halvings; module without momentum, "
        "at its rate / (1 − momentum), and at the geometric mean of its two layers' scales.",
        "初期値の大きさと学習率による、勾配降下法の {epochs} epoch 後の損失。灰色は発散です。星印は記事の設定の位置で、manual は最初の"
        "学習率（半減なし）、module はモメンタムなしで学習率を 1 / (1 − モメンタム) 倍にし、倍率は 2 層の幾何平均です。",
    ),
    "balance": (
        "Two layers can give the same outputs with a small first and a large second one, or the other way round. Left: the epochs to a loss of 0.01 on random numbers. Right: how unevenly the network learns at first (the condition number of its tangent kernel).",
        "出力の大きさが同じでも、1 層目を小さく 2 層目を大きくすることも、その逆もできます（横軸は 2 層目 / 1 層目の比）。左は乱数のデータで損失 0.01 までの epoch 数、右は学習の初めの進み方の不均一さ（tangent kernel の条件数）です。",
    ),
    "teacher": (
        "Here the targets are what a small network, the teacher, says: test error by learning rate. To the right of 2 / sharpness the training loss first rises.",
        "小さなネットワーク（教師）の出力を目標値としたときの、学習率とテスト誤差。2 / sharpness より右では、訓練損失がまず増えます。",
    ),
    "lessons": ("The three lessons", "3 通りの書き方"),
    "lessons_say": (
        "The same network, the same loss; what is new in each is marked. These loops are not why the curves differ: start, optimiser and learning rate are handed in from outside, and there they differ.",
        "ネットワークも損失も同じです。それぞれで新しくなった行に印を付けています。曲線が異なるのは、このループのためではありません。外から渡される初期値、optimizer、学習率が異なるためです。",
    ),
    "train_manual": ("1. Gradients derived by hand", "1. 勾配を手で導く"),
    "train_autograd": ("2. Gradients from autograd", "2. autograd に勾配を任せる"),
    "train_module": ("3. An nn.Module and torch.optim", "3. nn.Module と torch.optim"),
    "statements": ("What the article says, checked", "記事の内容の検証"),
    "statements_say": (
        "{count} statements: {counts}. All evidence, and the line to write today, are in "
        '<a href="claims.html">claims.html</a>.',
        '{count} 項目の判定：{counts}。すべての根拠と、今ならどう書くかは <a href="claims.html">claims.html</a> にあります。',
    ),
    "evidence": ("Why", "根拠"),
    "files": ("Where everything is", "ファイルの場所"),
    "report": (
        "everything in one page, with the workflow that made it (in English)",
        "すべてをまとめた 1 ページの報告（英語）",
    ),
    "tour": ("the tensor tour: 2018 and today", "テンソルの基本操作：2018 年と現在"),
    "notebook": ("the article as an executed notebook", "記事を実行したノートブック"),
    "study_page": (
        "the study's tables and verdicts",
        "比較実験の表と判定",
    ),
    "index": ("every file, with its columns and units (in English)", "すべてのファイルの一覧（英語）"),
    "networks": (
        "one row for each network of the study",
        "比較実験で学習させたネットワーク（1 行に一つ）",
    ),
    "learned": ("one row for each network that learned images", "画像を学習させたネットワーク（1 行に一つ）"),
}
PICTURED = {  # by the data set
    "digits": ("handwritten digits", "手書き数字"),
    "mnist": ("handwritten digits (MNIST)", "手書き数字（MNIST）"),
    "fashion_mnist": ("clothes (Fashion-MNIST)", "衣類（Fashion-MNIST）"),
}
TERMS = [  # a word, and what it means
    (
        ("N(0, 1)", "N(0, 1)"),
        (
            "every weight is drawn from the standard normal distribution (torch.randn)",
            "すべての重みを標準正規分布から選ぶ初期値（torch.randn）",
        ),
    ),
    (
        ("nn.Linear's default", "nn.Linear の既定"),
        (
            "much smaller weights, uniform between ±1 / √inputs",
            "±1 / √入力数 の一様分布から選ぶ初期値。重みはずっと小さい",
        ),
    ),
    (
        ("Epoch", "epoch"),
        ("one pass over the data; here that is one update", "全データを 1 回使うこと。ここでは更新 1 回"),
    ),
    (
        ("Momentum", "モメンタム"),
        (
            "part of each step is kept for the next; Nesterov's is one kind",
            "前回までの更新の勢いを残す方法。Nesterov はその一種",
        ),
    ),
    (("Diverge", "発散"), ("the loss grows without end", "損失が際限なく増えること")),
    (
        ("Sharpness", "sharpness"),
        (
            "how strongly the loss curves at the start (the largest eigenvalue of its Hessian; for images, the teacher and speeds of the Gauss-Newton part of it): the stronger, the smaller the steps have to be. As a rule of thumb, above the learning rate 2 / sharpness (with Nesterov momentum {momentum}: {limit} / sharpness) the loss rises at first",
            "初期値での損失の曲がりの強さ（ヘッセ行列の最大固有値。画像、教師、速さの実験では、その Gauss-Newton 近似の最大固有値）。強いほど小さな学習率が必要。目安として、学習率が 2 / sharpness（Nesterov モメンタム {momentum} では {limit} / sharpness）を超えると、損失はまず増える",
        ),
    ),
    (
        ("Centred", "centred"),
        (
            "the network's first output is subtracted, so that it starts from 0",
            "学習前の出力を差し引き、出力 0 から始めるもの",
        ),
    ),
    (
        ("He, Xavier", "He、Xavier"),
        ("torch's kaiming_normal_ and xavier_normal_", "torch の kaiming_normal_ と xavier_normal_"),
    ),
    (
        ("s2 / s1", "s2 / s1"),
        (
            "the second layer's scale over the first's, with outputs as large as nn.Linear's; “second layer 10 x” in the pictures is 10",
            "出力の大きさを nn.Linear と同じにしたときの、2 層の大きさの比（2 層目 / 1 層目）。図の “second layer 10 x” は 10 の場合",
        ),
    ),
    (
        ("Seed", "シード"),
        (
            "fixes all random numbers; in brackets stand 95 % intervals over {seeds}",
            "乱数を固定する番号。括弧内は {seeds} 個のシードについての 95 % 区間",
        ),
    ),
]
FINDINGS = {  # by the hypothesis that each rests on
    "start_alone": (
        "With nothing changed but the start, to nn.Linear's default, the autograd run ends with {start_alone} times the loss "
        "that it has from N(0, 1).",
        "autograd の学習で初期値だけを nn.Linear の既定に替えると、最終損失は N(0, 1) のときの {start_alone} 倍になります。",
    ),
    "small": (
        "For nn.Linear's start that learning rate is very low: only {small} / sharpness.",
        "nn.Linear の初期値にとって、この学習率は小さすぎます（わずか {small} / sharpness）。",
    ),
    "own_rate": (
        "And N(0, 1) needs no other start to end lower than the module run: at the learning rate {rate} it does so by a "
        "factor of {own_rate}.",
        "一方、N(0, 1) のままでも、学習率を {rate} にすれば、最終損失は module の {own_rate} 分の 1 です。",
    ),
    "start_is_needed": (
        "What counts is whether the learning rate suits the start. The autograd run's is too large for N(0, 1), whose weights "
        "are large ({naive} / sharpness): its loss first rises, {height}-fold (median), and comes down late. The module run's "
        "is {ratio} times as large, and momentum {momentum} makes it act like one another 1 / (1 − {momentum}) = {larger} times as large "
        "(gradient descent at that rate ends at much the same loss); but from nn.Linear's small weights training stays stable, and "
        "the loss falls far. From there gradient descent diverges only at rates {times} times as large as from N(0, 1); from N(0, 1), training with "
        "the module run's settings diverges for {diverged}.",
        "違いを生んだのは、学習率が初期値に合っているかどうかです。autograd の学習率は、重みの大きい N(0, 1) には大きすぎ（{naive} / sharpness）、"
        "損失はまず {height} 倍（中央値）に増えて、出遅れます。module の学習率はその {ratio} 倍で、モメンタム {momentum} によって実質さらに {larger} "
        "倍（= 1 / (1 − {momentum})）になりますが（その学習率の勾配降下法でも、最終損失はほぼ同じです）、重みの小さい nn.Linear の初期値なら"
        "発散せず、十分に速く進みます。勾配降下法が発散し始める学習率は、nn.Linear の初期値では N(0, 1) の {times} 倍です。module と同じ設定で "
        "N(0, 1) から始めると、{diverged}で発散します。",
    ),
    "images_normal": (
        "Trained on images to the same training error, a network from N(0, 1) recognises {images_normal} of new images "
        "(guessing: 10 %), one from nn.Linear's default {images_linear}.",
        "画像を同じ訓練誤差まで学習させても、初めて見る画像の正解率は、N(0, 1) の初期値からでは {images_normal}（当てずっぽうなら "
        "10 %）、nn.Linear の既定の初期値からは {images_linear} です。",
    ),
    "images_centred": (
        "What misleads is the large first output of N(0, 1): training cancels it on the training images, but not on new ones. With that output subtracted, a network from N(0, 1) recognises {images_centred}.",
        "正解率を下げているのは、学習前から出ている大きな出力です。訓練画像では学習によって打ち消されますが、初めて見る画像では残ります。学習前の出力を差し引いて 0 から始めれば、N(0, 1) でも正解率は {images_centred} になります。",
    ),
    "halving_saves": (
        "The manual run's learning rate is halved after epoch 0 and then every {every} epochs: without the first halving it diverges for {diverged}.",
        "manual の学習率は epoch 0 の後に半分になり、その後も {every} epoch ごとに半分になります。最初の半減がなければ、{diverged}で発散します。",
    ),
    "tuned_speed": (
        "The last row does not show that nn.Linear's start is the better one: how low these losses get is set by float32's "
        "rounding, which hits N(0, 1) harder; in float64, gradient descent from N(0, 1) ends lower. A fairer comparison is "
        "time: each at its own best rate, nn.Linear's default takes {tuned_speed} of the epochs that N(0, 1) takes to a loss of "
        "0.01.",
        "最後の行から、nn.Linear の初期値のほうが良いとは言えません。損失がどこまで下がるかは float32 の丸めで決まり、その影響は N(0, 1) の"
        "ほうが強く受けます。float64 では、勾配降下法の最終損失は N(0, 1) のほうが低くなります。速さで比べるほうが公平です。それぞれに最良の"
        "学習率で、損失 0.01 に達するまでの epoch 数は、nn.Linear の既定では N(0, 1) の {tuned_speed} です。",
    ),
    "alpha_law": (
        "From {least} to 1 times N(0, 1), the test error grows as the scale to the power of {alpha_law}.",
        "N(0, 1) の {least}～1 倍では、テスト誤差は倍率の {alpha_law} 乗に比例します。",
    ),
    "balance": (
        "With outputs as large as nn.Linear's but a second layer {scale} times the first, training takes {balance} of "
        "nn.Linear's epochs to a loss of 0.01.",
        "出力の大きさを nn.Linear と同じにしたまま 2 層目を 1 層目の {scale} 倍にすると、損失 0.01 までの epoch 数は nn.Linear の既定の "
        "{balance} になります。",
    ),
    "catapult_tests": (
        "At {fast} / sharpness nn.Linear's default ends with {catapult_tests} of the test error that it has at {slow} / "
        "sharpness: a first jump of the loss need not harm.",
        "学習率が {fast} / sharpness では、nn.Linear の既定のテスト誤差は {slow} / sharpness のときの {catapult_tests} です。損失の最初の"
        "跳ね上がりが害になるとは限りません。",
    ),
}
SCRIPT = {  # what the explorer says
    "rate": ("learning rate", "学習率"),
    "final": ("final loss", "最終損失"),
    "epoch": ("epoch", "epoch"),
    "comma": (", ", "、"),
    "loss": ("loss", "損失"),
    "errorAxis": (
        "error (1: always predicting 0)",
        "誤差（1 は常に 0 と予測した場合）",
    ),
    "train": (
        "training error (solid)",
        "訓練誤差（実線）",
    ),
    "test": (
        "test error (dashed)",
        "テスト誤差（破線）",
    ),
    "accuracy": ("test images recognised", "テスト画像の正解率"),
    "diverged": ("diverged", "発散"),
    "atRate": ("Learning rate {rate}: final loss {loss}", "学習率 {rate}：最終損失 {loss}"),
    "atEpoch": ("Epoch {epoch}: ", "epoch {epoch}："),
    "atStart": ("{start}: {share} % recognised", "{start}：正解率 {share} %"),
    "saySlow": (
        "{rate} Far below: the loss falls steadily, but slowly.",
        "{rate}ずっと小さいので、損失は着実に、しかしゆっくり減ります。",
    ),
    "atDiverged": ("Learning rate {rate}: diverged", "学習率 {rate}：発散"),
    "sayBelow": (
        "The rate is {times} / sharpness, below the rule of thumb ({limit}).",
        "学習率は {times} / sharpness で、目安の {limit} より小さい値です。",
    ),
    "sayAbove": (
        "The rate is {times} / sharpness, above the rule of thumb ({limit}).",
        "学習率は {times} / sharpness で、目安の {limit} を超えています。",
    ),
    "saySteady": ("{rate} The loss falls from the start.", "{rate}損失は最初から減ります。"),
    "sayRises": (
        "{rate} The loss first rises, to {rise} times its first value, and then falls: in theory because the network has moved to where the loss is flatter (a “catapult”; not measured here).",
        "{rate}損失はまず最初の値の {rise} 倍に増え、それから減ります。理論では、ネットワークがより平らなところへ移ったためと説明されます（catapult。ここでは測っていません）。",
    ),
    "sayRisen": (
        "{rate} The loss rises, to {rise} times its first value, and has not come back.",
        "{rate}損失は最初の値の {rise} 倍に増え、元に戻っていません。",
    ),
    "sayDiverged": (
        "{rate} Too large: the loss grew until at epoch {epoch} no number could hold it.",
        "{rate}学習率が大きすぎ、損失は増え続けて、epoch\u00a0{epoch} で数値として表せなくなりました。",
    ),
    "sayImages": (
        "Each network learned {train} images until its training error fell below 0.01 or the longest training allowed was over, and was tested on {test} others. A row is a start, a dot a seed, the large one the chosen seed.",
        "どのネットワークも、訓練誤差が 0.01 を下回るか epoch 数が上限に達するまで {train} 枚の画像を学習し、別の {test} 枚で正解率を測りました。1 行が一つの初期値、点がシードで、大きな点が選んだシードです。",
    ),
}
