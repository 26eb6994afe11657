"""Snakemake and its jobs at hand: a process that has imported what they import, and forks for each command.

A command comes from the programs beside this file, `snakemake` and `python`, which are first on the path of most tests.
What forks has imported nothing of ours and has no other thread: a fork is what the command is some seconds after its
start. What forks make is compared with what was made in the ordinary way: `make`'s results, and those of killed runs.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback

IMPORTED = [
    "cyclopts", "jinja2", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "pandas", "pydantic",
    "scipy.sparse.linalg", "scipy.stats", "sklearn.datasets", "smart_open", "snakemake.report", "tabulate", "torch",
    "torchvision",
]  # fmt: skip


def load() -> None:
    """Import what takes long; Snakemake's plugins too."""
    for name in IMPORTED:
        importlib.import_module(name)
    importlib.import_module("snakemake.cli").get_argument_parser()
    gc.freeze()  # else each fork looks through all of this again and again, which takes longer than a dry run


def ask(program: str, arguments: list[str], door: str) -> int:
    """Have a command done that has this process's folder, environment and open files; return its exit status."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(door)
        told = json.dumps([program, arguments, os.getcwd(), dict(os.environ)]).encode()  # noqa: PTH109 (pathlib takes time)
        socket.send_fds(server, [len(told).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(told)
        return int(server.makefile().read())


def do(program: str, arguments: list[str]) -> None:
    """Do a command in this process."""
    if program == "snakemake":
        sys.argv = [program, *arguments]
        sys.exit(importlib.import_module("snakemake.cli").main())
    sys.argv = arguments[:1] + arguments[2:]  # -m, and the flags of the module
    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)


def end(how: BaseException | None) -> None:
    """End this process as Python does, but for the second in which it takes all that was imported to pieces."""
    code = (how.code or 0) if isinstance(how, SystemExit) else int(how is not None)
    if isinstance(code, str):
        print(code, file=sys.stderr)
    elif how and not isinstance(how, SystemExit):
        traceback.print_exception(how)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def answer(asked: socket.socket) -> None:
    """Be a command, and beside it what tells its exit status."""
    length, files, _, _ = socket.recv_fds(asked, 4, 3)
    told = asked.makefile("rb").read(int.from_bytes(length, "big"))
    if child := os.fork():
        asked.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
        os._exit(0)
    asked.close()
    program, arguments, folder, environment = json.loads(told)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:1] = environment["PYTHONPATH"].split(os.pathsep)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    # Python's own still take these for what they were opened on: a file where a terminal's pipe is now.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    how = None
    try:
        do(program, arguments)
    except BaseException as error:
        how = error
    end(how)


def serve(door: socket.socket) -> None:
    """Do what is asked for as long as the parent lives; import nothing before the first command."""
    parent, loaded = os.getppid(), False
    while os.getppid() == parent:
        if not select.select([door], [], [], 1)[0]:
            continue
        if not loaded:
            load()
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what has answered is gone without a wait for it
            loaded = True
        asked, _ = door.accept()
        if not os.fork():
            door.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(asked)
        asked.close()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
