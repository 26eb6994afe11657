"""Read and write the plain files that results are made of.

A file appears whole or not at all, and the same content is always the same bytes: no time, no path, no pickle.
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

if TYPE_CHECKING:
    import pandas as pd

from kotohajime.cli import UserError
from kotohajime.edited import sha256


def write(path: Path, content: bytes | str) -> None:
    """Write `content` to `path` by way of a temporary neighbour: a kill leaves the old file or the new.

    Prints what was written with its checksum, by which `edited` notices later changes. Raises UserError when the disk
    is full or the folder cannot be written to.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        raise UserError(f"cannot write {path}: it is no regular file. Name another.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, data)
    except OSError as error:
        remedy = {errno.ENOSPC: "make room", errno.EACCES: "give write permission there"}.get(
            error.errno, "put it right"
        )
        raise UserError(
            f"cannot write {path}: {error.strerror}. Nothing was left half written; {remedy}, then run again."
        ) from error
    print(f"wrote {path} sha256 {sha256(data)}")


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


def read_json(path: Path) -> dict | list:
    """Read JSON; UserError names the file when it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def read_rows(path: Path) -> list[list[str]]:
    """Read a table as text, its head first; UserError names the file when it is missing, damaged or empty."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        if not rows:
            raise ValueError("it is empty")
        return rows
    except (OSError, ValueError, csv.Error) as error:
        raise damaged(path, error) from error


def read_csv(path: Path, needed: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """Read a table of numbers as columns; UserError names the file when it is missing, damaged or lacks a column."""
    columns, *rows = read_rows(path)
    try:
        values = np.array(rows, dtype=float).reshape(len(rows), len(columns))
    except ValueError as error:
        raise damaged(path, "it is no whole table of numbers") from error
    return with_all(path, dict(zip(columns, values.T, strict=True)), needed)


def read_table(path: Path) -> "pd.DataFrame":
    """Read a table of numbers and text; UserError as in `read_csv`."""
    import pandas as pd  # takes half a second: for the study only

    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV; floats keep every digit."""
    write(path, table.to_csv(index=False, lineterminator="\n"))


def read_npz(path: Path, needed: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """Read named arrays; UserError names the file when it is missing, damaged or lacks an array."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            found = dict(arrays)
    except OSError as error:
        raise damaged(path, error) from error
    except Exception as error:  # numpy and zipfile raise many kinds for a damaged file
        raise damaged(path, "it is no whole NPZ file of numbers") from error
    return with_all(path, found, needed)


def with_all(path: Path, found: dict[str, np.ndarray], needed: Iterable[str]) -> dict[str, np.ndarray]:
    """Return what was read from a file; UserError when it lacks something that is needed."""
    if missing := [name for name in needed if name not in found]:
        raise UserError(f"{path} holds {', '.join(found)}, but not {', '.join(missing)}. Is it the right file?")
    return found


def damaged(path: Path, error: Exception | str) -> UserError:
    """Return the error for an input file that is missing or cannot be read."""
    if isinstance(error, FileNotFoundError):
        return UserError(f"{path} is missing. The workflow makes it: snakemake --cores all")
    return UserError(
        f"cannot read {path} ({error}). If the workflow made it, delete it and run again; if not, name another."
    )
