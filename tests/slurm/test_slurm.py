"""Studies on a real SLURM: over two nodes, through wall times, crashes and pre-emption."""

import os
import re
import subprocess
import tempfile
import time

import pytest

import harness
from slurm.cluster import Cluster, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"no SLURM for the tests: {why_not()}")
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")


@pytest.fixture(scope="module")
def cluster():
    # munge wants a folder that everybody may enter, which pytest's own are not.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        with Cluster(folder) as made:
            yield made


@pytest.fixture
def long_project(tmp_path):
    """Enough singular values for about half a minute of four ranks on two cores."""
    made = harness.Project(tmp_path)
    harness.write_corpus(tmp_path / "c.jsonl", n_records=30_000, shortest=36, longest=44)
    made.write_study(norms="frobenius, nuclear")
    return made


def call(cluster, project, *words, **more):
    return project.call(*words, **{**cluster.environment, **more})


def submit(cluster, project, *options, **more):
    """The numbers of the two jobs."""
    done = call(cluster, project, "submit", "study.yaml", "--output", "run", *options, **more)
    assert done.returncode == 0, done.stderr
    run, after = re.search(r"submitted: (\d+) \(run\), (\d+) ", done.stdout).groups()
    return int(run), int(after)


def log_of(project, name="run-*.log"):
    return "".join(file.read_text() for file in sorted((project.run_folder / "jobs").glob(name)))


def ranks_of(project):
    """Every rank has a log of its own."""
    return len(list((project.run_folder / "log").glob("*.log")))


def reference(project):
    """What one undisturbed rank measures."""
    done = project.run(output="alone")
    assert done.returncode == 0, done.stderr
    return project.export("alone")


def wait_for_rows(cluster, project, n=1):
    cluster.wait_for(lambda: len(list((project.run_folder / "segments").glob("*.h5"))) >= n, 60,
                     "the first segments")


def test_a_job_over_two_nodes_then_reduce_and_report(cluster, project):
    job, after = submit(cluster, project, "--nodes", "2", "--ntasks-per-node", "2", "--time", "5")
    assert cluster.wait_for_state(job, ENDED)["JobState"] == "COMPLETED", log_of(project)
    assert cluster.job(job)["NumNodes"] == "2"
    assert ranks_of(project) == 4
    assert cluster.wait_for_state(after, ENDED)["JobState"] == "COMPLETED", \
        log_of(project, "reduce-*.log")
    assert (project.run_folder / "summary.json").exists()
    assert (project.run_folder / "report" / "report.html").exists()
    assert project.export("run") == reference(project)


def test_mpirun_is_as_good_as_srun(cluster, project):
    job, _ = submit(cluster, project, "--nodes", "2", "--ntasks-per-node", "1", "--time", "5",
                    ATTNSWEEP_LAUNCHER="mpirun")
    assert cluster.wait_for_state(job, ENDED)["JobState"] == "COMPLETED", log_of(project)
    assert ranks_of(project) == 2


