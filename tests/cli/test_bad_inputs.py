"""Every bad input: one clear message, the right exit code, and nothing measured is lost."""

import fcntl
import json
import os
import shutil
import subprocess
import time

import pytest

from harness import write_corpus, write_model


def lines(text):
    return [line for line in text.splitlines() if line.startswith("error: ")]


def test_a_typo_in_a_key(project):
    text = (project.folder / "study.yaml").read_text()
    (project.folder / "study.yaml").write_text(text.replace("norms:", "nroms:"))
    for words in (["validate", "study.yaml"], ["run", "study.yaml", "--output", "run"]):
        done = project.call(*words)
        assert done.returncode == 3
        assert lines(done.stderr) == [
            "error: study.yaml:10:1: nroms: unknown key; did you mean 'norms'?"]
    assert not project.run_folder.exists()


def test_a_missing_study_file(project):
    done = project.call("run", "studdy.yaml")
    assert done.returncode == 3
    assert len(lines(done.stderr)) == 1
    assert "studdy.yaml" in done.stderr and "did you mean" in done.stderr


def test_a_wrong_model_path(project):
    project.write_study(models=("a", "x"))
    for ranks in (None, 2):
        done = project.run(ranks=ranks)
        assert done.returncode == 4, done.stderr
        assert len(lines(done.stderr)) == 1
        assert "models.x: " in done.stderr and str(project.folder / "x") in done.stderr
    assert not project.run_folder.exists()


def test_every_problem_at_once(project):
    project.write_study(models=("a", "x"), corpus="none*.jsonl")
    done = project.call("validate", "study.yaml")
    assert done.returncode == 4
    assert len(lines(done.stderr)) == 2
    assert "models.x" in done.stderr and "none*.jsonl" in done.stderr


def test_a_truncated_weight_file(project):
    file = project.folder / "b" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    done = project.run()
    assert done.returncode == 4
    assert len(lines(done.stderr)) == 1
    assert str(file) in done.stderr


def test_layers_that_the_tensors_do_not_have(project):
    write_model(project.folder / "b", n_layers=4)
    config = project.folder / "b" / "config.json"
    config.write_text(config.read_text().replace('"num_hidden_layers": 4', '"num_hidden_layers": 6'))
    done = project.run()
    assert done.returncode == 4
    assert "encoder.layer.5" in done.stderr and "models.b" in done.stderr


def test_an_unreadable_first_line(project):
    file = project.folder / "c.jsonl"
    file.write_text("{broken\n" + file.read_text())
    done = project.run()
    assert done.returncode == 4
    assert len(lines(done.stderr)) == 1 and f"{file}:1" in done.stderr


def test_an_unreadable_line_later_is_a_row_with_its_reason(project):
    good = project.run(output="good")
    assert good.returncode == 0
    text = (project.folder / "c.jsonl").read_text().splitlines()
    text[30] = '{"id": "r30", "document": "d7", "input_ids": [1, 2'
    (project.folder / "c.jsonl").write_text("\n".join(text) + "\n")
    done = project.run()
    assert done.returncode == 6, done.stderr
    assert f"{project.folder / 'c.jsonl'}:31" in done.stderr
    expected = [row for row in project.export("good").splitlines()[1:] if ",r30," not in row]
    got = project.export().splitlines()[1:]
    # Another neighbour in a pack is another order of sums: equal to float32's rounding.
    assert [row.rsplit(",", 1)[0] for row in got] == [row.rsplit(",", 1)[0] for row in expected]
    for g, e in zip(got, expected):
        assert abs(float(g.rsplit(",", 1)[1]) - float(e.rsplit(",", 1)[1])) < 1e-5
    status = json.loads(project.call("status", "run", "--json").stdout)
    assert status["reasons"] == {"bad_record": 2, "measured": 118}
    again = project.run()
    assert again.returncode == 6 and "nothing to do" in again.stderr


