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
from snakemake.jobs import GroupJob, Job
from snakemake.logging import LogEvent, logger

import snakemake_logger_plugin_kotohajime as plugin

BAD_END = "WorkflowError:\nAt least one job did not complete successfully."
KEPT = "Put that right and run again: what other steps made is kept."


def timeless(text: str) -> list[str]:
    """Return the lines of a text, whatever time each step took."""
    return re.sub(r" +\d+\.\d s\b", " 1 s", text).splitlines()


class Terminal:
    """Sends records by Snakemake's logger and returns what the plugin prints of them."""

    def __init__(self) -> None:
        self.handler = plugin.LogHandler(SimpleNamespace(dryrun=False), None)
        self.handler.stream = io.StringIO()

    def lines(self) -> list[str]:
        text = self.handler.stream.getvalue()
        self.handler.stream = io.StringIO()
        return timeless(text)

    def send(self, event: str | None, text: str = "", level: int = logging.INFO, **fields: object) -> list[str]:
        level = logging.ERROR if event == "error" else level
        logger.log(level, text, extra={**fields, **({"event": LogEvent(event)} if event else {})})
        return self.lines()

    def start(self, job: int, rule: str, *logs: object, **fields: object) -> list[str]:
        usual = {"wildcards": {}, "output": [f"results/{rule}.png"]}
        return self.send("job_info", jobid=job, rule_name=rule, log=list(map(str, logs)), **{**usual, **fields})

    def finish(self, job: int) -> list[str]:
        return self.send("job_finished", job_id=job)

    def fail(self, job: int, *logs: object, reason: str | None = None) -> list[str]:
        return self.send("job_error", jobid=job, rule_msg=reason, log=list(map(str, logs)))


@pytest.fixture
def terminal(monkeypatch):
    """Return the terminal of a run of three steps, and `all`."""
    monkeypatch.setattr(plugin, "SILENCE", (0.5, 60.0))
    terminal = Terminal()
    monkeypatch.setattr(logger, "level", logging.INFO)
    monkeypatch.setattr(logger, "handlers", [terminal.handler])
    plan = terminal.send("run_info", stats={"loss_transition": 1, "study_shard": 1, "index": 1, "all": 1, "total": 4})
    assert plan == ["3 steps to do; what each one says is kept in logs/"]
    yield terminal
    terminal.handler.close()


@pytest.fixture
def log(tmp_path):
    """Return a log of twenty lines."""
    path = tmp_path / "shard.log"
    path.write_text("".join(f"seed {seed}: trained\n" for seed in range(19)) + "study_shard: the disk is full.\n\n")
    return path


def test_a_line_for_each_finished_step(terminal):
    assert terminal.start(1, "loss_transition") == terminal.start(2, "study_shard", wildcards={"first_seed": "4"}) == []
    figure = "the figure is there after 0 s: results/loss_transition.png"
    assert terminal.finish(1) == ["1/3 1 s  loss transition", figure]
    assert terminal.finish(2) == ["2/3 1 s  study shard (first seed 4)"]
    assert terminal.start(3, "index", output=[]) == terminal.start(4, "all", output=[]) == terminal.finish(4) == []
    assert terminal.finish(3) == ["3/3 1 s  index"]


def test_a_failed_steps_last_words_are_shown_at_once(terminal, log):
    terminal.start(1, "train")
    terminal.start(2, "study_shard", log)
    ended = "RuleException:\nCalledProcessError in file a:\nCommand 'set -e;\npython -m study_shard' died with SIGKILL."
    assert terminal.send("error", ended) == ["A command died with SIGKILL."]
    failure = terminal.fail(2, log)
    assert failure[:3] == ["Failed: study shard", f"The end of {log}:", "seed 10: trained"]
    assert failure[11:] == ["study_shard: the disk is full."]
    assert terminal.finish(1) == ["1/3 1 s  train"]
    assert terminal.send("error", BAD_END) == [KEPT]


