"""Images that tests build, and that nothing of them is left."""
import contextlib
import json
import time

from deploy.stack import call


def unnamed():
    """What a build leaves of its first stages."""
    return set(call("docker", "image", "ls", "-q", "-f", "dangling=true",
                    "-f", "label=stage=nutgraf-build").split())


def cached():
    """What BuildKit keeps for the next build. An engine counts for one who asks at a time."""
    said = ""
    for _ in range(60):
        said = said or call("docker", "system", "df", "-v", "--format", "{{json .BuildCache}}",
                            may_fail=True)
        time.sleep(0 if said else 1)
    return {each["ID"] for each in json.loads(said) or []}


def forget(kept):
    """Takes all but these out of BuildKit's cache; a record only once none rests on it."""
    left = cached() - kept
    while left:
        for record in left:
            call("docker", "builder", "prune", "-a", "-f", "--filter", f"id={record}", may_fail=True)
        before, left = left, cached() - kept
        if left == before:
            break


@contextlib.contextmanager
def built(name):
    """The image of that name, built inside, goes afterwards with all that its build left."""
    images, records = unnamed(), cached()
    try:
        yield name
    finally:
        call("docker", "image", "rm", "-f", name, may_fail=True)
        if left := unnamed() - images:
            call("docker", "image", "rm", "-f", *left, may_fail=True)
        forget(records)
