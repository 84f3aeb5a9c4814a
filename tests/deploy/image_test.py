"""The image: what it says of itself, what it adds to its base, and that it can be made again."""
import contextlib
import glob
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile

import pytest

from deploy import tree
from deploy.figures import tell
from deploy.images import built
from deploy.stack import BASE, ROOT, call

ADDED_MAX = 120e6  # bytes


def inspect(image, template):
    return json.loads(call("docker", "image", "inspect", "-f", f"{{{{json {template}}}}}", image))


def test_it_runs_as_nobody_says_what_it_is_and_is_small(image):
    labels = inspect(image, ".Config.Labels")
    assert labels["org.opencontainers.image.title"] == "nutgraf"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == tree.version()
    said = call("docker", "run", "--rm", "--network", "none", image, "nutgraf", "--version")
    assert said == f"nutgraf {tree.version()}\n"
    assert inspect(image, ".Config.User") == "10001:10001"
    added = inspect(image, ".Size") - inspect(BASE, ".Size")
    tell(f"the image adds {added / 1e6:.1f} MB to its base")
    assert added <= ADDED_MAX
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        said = re.search(r"The image adds (\d+) MB", file.read()).group(1)
    assert abs(int(said) - added / 1e6) < 2


@pytest.mark.parametrize("stage", ["clean", "tag", "summarise"])
def test_it_answers_what_the_tree_answers(image, programs, stage):
    """All cases: character sets, languages and all else that asks for a part of the trimmed ICU."""
    lines = ""
    for path in sorted(glob.glob(f"{ROOT}/tests/cases/{stage}/*/in.json")):
        with open(path, encoding="utf-8") as file:
            lines += json.dumps(json.load(file)) + "\n"
    there = call("docker", "run", "--rm", "-i", "--network", "none", image,
                 f"nutgraf-{stage}", "--filter", text=lines)
    here = call(os.path.join(programs, f"nutgraf-{stage}"), "--filter", text=lines)
    assert there == here and there.count("\n") == lines.count("\n") > 10


def test_built_again_elsewhere_without_a_cache_it_has_the_same_layers(image, tmp_path):
    """The tree lies in another place, and its files have other times and modes."""
    tree.clone(tmp_path)
    call("find", tmp_path, "-exec", "touch", "-d", "1 hour ago", "{}", "+")
    call("chmod", "-R", "go=", tmp_path)
    with built(image.replace(":", "-again:")) as again:
        call("docker/build.sh", "--no-cache", cwd=tmp_path, NUTGRAF_IMAGE=again)
        layers = [inspect(each, ".RootFS.Layers") for each in (image, again)]
        assert layers[0] == layers[1], differences(image, again)


def differences(one, other):
    """The first files that are not the same in both, with what each image has there."""
    ours, theirs = contents(one), contents(other)
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    return "\n".join(f"{name}: {ours.get(name)}, {theirs.get(name)}" for name in names[:20])


def contents(image):
    """Of each file in a layer: time, mode, owner, and a digest of what is in it."""
    found = {}
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as save, \
            tarfile.open(fileobj=save.stdout, mode="r|") as archive:
        for member in archive:
            data = archive.extractfile(member).read() if member.isreg() else b""
            with contextlib.suppress(tarfile.ReadError), \
                    tarfile.open(fileobj=io.BytesIO(data)) as layer:
                found.update((file.name, facts(layer, file)) for file in layer)
    return found


def facts(layer, file):
    data = layer.extractfile(file).read() if file.isreg() else file.linkname.encode()
    return file.mtime, oct(file.mode), file.uid, file.gid, hashlib.sha256(data).hexdigest()[:12]
