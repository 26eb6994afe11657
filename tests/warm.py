"""Snakemake at hand: a process that has imported it, and forks for each command that comes in on a line.

What forks has imported nothing of ours and has no other thread: a fork is what `snakemake` is 2 s after its start.
"""

import gc
import json
import os
import sys

import cyclopts  # noqa: F401 (our Snakefile imports it; the next two Snakemake, when it needs them)
import smart_open  # noqa: F401
import snakemake.report  # noqa: F401
from snakemake.cli import get_argument_parser, main

if __name__ == "__main__":
    get_argument_parser()  # imports the plugins
    gc.freeze()  # else each fork looks through all of this again and again, which takes longer than a dry run
    for line in sys.stdin:
        command, folder, environment, said = json.loads(line)
        if child := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            continue
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[0] = environment["PYTHONPATH"]
        sys.argv = command
        output = os.open(said, os.O_WRONLY)
        for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
            os.dup2(file, number)
        sys.exit(main())
