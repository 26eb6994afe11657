"""What a person sees of a run, told from records such as Snakemake 9.27 sends them."""

import errno
import io
import logging
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import TEXTS
from snakemake.logging import LogEvent

from kotohajime.workflow import terminal
from kotohajime.workflow.lines import duration, wrapped
from kotohajime.workflow.terminal import KEPT, STOPPED, Terminal

RULES = {
    "all": SimpleNamespace(name="all", output=[], docstring=None),
    "train": SimpleNamespace(name="train", output=["w"], docstring="Train.\n\nWith much detail."),
    "study_shard": SimpleNamespace(name="study_shard", output=["r"], docstring="Train every cell for a few seeds."),
    "index": SimpleNamespace(name="index", output=["i"], docstring=None),
}
FINAL = "WorkflowError:\nAt least one job did not complete successfully."
NOTHING = "Nothing to be done (all requested files are present and up to date)."
SUBMITTED = "Job 3 has been submitted with SLURM jobid 12 (log: /home/somebody/project/.snakemake/slurm_logs/12.log)."


class Screen:
    """A terminal to which records are sent; it runs already."""

    def __init__(self, rules=RULES, running=True):
        self.stream = io.StringIO()
        workflow = SimpleNamespace(rules=rules.values(), get_rule=rules.__getitem__)
        self.snakemake = logging.StreamHandler(self.stream)
        self.terminal = Terminal(workflow, self.snakemake)
        self.terminal.over.set()  # no watcher: the tests ask for its lines
        if running:
            self.send(event=LogEvent.WORKFLOW_STARTED)

    def send(self, msg=None, level=logging.INFO, **fields):
        """Send a record; return what it adds to the screen."""
        before = len(self.stream.getvalue())
        record = logging.LogRecord("snakemake.logging", level, "", 0, msg, None, None)
        record.__dict__.update(fields)
        self.terminal.handle(record)
        return self.stream.getvalue()[before:].splitlines()

    def plan(self, **jobs):
        return self.send("Job stats: ...", event=LogEvent.RUN_INFO, stats={**jobs, "total": sum(jobs.values())})

    def start(self, job, rule, log=(), wildcards=None, **fields):
        output = [str(name) for name in RULES[rule].output] if rule in RULES else ["o"]
        return self.send(
            event=LogEvent.JOB_INFO, jobid=job, rule_name=rule, output=output, log=list(log),
            wildcards=wildcards or {}, **fields,
        )  # fmt: skip

    def finish(self, job):
        return self.send(f"Finished jobid: {job}", event=LogEvent.JOB_FINISHED, job_id=job)

    def fail(self, job, rule, log=(), reason=None, shellcmd="python -m x"):
        return self.send(
            f"Error in rule {rule}, jobid: {job}", logging.ERROR, event=LogEvent.JOB_ERROR, jobid=job, rule_name=rule,
            rule_msg=reason, log=list(log), shellcmd=shellcmd,
        )  # fmt: skip

    def error(self, text, exception="WorkflowError"):
        return self.send(text, logging.ERROR, event=LogEvent.ERROR, exception=exception)


@pytest.fixture(autouse=True)
def whole_seconds(monkeypatch):
    """Leave out what a busy machine adds."""
    monkeypatch.setattr(terminal, "duration", lambda seconds: duration(int(seconds)))


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "train.log"
    path.write_text("wrote results/x sha256 00\n\ntrain: the disk is full. Make room.\n")
    return str(path)


def test_a_step_is_one_line_with_how_many_are_done():
    screen = Screen()
    assert screen.plan(train=1, study_shard=9, index=1, all=1) == [
        "11 steps to do; what each one says is kept in logs/"
    ]
    assert screen.start(1, "train") == screen.start(2, "study_shard", wildcards={"first_seed": "4"}) == []
    screen.terminal.steps[1].began -= 2
    assert screen.finish(1) == [" 1/11    2.0 s  Train"]
    assert screen.finish(2) == [" 2/11    0.0 s  Train every cell for a few seeds (first seed 4)"]


def test_of_the_last_two_steps_at_work_together_both_are_told():
    screen = Screen()
    screen.plan(study_shard=2, all=1)
    assert screen.start(1, "study_shard") == screen.start(2, "study_shard") == []
    assert screen.finish(2) == ["1/2    0.0 s  Train every cell for a few seeds"]
    assert screen.finish(1) == ["2/2    0.0 s  Train every cell for a few seeds"]


