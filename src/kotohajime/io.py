"""Read and write the plain files that results are made of.

A file appears whole or not at all, and the same content is always the same bytes: no time, no path, no pickle.
"""

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from packaging.version import Version

from kotohajime import provenance

if TYPE_CHECKING:
    import pandas as pd


class UserError(Exception):
    """Something that the person at the keyboard can put right; the text says how."""


def write(path: Path, content: bytes | str) -> None:
    """Write a file by way of a temporary neighbour, and its record: a kill leaves the old file or the new.

    UserError if the disk is full, the folder cannot be written to, or the path is an input of this command.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        raise UserError(f"cannot write {path}: it is no regular file. Name another.")
    inputs = [Path(name) for name in provenance.inputs if provenance.job]
    if path.exists() and any(file.exists() and path.samefile(file) for file in inputs):
        raise UserError(f"cannot write {path}: it is an input of this command. Name another.")
    try:
        for file, text in {**provenance.record(path, data), path: data}.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            replace(file, text)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}. Nothing was left half written; put that right and run again."
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


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV; floats keep every digit."""
    write(path, table.to_csv(index=False, lineterminator="\n"))


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write named arrays, C order, uncompressed."""
    data = io.BytesIO()
    contiguous: dict[str, Any] = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    np.savez(data, **contiguous)
    write(path, data.getvalue())


def read_bytes(path: Path) -> bytes:
    """Return a file's content; UserError names a file that is missing or cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise damaged(path, error) from error
    provenance.note_input(path, content)
    return content


def read_text(path: Path) -> str:
    """Return a UTF-8 text; UserError names a file that is something else."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise damaged(path, "it is not UTF-8") from error


def read_json(path: Path) -> Any:
    """Return what a JSON file holds; UserError names a file that is missing or damaged."""
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise damaged(path, error) from error


def read_table(path: Path, needed: Iterable[str] = ()) -> "pd.DataFrame":
    """Return a table; UserError names a file that is missing, damaged or lacks a column."""
    try:
        table = parse_table(read_bytes(path))
    except ValueError as error:
        raise damaged(path, error) from error
    complete(path, table, needed)
    return table


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, every cell as the text that it is."""
    return [*csv.DictReader(io.StringIO(read_text(path)))]


def parse_table(content: bytes) -> "pd.DataFrame":
    """Return the table that the content of a CSV file holds, with every digit; ValueError if it holds none."""
    import pandas as pd  # takes half a second, which a training need not wait

    # An older pandas reads back every digit only if asked to; a newer one does, and warns when it is asked.
    exact = {} if Version(pd.__version__) >= Version("3.1") else {"float_precision": "round_trip"}
    return pd.read_csv(io.BytesIO(content), **exact)


def read_npz(path: Path, needed: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """Return named arrays; UserError names a file that is missing, damaged or lacks an array."""
    content = io.BytesIO(read_bytes(path))
    try:
        with np.load(content, allow_pickle=False) as arrays:
            named = dict(arrays)
    except Exception as error:  # numpy and zipfile raise many kinds for a damaged file
        raise damaged(path, "it is no whole NPZ file of numbers") from error
    complete(path, named, needed)
    return named


def complete(path: Path, content: Iterable[str], needed: Iterable[str]) -> None:
    """Raise UserError when a file lacks a column or an array that is needed."""
    names = list(content)
    if missing := [name for name in needed if name not in names]:
        raise UserError(f"{path} holds {', '.join(names)}, but not {', '.join(missing)}. Is it the right file?")


def damaged(path: Path, error: Exception | str) -> UserError:
    """Return the error for an input file that is missing or cannot be read."""
    if isinstance(error, FileNotFoundError):
        return UserError(f"{path} is missing. If it is a result: snakemake --cores all makes it.")
    return UserError(f"cannot read {path} ({error}). If it is a result: delete it and run again.")
