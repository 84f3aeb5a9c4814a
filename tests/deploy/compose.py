"""Compose, old and new: Debian 12's docker-compose 1.29, and the `docker compose` of today, which
is unpacked from Debian 13 under build/ where the machine lacks it."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = f"{ROOT}/build/compose"
MIRROR = os.environ.get("MIRROR", "http://deb.debian.org/debian")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def answers(*command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def unpack():
    """Debian 13's package; nothing of it is installed. What apt needs for it goes again."""
    os.makedirs(f"{FOLDER}/lists/partial", exist_ok=True)
    with open(f"{FOLDER}/sources.list", "w", encoding="ascii") as file:
        file.write(f"deb [signed-by={KEYRING}] {MIRROR} trixie main\n")
    options = ["-o", f"Dir::Etc::sourcelist={FOLDER}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
               "-o", f"Dir::State::lists={FOLDER}/lists", "-o", f"Dir::Cache={FOLDER}/lists"]
    script = ("apt-get -qq \"$@\" update && apt-get -qq \"$@\" download docker-compose "
              "&& dpkg -x docker-compose_*.deb . && rm -rf lists docker-compose_*.deb")
    subprocess.run(["sh", "-ec", script, "sh", *options], cwd=FOLDER, timeout=600,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def new():
    """`docker compose`, as words of a command; None if it cannot be had."""
    if answers("docker", "compose", "version"):
        return ["docker", "compose"]
    program = f"{FOLDER}/usr/libexec/docker/cli-plugins/docker-compose"
    if not os.path.exists(program):
        unpack()
    return [program] if answers(program, "version") else None


def old():
    """docker-compose 1.29, the same."""
    is_old = answers("sh", "-c", "docker-compose version --short | grep -q ^1[.]")
    return ["docker-compose"] if is_old else None


def either():
    return new() or old()
