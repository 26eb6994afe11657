"""kotohajime (ことはじめ, first steps): a beginner's PyTorch article of 2018, re-run and checked.

Each rule of the workflow calls the module of the same name here: `python -m kotohajime.train_manual --help`.
"""

import os
import signal
import sys

# NumPy's BLAS sums in another order on more threads. It has little to do here; torch's threads are set in `compute`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if sys.argv[:1] == ["-m"]:  # as a command: Ctrl-C ends it at once and in silence, in the middle of an import too
    signal.signal(signal.SIGINT, signal.SIG_DFL)
