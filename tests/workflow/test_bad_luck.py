"""Bad input never costs a result; divergence is told; kills leave nothing half done."""

import os
import random
import shutil
import signal
import subprocess
import time

import pandas as pd
import pytest
from conftest import copy_project, environment, results, run

QUICK = ["--config", "epochs=60", "hidden_dim=200"]
KILLS = int(os.environ.get("KILLS", "4"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("epohs=3", "epohs: no such key. Did you mean epochs?"),
        ("epochs=0", "epochs: found 0"),
        ("hidden_dim=1000000000", "hidden_dim: found 1000000000"),
        ("manual_learning_rate=nan", "manual_learning_rate: found nan"),
        ("device=tpu", "device: found 'tpu' (text). Allowed: auto or cpu or cuda."),
    ],
)
def test_wrong_config_is_refused_before_anything_runs(finished, change, told):
    before = results(finished)
    refused = run(finished, "snakemake", "--cores", "1", "--config", change)
    assert refused.returncode == 1
    assert told in refused.stdout
    assert "Traceback" not in refused.stdout
    assert len(refused.stdout.splitlines()) <= 7
    assert results(finished) == before


def test_a_rate_read_as_text_is_explained(own_copy):
    config = own_copy / "config/config.yaml"
    config.write_text(config.read_text().replace("2.0e-6", "2e-6"))
    refused = run(own_copy, "snakemake", "--cores", "1")
    assert refused.returncode == 1
    assert "manual_learning_rate: found '2e-6' (text)" in refused.stdout
    assert "write 2.0e-6" in refused.stdout


def test_cuda_without_a_gpu_stops_at_the_environment_and_keeps_its_old_account(own_copy):
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    before = results(own_copy)
    stopped = run(own_copy, "snakemake", "--cores", "2", "--config", "device=cuda")
    assert stopped.returncode == 1
    assert "environment: the config asks for device: cuda, but torch" in stopped.stdout
    assert "Traceback" not in stopped.stdout
    assert results(own_copy) == before


def test_divergence_is_recorded_and_the_figures_are_made(tmp_path):
    folder = copy_project(tmp_path)
    done = run(folder, "snakemake", "--cores", "2", *QUICK, "manual_learning_rate=1e-3", "module_learning_rate=1")
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(folder / "results/trainings.csv", index_col="training")
    assert table.loc["manual", "diverged_at"] > 0
    assert pd.isna(table.loc["autograd", "diverged_at"])
    assert "diverged: not finite from epoch" in (folder / "logs/train_manual.log").read_text()
    assert (folder / "results/loss_transition.png").stat().st_size > 10_000
    assert "diverged_at" in done.stdout


@pytest.mark.parametrize("damage", ["edit", "cut"])
@pytest.mark.parametrize("name", ["train_autograd/losses.csv", "loss_transition.png", "environment.json", "README.md"])
def test_an_edited_result_is_noticed_and_made_again_once_removed(own_copy, damage, name):
    path = own_copy / "results" / name
    before = path.read_bytes()
    path.write_bytes(before[:100] if damage == "cut" else before.replace(b"1", b"2", 1))
    told = run(own_copy, "snakemake", "--cores", "2")
    assert told.returncode == 1
    assert f"These results are not what the workflow wrote:\nresults/{name}\n" in told.stdout
    assert "Traceback" not in told.stdout
    path.unlink()
    if name in ("loss_transition.png", "README.md"):  # the others take a whole run
        assert run(own_copy, "snakemake", "--cores", "2").returncode == 0
        assert path.read_bytes() == before


def test_two_runs_at_once_are_refused(tmp_path):
    folder = copy_project(tmp_path)
    command = ["snakemake", "--cores", "1", *QUICK]
    with subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as first:
        wait_for(folder / "logs/problem.log", first)
        second = run(folder, *command)
        assert second.returncode == 1
        assert "Another run is going on in this folder." in second.stdout
        assert first.wait() == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    folder = copy_project(tmp_path)
    (folder / "results").mkdir(mode=0o555)
    if os.access(folder / "results", os.W_OK):
        pytest.skip("root may write everywhere")
    told = run(folder, "snakemake", "--cores", "1")
    assert told.returncode == 1
    assert "No permission to write to results." in told.stdout
    assert "Traceback" not in told.stdout


def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(tmp_path):
    folder = copy_project(tmp_path)
    (folder / "results").mkdir()
    size = ["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(folder / "results")]
    if subprocess.run(size, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        told = run(folder, "snakemake", "--cores", "1", "--config", "epochs=5")
        left = results(folder)
    finally:
        subprocess.run(["umount", str(folder / "results")], check=True)
    assert told.returncode == 1
    assert "weights.npz: No space left on device. Nothing was left half written" in told.stdout
    assert "Traceback" not in told.stdout
    assert not any(name.endswith(".tmp") for name in left)


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.05)


def kill_somewhere(folder, command, chance):
    """Start the workflow, wait a random while, and kill it or all of its jobs; return whether it had ended before."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(chance.uniform(0.5, 14)) == 0
    except subprocess.TimeoutExpired:
        # Kill the workflow alone, its jobs live on; or only a job; or everything at once, as a power cut does.
        kind = chance.choice(["workflow", "job", "all"])
        if kind == "job":
            subprocess.run(["pkill", "-KILL", "-s", str(process.pid), "-f", "kotohajime[.]"], check=False)
            process.wait()
        elif kind == "workflow":
            process.kill()
            process.wait()
        else:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return False


def test_killed_at_random_moments_it_finishes_with_equal_bytes(tmp_path):
    """KILLS in the environment sets how many; each kill strikes the run that goes on after the last one."""
    undisturbed = copy_project(tmp_path / "undisturbed")
    command = ["snakemake", "--cores", "2", *QUICK]
    assert run(undisturbed, *command).returncode == 0
    folder, chance = copy_project(tmp_path / "killed"), random.Random(20180429)
    for _ in range(KILLS):
        if kill_somewhere(folder, command, chance):
            assert results(folder) == results(undisturbed)
            for name in ("results", ".snakemake", "logs", "benchmarks"):
                shutil.rmtree(folder / name)
    done = run(folder, *command)
    assert done.returncode == 0, done.stdout
    assert results(folder) == results(undisturbed)
