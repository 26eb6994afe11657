"""What made a result: beside `losses.csv` lies `.made/losses.csv.json`.

It holds the module and its flags, checksums of all that it had read (inputs, code) and of the result, and the kind of
machine. It is written before the result, so that a kill between the two never leaves a result with the record of
another: what is then there does not fit its record, and counts as edited.
"""

import hashlib
import json
import sys
from pathlib import Path

from kotohajime import machine

PACKAGE = Path(__file__).parent
NO_CODE = ("settings.py", "refusals.py", "workflow/")  # what they decide reaches a result as its flags

job: dict[str, str] = {}  # module and flags of this process, if it is a command
inputs: dict[str, str] = {}  # what it has read
templates: dict[str, str] = {}


def sha256(content: bytes) -> str:
    """Return the checksum in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def begin(module: str, flags: str) -> None:
    """Say what this process is; from now on its results are recorded."""
    job.update(module=module, flags=flags)


def note_input(path: Path, content: bytes) -> None:
    """Remember what was read."""
    inputs[str(path)] = sha256(content)


def note_template(name: str) -> None:
    """Remember a template of the pages."""
    templates[name] = sha256((PACKAGE / name).read_bytes())


def code() -> dict[str, str]:
    """Return the checksums of the modules of this package that are loaded, and of the templates."""
    files = {Path(module.__file__).resolve() for name, module in list(sys.modules.items())
             if name.split(".")[0] in ("kotohajime", "__main__") and getattr(module, "__file__", None)}  # fmt: skip
    ours = sorted(str(file.relative_to(PACKAGE)) for file in files if file.is_relative_to(PACKAGE))
    loaded = {name: sha256((PACKAGE / name).read_bytes()) for name in ours if not name.startswith(NO_CODE)}
    return loaded | templates


def record_path(path: Path) -> Path:
    """Return where the record of a result lies."""
    return path.parent / ".made" / f"{path.name}.json"


def record(path: Path, content: bytes) -> bytes:
    """Return the record of a result that is about to be written."""
    made = {"result": path.name, "sha256": sha256(content), **job, "inputs": inputs, "code": code(),
            "machine": machine.kind()}  # fmt: skip
    return (json.dumps(made, indent=1, ensure_ascii=False) + "\n").encode()


def read(path: Path) -> dict | None:
    """Return the record of a result; None where there is none that can be read."""
    try:
        made = json.loads(record_path(path).read_bytes())
    except (OSError, ValueError):
        return None
    form = {"result": str, "sha256": str, "module": str, "flags": str, "inputs": dict, "code": dict, "machine": dict}
    whole = isinstance(made, dict) and all(isinstance(made.get(name), kind) for name, kind in form.items())
    return made if whole and made["result"] == path.name else None
