"""kotohajime (ことはじめ, first steps): a beginner's PyTorch article of 2018, re-run and checked.

Each rule of the workflow calls the module of the same name: `python -m kotohajime.article.train_manual --help`. The
packages, each of which uses only those before it: `article` is the post, `engine` trains many networks at once, `study`
asks why the module run won, `images` what good initial weights buy, `hypotheses` decides, `claims` judges the
article's statements, `site` writes the pages. The modules beside them are plain helpers.
"""
