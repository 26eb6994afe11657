"""kotohajime (ことはじめ, first steps): a beginner's PyTorch article of 2018, re-run and checked.

Each rule of the workflow calls the module of the same name here: `python -m kotohajime.train_manual --help`.
"""

import signal
import sys

if sys.argv[:1] == ["-m"]:  # as a command: Ctrl-C ends it at once and in silence, in the middle of an import too
    signal.signal(signal.SIGINT, signal.SIG_DFL)
