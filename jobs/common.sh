# shellcheck shell=bash disable=SC2154
# What the scripts share: how they talk, how a failure looks, how many cores there are.
# Sourced with `root` set to the repository's folder.

logs="$root/build/logs"

# say TEXT: one line on stderr, so that stdout stays free for results.
say() { printf '%s\n' "$*" >&2; }

# step TEXT: what happens next and how long it may take, with the time of the day.
step() { printf '\n[%(%H:%M:%S)T] %s\n' -1 "$*" >&2; }

# fail TEXT [CODE]
fail() {
  say "error: $1"
  exit "${2:-1}"
}

# logged NAME COMMAND …: runs quietly; the output is in build/logs/NAME.log, and its end is shown
# when the command fails.
logged() {
  local name=$1 log="$logs/$1.log"
  shift
  mkdir -p "$logs"
  if ! "$@" >"$log" 2>&1; then
    say "--- the last lines of $name's output"
    tail -n 40 "$log" >&2
    say "---"
    fail "$name failed; all of its output: $log"
  fi
}

# Cores this process may really use: the affinity mask, physical cores where the machine runs two
# threads on each, and a container's CPU quota.
available_cores() {
  local cores physical quota period
  cores=$(nproc)
  physical=$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l || true)
  if ((physical > 0 && physical < cores)); then cores=$physical; fi
  if read -r quota period 2>/dev/null </sys/fs/cgroup/cpu.max && [[ $quota != max ]]; then
    quota=$(((quota + period - 1) / period))
    if ((quota > 0 && quota < cores)); then cores=$quota; fi
  fi
  echo "$cores"
}

# Compilers that may run at once: a file that includes LibTorch takes up to 1.5 GB.
build_jobs() {
  local cores by_memory
  cores=$(available_cores)
  by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1572864)}' /proc/meminfo 2>/dev/null || echo "$cores")
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((by_memory < cores ? by_memory : cores))
}

# at_least VERSION MINIMUM: compares dotted numbers.
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# What mpirun needs here: root is refused unless told twice, and containers often forbid the
# system call by which ranks read each other's memory.
prepare_mpi() {
  if ((EUID == 0)); then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
  export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
}
