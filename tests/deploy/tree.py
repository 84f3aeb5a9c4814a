"""The tree as somebody who cloned it has it, and what it says of itself."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def git(*words, text=b""):
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", *words], input=text, check=True,
                          stdout=subprocess.PIPE).stdout


def clone(folder):
    """`git clone`, with what is not committed yet of the files that git knows."""
    git("/", "clone", "-q", f"file://{ROOT}", str(folder))
    if changed := git(ROOT, "diff", "--binary", "HEAD"):
        git(str(folder), "apply", text=changed)


def scripts(chapter):
    """The commands of a chapter of the README, a text for each block."""
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        text = file.read().split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def recipe(path):
    """The commands in the remarks at the top of a file: what is indented there."""
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        head = re.match(r"(?:#.*\n)*", file.read()).group()
    return "".join(f"{line}\n" for line in re.findall(r"^#   ( *\S.*)$", head, re.MULTILINE))


def version():
    """Of the whole, from the one place where it stands."""
    with open(f"{ROOT}/docker/Dockerfile", encoding="utf-8") as file:
        return re.search(r"^ARG VERSION=(.+)$", file.read(), re.MULTILINE).group(1)
