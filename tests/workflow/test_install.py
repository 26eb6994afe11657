"""envs/install.py: an environment is made from the lock alone, and made anew whatever broke it. On a small lock."""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from projects import ROOT, run

UV = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv/bin")
pytestmark = pytest.mark.skipif(UV is None, reason="no uv here; `make` brings one")


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def wheel(index: Path, name: str) -> str:
    """Put a wheel of one module and one data file on an index; return its line in a lock."""
    files = {
        f"{name}/__init__.py": b"answer = 42\n",
        f"{name}/data.txt": b"data\n" * 100,
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{name}-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in files.items()]
    files[f"{name}-1.0.dist-info/RECORD"] = "".join([*lines, f"{name}-1.0.dist-info/RECORD,,\n"]).encode()
    archive = index / name / f"{name}-1.0-py3-none-any.whl"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as packed:
        for path, content in files.items():
            packed.writestr(path, content)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Return the address of an index that serves two packages, and the lock that names them."""
    folder = tmp_path_factory.mktemp("index")
    lock = "".join(wheel(folder, name) for name in ("first", "second"))
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", lock
        server.shutdown()


@pytest.fixture
def project(tmp_path, index, monkeypatch) -> Path:
    """Return a project with a small lock. Only pip has been told of the index."""
    folder = tmp_path / "project"
    (folder / "envs").mkdir(parents=True)
    shutil.copy2(ROOT / "envs/install.py", folder / "envs")
    (folder / "envs/lock.txt").write_text(index[1])
    (folder / "src/kotohajime").mkdir(parents=True)
    (folder / "src/kotohajime/__init__.py").write_text("")
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    for name, value in (
        ("PIP_INDEX_URL", index[0]),
        ("PIP_USER", "1"),
        ("PIP_TARGET", str(tmp_path / "nowhere")),
        ("UV_CACHE_DIR", str(tmp_path / "cache")),
        ("UV_PYTHON_DOWNLOADS", "never"),
        ("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons")),
        ("PATH", os.pathsep.join([str(Path(UV).parent), str(Path(sys.base_prefix, "bin")), os.environ["PATH"]])),
    ):
        monkeypatch.setenv(name, value)
    return folder


def install(project: Path, *named: str) -> str:
    """Return what is said when the environment is made, or found whole: then nothing."""
    done = run(project, sys.executable, "envs/install.py", *named)
    assert done.returncode == 0, done.stdout
    return done.stdout


def imported(project: Path) -> str:
    """Return where the environment finds the project's own code, once it finds the packages."""
    ask = "import first, second, kotohajime; print(first.answer, kotohajime.__file__)"
    command = [project / ".venv/bin/python", "-c", ask]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout


def test_it_is_made_once_from_the_index_that_pip_knows_and_holds_the_folders_own_code(project):
    assert "Making the environment" in install(project)
    assert imported(project) == f"42 {project}/src/kotohajime/__init__.py\n"
    assert install(project) == ""


def site(project: Path) -> Path:
    (folder,) = project.glob(".venv/lib/python*/site-packages")
    return folder


BREAKAGES = {
    "interrupted": lambda project: (project / ".venv/ready").unlink(),
    "a file is gone": lambda project: (site(project) / "second/data.txt").unlink(),
    "a file is cut": lambda project: (site(project) / "second/data.txt").write_text("data"),
    "a package is gone": lambda project: shutil.rmtree(site(project) / "second-1.0.dist-info"),
    "its Python is gone": lambda project: replaced(project / ".venv/bin/python", "/nowhere/python"),
    "its Python is another": lambda project: site(project).parent.rename(project / ".venv/lib/python3.1"),
    "another lock": lambda project: edited(project / "envs/lock.txt", "first", "# newer\nfirst"),
    "the folder was moved": lambda project: project.rename(project.with_name("moved")),
    "the folder was copied": lambda project: shutil.copytree(project, project.with_name("moved"), symlinks=True),
}


def edited(path: Path, before: str, after: str) -> None:
    """Change a file in place, as an editor may that saves into the same file: links to it show the change."""
    content = path.read_text().replace(before, after, 1)
    with path.open("r+") as file:
        file.write(content)


