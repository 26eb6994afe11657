"""What a person sees of a run: a line for each step, news from the long ones, a failed step's own words at the end.

Snakemake's own words go to .snakemake/log in full. No line here is wider than 100 columns.
"""

import errno
import logging
import re
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from kotohajime.workflow.lines import WIDTH, cut, duration, in_words, wrapped

QUIET = 10, 120  # seconds without a line after which a running step gets one: at first, and at most
TOLD = re.compile(
    r"Nothing to be done|.* has been submitted with SLURM jobid|Terminating processes on user request"
    r"|Will exit after finishing|(Creating|Incomplete|Removing incomplete) conda|Downloading and installing"
    r"|Environment for |Pulling singularity",
    re.IGNORECASE,
)  # of Snakemake's remarks during a run, those a person has a use for
ENDED = re.compile(r"CalledProcessError in file .*' ((?:returned|died) .+)", re.DOTALL)
KEPT = "Put that right and run again: what other steps made is kept."
STOPPED = "Stopped. Run again to go on: what other steps made is kept."


def calm(workflow) -> None:
    """Put our words in the place of Snakemake's on the terminal, in a real run that did not ask for others."""
    asked = workflow.output_settings
    if asked.dryrun or asked.verbose or asked.debug_dag or asked.printshellcmds or asked.quiet:
        return
    if asked.log_handler_settings or not workflow.is_main_process or not workflow.modifier.is_main_snakefile():
        return
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            logger.removeHandler(handler)
            logger.addHandler(Terminal(workflow, handler))
            logging.FileHandler.handleError = unless_full
            return


