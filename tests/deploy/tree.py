"""The tree as somebody who cloned it has it, and what it says of itself."""
import os
import re
import shutil

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["config", "docker", "proto", "services", "tests/samples"]
FILES = ["Makefile", ".dockerignore"]


def clone(folder):
    """What images are made from and Compose reads, copied; but for an .env of the developer's."""
    for name in FOLDERS:
        shutil.copytree(f"{ROOT}/{name}", folder / name, ignore=shutil.ignore_patterns(".env"))
    for name in FILES:
        shutil.copy(f"{ROOT}/{name}", folder / name)


def scripts(chapter):
    """The commands of a chapter of the README, a text for each block."""
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        text = file.read().split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def version():
    """Of the whole, from the one place where it stands."""
    with open(f"{ROOT}/docker/Dockerfile", encoding="utf-8") as file:
        return re.search(r"^ARG VERSION=(.+)$", file.read(), re.MULTILINE).group(1)