def replaced(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_whatever_broke_it_it_is_made_anew(project, breakage):
    install(project)
    BREAKAGES[breakage](project)
    here = next(folder for folder in (project.with_name("moved"), project) if folder.exists())
    assert "Making the environment" in install(here)
    assert imported(here) == f"42 {here}/src/kotohajime/__init__.py\n"
    assert install(here) == ""


def test_an_edit_in_one_environment_does_not_reach_the_next(project):
    """uv links an environment's files to its cache; the edited file is as long as before."""
    install(project)
    edited(site(project) / "first/__init__.py", "42", "43")
    other = project.with_name("other")
    shutil.copytree(project, other, ignore=shutil.ignore_patterns(".venv"))
    install(other)
    assert imported(other).startswith("42 ")


def test_a_python_that_will_not_do_is_told_and_costs_nothing(project):
    install(project)
    old = project / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for named in (str(old), "python3.99"):
        done = run(project, sys.executable, "envs/install.py", named)
        assert done.returncode == 1
        (sentence,) = done.stdout.splitlines()
        assert sentence.startswith("kotohajime needs Python 3.11, 3.12 or 3.13")
        assert "make PYTHON=" in sentence
    assert install(project) == ""


def test_another_python_that_is_named_is_taken(project):
    install(project)
    assert "Making the environment" in install(project, sys.executable)
    assert install(project, sys.executable) == install(project) == ""


def test_a_package_that_is_not_the_locked_one_is_refused(project):
    lock = project / "envs/lock.txt"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0", 1))
    done = run(project, sys.executable, "envs/install.py")
    assert done.returncode == 1
    assert "hash" in done.stdout.lower()
    assert done.stdout.rstrip().endswith("Run make again; what was downloaded is kept.")
    assert not (project / ".venv/ready").exists()


def test_uvs_own_commands_use_the_environment_as_it_is(project):
    install(project)
    shutil.copy2(ROOT / "pyproject.toml", project)
    assert run(project, UV, "run", "python", "-c", "import first; print(first.answer)").stdout == "42\n"
    refused = run(project, UV, "sync")
    assert refused.returncode != 0
    assert "unmanaged" in refused.stdout
    assert install(project) == ""


@pytest.fixture
def script():
    """Return envs/install.py as a module."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "envs/install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_uv_and_pip_get_what_pips_own_settings_say_and_no_more(script, tmp_path, monkeypatch):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://own/simple\nproxy = http://proxy:1\nuser = true\n"
    )
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_", "SSL_", "HTTPS_", "REQUESTS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_TIMEOUT", "7")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/own/ca.pem")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    script.share_settings()
    expected = {
        "PIP_INDEX_URL": "https://own/simple", "UV_DEFAULT_INDEX": "https://own/simple", "HTTPS_PROXY": "http://proxy:1",
        "PIP_CERT": "/own/ca.pem", "SSL_CERT_FILE": "/own/ca.pem", "PIP_TIMEOUT": "7", "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }  # fmt: skip
    assert {
        name: value for name, value in os.environ.items() if name in expected or name.startswith("PIP_")
    } == expected


@pytest.mark.parametrize(
    ("system", "machine", "libc", "sentence"),
    [
        ("linux", "x86_64", ("glibc", "2.28"), ""),
        ("linux", "aarch64", ("glibc", "2.17"), "PyTorch's builds need glibc 2.28 or newer"),
        ("linux", "x86_64", ("", ""), "PyTorch's builds need glibc 2.28 or newer"),
        ("darwin", "arm64", ("", ""), ""),
        ("darwin", "x86_64", ("", ""), "PyTorch has no build for Macs with an Intel processor"),
    ],
)
def test_a_machine_for_which_there_is_no_build_is_told_so(script, monkeypatch, system, machine, libc, sentence):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(script.platform, "machine", lambda: machine)
    monkeypatch.setattr(script.platform, "libc_ver", lambda: libc)
    assert script.no_build().partition(":")[0] == sentence
