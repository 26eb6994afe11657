"""kotohajime (ことはじめ, first steps): a beginner's PyTorch article of 2018, re-run and checked.

Each rule of the workflow calls the module of the same name here: `python -m kotohajime.train_manual --help`.
"""
