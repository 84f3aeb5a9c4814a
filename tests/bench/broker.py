#!/usr/bin/python3
"""The broker beside other durable queues: speed, latency, restart, memory.

    make bench-broker                    all of it, five runs; about half an hour
    RUNS=1 QUEUED=100000 make bench-broker     less of it
    ONLY=redis,beanstalkd SIZES=8192 PARTS=speed make bench-broker

Each server syncs a message to disk before it confirms it. Producers and consumers are the
same (load.h); each run starts every server afresh, one after the other, and a ratio is
that of two servers of one run, so that a busy machine is busy for both. Installs the
Debian packages of docker/packages/bench.txt. FOLDER puts the data on another disk than
that of build/. All numbers go to build/bench/broker.jsonl, one JSON line each; the last
line printed is `BENCH broker key=value ...`.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("NUTGRAF_BUILD", "build")).resolve()
OUT = BUILD / "bench"
PORT = int(os.environ.get("PORT", 15600))
RUNS = int(os.environ.get("RUNS", 5))
QUEUED = int(os.environ.get("QUEUED", 1_000_000))
SIZES = [int(size) for size in os.environ.get("SIZES", "1024,8192,65536").split(",")]
ONLY = [name for name in os.environ.get("ONLY", "").split(",") if name]
PARTS = os.environ.get("PARTS", "speed,curve,latency,restart,idle").split(",")
PORTS = 10    # from PORT on, for one server and its helpers
LATENCY_S, IDLE_S = 10, 20
DISK_SPAN = 64 << 20    # bytes
DRIVERS = {"nutgraf": [], "redis": ["-lhiredis"], "beanstalkd": [], "rabbitmq": ["-lrabbitmq"]}

# What is compared: driver, mode, and how many messages of each size make about three seconds.
PEERS = {
    "nutgraf": ("nutgraf", "", (150_000, 50_000, 10_000)),
    "rabbitmq-quorum": ("rabbitmq", "quorum", (40_000, 25_000, 10_000)),
    "rabbitmq-classic": ("rabbitmq", "classic", (40_000, 25_000, 10_000)),
    "redis": ("redis", "", (40_000, 30_000, 8_000)),
    "beanstalkd": ("beanstalkd", "", (6_000, 5_000, 3_000)),
}
KNOWN_SIZES = (1024, 8192, 65536)


# --- processes -----------------------------------------------------------------------------


def wait_for_port(port, process, seconds=60):
    """Until somebody listens there; the monotonic time of that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return time.monotonic()
        if process.poll() is not None:
            sys.exit(f"broker.py: {process.args[0]} ended with status {process.returncode}")
        time.sleep(0.002)
    sys.exit(f"broker.py: nobody listens on port {port} after {seconds} s")


def demand_free_ports():
    """Else what is measured might be a server that somebody left behind."""
    for port in range(PORT, PORT + PORTS):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(("127.0.0.1", port))
            except OSError as error:
                sys.exit(f"broker.py: port {port}: {error.strerror}; end what listens there, "
                         "or choose others with PORT=…")


@contextlib.contextmanager
def running(command, log, kill=signal.SIGTERM, **more):
    """A process with a group of its own, which ends with the block."""
    with open(log, "ab") as notes:
        process = subprocess.Popen(command, stdout=notes, stderr=notes,
                                   stdin=subprocess.DEVNULL, start_new_session=True, **more)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kill)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


# --- servers -------------------------------------------------------------------------------


def write_config(folder, stages=("work",), **options):
    """A configuration of our broker in folder/config."""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    doors = {name: f"tcp://127.0.0.1:{PORT + i}"
             for i, name in enumerate(("ingest", "work", "admin"))}
    # Finished articles go at once, as the other servers' messages do.
    settings = {**doors, "store": str(folder / "store"), "store_mb": 32768, "keep_days": 0,
                **options}
    (config / "broker.json").write_text(json.dumps(settings))
    (config / "pipeline.json").write_text(json.dumps(
        {"stages": [{"name": name} for name in stages]}))
    return config