def unless_full(handler: logging.FileHandler, record: logging.LogRecord) -> None:
    """Tell what went wrong in writing to a log; but a full disk is told by who needs the room, not by each line."""
    error = sys.exc_info()[1]
    if not (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
        logging.StreamHandler.handleError(handler, record)


@dataclass
class Step:
    """A step at work: what it does, its logs, when it began, and what was told of it."""

    words: str
    logs: list[str]
    began: float = field(default_factory=time.time)
    told: float = 0  # when
    news: str = ""

    def said(self) -> dict[str, list[str]]:
        """Return the lines that it wrote into each of its logs; nothing of a log that is older than the step."""
        found = {}
        for log in self.logs:
            with suppress(OSError):
                if Path(log).stat().st_mtime > self.began - 2:  # a network's file system may round
                    text = Path(log).read_text(encoding="utf-8", errors="replace")
                    found[log] = [line for line in text.splitlines() if line.strip()]
        return {log: lines for log, lines in found.items() if lines}

    def latest(self) -> str:
        """Return the newest line about a seed."""
        seeds = [line for lines in self.said().values() for line in lines if line.startswith("seed ")]
        return seeds[-1].rstrip() if seeds else ""


class Terminal(logging.Handler):
    """Says on the terminal what becomes of each step; before a run begins Snakemake speaks."""

    def __init__(self, workflow, snakemake: logging.StreamHandler) -> None:
        """Speak where Snakemake's handler spoke."""
        super().__init__()
        self.workflow, self.snakemake, self.stream = workflow, snakemake, snakemake.stream
        self.running = self.stopped = False
        self.done = self.total = 0
        self.last: int | None = None
        self.steps: dict[int, Step] = {}
        self.failed: dict[int, list[str]] = {}
        self.grouped: set[int] = set()
        self.ends: list[tuple[str, str]] = []  # command line, how it ended
        self.spoke, self.patience = time.time(), QUIET[0]
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.events = {
            LogEvent.WORKFLOW_STARTED: self.begin,
            LogEvent.RUN_INFO: self.plan,
            LogEvent.JOB_INFO: self.start,
            LogEvent.JOB_FINISHED: self.finish,
            LogEvent.JOB_ERROR: self.fail,
            LogEvent.ERROR: self.error,
            None: self.remark,
        }

    def emit(self, record: logging.LogRecord) -> None:
        """Say what is to be said of a record."""
        try:
            event = getattr(record, "event", None)
            if event in self.events:
                self.say(self.events[event](record))
        except BrokenPipeError:
            raise
        except Exception:
            self.handleError(record)

    def say(self, lines: list[str]) -> None:
        """Write lines."""
        if lines:
            self.stream.write("\n".join(lines) + "\n")
            self.stream.flush()
            self.spoke = time.time()

    def close(self) -> None:
        """End the watch."""
        self.over.set()
        super().close()

    def begin(self, _: logging.LogRecord) -> list[str]:
        """A run begins; from here on Snakemake's remarks are sifted."""
        self.running = True
        return []

    def plan(self, record: logging.LogRecord) -> list[str]:
        """Return how many steps there are; a rule without files of its own is none."""
        no_steps = {"total", *(rule.name for rule in self.workflow.rules if not rule.output)}
        self.total = sum(number for name, number in record.stats.items() if name not in no_steps)
        steps = "1 step" if self.total == 1 else f"{self.total} steps"
        return [f"{steps} to do; what each one says is kept in logs/"]

    def start(self, record: logging.LogRecord) -> list[str]:
        """Note that a step begins; only the last is told now, so that what it prints stays the last thing seen."""
        self.failed.pop(record.jobid, None)
        if not record.output:
            return []
        docstring = self.workflow.get_rule(record.rule_name).docstring
        step = Step(in_words(record.rule_name, docstring, record.wildcards), record.log)
        self.steps[record.jobid] = step
        if self.done == self.total - 1:
            self.over.set()
            self.last = record.jobid
            return [self.line(self.total, "", step.words)]
        if getattr(record, "indent", False):
            self.grouped.add(record.jobid)
        if self.watcher.ident is None:
            self.watcher.start()
        return []

    def finish(self, record: logging.LogRecord) -> list[str]:
        """Return a finished step's line."""
        step = self.steps.pop(record.job_id, None)
        if not step:
            return []
        self.done += 1
        if record.job_id == self.last:
            return []  # told when it began
        return [self.line(self.done, duration(time.time() - step.began), step.words)]

    def line(self, number: int | str, took: str, words: str) -> str:
        """Return a line: which step of how many, how long it took, what it does."""
        width = len(str(self.total))
        counted = f"{number:>{width}}/{self.total}" if number else "...".rjust(2 * width + 1)
        return cut(f"{counted} {took:>8}  {words}")

    def fail(self, record: logging.LogRecord) -> list[str]:
        """Return that a step failed; its own words follow when it is known whether it is tried again."""
        if record.jobid in self.failed:
            return []  # Snakemake 9.25 tells it twice
        step = self.steps.pop(record.jobid, None) or Step(record.rule_name, [])
        step.logs = record.log  # and SLURM's own
        self.failed[record.jobid] = self.words(record, step)
        return [cut(f"Error in rule {record.rule_name}: {step.words}")]

    def words(self, record: logging.LogRecord, step: Step) -> list[str]:
        """Return the last words of a failed step, and where the others are."""
        said = step.said()
        lines = [line for line in next(iter(said.values()), []) if not line.startswith("wrote ")][-10:]
        if record.rule_msg:
            lines = [record.rule_msg, *lines]
        if not lines:
            ends = [end for command, end in self.ends if record.shellcmd and record.shellcmd.strip() in command]
            lines = [f"{record.rule_name}: the step said nothing; its command {(ends or ['failed.'])[-1]}"]
        if said:
            lines += [f"(all it said: {', '.join(said)})"]
        return wrapped("\n".join(lines))

    def error(self, record: logging.LogRecord) -> list[str]:
        """Return an error; the command line of a failed step is left to the log, its end is noted."""
        text = str(record.msg)
        if end := ENDED.search(text):
            self.ends.append((text, end[1]))
            return []
        return self.closing() if "At least one job did not complete successfully" in text else wrapped(text)

    def closing(self) -> list[str]:
        """Return the end of a run that failed or was stopped: the failed steps' words, and what to do."""
        self.over.set()
        failures = [line for words in list(self.failed.values())[-3:] for line in words]
        return [*failures, STOPPED if self.stopped else KEPT]

    def again(self, number: str) -> list[str]:
        """Return the words of a step that failed and is tried again; Snakemake's number of a group is no step's."""
        which = {int(number)} & self.failed.keys() if number.isdigit() else set()
        which = which or self.grouped & self.failed.keys()
        return [*(line for job in which for line in self.failed.pop(job)), "It is tried again."]

    def remark(self, record: logging.LogRecord) -> list[str]:
        """Return a warning or an error as it is, and the few remarks a person has a use for."""
        text = str(record.msg or "")
        if text.startswith("Exiting because a job execution failed"):
            return []
        if record.levelno > logging.INFO:
            return wrapped(text)
        if not self.running:
            if not text.startswith("Assuming unrestricted shared filesystem usage"):
                self.snakemake.handle(record)
            return []
        if text.startswith("Trying to restart job "):
            return self.again(text.split()[-1].rstrip("."))
        self.stopped |= text.startswith(("Terminating processes", "Will exit after"))
        return wrapped(re.sub(r" \(log: .*\)", "", text)) if TOLD.match(text) else []

    def watch(self) -> None:
        """Break long silences with a line about a step at work; each silence may be longer than the last."""
        while not self.over.wait(1):
            with self.lock:
                if self.steps and not self.over.is_set() and time.time() - self.spoke > self.patience:
                    self.patience = min(self.patience * 1.5, QUIET[1])
                    try:
                        self.say([self.news()])
                    except OSError:
                        return

    def news(self) -> str:
        """Return a line about the step with news, or else about that of which the least was heard."""
        latest = {number: step.latest() for number, step in self.steps.items()}
        number, step = min(self.steps.items(), key=lambda item: (item[1].news == latest[item[0]], item[1].told))
        step.told, step.news = time.time(), latest[number]
        room = WIDTH - len(self.line("", "", "")) - len(step.news) - 2
        words = f"{cut(step.words, max(room, 20))}: {step.news}" if step.news else step.words
        return self.line("", duration(step.told - step.began), words)
