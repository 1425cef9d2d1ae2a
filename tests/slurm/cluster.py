"""A SLURM of this host's own for the tests: munge, one controller, and a few virtual nodes.

Every node is a slurmd in UTS and mount namespaces of its own, so that SLURM and MPI see hosts with
names, shared memory and temporary folders of their own. Everything listens on loopback, keeps its
state in one folder, and ends with the object.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged", "unshare", "mount")
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

# The virtual node: what makes it a host of its own, then its daemon.
NODE = """
hostname {name}
mount --bind {hosts} /etc/hosts
mount -t tmpfs -o mode=1777,size=256m shm /dev/shm
mount --bind {private} {shared}
exec slurmd -D -c -N {name} -f {conf}
"""


def why_not():
    """Why no cluster can be started here; empty: one can."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=SEARCH)]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: slurm-wlm munge)"
    if os.geteuid() != 0:
        return "virtual nodes need root"
    tried = subprocess.run(["unshare", "--uts", "--mount", "sh", "-c",
                            "hostname attnsweep-test && mount -t tmpfs none /dev/shm"],
                           capture_output=True, text=True, check=False)
    return f"no namespaces here: {tried.stderr.strip()}" if tried.returncode else ""


def free_port(n):
    """The first of n + 1 ports in a row that nobody listens on."""
    for port in range(26900, 29000, n + 1):
        try:
            for k in range(n + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + k))
            return port
        except OSError:
            continue
    raise RuntimeError("no free ports")


