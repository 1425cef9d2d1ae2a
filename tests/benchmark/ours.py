"""attnsweep's side: the program tests/model_tool, and whole runs of `attnsweep run`."""
import json
import os
import resource
import subprocess
import time

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
              "MKL_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
              "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
              "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}


def measure(tool, folder, ids_file, norms="frobenius", tokens=4096, precision="float32"):
    """What model_tool says of one pass over the sequences."""
    command = [tool, "time", folder, ids_file, str(tokens), norms, precision]
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=ONE_THREAD)
    return json.loads(out.stdout)


def whole_run(program, study, output, ranks):
    """Clock and processor seconds of a sweep from start to end, on `ranks` cores."""
    command = [program, "run", study, "--output", output, "--quiet"]
    if ranks > 1:
        command = ["mpirun", "-n", str(ranks), "--bind-to", "core"] + command
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=ONE_THREAD)
    clock = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