@contextlib.contextmanager
def nutgraf(folder, kill=signal.SIGTERM, **options):
    command = [BUILD / "bin/nutgraf-broker", "--config", write_config(folder, **options)]
    with running(command, folder / "log", kill) as process:
        wait_for_port(PORT, process)
        yield process


@contextlib.contextmanager
def redis(folder):
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(PORT), "--dir", folder,
               "--save", "", "--appendonly", "yes", "--appendfsync", "always"]
    with running(command, folder / "log") as process:
        wait_for_port(PORT, process)
        yield process


@contextlib.contextmanager
def beanstalkd(folder):
    command = ["beanstalkd", "-l", "127.0.0.1", "-p", str(PORT), "-b", folder, "-f0",
               "-z", str(1 << 20)]
    with running(command, folder / "log") as process:
        wait_for_port(PORT, process)
        yield process


@contextlib.contextmanager
def rabbitmq(folder):
    """Its own node, port mapper and cookie, all on the loopback."""
    (folder / "rabbit.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{PORT}\nvm_memory_high_watermark.relative = 0.6\n")
    mapper = {"ERL_EPMD_PORT": str(PORT + 9), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    rabbit = {
        "HOME": folder, "RABBITMQ_NODENAME": "bench@localhost", "RABBITMQ_USE_LONGNAME": "false",
        "RABBITMQ_CONFIG_FILE": folder / "rabbit.conf", "RABBITMQ_MNESIA_BASE": folder,
        "RABBITMQ_LOG_BASE": folder, "RABBITMQ_PID_FILE": folder / "pid",
        "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "plugins",
        "RABBITMQ_DIST_PORT": str(PORT + 8), "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
            "-kernel inet_dist_use_interface {127,0,0,1}"}
    with running(["epmd", "-address", "127.0.0.1", "-port", str(PORT + 9)], folder / "log"), \
         running(["/usr/lib/rabbitmq/bin/rabbitmq-server"], folder / "log", cwd=folder,
                 env={**os.environ, **mapper, **rabbit}) as process:
        wait_for_port(PORT, process, 120)
        time.sleep(1)
        yield process


SERVERS = {"nutgraf": nutgraf, "redis": redis, "beanstalkd": beanstalkd, "rabbitmq": rabbitmq}


@contextlib.contextmanager
def fresh_folder():
    """For the next server."""
    demand_free_ports()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=os.environ.get("FOLDER", OUT)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- measuring -----------------------------------------------------------------------------


def build_drivers():
    sys.stdout.flush()
    packages = ["libzmq", "jansson", "libsodium", "icu-uc"]
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], check=True,
                           capture_output=True, text=True).stdout.split()
    for name, libraries in DRIVERS.items():
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=c11", "-D_GNU_SOURCE", "-pthread",
                        "-I.", "-Iservices", f"tests/bench/load_{name}.c", "tests/bench/load.c",
                        BUILD / "libnutgraf.a", *libraries, *flags, "-lm",
                        "-o", OUT / f"load_{name}"], check=True, cwd=ROOT)


def record(part, result):
    with open(OUT / "broker.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps({"part": part, **result}) + "\n")
    return result


def used_ns(process):
    """Processor time of a process and those that it started."""
    total = 0
    for task in pathlib.Path("/proc").glob("[0-9]*/task/*"):
        with contextlib.suppress(OSError):
            group = int((task / "stat").read_text().rsplit(")", 1)[1].split()[2])
            if group == process.pid:
                total += int((task / "schedstat").read_text().split()[0])
    return total


def load(part, driver, server, *options):
    command = [OUT / f"load_{driver}", "-P", str(PORT), *map(str, options)]
    before = used_ns(server)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout)
    result["server_us"] = round((used_ns(server) - before) / 1e3 / result["count"], 2)
    record(part, result)
    print(f"{part:8} {result['peer']:10} {result['mode']:8} {result['size']:6} B "
          f"{result['msg_s']:9,.0f}/s   p50 {result['p50_ms']:8.2f} ms   p99 "
          f"{result['p99_ms']:8.2f} ms   processor {result['server_us']:6.1f} "
          f"+ {result['load_us']:.1f} µs", flush=True)
    return result


