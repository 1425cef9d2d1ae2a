"""The rows do not depend on the number of ranks, on kills, or on the order of tasks."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

from harness import command, environment, write_corpus


def descendants(pid):
    """Every process below one: mpirun's ranks have sessions of their own."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def journal_lines(run):
    """Whole lines in a run's journals: tasks that are committed."""
    return sum(f.read_bytes().count(b"\n") for f in (run / "journal").glob("*.jsonl"))


@pytest.fixture
def long_project(project):
    """Six tasks a model: enough to be killed in the middle."""
    write_corpus(project.folder / "c.jsonl", n_records=6000)
    project.write_study(control=True)
    return project


@pytest.fixture
def undisturbed(long_project):
    done = long_project.run()
    assert done.returncode == 0, done.stderr
    return long_project.export()


def test_ranks_give_equal_bytes(long_project, undisturbed):
    for ranks in (1, 2, 4):
        done = long_project.run(ranks=ranks, output=f"run{ranks}")
        assert done.returncode == 0, done.stderr
        assert long_project.export(f"run{ranks}") == undisturbed
        reduced = long_project.call("reduce", f"run{ranks}", "--json")
        assert reduced.returncode == 0, reduced.stderr
        alone = long_project.call("reduce", "run", "--json")
        assert reduced.stdout == alone.stdout


def test_five_kills_and_a_resume(long_project, undisturbed):
    rng = random.Random(5)
    run = long_project.folder / "killed"
    for kill in range(5):
        ranks = rng.choice([1, 2])
        before = journal_lines(run)
        process = subprocess.Popen(
            command("run", "study.yaml", "--output", "killed", ranks=ranks),
            cwd=long_project.folder, env=environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        # Somewhere in the middle: after this start's first commit, or before it.
        deadline = time.monotonic() + 60
        while kill != 2 and journal_lines(run) == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.15))
        assert process.poll() is None, "the run ended before it was killed: make it longer"
        for pid in [process.pid, *descendants(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    done = long_project.run(ranks=2, output="killed")
    assert done.returncode == 0, done.stderr
    assert long_project.export("killed") == undisturbed
    assert long_project.call("verify", "killed").returncode == 0


def test_a_second_start_has_nothing_to_do(long_project, undisturbed):
    before = sorted(os.listdir(long_project.run_folder / "segments"))
    done = long_project.run()
    assert done.returncode == 0
    assert "nothing to do" in done.stderr
    assert sorted(os.listdir(long_project.run_folder / "segments")) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2])
def test_a_signal_stops_in_order_and_the_same_command_goes_on(long_project, undisturbed, number):
    process = subprocess.Popen(
        command("run", "study.yaml", "--output", "stopped"), cwd=long_project.folder,
        env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    journal = long_project.folder / "stopped" / "journal"
    deadline = time.monotonic() + 60
    while not (journal.is_dir() and any(f.stat().st_size for f in journal.iterdir())):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 75, stderr
    assert "stopped early" in stderr
    partial = long_project.call("export", "stopped")
    assert partial.returncode == 75
    assert "the run is not complete, " in partial.stderr
    done = long_project.run(output="stopped")
    assert done.returncode == 0, done.stderr
    assert long_project.export("stopped") == undisturbed


def test_shares_together_are_the_whole(long_project, undisturbed):
    for share in ("1/3", "3/3", "2/3"):
        done = long_project.run("--share", share, output="shared")
        assert done.returncode == 0, done.stderr
    assert long_project.export("shared") == undisturbed
