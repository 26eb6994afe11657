"""Make the environment .venv from envs/lock.txt alone, unless it is whole: `python3 envs/install.py [PYTHON]`.

Any Python from 3.6 on runs this, and uv does the work: the machine's own, else that of envs/uv.txt, in .uv. The
environment gets the PYTHON that is named, else one that uv finds or fetches. It is whole if it was made in this folder
from this lock, and each file of each package is as long as its record says; whatever broke it, it is made anew.
"""

import base64
import csv
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
OWN = ".venv/bin/python"
READY = Path(".venv/ready")  # what the environment was made from and holds; written last
VERSIONS = ">=3.11,<3.14"  # for which each package has a build
# What uv says into a file or a pipe: what is large, what is done, what failed.
SMALL = re.compile(r" +(Downloaded|Building|Built)|Uninstalled| [-+~] |Downloading .*\((\d\d?|[12]\d\d)\.\dMiB\)")


def no_build():
    """Return why this kind of machine cannot have the packages of the lock, "" if it can."""
    libc, version = platform.libc_ver()
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return "PyTorch has no build for Macs with an Intel processor: use the container (docs/container.md)."
    if sys.platform == "linux" and (libc != "glibc" or [int(part) for part in version.split(".")] < [2, 28]):
        return "PyTorch's builds need glibc 2.28 or newer: use the container (docs/container.md)."
    return ""


def output(*command):
    """Return what a command prints, without its complaints; OSError or CalledProcessError if it fails."""
    return subprocess.check_output(command, stderr=subprocess.DEVNULL, universal_newlines=True).strip()


def share_settings():
    """Give uv and pip the index, certificates and proxy that pip knows; no other setting of pip's holds (PIP_USER)."""
    try:
        told = output(sys.executable, "-m", "pip", "config", "list")
    except subprocess.CalledProcessError:  # no pip
        told = ""
    pip = dict(re.findall(r"^(?:global|install)\.([\w-]+)='(.*)'$", told, re.MULTILINE))
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        pip[variable[4:].lower().replace("_", "-")] = os.environ.pop(variable)
    pip["cert"] = pip.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE")
    for variables, name in (
        (("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), "index-url"),
        (("UV_INSECURE_HOST", "PIP_TRUSTED_HOST"), "trusted-host"),
        (("SSL_CERT_FILE", "PIP_CERT"), "cert"),
        (("HTTPS_PROXY",), "proxy"),
        (("PIP_TIMEOUT",), "timeout"),
    ):
        for variable in variables if pip.get(name) else ():
            os.environ.setdefault(variable, pip[name])
    os.environ.update(PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1")


def call(*command):
    """Run a command; end if it fails. Into a pipe or a file it says less than on a terminal."""
    pipes = {} if sys.stdout.isatty() else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, close_fds=False, universal_newlines=True, **pipes) as job:
        for line in job.stdout or ():
            if not SMALL.match(line):
                print(line, end="", flush=True)
    if job.returncode:
        sys.exit("The environment is not complete: see above. Run make again; what was downloaded is kept.")


def find_uv():
    """Return this machine's uv, else that of envs/uv.txt, which is put into .uv."""
    uv = shutil.which("uv") or ".uv/bin/uv"
    try:
        output(uv, "--version")
    except (OSError, subprocess.CalledProcessError):
        call(sys.executable, "-m", "venv", "--clear", ".uv")
        call(".uv/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", "envs/uv.txt")
    return uv


def find_python(uv, named):
    """Return the interpreter that is named, else one that uv finds or fetches; end with a sentence if there is none."""
    for fetch in (False,) if named else (False, True):
        if fetch:
            subprocess.call([uv, "python", "install", "3.12"])
        try:
            python = output(uv, "python", "find", "--no-project", "--system", named or VERSIONS)
            if output(python, "-c", "import sys; print(sys.version_info >= (3, 11))") == "True":
                return python
        except subprocess.CalledProcessError:
            continue
    sys.exit(
        "kotohajime needs Python 3.11, 3.12 or 3.13 (a newer one only with a C compiler and Python.h). Install one, or "
        "name one that is here: make PYTHON=python3.12"
    )


def site():
    """Return the folder of the environment's packages."""
    return Path(output(OWN, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))


def packages(contents=False):
    """Return the packages of the environment, and whether all files of each are as long as its record says.

    With `contents`, files of Python must also have the recorded checksum.
    """
    folder = site()
    records = sorted(folder.glob("*.dist-info/RECORD"))
    return {record.parent.name: intact(folder, record, contents) for record in records}


def intact(folder, record, contents):
    """Return whether all files of a package are as its record says."""
    for name, checksum, size in csv.reader(record.open(encoding="utf-8", newline="")):
        path = os.path.join(str(folder), name)
        try:
            if size and os.stat(path).st_size != int(size):
                return False
            if contents and checksum and name.endswith(".py"):
                kind, _, recorded = checksum.partition("=")
                digest = hashlib.new(kind, Path(path).read_bytes()).digest()
                if base64.urlsafe_b64encode(digest).decode().rstrip("=") != recorded:
                    return False
        except OSError:
            return False
    return True


def is_ready(origin, named):
    """Return whether the environment is of this origin, has the Python that is named, if one is, and is whole."""
    try:
        made = json.loads(READY.read_text(encoding="utf-8"))
        same = made["origin"] == origin and named in ("", made["python"])
        here = packages() if same else {}
        return same and all(here.get(name) for name in made["packages"])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False


def make(named):
    """Make the environment anew, check each file of it, and return its packages."""
    share_settings()
    uv = find_uv()
    python = find_python(uv, named)
    print("Making the environment .venv from envs/lock.txt, once: about 6 GB, half a minute or more.", flush=True)
    call(uv, "venv", "--clear", "--no-project", "--python", python, ".venv")
    sync = [uv, "pip", "sync", "--python", OWN, "--compile-bytecode", "--require-hashes", "envs/lock.txt"]
    sync += ["--build-constraints", "envs/lock.txt"]  # what is built is built with the lock's own setuptools
    call(*sync)
    held = packages(contents=True)
    spoiled = [name.split("-")[0] for name, whole in held.items() if not whole]
    if spoiled:  # in uv's cache, whose files the environments of all projects share
        call(uv, "cache", "clean", *spoiled)
        call(*sync, *["--reinstall-package=" + name for name in spoiled])
        held = packages(contents=True)
    if not all(held.values()):
        sys.exit("The environment is not whole: files of %s differ. Run make again." % ", ".join(spoiled))
    (site() / "kotohajime.pth").write_text(str(HERE / "src") + "\n", encoding="utf-8")
    return list(held)


def main(named=""):
    """Make the environment if it is not whole, or of another folder or lock, or not of the Python that is named."""
    os.chdir(str(HERE))
    activated = str(HERE / ".venv/bin")  # what is about to be replaced helps nobody
    os.environ["PATH"] = os.pathsep.join(path for path in os.environ["PATH"].split(os.pathsep) if path != activated)
    lock = os.open(".uv.lock", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(lock, True)  # held until the last process that writes here is gone
    fcntl.flock(lock, fcntl.LOCK_EX)
    origin = [str(HERE), hashlib.sha256(Path("envs/lock.txt").read_bytes()).hexdigest()]
    if is_ready(origin, named):
        return
    if no_build():
        sys.exit(no_build())
    made = {"origin": origin, "python": named, "packages": make(named)}
    READY.write_text(json.dumps(made, indent=1), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Interrupted. Run make again; what was downloaded is kept.")