def test_a_failure_without_words_shows_why_it_ended_and_no_older_words(terminal, log):
    os.utime(log, (0, 0))
    terminal.start(2, "study_shard", log)
    failure = ["Failed: study shard", "SLURM-job '12' failed", "SLURM's own log: slurm_logs/12.log"]
    assert terminal.fail(2, log, "slurm_logs/12.log", reason="SLURM-job '12' failed") == failure
    assert terminal.send("error", BAD_END) == [KEPT]


class Member(SimpleNamespace):
    """A job of a group, as far as Snakemake looks at it."""

    get_log_error_info, log_error = Job.get_log_error_info, Job.log_error


def test_a_failed_group_shows_its_steps_their_words_and_slurms_log(terminal, log, tmp_path):
    """Snakemake sends SLURM's log with the group alone, and then an error for each step."""
    logs = {"third": tmp_path / "none.log", "second": log, "first": tmp_path / "first.log"}
    logs["first"].write_text("wrote results/first\n")
    os.utime(logs["first"], (time.time() - 1,) * 2)
    workflow = SimpleNamespace(deployment_settings=SimpleNamespace(deployment_method=set()))
    dag = SimpleNamespace(workflow=workflow, jobid=lambda job: [*logs].index(job.rule.name))
    usual = {"dag": dag, "input": [], "output": [], "conda_env": None, "container_img": None, "shellcmd": "x"}
    jobs = [Member(rule=SimpleNamespace(name=name), log=[str(path)], **usual) for name, path in logs.items()]
    for job in jobs:
        terminal.start(dag.jobid(job), job.rule.name, *job.log)
    GroupJob.log_error(SimpleNamespace(groupid="article", jobs=jobs), "lost", aux_logs=["/12.log"], external_jobid="12")
    lines = terminal.lines()
    assert lines[0] == "Failed: group article: first, second, third"
    assert lines[1:4] == [f"The end of {logs['first']}:", "wrote results/first", f"The end of {log}:"]
    assert lines[13:] == ["study_shard: the disk is full.", "SLURM's own log: /12.log"]


def test_remarks_of_use_and_other_errors_are_shown_and_a_stop_is_no_failure(terminal, log):
    assert terminal.send("error", "WorkflowError:\n  epochs: 0") == ["WorkflowError:", "  epochs: 0"]
    assert terminal.send(None, "slow disk", logging.WARNING) == ["slow disk"]
    assert terminal.send(None, "Trying to restart job 3.") == ["Trying to restart job 3."]
    assert terminal.send(None, "Select jobs to execute...") == terminal.send("progress", done=1, total=3) == []
    terminal.start(2, "study_shard", log)
    assert terminal.send(None, "Terminating processes on user request, this might take some time.")
    assert terminal.fail(2, log) == []
    assert terminal.send("error", BAD_END) == ["Stopped. Run again to go on: what other steps made is kept."]


def test_silence_is_broken_by_what_runs_and_its_newest_seed(terminal, log):
    terminal.start(2, "study_shard", log)
    until = time.monotonic() + 20
    while not terminal.handler.stream.getvalue() and time.monotonic() < until:
        time.sleep(0.1)
    assert terminal.lines() == ["... 1 s  study shard: seed 18: trained"]


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
    pipes = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}

    def run(fine: str, *flags: str) -> list[str]:
        command = [sys.executable, "-m", "snakemake", "--logger", "kotohajime", "--cores", "1", *flags]
        done = subprocess.run([*command, "--config", f"fine={fine}"], cwd=tmp_path, env=environment, **pipes)
        assert done.returncode == (fine != "yes"), done.stdout
        return timeless(done.stdout)

    assert "rule train:" in run("yes", "--dry-run")
    plan = "2 steps to do; what each one says is kept in logs/"
    end = "A command returned non-zero exit status 1."
    assert run("no") == [plan, end, "Failed: train", "The end of logs/train.log:", "no memory", KEPT]
    assert run("yes") == [plan, "1/2 1 s  train", "26 statements hold", "2/2 1 s  index"]