def middle(values):
    return statistics.median(values)


def spread(values, digits=2):
    return (f"{middle(values):.{digits}f} "
            f"({min(values):.{digits}f} to {max(values):.{digits}f})")


def run_peer(name, size, part="speed"):
    driver, mode, counts = PEERS[name]
    with fresh_folder() as folder, SERVERS[driver](folder) as server:
        options = ["-s", size, "-n", counts[KNOWN_SIZES.index(size)]]
        return load(part, driver, server, *options, *(["-m", mode] if mode else []))["msg_s"]


def bench_speed(found):
    """All servers on all sizes; ratios to the best of the others."""
    names = [name for name in PEERS if not ONLY or name in ONLY or name == "nutgraf"]
    for size in SIZES:
        rates = {name: [] for name in names}
        for _ in range(RUNS):
            for name in names:
                rates[name].append(run_peer(name, size))
        print(f"\n{size} B, messages a second:")
        for name, values in rates.items():
            print(f"    {name:18} {spread(values, 0)}")
        if len(names) > 1:
            best = [max(rates[name][i] for name in names[1:]) for i in range(RUNS)]
            ratios = [ours / other for ours, other in zip(rates["nutgraf"], best)]
            found[f"ratio_{size // 1024}k"] = middle(ratios)
            print(f"    nutgraf ÷ the best of the others, run by run: {spread(ratios)}\n")


@contextlib.contextmanager
def encrypted(folder):
    keys = folder / "keys"
    keygen = [BUILD / "bin/nutgraf", "keygen", keys]
    subprocess.run(keygen, check=True, capture_output=True)
    subprocess.run([*keygen, "--peer", "load", "--role", "submitter,worker"], check=True,
                   capture_output=True)
    with nutgraf(folder, security="curve", server_secret=str(keys / "broker.secret"),
                 allow=str(keys / "allow")) as process:
        yield process, keys


def bench_curve(found):
    """8 KB encrypted, against the same in the clear."""
    count = PEERS["nutgraf"][2][1]
    shares = []
    for _ in range(RUNS):
        plain = run_peer("nutgraf", 8192, "plain")
        with fresh_folder() as folder, encrypted(folder) as (server, keys):
            shares.append(load("curve", "nutgraf", server, "-k", keys, "-n", count)["msg_s"] / plain)
    found["curve_8k"] = middle(shares)
    print(f"\nCURVE at 8 KB, part of the speed without: {spread(shares)}\n")


def disk_p99_ms(rate, size):
    """The same of the disk alone: what is due is written over a file and synced, and no more."""
    with fresh_folder() as folder:
        file = os.open(folder / "disk", os.O_RDWR | os.O_CREAT)
        for at in range(0, DISK_SPAN, 1 << 20):
            os.pwrite(file, bytes(1 << 20), at)
        os.fsync(file)
        delays, at, start = [], 0, time.monotonic()
        while (now := time.monotonic() - start) < LATENCY_S / 2:
            due = int(now * rate) - len(delays)
            if due == 0:
                time.sleep(0.0002)
                continue
            at = 0 if at + due * size > DISK_SPAN else at
            os.pwrite(file, bytes(due * size), at)
            os.fdatasync(file)
            at += due * size
            end, first = time.monotonic() - start, len(delays)
            delays += [end - number / rate for number in range(first, first + due)]
        os.close(file)
    p99_ms = statistics.quantiles(delays, n=100)[98] * 1e3
    record("disk", {"size": size, "rate": rate, "p99_ms": p99_ms})
    return p99_ms


