"""Who made a result, from what, and on what kind of machine: beside `losses.csv` lies `.made/losses.csv.json`.

A record holds the module and its settings, the checksums of the result and of all that it was made from (inputs, code),
and the machine. It is written before the result, so that a kill between the two leaves no result without a record.

A job of the workflow leaves a copy of each record in `.snakemake` as well. A result whose record is not that copy is
one that Snakemake does not remember: the record alone says whether it is what a run would make today.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from kotohajime import machine, science
from kotohajime.science import PACKAGE, checksum, files_behind

COPIES = Path(".snakemake/kotohajime/records")
VARIABLE = "KOTOHAJIME_RECORDS"  # in the environment of a job of the workflow: the folder for copies of its records

job: dict[str, str] = {}  # module and settings of this process, if it is a command
inputs: dict[str, str] = {}  # the files that it has read, with their checksums


def begin(module: str, settings: str) -> None:
    """Note what this process is; from now on its results are recorded."""
    job.update(module=module.removeprefix("kotohajime."), settings=settings)


def note_input(path: Path, content: bytes) -> None:
    """Note a file that was read."""
    inputs[str(path)] = hashlib.sha256(content).hexdigest()


def record_of(path: Path) -> Path:
    """Return where the record of a result lies."""
    return path.parent / ".made" / f"{path.name}.json"


def copy_of(path: Path) -> Path:
    """Return where a job of the workflow leaves a copy of a record."""
    return Path(os.environ.get(VARIABLE, COPIES)) / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"


def record(path: Path, content: bytes) -> dict[Path, bytes]:
    """Return the record of a result that is about to be written, by the paths to write it to; empty in no command."""
    if not job:
        return {}
    code = sorted({*files_behind(job["module"]), *science.texts_read})
    fields = {
        "result": str(path),
        "sha256": hashlib.sha256(content).hexdigest(),
        **job,
        "inputs": inputs,
        "code": {file.relative_to(PACKAGE).as_posix(): checksum(file) for file in code},
        "machine": machine.kind(),
    }
    text = (json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode()
    return dict.fromkeys([record_of(path), *([copy_of(path)] if VARIABLE in os.environ else [])], text)


def read(path: Path) -> dict | None:
    """Return the record of a result; None where there is none that can be read."""
    try:
        fields = json.loads(record_of(path).read_bytes())
    except (OSError, ValueError):
        return None
    form = {"result": str, "sha256": str, "module": str, "settings": str, "inputs": dict, "code": dict, "machine": dict}
    whole = isinstance(fields, dict) and all(isinstance(fields.get(name), kind) for name, kind in form.items())
    return fields if whole else None


def objection(path: Path, settings: Mapping[str, str | Callable[[int], str]]) -> str:
    """Return why an existing result may not be used, "" if it may.

    Args:
        path: the result.
        settings: today's, by module; those of a shard by its first seed, which names its folder.
    """
    fields = read(path)
    if fields is None:
        return "nothing tells how it was made"
    if fields["result"] != str(path):
        return f"it was made as {fields['result']}"
    if fields["sha256"] != checksum(path):
        return "it was edited or cut short"
    if remembered(path):
        return ""  # what has changed since then is Snakemake's to find
    today = settings.get(fields["module"], "")
    return difference(fields, today if isinstance(today, str) else today(int(path.parent.name)))


def remembered(path: Path) -> bool:
    """Return whether a run in this folder made a result as it is now."""
    copy = copy_of(path)
    return copy.is_file() and copy.read_bytes() == record_of(path).read_bytes()


def difference(fields: Mapping, settings: str) -> str:
    """Return how today's settings, code and inputs differ from those of a record, "" if they do not."""
    if fields["settings"] != settings:
        before, after = fields["settings"].split(" --"), settings.split(" --")
        then = " and ".join(f"--{flag.removeprefix('--')}" for flag in before if flag not in after)
        return f"it was made with other settings{then and f' ({then})'}"
    digests = dict.fromkeys(files_behind(fields["module"]))
    digests |= {PACKAGE / name: digest for name, digest in fields["code"].items()}
    digests |= {Path(name): digest for name, digest in fields["inputs"].items()}
    changed = [str(file) for file, digest in digests.items() if file.is_file() and checksum(file) != digest]
    return f"it was made from another {changed[0]}" if changed else ""


def refusal(objections: Iterable[tuple[Path, str]]) -> str:
    """Return the sentence on results that may not be used; "" for none."""
    lines = [f"{path}: {why}" for path, why in objections]
    if not lines:
        return ""
    if len(lines) > 6:
        lines[6:] = [f"and {len(lines) - 6} more"]
    advice = (
        "Delete them (or move them away) and run again, or make everything anew: --forceall. If they were made "
        "elsewhere or .snakemake was deleted: bring it along, or run with the settings of then. Nothing was run or "
        "changed."
    )
    return "\n".join(["These results are not what a run here would make:", *lines, advice])
