"""What the story says, in English and in Japanese; {names} are filled with what was found."""

WORDS = {
    "title": (
        "First steps in PyTorch: why one curve ended lower",
        "Pytorch ことはじめ：なぜ一方の損失が低くなったのか",
    ),
    "intro": (
        "In April 2018 a Japanese blog post trained a network of two layers three ways, on random numbers, in which there is nothing to find: it can only learn them by heart. It drew the loss curves below (circles). This page runs it again on today's PyTorch (lines), checks what it says, and trains hundreds of networks to find out why one curve ends lower.",
        "2018 年 4 月のブログ記事「Pytorch ことはじめ」は、2 層のネットワークを 3 通りの書き方で学習させ、損失の曲線を示しました（図の丸）。データは乱数で、規則性がないため、丸暗記するしかありません。このページでは、それを現在の PyTorch で再実行し（図の線）、記事の内容を一つずつ確かめ、数百のネットワークを学習させて、一方の損失がなぜ低くなったのかを調べます。",
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
    "terms": (
        "N(0, 1): every weight drawn from the normal distribution, torch.randn. nn.Linear's default: much smaller weights, "
        "uniform between ±1 / √inputs. A seed fixes all random numbers; in brackets, 95 % intervals over the seeds (here "
        '{seeds}). Each verdict stands for itself; <a href="study/study.html">the study</a> also has a stricter one, for '
        "all hypotheses at once. Sharpness is how strongly the loss curves in its steepest direction (the largest "
        "eigenvalue of its Hessian), here at the start: on a quadratic loss, gradient descent is stable up to the rate 2 / "
        "sharpness.",
        "N(0, 1) は、すべての重みを標準正規分布から選ぶ初期値（torch.randn）です。nn.Linear の既定は、±1 / √入力数 の一様分布で、ずっと小さな"
        "重みになります。シードは乱数を固定する番号で、括弧内はシード（ここでは {seeds} 個）についての 95 % 区間です。判定は一つずつ行った"
        'もので、すべての仮説をまとめた厳しい判定は<a href="study/study.html">比較実験</a>にあります。sharpness は、損失の曲がり方が最も急な'
        "方向での強さ（ヘッセ行列の最大固有値）で、ここでは初期値での値です。損失が二次関数なら、勾配降下法は学習率 2 / sharpness まで安定です。",
    ),
    "take_home": (
        "In your own code: keep nn.Linear's default start, or one whose first output is no larger than the targets. Then try learning rates a factor of 2 to 10 apart, and take one below that from which training diverges. Compare two starts, or two optimisers, each at the best rate of its own.",
        "自分のコードでは：nn.Linear の既定の初期値か、学習前の出力が目標値より大きくならない初期値を使います。次に、学習率を 2～10 倍刻みで試し、発散し始める値より小さいものを選びます。初期値や optimizer を比べるときは、それぞれに最良の学習率で比べましょう。",
    ),
    "holds": ("holds", "成り立ちます"),
    "does not hold": ("does not hold", "成り立ちません"),
    "not decided": ("could not be decided", "判定できませんでした"),
    "try": ("Try it", "試してみる"),
    "try_says": (
        "Every point is a network that was trained. Choose a start, an optimiser and a learning rate, or click a point. The buttons choose the settings of the article's runs; the random numbers are other ones than in the figure, and so are the losses.",
        "点の一つ一つが、実際に学習させたネットワークです。初期値、optimizer、学習率を選ぶか、点をクリックしてください。ボタンは記事の学習と同じ設定を選びます。乱数は上の図とは異なるので、損失も異なります。",
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
        "Final loss by the scale of the start and the learning rate of gradient descent; grey diverged. Stars: the article's "
        "runs, manual at its first rate, module at the rate of gradient descent that its momentum amounts to, and at the "
        "one scale that its two layers amount to.",
        "初期値の大きさ、勾配降下法の学習率と、最終損失。灰色は発散です。星印は記事の学習で、manual は最初の学習率、module はモメンタム"
        "なしの学習率と一つの倍率に換算した値です。",
    ),
    "balance": (
        "Two layers can give the same outputs with a small first and a large second one, or the other way round: the second's scale over the first's, and (left) the epochs to a loss of 0.01 on random numbers, (right) how unevenly the network learns at its start, the condition number of its tangent kernel (largest over smallest eigenvalue).",
        "出力の大きさが同じでも、1 層目を小さく 2 層目を大きくすることも、その逆もできます。横軸は 2 層の大きさの比（2 層目 / 1 層目）、左は乱数のデータで損失 0.01 までの epoch 数、右は初期値での tangent kernel の条件数（最大固有値 / 最小固有値）で、学習の進み方の不均一さを表します。",
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
        "{count} statements: {counts}. The evidence, and the line to write today, are in "
        '<a href="claims.html">claims.html</a>.',
        '記事の {count} の記述を調べた結果：{counts}。根拠と、今ならどう書くかは <a href="claims.html">claims.html</a> にあります。',
    ),
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
FINDINGS = {  # by the hypothesis that each rests on
    "start_alone": (
        "With nothing changed but the start, to nn.Linear's default, the autograd run ends {start_alone} times as high.",
        "autograd の学習で初期値だけを nn.Linear の既定に替えると、最終損失は {start_alone} 倍になります。",
    ),
    "own_rate": (
        "And N(0, 1) needs no other start to end lower than the module run: at the learning rate {rate} it ends at {own_rate} "
        "times the module run's loss.",
        "一方、N(0, 1) のままでも、学習率を {rate} にすれば、最終損失は module の {own_rate} 倍です。",
    ),
    "start_is_needed": (
        "What differs is how the learning rate suits the start. The autograd run's, {naive} / sharpness, is too high for "
        "N(0, 1): its loss first rises, {height}-fold (median). The module run's acts as one {larger} times as high, since "
        "momentum does that, and suits nn.Linear's start all the same: from there gradient descent diverges only at rates "
        "{times} times as high as from N(0, 1). So the start decides which rates can be used: with the module run's settings, "
        "N(0, 1) diverges for {start_is_needed} of the seeds.",
        "違いを生んだのは、学習率がその初期値に合っていたかどうかです。autograd の学習率は {naive} / sharpness で、N(0, 1) には大きすぎ、"
        "損失はまず {height} 倍（中央値）に増えます。module の学習率は、モメンタムのために {larger} 倍の学習率と同じ働きをしますが、nn.Linear "
        "の初期値には合っています。勾配降下法が発散し始める学習率が、N(0, 1) の {times} 倍だからです。つまり、初期値が決めるのは使える学習率の"
        "範囲です。module と同じ設定で N(0, 1) から始めると、シードの {start_is_needed} で発散します。",
    ),
    "images_normal": (
        "Trained on images to the same training error, a network from N(0, 1) recognises {images_normal} of new images "
        "(guessing: 10 %), one from nn.Linear's default {images_linear}.",
        "画像を同じ訓練誤差まで学習させても、初めて見る画像の正解率は、N(0, 1) の初期値からでは {images_normal}（当てずっぽうなら "
        "10 %）、nn.Linear の既定の初期値からは {images_linear} です。",
    ),
    "tuned_speed": (
        "Why do nn.Linear's points reach so much lower? That is float32's rounding, which strikes N(0, 1) harder; in float64 "
        "it is the other way round. A fairer comparison is time: each at its best rate, nn.Linear's default takes "
        "{tuned_speed} times the epochs of N(0, 1) to a loss of 0.01.",
        "nn.Linear の点がずっと下まで達するのは、float32 の丸めの影響を N(0, 1) のほうが強く受けるためで、float64 では逆になります。"
        "速さで比べるほうが公平です。それぞれ最良の学習率では、損失 0.01 までの epoch 数は N(0, 1) の {tuned_speed} 倍です。",
    ),
    "alpha_law": (
        "From {least} to 1 times N(0, 1), the test error grows as the scale to the power of {alpha_law}.",
        "N(0, 1) の {least}～1 倍では、テスト誤差は倍率の {alpha_law} 乗に比例します。",
    ),
    "balance": (
        "With a second layer {scale} times the first, it takes {balance} times the epochs of nn.Linear's default.",
        "2 層目を 1 層目の {scale} 倍の大きさにすると、epoch 数は nn.Linear の既定の {balance} 倍になります。",
    ),
    "catapult_tests": (
        "At {fast} / sharpness nn.Linear's default ends with {catapult_tests} times the test error that it has at {slow} / "
        "sharpness.",
        "{fast} / sharpness では、nn.Linear の既定のテスト誤差は {slow} / sharpness のときの {catapult_tests} 倍です。",
    ),
}
SCRIPT = {  # what the explorer says
    "rate": ("learning rate", "学習率"),
    "final": ("final loss", "最終損失"),
    "epoch": ("epoch", "epoch"),
    "loss": ("loss", "損失"),
    "lossAxis": ("loss", "損失"),
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
        "{rate} Far below it: the loss falls steadily, but slowly.",
        "{rate}それよりずっと小さく、損失は着実に、しかしゆっくり減ります。",
    ),
    "atDiverged": ("Learning rate {rate}: diverged", "学習率 {rate}：発散"),
    "sayBelow": (
        "The rate is {times} / sharpness; on a quadratic loss it would be stable, as all are below {limit}.",
        "学習率は {times} / sharpness で、損失が二次関数なら安定です（限界は {limit}）。",
    ),
    "sayAbove": (
        "The rate is {times} / sharpness; on a quadratic loss training would diverge, as above {limit} it always does.",
        "学習率は {times} / sharpness で、損失が二次関数なら発散します（限界は {limit}）。",
    ),
    "saySteady": ("{rate} The loss falls from the start.", "{rate}損失は最初から減ります。"),
    "sayRises": (
        "{rate} Here the loss first rises, to {rise} times its first value, and then falls: the network has moved to where the loss is flatter.",
        "{rate}ここでは損失がまず最初の値の {rise} 倍に増え、それから減ります。ネットワークがより平らなところへ移ったためです。",
    ),
    "sayRisen": (
        "{rate} Here the loss rises, to {rise} times its first value, and has not come back.",
        "{rate}ここでは損失が最初の値の {rise} 倍に増え、元に戻っていません。",
    ),
    "sayDiverged": (
        "{rate} Too large: the loss grew until at epoch {epoch} no number could hold it.",
        "{rate}学習率が大きすぎ、損失は増え続けて、epoch {epoch} で数値として表せなくなりました。",
    ),
    "sayImages": (
        "Each network learned {train} images until its training error fell below 0.01 or the longest training allowed was over, and was tested on {test} others. Centred: the first output is subtracted. s2 / s1: the second layer's scale over the first's, with outputs as large as nn.Linear's. He and Xavier: torch's kaiming_normal_ and xavier_normal_.",
        "どのネットワークも、訓練誤差が 0.01 を下回るか epoch 数が上限に達するまで {train} 枚の画像を学習し、別の {test} 枚で正解率を測りました。centred は学習前の出力を差し引いたもの、s2 / s1 は出力の大きさを nn.Linear と同じにして 2 層の大きさの比（2 層目 / 1 層目）を変えたもの、He と Xavier は torch の kaiming_normal_ と xavier_normal_ です。",
    ),
}
