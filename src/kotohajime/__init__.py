"""kotohajime (ことはじめ, first steps): a beginner's PyTorch article of 2018, re-run and checked.

Each rule of the workflow calls the module of the same name: `python -m kotohajime.article.train_manual --help`. The
rooms: `article` re-runs the post, `study` explains its figure, `images` shows what a good start buys, `story` tells it
in one page, `pages` are what else people read, `workflow` is what the Snakefile itself calls.
"""

import gc
import os
import signal
import sys

# BLAS sums in another order on more threads. What multiplies at length sets its own number, in `compute`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A user's own choices that would break a run, or change the bytes of a result.
os.environ.update(MPLBACKEND="agg", MATPLOTLIBRC=os.devnull)
os.environ.pop("TORCH_SHOW_CPP_STACKTRACES", None)

if sys.argv[:1] == ["-m"]:  # as a command
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and in silence, in an import too
    if sys.stdout:  # one may have closed it
        sys.stdout.reconfigure(errors="backslashreplace")  # a folder's name that the terminal cannot show
    gc.disable()  # until `cli.run`: imports leave hardly any garbage, and looking for it in torch takes long