def test_the_last_step_is_told_when_it_begins_and_nothing_after_it():
    screen = Screen()
    screen.plan(train=1, index=1, all=1)
    screen.start(1, "train")
    screen.finish(1)
    assert screen.start(2, "index") == ["2/2           index"]
    assert screen.finish(2) == screen.start(3, "all") == screen.finish(3) == []
    assert screen.send("Complete log(s): x") == screen.send("Elapsed time: 0:00:01") == []


@pytest.mark.parametrize(
    "chatter",
    ["Building DAG of jobs...", "Provided cores: 2", "Conda environments: ignored", "Select jobs to execute...",
     "Removing output files of failed job x since they might be corrupted:\ny", "Elapsed time: 0:00:06", None],
)  # fmt: skip
def test_chatter_is_not_told(chatter):
    assert Screen().send(chatter) == []


def test_what_has_a_use_is_told():
    screen = Screen()
    assert screen.send(NOTHING) == [NOTHING]
    assert screen.send(SUBMITTED) == ["Job 3 has been submitted with SLURM jobid 12."]
    assert screen.send("The disk is slow.", logging.WARNING) == ["The disk is slow."]


def test_before_a_run_snakemake_speaks_and_errors_are_complete():
    screen = Screen(running=False)
    assert screen.send("Assuming unrestricted shared filesystem usage.") == []
    assert screen.send("Unlocked working directory.") == ["Unlocked working directory."]
    said = (
        'WorkflowError in file "/x/common.smk", line 3:\nThe config cannot be used.\nepohs: no such key.\n  File "/x"'
    )
    assert screen.error(said) == said.splitlines()


@given(
    TEXTS, st.from_regex("[a-z][a-z_0-9]{,149}", fullmatch=True), st.dictionaries(st.sampled_from(["a", "b_c"]), TEXTS)
)
def test_a_step_is_one_line_whatever_its_docstring(docstring, name, wildcards):
    rules = {name: SimpleNamespace(name=name, output=["o"], docstring=docstring)}
    screen = Screen(rules)
    screen.plan(**{name: 2})
    screen.start(1, name, wildcards={key: " ".join(value.split()) for key, value in wildcards.items()})
    at_work, (finished,) = screen.terminal.news(), screen.finish(1)
    assert max(len(at_work), len(finished)) <= 100


def failing(log, *errors, **fields):
    """Return a screen on which a step failed, and what was told of it."""
    screen = Screen()
    screen.plan(train=1, index=1)
    screen.start(1, "train", [log])
    assert [told for error in errors for told in screen.error(error)] == []
    return screen, screen.fail(1, "train", [log], **fields)


def test_a_failure_ends_with_the_steps_own_words_and_what_to_do(log):
    screen, told = failing(log)
    assert told == ["Error in rule train: Train"]
    assert screen.fail(1, "train", [log]) == []
    screen.send("Shutting down, this might take some time.")
    screen.send("Exiting because a job execution failed. Look above for error messages", logging.ERROR)
    where = wrapped(f"(all it said: {log})")
    assert screen.error(FINAL) == ["train: the disk is full. Make room.", *where, KEPT]
    assert screen.send("Elapsed time: 0:00:06") == []
    assert screen.stream.getvalue().count("Error in rule train") == 1


def test_the_words_of_a_step_that_wrote_no_log_may_stand_in_slurms(log, tmp_path):
    screen = Screen()
    screen.plan(train=1, index=1)
    screen.start(1, "train", [str(tmp_path / "none.log")])
    screen.fail(1, "train", [str(tmp_path / "none.log"), log])
    assert screen.error(FINAL)[0] == "train: the disk is full. Make room."


def test_only_the_last_lines_of_a_long_log_are_told(log):
    Path(log).write_text("".join(f"line {number} {'x' * 150}\n" for number in range(500)))
    screen, _ = failing(log)
    told = screen.error(FINAL)
    assert [line.split()[1] for line in told if line.startswith("line")] == [str(number) for number in range(490, 500)]
    assert all(len(line) <= 100 for line in told)


