"""Includes point one way, and a foreign library has one door."""
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

# Which of our headers a room may include: folders, or single headers. "." is the own folder.
STAGE = {".", "runtime", "text", "encoder", "proto/article.h", "proto/fault.h"}
ROOMS = {
    "proto": {"."},
    "text": {".", "proto/fault.h"},
    "encoder": {".", "text", "proto/fault.h"},
    "runtime": {".", "proto"},
    "broker": {".", "runtime", "proto/envelope.h", "proto/blob.h", "proto/bytes.h",
               "proto/fault.h"},
    "client": {".", "runtime", "text", "proto"},
    "gateway": {".", "runtime", "text", "proto"},
}

# Headers that a kind of room must not reach, not even through another header.
NEVER = {
    "broker": ("proto/article.h",),
    "stage": ("proto/envelope.h",),
}

# Foreign headers, and the files that may include them.
DOORS = {
    r"zmq.*\.h": r"services/runtime/link\w*\.c",
    r"curl/.*": r"services/runtime/http\.c",
    r"lmdb\.h": r"services/broker/store_(?!amqp)\w+\.[ch]",  # what stands behind store.h
    r"(rabbitmq-c/.*|amqp\w*\.h)": r"services/broker/store_amqp\w*\.c",
    r"(oneapi/.*|dnnl.*)": r"services/encoder/\w+\.c",
    r"microhttpd\.h": r"services/gateway/\w+\.c",
}


def sources(tree):
    """{path: [(bracket, header)]} of every C file outside the tests, tables (.inc) too."""
    found = {}
    for top in ("proto", "services"):
        for folder, _, names in os.walk(os.path.join(tree, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".inc")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        found[os.path.relpath(path, tree)] = INCLUDE.findall(file.read())
    return found


def room_of(path):
    """proto/x.h → proto, services/tag/x.c → tag."""
    return path.split("/")[0 if path.startswith("proto/") else 1]


def file_of(header):
    """The path of a rooted include: proto/ is at the top, the other rooms in services/."""
    return header if header.startswith("proto/") else f"services/{header}"


def reached(found, path, seen=None):
    """All of our headers that a file includes, directly or not."""
    seen = set() if seen is None else seen
    for bracket, header in found.get(path, []):
        if bracket == '"' and header not in seen:
            seen.add(header)
            reached(found, file_of(header), seen)
    return seen


def check_direction(found, path, header):
    room = room_of(path)
    allowed = ROOMS.get(room, STAGE)
    target = header.split("/")[0]
    if file_of(header) not in found:
        return f"{path}: \"{header}\" is no header of this tree, rooted"
    if (target == room and "." in allowed) or target in allowed or header in allowed:
        return None
    return f"{path}: {room} must not know {header}"


def check_doors(path, header):
    for library, door in DOORS.items():
        if re.fullmatch(library, header) and not re.fullmatch(door, path):
            return f"{path}: <{header}> has one door, {door}"
    return None


def check_reach(found, path):
    room = room_of(path)
    kind = room if room in ROOMS else "stage"
    for header in NEVER.get(kind, ()):
        if header in reached(found, path):
            yield f"{path}: reaches {header}"


def check_first(found, path):
    own = path[:-2].removeprefix("services/") + ".h"
    if path.endswith(".c") and file_of(own) in found and found[path][:1] != [('"', own)]:
        return f"{path}: its own header does not come first"
    return None


def violations(tree):
    found = sources(tree)
    faults = []
    for path, includes in found.items():
        for bracket, header in includes:
            faults.append(check_direction(found, path, header) if bracket == '"' else None)
            faults.append(check_doors(path, header))
        faults.extend(check_reach(found, path))
        faults.append(check_first(found, path))
    return [fault for fault in faults if fault]


def test_the_tree_keeps_the_rules():
    assert len(sources(ROOT)) > 20
    assert violations(ROOT) == []


SOUND = {
    "proto/article.h": "",
    "proto/envelope.h": "",
    "proto/fault.h": "",
    "services/runtime/link.h": '#include "proto/envelope.h"',
    "services/runtime/link.c": '#include "runtime/link.h"\n#include <zmq.h>',
    "services/runtime/stage.h": '#include "proto/article.h"',
    "services/text/utf8.h": '#include "proto/fault.h"',
    "services/broker/job.h": '#include "proto/envelope.h"\n#include "runtime/link.h"',
    "services/tag/rules.h": "",
    "services/tag/stage.c": '#include "runtime/stage.h"\n#include "tag/rules.h"',
    "services/clean/stage.c": '#include "runtime/stage.h"\n#include "text/utf8.h"',
}

PLANTED = {
    "proto knows runtime": ("proto/fault.h", '#include "runtime/link.h"'),
    "text knows the article": ("services/text/utf8.h", '#include "proto/article.h"'),
    "runtime knows a stage": ("services/runtime/link.h", '#include "tag/rules.h"'),
    "a stage knows a stage": ("services/clean/stage.c", '#include "tag/rules.h"'),
    "a stage sees an envelope": ("services/tag/rules.h", '#include "runtime/link.h"'),
    "the broker knows the article": ("services/broker/job.h", '#include "proto/article.h"'),
    "… through a header": ("services/broker/job.h", '#include "runtime/stage.h"'),
    "zmq by another door": ("services/runtime/worker.c", "#include <zmq.h>"),
    "zmq by a header": ("services/runtime/link_keys.h", "#include <zmq.h>"),
    "curl by another door": ("services/tag/stage.c", "  #  include <curl/curl.h>"),
    "lmdb by another door": ("services/broker/job.h", "#include <lmdb.h>"),
    "dnnl by another door": ("services/tag/stage.c", '#include "oneapi/dnnl/dnnl.h"'),
    "an include that is not rooted": ("services/tag/stage.c", '#include "rules.h"'),
    "the own header comes second": ("services/runtime/link.c",
                                    '#include <zmq.h>\n#include "runtime/link.h"'),
}


def plant(tree, files):
    for path, text in files.items():
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def test_a_sound_tree_passes(tmp_path):
    plant(tmp_path, SOUND)
    assert violations(tmp_path) == []


@pytest.mark.parametrize("promise", PLANTED)
def test_a_planted_violation_is_found(tmp_path, promise):
    path, text = PLANTED[promise]
    plant(tmp_path, SOUND)
    plant(tmp_path, {path: text})
    assert any(fault.startswith(f"{path}:") for fault in violations(tmp_path))
