"""A Python with packages from PyPI, for the tests that need a real peer: made once, under build/.

tests/pins/NAME.txt lists the packages with their versions; build/venv/NAME is theirs.
"""
import fcntl
import hashlib
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def python_of(name):
    """The path of the interpreter that has the packages of tests/pins/NAME.txt."""
    pins = f"{ROOT}/tests/pins/{name}.txt"
    folder = f"{ROOT}/build/venv/{name}"
    with open(pins, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(f"{folder}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = f"{folder}/{digest}"
        if not os.path.exists(stamp):
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run(["/usr/bin/python3", "-m", "venv", folder], check=True)
            subprocess.run([f"{folder}/bin/pip", "install", "--quiet", "--disable-pip-version-check",
                            "--requirement", pins], check=True)
            open(stamp, "w", encoding="ascii").close()
    return f"{folder}/bin/python"
