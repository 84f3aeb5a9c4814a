"""A Debian machine that boots systemd: a container whose first process it is."""
import os
import time

import pytest

from deploy.stack import BASE, ROOT, answers, call, wait_until

BOOT_SECONDS = 60
# What nutgraf runs on, and systemd; `make` itself has run outside.
MACHINE = """FROM {}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd {} >/dev/null \\
    && rm -rf /var/lib/apt/lists/*
CMD ["/lib/systemd/systemd"]
"""
# It mounts, and makes groups of processes.
POWERS = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
          "--security-opt", "apparmor=unconfined", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup",
          "--stop-signal", "SIGRTMIN+3", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp"]


def proxies():
    """What a build has to be told of the network, as docker/build.sh does."""
    return [word for name in ("http_proxy", "https_proxy", "no_proxy") if os.environ.get(name)
            for word in ("--build-arg", name)]


def build(image):
    with open(f"{ROOT}/docker/packages/run.txt", encoding="ascii") as file:
        packages = " ".join(line.strip() for line in file if not line.startswith("#"))
    call("docker/base.sh")
    call("docker", "build", "-q", "--force-rm", *proxies(), "-t", image, "-",
         text=MACHINE.format(BASE, packages))


class Machine:
    def __init__(self, name, image):
        self.name, self.image = name, image

    def start(self):
        """Skips the test where an engine does not let systemd run in a container."""
        call("docker", "run", "-d", "--name", self.name, "--network", "none", *POWERS, self.image,
             may_fail=True)
        end = time.monotonic() + BOOT_SECONDS
        while not self.is_up():
            if time.monotonic() > end:
                pytest.skip("this engine lets no systemd run in a container")
            time.sleep(0.2)

    def is_up(self):
        return answers("docker", "exec", self.name, "systemctl", "is-system-running", "-q")

    def reboot(self):
        call("docker", "restart", "-t", "60", self.name)
        wait_until(self.is_up, "the machine is up again", BOOT_SECONDS)

    def destroy(self):
        call("docker", "rm", "-f", "-v", self.name, may_fail=True)

    def run(self, script, text="", **more):
        return call("docker", "exec", "-i", self.name, "sh", "-ec", script, text=text, **more)