def bench_latency(found):
    """8 KB articles, coming at half the rate that the run before reached."""
    worst, disk = [], []
    for _ in range(RUNS):
        rate = run_peer("nutgraf", 8192, "full") / 2
        disk.append(disk_p99_ms(rate, 8192))
        with fresh_folder() as folder, nutgraf(folder) as server:
            options = ["-r", int(rate), "-n", int(rate * LATENCY_S), "-w", 1 << 20]
            worst.append(load("half", "nutgraf", server, *options)["p99_ms"])
    found["p99_ms"], found["disk_p99_ms"] = middle(worst), middle(disk)
    print(f"\np99 at half load, ms: {spread(worst)}; of the disk alone: {spread(disk)}\n")


def private_bytes(process):
    """Memory that is in no file; what is mapped of the store is the system's to drop."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["RssAnon"].split()[0]) * 1024


def bench_restart(found):
    """QUEUED articles of 8 KB, a broker that is killed, and the next one."""
    with fresh_folder() as folder:
        with nutgraf(folder) as process:
            before = private_bytes(process)
        free = shutil.disk_usage(folder).free
        if free < QUEUED * 14_000:
            sys.exit(f"broker.py: {QUEUED} articles need {QUEUED * 14_000 >> 20} MiB of disk, "
                     f"{free >> 20} are free; QUEUED=… asks for less")
        with nutgraf(folder, signal.SIGKILL) as process:
            load("fill", "nutgraf", process, "-n", QUEUED, "-c", 0)
            filled = (private_bytes(process) - before) / QUEUED
        times, shares = [], []
        for _ in range(RUNS):
            start = time.monotonic()
            with nutgraf(folder, signal.SIGKILL) as process:
                first = subprocess.run([OUT / "load_nutgraf", "first", str(PORT)], check=True,
                                       stdout=subprocess.PIPE, text=True)
                times.append(float(first.stdout) - start)
                shares.append((private_bytes(process) - before) / QUEUED)
    record("restart", {"queued": QUEUED, "seconds": times, "bytes": shares, "filled": filled})
    found["restart_s"], found["bytes_per_article"] = middle(times), middle(shares)
    print(f"\nrestart with {QUEUED:,} queued, s to the first job: {spread(times)}")
    print(f"private bytes an article: {spread(shares, 1)} after the restart, {filled:.1f} before "
          "(with the cache of bodies)\n")


def bench_idle(found):
    """Workers with nothing to do: memory and processor time."""
    stages = ("clean", "tag", "summarise")
    with fresh_folder() as folder, nutgraf(folder, stages=stages), contextlib.ExitStack() as stack:
        workers = {name: stack.enter_context(running(
            [BUILD / f"bin/nutgraf-{name}", "--config", folder / "config"], folder / name))
            for name in stages}
        time.sleep(3)
        before = {name: used_ns(worker) for name, worker in workers.items()}
        time.sleep(IDLE_S)
        for name, worker in workers.items():
            core = (used_ns(worker) - before[name]) / IDLE_S / 1e7
            mib = private_bytes(worker) / (1 << 20)
            record("idle", {"stage": name, "core_percent": core, "private_mib": mib})
            print(f"idle {name:10} {mib:6.2f} MiB private, {core:.3f} % of a core")
            found["idle_mb"] = max(mib, found.get("idle_mb", 0))
            found["idle_core"] = max(core, found.get("idle_core", 0))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("broker.py: ended"))    # servers too
    (BUILD / "bench").mkdir(parents=True, exist_ok=True)
    subprocess.run([ROOT / "docker/install.sh", "build", "bench"], check=True)
    build_drivers()
    parts = {"speed": bench_speed, "curve": bench_curve, "latency": bench_latency,
             "restart": bench_restart, "idle": bench_idle}
    print("load of this machine before:", *os.getloadavg())
    found = {}
    for name in PARTS:
        parts[name](found)
    print("load of this machine after:", *os.getloadavg())
    print("BENCH broker", *(f"{key}={value:.4g}" for key, value in found.items()))


if __name__ == "__main__":
    main()