def test_srun_without_pmi_is_refused(cluster, project):
    words = ["srun", "--mpi=none", "-N", "2", "-n", "2", *harness.command("run", "study.yaml")]
    done = subprocess.run(words, cwd=project.folder, env=harness.environment(**cluster.environment),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert "--mpi=pmix" in done.stderr
    assert done.stderr.count("error:") <= 3, done.stderr


def finishes_as_if_nothing_had_been(cluster, project, job, after):
    cluster.wait_for_restart(job)
    assert cluster.job(after)["JobState"] == "PENDING"
    assert cluster.wait_for_state(job, ENDED)["JobState"] == "COMPLETED", log_of(project)
    assert "goes back into the queue" in log_of(project)
    assert cluster.wait_for_state(after, ENDED)["JobState"] == "COMPLETED"
    assert project.export("run") == reference(project)


def test_the_signal_before_the_wall_time_puts_the_job_back_into_the_queue(cluster, long_project):
    job, after = submit(cluster, long_project, "--nodes", "2", "--ntasks-per-node", "2", "--time", "9")
    wait_for_rows(cluster, long_project)
    # As the controller sends it for --signal=B:USR1: to the shell of the script alone.
    cluster.call("scancel", "--batch", "--signal=USR1", str(job))
    finishes_as_if_nothing_had_been(cluster, long_project, job, after)


@pytest.mark.skipif("ATTNSWEEP_LONG_TESTS" not in os.environ,
                    reason="three minutes: ATTNSWEEP_LONG_TESTS=1 runs it")
def test_a_study_longer_than_its_wall_time_requeues_itself(cluster, long_project):
    # The controller looks at the time every half minute.
    harness.write_corpus(long_project.folder / "c.jsonl", n_records=150_000, shortest=36, longest=44)
    job, after = submit(cluster, long_project, "--nodes", "2", "--ntasks-per-node", "2", "--time",
                        "1", "--signal", "B:USR1@40")
    cluster.wait_for_restart(job)
    cluster.call("scontrol", "update", f"JobId={job}", "TimeLimit=30", check=False)
    finishes_as_if_nothing_had_been(cluster, long_project, job, after)


def test_a_lost_node_costs_no_committed_row(cluster, long_project):
    job, _ = submit(cluster, long_project, "--nodes", "2", "--ntasks-per-node", "1", "--time", "10")
    wait_for_rows(cluster, long_project, 2)
    cluster.crash_node("n2")
    before = {file: file.read_bytes() for file in (long_project.run_folder / "segments").glob("*.h5")}
    cluster.wait_for(lambda: cluster.job(job)["JobState"] != "RUNNING", 120, "the loss noticed")
    cluster.call("scancel", str(job), check=False)
    cluster.start_node("n2")
    cluster.wait_for(lambda: cluster.idle() == 2, 60, "both nodes again")
    for file, bytes_then in before.items():
        assert file.read_bytes() == bytes_then, file
    assert long_project.call("verify", "run").returncode == 0
    # The lock's holder beat a moment ago on a node that is gone: SLURM knows that its job is over.
    again, _ = submit(cluster, long_project, "--nodes", "2", "--ntasks-per-node", "2", "--time", "9")
    assert cluster.wait_for_state(again, ENDED)["JobState"] == "COMPLETED", log_of(long_project)
    assert long_project.export("run") == reference(long_project)


def test_preemption_gives_the_nodes_back_and_goes_on(cluster, long_project):
    job, _ = submit(cluster, long_project, "--nodes", "2", "--ntasks-per-node", "2", "--time", "10")
    wait_for_rows(cluster, long_project)
    urgent = cluster.call("sbatch", "--parsable", "-p", "urgent", "-N", "2", "--ntasks-per-node", "2",
                          "-o", "/dev/null", "--wrap", "sleep 1").strip()
    began = time.monotonic()
    assert cluster.wait_for_state(urgent, ENDED, 60)["JobState"] == "COMPLETED"
    assert time.monotonic() - began < 50
    cluster.wait_for_restart(job)
    assert cluster.wait_for_state(job, ENDED)["JobState"] == "COMPLETED", log_of(long_project)
    assert long_project.export("run") == reference(long_project)


def test_an_array_of_jobs_shares_the_tasks(cluster, project):
    harness.write_corpus(project.folder / "c.jsonl", n_records=6000)
    job, after = submit(cluster, project, "--array", "1-3", "--time", "5")
    assert cluster.wait_for_state(after, ENDED)["JobState"] == "COMPLETED", log_of(project)
    assert len(list((project.run_folder / "jobs").glob(f"run-{job}_*.log"))) == 3
    assert project.export("run") == reference(project)


def test_what_sbatch_refuses_is_shown_and_nothing_is_submitted(cluster, project):
    before = cluster.call("squeue", "-h", "-o", "%i").split()
    done = call(cluster, project, "submit", "study.yaml", "--output", "run", "--partition", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr or "invalid partition" in done.stderr.lower(), done.stderr
    assert cluster.call("squeue", "-h", "-o", "%i").split() == before
