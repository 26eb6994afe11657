"""Bad input never costs a result; divergence is told; kills leave nothing half done."""

import os
import random
import shutil
import signal
import subprocess
import time

import pandas as pd
import pytest
from conftest import copy_project, differences, environment, results, run

QUICK = ["--config", "epochs=60", "hidden_dim=200", "study_seeds=2", "study_seeds_per_shard=1"]
KILLS = int(os.environ.get("KILLS", "3"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("epohs=3", "epohs: no such key. Did you mean epochs?"),
        ("epochs=0", "epochs: found 0"),
        ("hidden_dim=1000000000", "hidden_dim: found 1000000000"),
        ("manual_learning_rate=nan", "manual_learning_rate: found nan"),
        ("study_learning_rates=[]", "study_learning_rates: found [] (a list). Allowed: a list of 1 to 1000 increasing"),
        ("study_learning_rates=[1.0e-6,1.0e-7]", "study_learning_rates: found 1e-07 (a number) in place 2."),
        ("study_learning_rates=[1e-6]", "YAML takes 1e-6 for text: write 1.0e-6."),
        ("study_seeds=0", "study_seeds: found 0"),
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


def test_a_key_that_stands_twice_is_told(own_copy):
    with (own_copy / "config/config.yaml").open("a") as file:
        file.write("\nepochs: 10\n")
    refused = run(own_copy, "snakemake", "--cores", "1")
    assert refused.returncode == 1
    assert "epochs: stands 2 times. Keep one." in refused.stdout


def test_cuda_without_a_gpu_stops_at_the_environment_every_time(tmp_path):
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    own_copy, command = copy_project(tmp_path), ["snakemake", "--cores", "2", *QUICK]
    assert run(own_copy, *command).returncode == 0
    complete = results(own_copy)
    before = dict(complete)
    del before["results/environment.json"]  # the account of another request; `make` writes it again
    for _ in range(2):
        stopped = run(own_copy, *command, "device=cuda")
        assert stopped.returncode == 1
        assert "environment: device cuda was asked for, but torch" in stopped.stdout
        assert "Traceback" not in stopped.stdout
        assert results(own_copy) == before
    assert run(own_copy, *command).returncode == 0
    assert results(own_copy) == complete


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
    command = ["snakemake", "--cores", "1"]
    if os.access(folder / "results", os.W_OK):  # root may write everywhere, unless it gives that right up
        if not shutil.which("setpriv"):
            pytest.skip("root needs setpriv (util-linux) for this test")
        command = ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override", *command]
    told = run(folder, *command)
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


def strike(process, kind) -> bool:
    """Kill the workflow alone, whose jobs live on; or its jobs; or all at once, as a power cut does.

    Return whether there was something to kill: between two steps there is no job.
    """
    if kind == "job":
        pkill = ["pkill", "-KILL", "-s", str(process.pid), "-f", "python -m kotohajime[.]"]
        return subprocess.run(pkill, check=False).returncode == 0
    if kind == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    return process.wait() == -signal.SIGKILL


def struck(folder, command, kind, moment) -> bool:
    """Start the workflow and strike after `moment` seconds; False if it ended well by itself, before or unharmed."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        if strike(process, kind):
            process.wait()
            return True
    assert process.wait() == 0
    return False


def test_killed_at_random_moments_it_finishes_with_equal_bytes(tmp_path):
    """KILLS in the environment sets how many; each kill strikes the run that goes on after the last one."""
    undisturbed, command = copy_project(tmp_path / "undisturbed"), ["snakemake", "--cores", "2", *QUICK]
    start = time.monotonic()
    assert run(undisturbed, *command).returncode == 0
    usual = time.monotonic() - start
    chance, kinds = random.Random(20180429), ("workflow", "job", "all")
    folder, strikes, tries = copy_project(tmp_path / "killed"), 0, 0
    while strikes < KILLS:
        tries += 1
        assert tries <= 20 * KILLS, "the kills hit nothing"
        if struck(folder, command, kinds[strikes % len(kinds)], chance.uniform(0.2, usual)):
            strikes += 1
        else:
            assert differences(folder, undisturbed) == []
            folder = copy_project(tmp_path / f"killed{tries}")  # from nothing again, where no orphaned job can write
    done = run(folder, *command)
    assert done.returncode == 0, done.stdout
    assert differences(folder, undisturbed) == []
