"""`snakemake --logger kotohajime`: a line for each finished step, the last lines of one that failed; `make` uses it."""

import re
import sys
import threading
import time
from logging import INFO, makeLogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

Record = Any  # a logging.LogRecord with the attributes of its LogEvent; that of JOB_INFO stands for the job
TARGETS = {"all", "article", "study", "images", "findings", "everything"}  # which make nothing
FIGURE = "loss_transition"
SILENCE = 10.0, 120.0  # seconds until a running step is reported: at first, and at most
USEFUL = ("Terminating processes on user request", "Will exit after finishing", "with SLURM jobid", "Trying to restart")
CHATTER = ("Assuming", "Building DAG", "Using shell", "Conda environments: ignored", "Group jobs:", "Exiting because")


def name(job: Record) -> str:
    """Return what a job is called: its rule's name and its wildcards."""
    wildcards = ", ".join(f"{key} {value}" for key, value in job.wildcards.items())
    return f"{job.rule_name} ({wildcards})".removesuffix(" ()").replace("_", " ")


def read_logs(jobs: list[Record]) -> dict[Path, list[str]]:
    """Return the lines of the logs that jobs have written to since they began, the newest log last."""
    logs = [(Path(log), job.created - 2) for job in jobs for log in job.log]  # a network's file system rounds times
    written = [(path.stat().st_mtime, path) for path, since in logs if path.is_file() and path.stat().st_mtime > since]
    return {path: path.read_text("utf-8", "replace").strip().splitlines() for _, path in sorted(written)}


class LogHandler(LogHandlerBase):
    """Prints a run's progress; of a dry run nothing, which is left to Snakemake's own handler."""

    writes_to_stream = writes_to_file = has_filter = has_formatter = needs_rulegraph = False

    def __post_init__(self) -> None:  # noqa: D105
        self.writes_to_stream = not self.common_settings.dryrun
        self.stream, self.began, self.printed_at, self.silence = sys.stderr, time.time(), 0.0, SILENCE[0]
        self.total, self.done, self.stopped = -1, 0, False  # -1: not known
        self.running: dict[int, Record] = {}

    def emit(self, record: Record) -> None:
        """Print what there is to print of a record."""
        try:
            if (text := self._lines(record)) and self.writes_to_stream:
                print(text, file=self.stream, flush=True)
                self.printed_at = time.time()
        except Exception:  # as in logging's own handlers
            self.handleError(record)

    def _lines(self, record: Record) -> str:
        match getattr(record, "event", "error"):  # a record without an event is a text, as that of an error is
            case "run_info":
                self.total = sum(count for rule, count in record.stats.items() if rule not in {"total", *TARGETS})
                threading.Thread(target=self._tick, daemon=True).start()
                return f"{self.total} step{'' if self.total == 1 else 's'} to do; what each one says is kept in logs/"
            case "job_info" if record.rule_name not in TARGETS:
                self.running[record.jobid] = record
            case "job_finished" if job := self.running.pop(record.job_id, None):
                self.done += 1
                figure = f"\nthe figure is there after {time.time() - self.began:.0f} s: {' '.join(job.output)}"
                return self._step(f"{self.done}/{self.total}", job) + figure * (job.rule_name == FIGURE)
            case "job_error" | "group_error":
                return self._failure(record)
            case "error":
                text = re.sub(r"RuleException:.*Command '.*'", "A command", record.getMessage(), flags=re.DOTALL)
                self.stopped = self.stopped or text.startswith(USEFUL[:2])
                if "At least one job did not complete successfully" in text:
                    end = "Stopped. Run again to go on" if self.stopped else "Put that right and run again"
                    return f"{end}: what other steps made is kept."
                useful = self.total < 0 or record.levelno > INFO or any(phrase in text for phrase in USEFUL)
                return text if useful and not text.startswith(CHATTER) else ""
            case "second" if self.running and time.time() - self.printed_at > self.silence:
                job = list(self.running.values())[int(record.created) % len(self.running)]  # now one, now another
                self.silence = min(1.5 * self.silence, SILENCE[1])
                news = [line for lines in read_logs([job]).values() for line in lines if line.startswith("seed ")][-1:]
                return ": ".join([self._step("...", job), *news])
        return ""

    def _tick(self) -> None:
        while True:
            time.sleep(1)
            self.emit(makeLogRecord({"event": "second"}))

    def _step(self, number: str, job: Record) -> str:
        return f"{number:>{2 * len(str(self.total)) + 1}} {time.time() - job.created:>6.1f} s  {name(job)}"

    def _failure(self, record: Record) -> str:
        members = getattr(record, "job_error_info", [record.__dict__])  # of a group
        jobs = [self.running.pop(member["jobid"]) for member in members if member["jobid"] in self.running]
        if not jobs or self.stopped:
            return ""  # it was printed with its group, or ended by hand
        group = f"group {record.groupid}: " if record.event == "group_error" else ""
        lines = [f"Failed: {group}{', '.join(sorted(map(name, jobs)))}", *filter(None, [members[0]["rule_msg"]])]
        for path, written in read_logs(jobs).items():
            lines += [f"The end of {path}:", *written[-10:]]
        logs = record.aux_logs if group else record.log
        return "\n".join([*lines, *(f"SLURM's own log: {log}" for log in logs if log not in jobs[0].log)])