def test_a_retried_failure_does_not_end_the_run(log):
    screen, _ = failing(log)
    told = screen.send("Trying to restart job 1.")
    assert told[0] == "train: the disk is full. Make room."
    assert told[-1] == "It is tried again."
    screen.start(1, "train", [log])
    assert screen.finish(1) == ["1/2    0.0 s  Train"]
    assert KEPT not in screen.stream.getvalue()
    Path(log).write_text("index: no table.")
    screen.start(2, "index", [log])
    screen.fail(2, "index", [log])
    assert "index: no table." in (told := screen.error(FINAL))
    assert "train: the disk is full. Make room." not in told


def test_a_group_that_is_tried_again(log):
    screen = Screen()
    screen.plan(train=1, study_shard=1, index=1)
    screen.start(1, "train", [log], indent=True)
    screen.start(2, "study_shard", indent=True)
    screen.fail(1, "train", [log])
    screen.fail(2, "study_shard", reason="SLURM-job '12' failed")
    told = screen.send("Trying to restart job 5f2c-aa.")
    assert "train: the disk is full. Make room." in told
    assert "SLURM-job '12' failed" in told
    assert told[-1] == "It is tried again."
    assert screen.terminal.failed == {}


def test_a_step_that_was_killed_says_how_it_ended(tmp_path):
    died = "Command 'set -e; python -m x > log' died with <Signals.SIGKILL: 9>."
    error = f'RuleException:\nCalledProcessError in file "/a/b.smk", line 3:\n{died}'
    screen, _ = failing(str(tmp_path / "none.log"), error)
    assert screen.error(FINAL) == ["train: the step said nothing; its command died with <Signals.SIGKILL: 9>.", KEPT]


def test_an_old_log_is_not_taken_for_the_steps_words(log):
    os.utime(log, (0, 0))
    screen, _ = failing(log, reason="SLURM-job '12' failed: node failure")
    assert screen.error(FINAL) == ["SLURM-job '12' failed: node failure", KEPT]


def test_other_errors_are_told_at_once():
    screen = Screen()
    assert screen.error("MissingOutputException in rule x:\nfiles are missing") == [
        "MissingOutputException in rule x:",
        "files are missing",
    ]


def test_a_run_stopped_by_hand_did_not_fail():
    screen = Screen()
    stop = "Terminating processes on user request, this might take some time."
    assert screen.send(stop) == [stop]
    assert screen.error(FINAL) == [STOPPED]


def test_news_of_long_steps_take_turns(tmp_path):
    log = tmp_path / "shard.log"
    screen = Screen()
    screen.plan(train=1, study_shard=9)
    screen.start(1, "train")
    screen.start(2, "study_shard", [str(log)], {"first_seed": "0"})
    for step in screen.terminal.steps.values():
        step.began -= 12
    assert screen.terminal.news() == "  ...   12.0 s  Train"
    log.write_text("setting up\nseed 0: 66 networks trained, 5 diverged\n")
    seed = "  ...   12.0 s  Train every cell for a few seeds (first...: seed 0: 66 networks trained, 5 diverged"
    assert screen.terminal.news() == seed
    assert screen.terminal.news() == "  ...   12.0 s  Train"


def test_a_silence_is_broken_and_the_next_may_be_longer(monkeypatch):
    monkeypatch.setattr(terminal, "QUIET", (0.01, 60))
    screen = Screen()
    screen.plan(train=2)
    screen.terminal.over.clear()
    monkeypatch.setattr(screen.terminal.over, "wait", lambda _: time.sleep(0.02) or "..." in screen.stream.getvalue())
    screen.start(1, "train")
    screen.terminal.watcher.join(10)
    assert screen.stream.getvalue().splitlines()[1:] == ["...    0.0 s  Train"]
    assert screen.terminal.patience == pytest.approx(0.015)
    assert screen.terminal.watcher.daemon
    screen.terminal.close()
    assert screen.terminal.over.is_set()


def no_room() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_not_told_for_each_line_and_a_mistake_is(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(logging.FileHandler, "handleError", terminal.unless_full)
    full = logging.FileHandler(tmp_path / "log")
    monkeypatch.setattr(full, "flush", no_room)
    full.emit(logging.makeLogRecord({"msg": "no room"}))
    assert capsys.readouterr().err == ""
    full.emit(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    assert "Logging error" in capsys.readouterr().err
    monkeypatch.undo()
    full.close()
