"""`snakemake --logger kotohajime`: a line for each finished step, the last lines of one that failed; `make` uses it."""

import sys
import threading
import time
from logging import INFO
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

Record = Any  # a logging.LogRecord with the attributes of its LogEvent; that of JOB_INFO stands for the job
TARGET = "all"  # the rule that makes nothing itself: it is no step
FIGURE = "loss_transition"  # the rule that draws the article's figure
SILENCE = 10.0, 120.0  # seconds until a running step is reported: at first, and at most
# What Snakemake sends without an event of its own.
CHATTER = ("Assuming", "Building DAG", "Using shell", "Conda environments: ignored", "Group jobs:", "Exiting because")
STOPPING = ("Terminating processes on user request", "Will exit after finishing")
USEFUL = (*STOPPING, "has been submitted with SLURM jobid", "Trying to restart job")
BAD_END = "At least one job did not complete successfully"


def name(job: Record) -> str:
    """Return what a job is called: its rule's message, or else the rule's name and its wildcards."""
    wildcards = ", ".join(f"{key} {value}" for key, value in job.wildcards.items())
    return job.rule_msg or (f"{job.rule_name} ({wildcards})" if wildcards else job.rule_name).replace("_", " ")


def written(jobs: list[Record]) -> dict[Path, list[str]]:
    """Return the lines of the logs that jobs have written to since they began, the newest log last."""
    logs = [(Path(log), job.created - 2) for job in jobs for log in job.log]  # a network's file system rounds times
    paths = [path for path, since in logs if path.is_file() and path.stat().st_mtime > since]
    paths.sort(key=lambda path: path.stat().st_mtime)
    return {path: lines for path in paths if (lines := path.read_text("utf-8", "replace").strip().splitlines())}


class LogHandler(LogHandlerBase):
    """Prints what the method named after a record's event returns: `_job_info` for JOB_INFO; `_text` for none."""

    writes_to_stream = True
    writes_to_file = has_filter = has_formatter = needs_rulegraph = False

    def __post_init__(self) -> None:  # noqa: D105
        self.writes_to_stream = not self.common_settings.dryrun  # a dry run is printed by Snakemake's own handler
        self.stream, self.began, self.closed = sys.stderr, time.time(), threading.Event()
        self.total, self.done, self.last_job, self.stopped = -1, 0, -1, False  # -1: not known
        self.running: dict[int, Record] = {}
        self.endings: dict[int, str] = {}  # how the command of a job ended
        self.failure, self.printed, self.printed_at = "", "", 0.0  # the newest failure, the newest text and its time

    def emit(self, record: Record) -> None:
        """Print what there is to print of a record."""
        try:
            if method := getattr(self, f"_{getattr(record, 'event', 'text')}", None):
                self.write(method(record))
        except Exception:  # as in logging's own handlers
            self.handleError(record)

    def write(self, text: str) -> None:
        """Print lines, if there are any and this handler is to print."""
        if text and self.writes_to_stream:
            print(text, file=self.stream, flush=True)
            self.printed, self.printed_at = text, time.time()

    def close(self) -> None:
        """End the watch for silence."""
        self.closed.set()
        super().close()

    def _run_info(self, record: Record) -> str:
        self.total = sum(count for rule, count in record.stats.items() if rule not in ("total", TARGET))
        threading.Thread(target=self._watch, daemon=True).start()
        return f"{self.total} step{'' if self.total == 1 else 's'} to do; what each one says is kept in logs/"

    def _line(self, count: str, took: str, job: Record) -> str:
        return f"{count:>{2 * len(str(self.total)) + 1}} {took:>8}  {name(job)}"

    def _job_info(self, job: Record) -> str:
        if job.rule_name == TARGET:
            return ""
        self.running[job.jobid] = job
        if self.done < self.total - 1:
            return ""
        self.last_job = job.jobid  # printed now, so that the job's own output stays the last thing seen
        return self._line(f"{self.total}/{self.total}", "", job)

    def _job_finished(self, record: Record) -> str:
        if not (job := self.running.pop(record.job_id, None)):
            return ""
        self.done += 1
        line = self._line(f"{self.done}/{self.total}", f"{record.created - job.created:.1f} s", job)
        lines = [] if record.job_id == self.last_job else [line]
        if job.rule_name == FIGURE:
            lines += [f"the figure is there: {job.output[0]} ({record.created - self.began:.0f} s after the start)"]
        return "\n".join(lines)

    def _job_error(self, record: Record) -> str:
        return self._failed([record.__dict__], "", record.log)

    def _group_error(self, record: Record) -> str:
        return self._failed(record.job_error_info, f"group {record.groupid}: ", record.aux_logs)

    def _failed(self, members: list[dict[str, Any]], group: str, logs: list[str]) -> str:
        jobs = [self.running.pop(number) for number in {m["jobid"] for m in members} & self.running.keys()]
        if not jobs or self.stopped:
            return ""  # it was printed with its group, or ended by hand
        lines = [f"Failed: {group}{', '.join(sorted(name(job) + self.endings.pop(job.jobid, '') for job in jobs))}"]
        lines += [member["rule_msg"] for member in members if member["rule_msg"]]
        for path, last in written(jobs).items():
            lines += [f"The end of {path}:", *last[-10:]]
        lines += [f"SLURM's own log: {log}" for log in logs if log not in jobs[0].log]
        self.failure = "\n".join(lines)
        return self.failure

    def _text(self, record: Record) -> str:
        text = record.getMessage()
        self.stopped = self.stopped or text.startswith(STOPPING)
        if BAD_END in text:
            again = "" if self.stopped or self.printed == self.failure else self.failure
            end = "Stopped. Run again to go on" if self.stopped else "Put that right and run again"
            return f"{again}\n{end}: what other steps made is kept.".strip()
        for number, job in self.running.items():
            if job.shellcmd and job.shellcmd.strip() in text:  # Command '...' returned non-zero exit status 1.
                self.endings[number] = "; its command " + text.rpartition("' ")[2]
                return ""  # the job's own error follows
        useful = self.total < 0 or record.levelno > INFO or any(phrase in text for phrase in USEFUL)
        return text if useful and not text.startswith(CHATTER) else ""

    _error = _text

    def _watch(self) -> None:
        silence, turn = SILENCE[0], 0
        while not self.closed.wait(1):
            jobs = list(self.running.values())
            if jobs and time.time() - self.printed_at > silence:
                job = jobs[turn % len(jobs)]
                news = [line for lines in written([job]).values() for line in lines if line.startswith("seed ")][-1:]
                self.write(": ".join([self._line("...", f"{time.time() - job.created:.1f} s", job), *news]))
                silence, turn = min(1.5 * silence, SILENCE[1]), turn + 1
