"""Read and write the plain files that results are made of.

A file appears whole or not at all, and the same content is always the same bytes: no time, no path, no pickle. What a
command writes is recorded (`made`), with all that it had read.
"""

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from packaging.version import Version

if TYPE_CHECKING:
    import pandas as pd

from kotohajime import made


class UserError(Exception):
    """Something that the person at the keyboard can put right; the text says how."""


written = set()  # by this command


def write(path: Path, content: bytes | str) -> None:
    """Write `content` to `path` by way of a temporary neighbour: a kill leaves the old file or the new.

    A command's record of it is written first. Raises UserError when the disk is full, the folder cannot be written to,
    or the command has read or written that file already.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        raise UserError(f"cannot write {path}: it is no regular file. Name another.")
    if made.job and path.resolve() in {*written, *(Path(name).resolve() for name in made.inputs)}:
        raise UserError(f"cannot write {path}: it is an input or another output of this command. Name another.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if made.job:
            written.add(path.resolve())
            made.record_path(path).parent.mkdir(exist_ok=True)
            replace(made.record_path(path), made.record(path, data))
        replace(path, data)
    except OSError as error:
        remedy = {errno.ENOSPC: "make room", errno.EACCES: "give write permission there"}.get(
            error.errno, "put it right"
        )
        raise UserError(
            f"cannot write {path}: {error.strerror}. Nothing was left half written; {remedy}, then run again."
        ) from error
    print(f"wrote {path}")


def replace(path: Path, data: bytes) -> None:
    """Put `data` in place of `path` in one step."""
    for stale in path.parent.glob(f".{path.name}.*.tmp"):  # left by a writer that was killed
        stale.unlink(missing_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: object) -> None:
    """Write JSON that a person can read; NaN and infinity, which JSON lacks, are refused (ValueError)."""
    write(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable]) -> None:
    """Write a table; floats keep every digit (their shortest form that reads back as the same float)."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    write(path, text.getvalue())


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays, C order, uncompressed."""
    data = io.BytesIO()
    np.savez(data, **{name: np.ascontiguousarray(array) for name, array in arrays.items()})
    write(path, data.getvalue())


def read_bytes(path: Path) -> bytes:
    """Read a file; UserError names it when it is missing or cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise damaged(path, error) from error
    made.note_input(path, content)
    return content


def read_text(path: Path) -> str:
    """Read UTF-8; UserError names the file when it is something else."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise damaged(path, "it is not UTF-8") from error


def text_of(path: Path) -> str:
    """Read a text that a person wrote; UserError when it is missing or not UTF-8."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8. Save it as UTF-8.") from None


def read_json(path: Path) -> dict | list:
    """Read JSON; UserError names the file when it is missing or damaged."""
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise damaged(path, error) from error


def read_rows(path: Path) -> list[list[str]]:
    """Read a table as text, its head first; UserError names the file when it is missing, damaged or empty."""
    try:
        rows = list(csv.reader(io.StringIO(read_text(path), newline="")))
    except csv.Error as error:
        raise damaged(path, error) from error
    if not rows:
        raise damaged(path, "it is empty")
    return rows


def read_csv(path: Path, needed: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """Read a table of numbers as columns; UserError names the file when it is missing, damaged or lacks a column."""
    columns, *rows = read_rows(path)
    try:
        values = np.array(rows, dtype=float).reshape(len(rows), len(columns))
    except ValueError as error:
        raise damaged(path, "it is no whole table of numbers") from error
    return with_all(path, dict(zip(columns, values.T, strict=True)), needed)


def read_table(path: Path, needed: Iterable[str] = ()) -> "pd.DataFrame":
    """Read a table of numbers and text; UserError as in `read_csv`."""
    import pandas as pd  # takes half a second: for the study only

    # An older pandas reads back every digit only if asked to; a newer one does, and warns when it is asked.
    exact = {} if Version(pd.__version__) >= Version("3.1") else {"float_precision": "round_trip"}
    try:
        table = pd.read_csv(io.BytesIO(read_bytes(path)), **exact)
    except ValueError as error:
        raise damaged(path, error) from error
    with_all(path, table, needed)
    return table


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV; floats keep every digit."""
    write(path, table.to_csv(index=False, lineterminator="\n"))


def read_npz(path: Path, needed: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """Read named arrays; UserError names the file when it is missing, damaged or lacks an array."""
    content = io.BytesIO(read_bytes(path))
    try:
        with np.load(content, allow_pickle=False) as arrays:
            found = dict(arrays)
    except Exception as error:  # numpy and zipfile raise many kinds for a damaged file
        raise damaged(path, "it is no whole NPZ file of numbers") from error
    return with_all(path, found, needed)


def with_all(path: Path, found: Mapping, needed: Iterable[str]) -> Mapping:
    """Return what was read from a file; UserError when it lacks something that is needed."""
    if missing := [name for name in needed if name not in found]:
        raise UserError(f"{path} holds {', '.join(found)}, but not {', '.join(missing)}. Is it the right file?")
    return found


def damaged(path: Path, error: Exception | str) -> UserError:
    """Return the error for an input file that is missing or cannot be read."""
    if isinstance(error, FileNotFoundError):
        what, remedy = f"{path} is missing", "snakemake --cores all makes it"
    else:
        what, remedy = f"cannot read {path} ({error})", "delete it and run again"
    return UserError(f"{what}. If it is a result: {remedy}. If it is the project's own: git checkout {path}")
