"""What a person sees of a run with `--logger kotohajime`: of records as Snakemake sends them, and of real runs."""

import io
import logging
import os
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from projects import ROOT
from snakemake.logging import LogEvent

import snakemake_logger_plugin_kotohajime as plugin

BAD_END = "WorkflowError:\nAt least one job did not complete successfully."
KEPT = "Put that right and run again: what other steps made is kept."
PLAN = "3 steps to do; what each one says is kept in logs/"


def timeless(text: str) -> list[str]:
    """Return the lines of a text, whatever time each step took."""
    return re.sub(r" +\d+\.\d s\b", " 1 s", text).splitlines()


class Terminal:
    """Sends records to the plugin and returns what it prints of them."""

    def __init__(self) -> None:
        self.handler = plugin.LogHandler(SimpleNamespace(dryrun=False), None)
        self.handler.stream = io.StringIO()

    def send(self, event: str | None = None, msg: str = "", **fields: object) -> list[str]:
        level = logging.ERROR if event == "error" else logging.INFO
        kind = {"event": LogEvent(event)} if event else {}
        self.handler.emit(logging.makeLogRecord({"msg": msg, "levelno": level, **kind, **fields}))
        return self.printed()

    def printed(self) -> list[str]:
        text, self.handler.stream = self.handler.stream.getvalue(), io.StringIO()
        return timeless(text)

    def start(self, job: int, rule: str, *logs: object, **fields: object) -> list[str]:
        usual = {"wildcards": {}, "rule_msg": None, "output": [f"results/{rule}.png"], "shellcmd": f"python -m {rule}"}
        return self.send("job_info", jobid=job, rule_name=rule, log=[*map(str, logs)], **{**usual, **fields})

    def fail(self, job: int, *logs: object, reason: str | None = None) -> list[str]:
        return self.send("job_error", jobid=job, rule_msg=reason, log=[*map(str, logs)])


@pytest.fixture
def terminal(monkeypatch):
    """Return the terminal of a run of three steps, and `all`."""
    terminal = Terminal()
    monkeypatch.setattr(plugin, "SILENCE", (0.5, 60.0))
    assert terminal.send("run_info", stats={"loss_transition": 1, "shard": 2, "all": 1, "total": 4}) == [PLAN]
    yield terminal
    terminal.handler.close()


@pytest.fixture
def log(tmp_path):
    """Return a log of twenty lines."""
    path = tmp_path / "shard.log"
    path.write_text("".join(f"seed {seed}: trained\n" for seed in range(19)) + "study_shard: the disk is full.\n\n")
    return path


def test_a_line_for_each_finished_step_and_for_the_last_when_it_begins(terminal):
    assert terminal.start(1, "loss_transition") == terminal.start(2, "study_shard", wildcards={"first_seed": "4"}) == []
    figure = "the figure is there: results/loss_transition.png (0 s after the start)"
    assert terminal.send("job_finished", job_id=1) == ["1/3 1 s  loss transition", figure]
    assert terminal.send("job_finished", job_id=2) == ["2/3 1 s  study shard (first seed 4)"]
    assert terminal.start(3, "index", rule_msg="Sum it up") == ["3/3           Sum it up"]
    assert terminal.send("job_finished", job_id=3) == terminal.start(4, "all", output=[]) == []


def test_a_run_ends_with_a_failed_steps_last_words(terminal, log):
    terminal.start(1, "train")
    terminal.start(2, "study_shard", log)
    assert terminal.send("error", "RuleException:\nCommand 'set -e; python -m study_shard' returned 1") == []
    failure = terminal.fail(2, log)
    first = ["Failed: study shard; its command returned 1", f"The end of {log}:", "seed 10: trained"]
    assert failure[:3] == first
    assert failure[11:] == ["study_shard: the disk is full."]
    assert terminal.send("job_finished", job_id=1) == ["1/3 1 s  train"]
    assert terminal.send("error", BAD_END) == [*failure, KEPT]


def test_a_failure_without_words_shows_why_it_ended_and_no_older_words(terminal, log):
    os.utime(log, (0, 0))
    terminal.start(2, "study_shard", log)
    failure = ["Failed: study shard", "SLURM-job '12' failed", "SLURM's own log: slurm_logs/12.log"]
    assert terminal.fail(2, log, "slurm_logs/12.log", reason="SLURM-job '12' failed") == failure
    assert terminal.send("error", BAD_END) == [KEPT]


def test_a_failed_group_shows_its_steps_and_their_words_once(terminal, log):
    for job, rule in enumerate(("first", "second")):
        terminal.start(job, rule, log)
    members = [{"jobid": job, "rule_msg": None} for job in (1, 0)]
    lines = terminal.send("group_error", groupid="article", job_error_info=members, aux_logs=["/12.log"])
    assert lines[:2] == ["Failed: group article: first, second", f"The end of {log}:"]
    assert lines[-2:] == ["study_shard: the disk is full.", "SLURM's own log: /12.log"]
    assert terminal.fail(1) == []  # Snakemake sends one more for each step


def test_warnings_and_errors_are_shown_chatter_is_not_and_a_stop_is_no_failure(terminal, log):
    assert terminal.send("error", "WorkflowError:\n  epochs: 0") == ["WorkflowError:", "  epochs: 0"]
    assert terminal.send(msg="slow disk", levelno=logging.WARNING) == ["slow disk"]
    assert terminal.send(msg="Trying to restart job 3.") == ["Trying to restart job 3."]
    assert terminal.send(msg="Select jobs to execute...") == terminal.send("progress", done=1, total=3) == []
    terminal.start(2, "study_shard", log)
    assert terminal.send(msg="Terminating processes on user request, this might take some time.")
    assert terminal.fail(2, log) == []
    assert terminal.send("error", BAD_END) == ["Stopped. Run again to go on: what other steps made is kept."]


def test_silence_is_broken_by_what_runs_and_its_newest_seed(terminal, log):
    terminal.start(2, "study_shard", log)
    until = time.monotonic() + 20
    while not terminal.handler.stream.getvalue() and time.monotonic() < until:
        time.sleep(0.1)
    assert terminal.printed() == ["... 1 s  study shard: seed 18: trained"]


SNAKEFILE = """
rule all:
    input: "index"
rule train:
    output: "train.csv"
    log: "logs/train.log"
    shell: "echo no memory > {log}; test {config[fine]} = yes; touch {output}"
rule index:
    input: "train.csv"
    output: "index"
    shell: "echo 26 statements hold | tee {output}"
"""


@pytest.mark.slow
def test_real_runs_of_which_one_is_dry_one_fails_and_one_is_fine(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}

    def run(fine: str, *flags: str) -> list[str]:
        command = [sys.executable, "-m", "snakemake", "--logger", "kotohajime", "--cores", "1", *flags]
        command += ["--config", f"fine={fine}"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True)
        return timeless(done.stderr + done.stdout)

    plan = PLAN.replace("3", "2")
    failure = "Failed: train; its command returned non-zero exit status 1."
    assert "rule train:" in run("yes", "--dry-run")
    assert run("no") == [plan, failure, "The end of logs/train.log:", "no memory", KEPT]
    assert run("yes") == [plan, "1/2 1 s  train", "2/2           index", "26 statements hold"]
