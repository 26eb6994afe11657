"""Jobs of a folder that are still in SLURM's queue: a run that was killed leaves them there. Standard library only."""

import re
import shutil
import subprocess
from pathlib import Path

OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")  # Snakemake ends a job's name with its run's UUID


def queued(folder: Path) -> list[str]:
    """Return the ids of the jobs in the queue that an earlier run of Snakemake in `folder` submitted.

    Raises RuntimeError if a run has used SLURM there and `squeue` fails.
    """
    squeue = shutil.which("squeue")
    if not squeue or not (folder / ".snakemake/slurm_logs").exists():
        return []
    command = [squeue, "--me", "--noheader", "--format=%i|%j|%Z"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(
            "SLURM does not answer, so jobs of an earlier run in this folder may still be at work. "
            "Run again when `squeue --me` answers; nothing was changed."
        )
    jobs = [line.split("|", maxsplit=2) for line in answer.stdout.splitlines() if line]
    return [job for job, name, where in jobs if OURS.search(name) and Path(where).resolve() == folder.resolve()]