class Cluster:
    """`environment` points SLURM's commands and OpenMPI at it."""

    def __init__(self, folder, nodes=2, cpus=2):
        self.folder = pathlib.Path(folder)
        self.names = [f"n{i + 1}" for i in range(nodes)]
        self.port = free_port(nodes)
        self.processes = {}
        for part in ("munge", "state", "spool", "tmp"):
            (self.folder / part).mkdir(parents=True)
        self.folder.chmod(0o755)
        self.conf = self.folder / "slurm.conf"
        self.environment = {
            "PATH": SEARCH,
            "SLURM_CONF": str(self.conf),
            "OMPI_MCA_hwloc_base_binding_policy": "none",
            "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "OMPI_MCA_orte_tmpdir_base": str(self.folder / "tmp"),
            "OMPI_MCA_btl_tcp_if_include": "lo",
            "OMPI_MCA_oob_tcp_if_include": "lo",
        }
        self.write_files(cpus)

    def write_files(self, cpus):
        host = socket.gethostname().split(".")[0]
        munge = self.folder / "munge"
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o400)
        (self.folder / "hosts").write_text(f"127.0.0.1 localhost {host} {' '.join(self.names)}\n")
        (self.folder / "cgroup.conf").write_text("# no cgroup\n")
        with open("/proc/meminfo", encoding="ascii") as lines:
            kilobytes = int(next(lines).split()[1])
        settings = {
            "ClusterName": "tests", "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmctldPort": self.port, "SlurmUser": "root", "SlurmdUser": "root",
            "AuthType": "auth/munge", "CredType": "cred/munge",
            "AuthInfo": f"socket={munge / 'socket'},cred_expire=5",
            "CommunicationParameters": "NoInAddrAny,NoCtldInAddrAny",
            "SlurmctldPidFile": self.folder / "slurmctld.pid",
            "SlurmdPidFile": self.folder / "slurmd.%n.pid",
            "StateSaveLocation": self.folder / "state",
            "SlurmdSpoolDir": self.folder / "spool" / "%n",
            "TmpFS": self.folder / "tmp",  # one a node: PMIx keeps a step's sockets there
            "ProctrackType": "proctrack/linuxproc", "TaskPlugin": "task/none",
            "JobAcctGatherType": "jobacct_gather/none",
            "AccountingStorageType": "accounting_storage/none", "SwitchType": "switch/none",
            "MpiDefault": "none", "SchedulerType": "sched/backfill",
            "SchedulerParameters": "batch_sched_delay=0,bf_interval=1,sched_interval=1",
            "SelectType": "select/cons_tres", "SelectTypeParameters": "CR_CPU",
            "SlurmdParameters": "config_overrides", "ReturnToService": 2, "KillWait": 5,
            "MinJobAge": 3600, "SlurmctldTimeout": 10, "SlurmdTimeout": 8,
            "EnforcePartLimits": "ALL", "MailProg": "/bin/true",
            "PreemptType": "preempt/partition_prio", "PreemptMode": "REQUEUE",
        }
        lines = [f"{key}={value}" for key, value in settings.items()]
        lines += [f"NodeName={name} NodeHostname={name} NodeAddr=127.0.0.1 Port={self.port + 1 + i} "
                  f"CPUs={cpus} RealMemory={kilobytes // 1024 // len(self.names)}"
                  for i, name in enumerate(self.names)]
        every = f"Nodes={','.join(self.names)} MaxTime=60 State=UP OverSubscribe=NO"
        lines += [f"PartitionName=test {every} Default=YES PriorityTier=1 GraceTime=20",
                  f"PartitionName=urgent {every} PriorityTier=2 PreemptMode=OFF"]
        self.conf.write_text("\n".join(lines) + "\n")

    def spawn(self, name, *words):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                words, env={**os.environ, **self.environment}, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)

    def start_node(self, name):
        private = self.folder / "tmp" / name
        private.mkdir(exist_ok=True)
        (self.folder / "spool" / name).mkdir(exist_ok=True)
        script = NODE.format(name=name, hosts=self.folder / "hosts", private=private,
                             shared=self.folder / "tmp", conf=self.conf)
        self.spawn(name, "unshare", "--uts", "--mount", "sh", "-ec", script)

    def crash_node(self, name):
        """Ends everything in the node's namespace at once, as a power cut does."""
        there = os.readlink(f"/proc/{self.processes[name].pid}/ns/uts")
        assert there != os.readlink("/proc/self/ns/uts")
        for _ in range(3):
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    if os.readlink(process / "ns" / "uts") == there:
                        os.kill(int(process.name), signal.SIGKILL)
                except OSError:
                    continue  # it has ended meanwhile
        self.processes[name].wait()

    def __enter__(self):
        try:
            munge = self.folder / "munge"
            self.spawn("munged", "munged", "--foreground", f"--key-file={munge / 'key'}",
                       f"--socket={munge / 'socket'}", f"--pid-file={munge / 'pid'}",
                       f"--log-file={munge / 'log'}", f"--seed-file={munge / 'seed'}")
            self.wait_for(lambda: (munge / "socket").exists(), 20, "munge's socket")
            self.spawn("slurmctld", "slurmctld", "-D", "-c", "-f", str(self.conf))
            for name in self.names:
                self.start_node(name)
            self.wait_for(lambda: self.idle() == len(self.names), 40, "idle nodes")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.names:
            if name in self.processes and self.processes[name].poll() is None:
                self.crash_node(name)
        for name in ("slurmctld", "munged"):
            process = self.processes.get(name)
            if process and process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def idle(self):
        return len(self.call("sinfo", "-h", "-N", "-p", "test", "-t", "idle", "-o", "%N",
                             check=False).split())

    def call(self, *words, check=True):
        done = subprocess.run(words, env={**os.environ, **self.environment}, capture_output=True,
                              text=True, check=False, timeout=60)
        assert not check or done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def job(self, number):
        """What SLURM knows of a job: its fields by name."""
        text = self.call("scontrol", "show", "job", str(number))
        return dict(word.split("=", 1) for word in text.split() if "=" in word)

    def wait_for(self, condition, seconds, what):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what}: not within {seconds} s; see {self.folder}"
            time.sleep(0.1)

    def wait_for_restart(self, number):
        """Until the job was requeued and runs again; SLURM holds it back for cred_expire."""
        self.wait_for(lambda: int(self.job(number)["Restarts"]) >= 1, 90, f"job {number} requeued")
        self.wait_for_state(number, ("RUNNING", "COMPLETED"))

    def wait_for_state(self, number, states, seconds=90):
        self.wait_for(lambda: self.job(number)["JobState"] in states, seconds,
                      f"job {number} in {states}")
        return self.job(number)