def test_sequences_that_cannot_be_measured(project):
    with open(project.folder / "c.jsonl", "a", encoding="utf-8") as out:
        out.write('{"id": "alien", "input_ids": [1, 2, 3, 4, 5000, 6]}\n')
        out.write('{"id": "short", "input_ids": [1, 2, 3]}\n')
    done = project.run()
    assert done.returncode == 6
    assert "alien: id_out_of_vocabulary" in done.stderr and "5000" in done.stderr
    assert ",alien," not in project.export()
    status = json.loads(project.call("status", "run", "--json").stdout)
    assert status["reasons"] == {"id_out_of_vocabulary": 2, "measured": 120, "too_short": 2}


def test_a_model_with_nan_weights_fails_alone(project):
    file = project.folder / "b" / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-4 * 16 * 100:] = b"\xff" * (4 * 16 * 100)
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    name = "encoder.layer.0.attention.self.query.bias"
    begin, end = (8 + size + offset for offset in header[name]["data_offsets"])
    data[begin:end] = b"\xff" * (end - begin)
    file.write_bytes(data)
    done = project.run()
    assert done.returncode == 6
    status = json.loads(project.call("status", "run", "--json").stdout)
    assert status["cells"]["b/c"]["reasons"] == {"not_finite": 60}
    assert status["cells"]["a/c"]["reasons"] == {"measured": 60}


@pytest.fixture
def small_disk(project):
    """A file system of 1 MB; needs the right to mount."""
    folder = project.folder / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here: " + mounted.stderr.strip())
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_disk_that_is_full_at_the_start(project, small_disk):
    (small_disk / "filler").write_bytes(b"x" * (1 << 20))
    done = project.run(output="disk/run")
    assert done.returncode == 76, done.stderr
    assert "No space left on device" in done.stderr and "disk/run" in done.stderr


def test_a_disk_that_fills_up_loses_nothing(project, small_disk):
    write_corpus(project.folder / "c.jsonl", n_records=12000)
    assert project.run(output="good").returncode == 0
    done = project.run(output="disk/run")
    assert done.returncode == 75, done.stderr
    assert "No space left on device" in done.stderr
    assert project.call("verify", "disk/run").returncode == 0
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    done = project.run(output="disk/run")
    assert done.returncode == 0, done.stderr
    assert project.export("disk/run") == project.export("good")


