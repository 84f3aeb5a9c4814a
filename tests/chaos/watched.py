"""A system whose broker's disk is watched by disk.so, or fails as it is told."""
import os

from chaos.disk import Reader
from chaos.load import STAGES, Load
from e2e.system import System


class Watched(System):
    """environment: more variables for the broker, see shim/disk.c."""

    def __init__(self, folder, programs, environment=None, **options):
        stages = [{"name": name, "lease_ms": 20000, "backoff_ms": 100, "attempts": 3}
                  for name in STAGES[:-1]]
        super().__init__(folder, programs, stages, **{"store_mb": 64, **options})
        self.write_config("pipeline", {"stages": [*stages, {"name": "sink", "sink": True}]})
        self.tools = os.path.join(os.path.dirname(programs), "tests", "chaos")
        self.log = f"{folder}/disk.log"
        self.extra = {"LD_PRELOAD": f"{self.tools}/disk.so", "NUTGRAF_DISK_LOG": self.log,
                      "NUTGRAF_DISK_DELAY_MS": "2", **(environment or {})}
        self.is_watched = False

    def environment(self):
        return {**super().environment(), **(self.extra if self.is_watched else {})}

    def start_watched(self):
        self.is_watched = True
        process = self.start(self.program("broker"))
        self.is_watched = False
        return process

    def reader(self, name="state"):
        return Reader(f"{self.tools}/store_reader", f"{self.folder}/config/pipeline.json",
                      f"{self.folder}/{name}")


def run_load(system, count, seconds=60):
    """Runs a load until `count` are confirmed or the broker ends; then it is killed."""
    process = system.start_watched()
    load = Load(system.broker_options, system.log)
    try:
        load.run(count, process, seconds=seconds)
    finally:
        load.close()
    if process.poll() is None:
        system.kill(process)
    else:
        system.running.remove(process)
    return load.ledger, process
