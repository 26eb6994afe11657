"""Jobs of this folder that are still in SLURM's queue: a run that was killed leaves its jobs to themselves."""

import re
import shutil
import subprocess
from pathlib import Path

from kotohajime.io import UserError

# Snakemake names a run's jobs by a prefix and a UUID.
OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def queued(folder: Path) -> list[str]:
    """Return the numbers of the jobs that an earlier run in `folder` left in the queue.

    Empty where no run has used SLURM, or there is no `squeue`. Raises UserError when one has, and it does not answer.
    """
    if not (folder / ".snakemake/slurm_logs").exists() or not (squeue := shutil.which("squeue")):
        return []
    command = [squeue, "--me", "--noheader", "--format=%i|%j|%Z"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise UserError(
            "SLURM does not answer, so jobs of an earlier run in this folder may still be at work. "
            "Run again when `squeue --me` answers; nothing was changed."
        )
    jobs = [line.split("|", maxsplit=2) for line in answer.stdout.splitlines() if line.strip()]
    return [job for job, name, where in jobs if OURS.search(name) and Path(where).resolve() == folder.resolve()]