def test_a_read_only_folder(project, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = project.run(output="disk/run")
    assert done.returncode == 76, done.stderr
    assert len(lines(done.stderr)) == 1
    assert "disk/run" in done.stderr and "Read-only file system" in done.stderr


def test_a_second_run_on_a_locked_folder(project):
    assert project.run().returncode == 0
    before = project.export()
    with open(project.run_folder / "lock", "r+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        holder = {"host": os.uname().nodename, "pid": os.getpid(), "job": "", "restart": 0,
                  "started": int(time.time()), "heartbeat": int(time.time())}
        lock.write(json.dumps(holder))
        lock.flush()
        start = time.monotonic()
        done = project.run()
        assert done.returncode == 76, done.stderr
        assert 10 < time.monotonic() - start < 40
        assert len(lines(done.stderr)) == 1
        assert str(os.getpid()) in done.stderr
    assert project.run().returncode == 0
    assert project.export() == before


def test_a_changed_model_is_refused(project):
    assert project.run().returncode == 0
    before = project.export()
    write_model(project.folder / "a", seed=99)
    done = project.run()
    assert done.returncode == 3
    assert len(lines(done.stderr)) == 1
    assert "a/c was measured otherwise: model: was " in done.stderr
    assert project.export() == before


def test_changed_rules_are_refused_by_key(project):
    assert project.run().returncode == 0
    done = project.run("--set", "corpora.0.max_tokens=32", "--set", "compute.precision=float64")
    assert done.returncode == 3
    assert "max_tokens: was 64, is 32" in done.stderr
    assert "precision: was float32, is float64" in done.stderr


def test_damage_is_found(project):
    assert project.run().returncode == 0
    segment = next((project.run_folder / "segments").iterdir())
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    for words in (["verify", "run"], ["reduce", "run"], ["export", "run"]):
        done = project.call(*words)
        assert done.returncode == 5, (words, done.stderr)
        assert segment.name in done.stdout + done.stderr
    # The run measures those tasks again, and says so.
    before = project.run()
    assert before.returncode == 0 and segment.name in before.stderr


def test_a_missing_segment_is_damage(project):
    assert project.run().returncode == 0
    before = project.export()
    segment = next((project.run_folder / "segments").iterdir())
    segment.unlink()
    for words in (["verify", "run"], ["reduce", "run"], ["export", "run"],
                  ["export", "run", "--partial"]):
        done = project.call(*words)
        assert done.returncode == 5, (words, done.stderr)
        assert f"{segment.name}: is missing" in done.stdout + done.stderr
    assert project.run().returncode == 0
    assert project.export() == before


def test_a_precision_or_device_that_is_not_there(project):
    for option in ("compute.precision=float16", "compute.device=cuda"):
        done = project.run("--set", option)
        if done.returncode == 0:
            continue  # a newer LibTorch multiplies float16, one with CUDA has the device
        assert done.returncode == 4, (option, done.stderr)
        assert len(lines(done.stderr)) == 1 and option.split("=")[1] in done.stderr
        assert not project.run_folder.exists()


def test_a_damaged_journal_line(project):
    assert project.run().returncode == 0
    journal = next((project.run_folder / "journal").iterdir())
    journal.write_text(journal.read_text().replace('"done":true', '"done":false', 1))
    for words in (["verify", "run"], ["status", "run"], ["reduce", "run"], ["export", "run"],
                  ["run", "study.yaml", "--output", "run"]):
        done = project.call(*words)
        assert done.returncode == 5, (words, done.stderr)
        assert f"{journal.name}:1" in done.stdout + done.stderr


def test_a_torn_line_is_normal(project):
    assert project.run().returncode == 0
    before = project.export()
    journal = next((project.run_folder / "journal").iterdir())
    with open(journal, "a", encoding="utf-8") as out:
        out.write('{"check":"0123')
    assert project.call("verify", "run").returncode == 0
    assert project.export() == before


def test_folders_that_are_no_run(project):
    shutil.os.makedirs(project.folder / "empty")
    for folder in ("empty", "missing"):
        for words in (["status", folder], ["verify", folder], ["reduce", folder],
                      ["export", folder], ["compare", folder, folder]):
            done = project.call(*words)
            assert done.returncode == 5, (words, done.stderr)
            assert len(lines(done.stderr)) == 1 and folder in done.stderr


def test_wrong_usage(project):
    for words in ([], ["validat"], ["run"], ["run", "study.yaml", "--on-error", "explode"],
                  ["run", "study.yaml", "--share", "3/2"], ["export", "run", "--format", "xls"],
                  ["plan", "study.yaml", "--ranks", "0"]):
        done = project.call(*words)
        assert done.returncode == 2, (words, done.stderr)
        assert done.stderr
    assert "did you mean 'validate'?" in project.call("validat").stderr


def test_singletons_are_refused(project):
    # As srun --mpi=none leaves the ranks, and as --mpi=pmi2 does, which Open MPI does not speak.
    for more, words in (({}, "without PMIx"), ({"PMI_RANK": "0"}, "but MPI sees 1")):
        done = project.run(SLURM_PROCID="0", SLURM_STEP_NUM_TASKS="4", **more)
        assert done.returncode == 2
        assert "the launcher started 4 ranks (SLURM_STEP_NUM_TASKS)" in done.stderr
        assert words in done.stderr and "--mpi=pmix" in done.stderr
    silent = project.run(SLURM_PROCID="3", SLURM_STEP_NUM_TASKS="4")
    assert silent.returncode == 2 and not silent.stderr, "one rank speaks for all"
    assert project.run(SLURM_PROCID="0").returncode == 0, "a batch shell is one rank"
