"""Power failure: a disk that forgets all that was not synced loses no confirmed article.

A broker writes through disk.so, which records its writes and syncs. Of each moment of that record
the states are rebuilt that a power failure may leave: what was synced, and of the rest all, nothing,
each prefix, each piece alone or missing, some at random, torn at sectors. A new broker opens each,
and what it finds is held against the ledger: every confirmed id, with its body, no other.

STATES says how many states to look at (default 1500), SEED which.
"""
import hashlib
import os
import random

import pytest

from chaos.disk import ABSENT, Log, lay_out, states
from chaos.load import Load
from chaos.watched import Watched, run_load

STATES = int(os.environ.get("STATES", "1500"))
SEED = int(os.environ.get("SEED", "1"))
STEPS = ["commit_begin", "commit_written", "commit_synced", "commit_finished"]
CHECKPOINT_STEPS = ["checkpoint_begin", "checkpoint_written", "checkpoint_synced"]


def examine(system, ledger, wanted, is_deaf=False, last_only=False):
    """(how many distinct states were looked at, the first faults)."""
    log = Log(system.log)
    ends = [record[0] for record in log.records]
    dice = random.Random(SEED)
    cuts = set(ends[-12:]) if last_only else None
    per_cut = max(2, wanted // max(1, len(cuts or ends)))
    if not last_only and len(ends) > wanted // 4:
        cuts = set(dice.sample(ends, wanted // 4)) | set(ends[:12])
        per_cut = 4
    seen, faults = set(), []
    reader = system.reader()
    try:
        for end, image, chosen in states(log, SEED, per_cut, is_deaf, cuts):
            key = (end, *(hashlib.blake2b(data).digest()
                          for data in ([] if image is ABSENT else image.values())))
            if key not in seen:
                seen.add(key)
                faults += [f"at {end}, {chosen}: {text}"
                           for text in ledger.faults(reader.look(image), end)]
            if len(faults) > 20 or len(seen) >= wanted:
                break
    finally:
        reader.close()
    return len(seen), faults


def test_a_power_failure_at_any_moment_loses_no_confirmed_article(tmp_path, programs):
    system = Watched(tmp_path, programs)
    ledger, _ = run_load(system, 60 + STATES // 20)
    count, faults = examine(system, ledger, STATES)
    print(f"{count} states of {len(ledger.confirmed)} confirmed, {len(ledger.sunk)} in the sink")
    assert not faults, "\n".join(faults)
    assert count >= STATES // 2 and len(ledger.sunk) > 5


def test_the_check_sees_a_disk_that_lies(tmp_path, programs):
    system = Watched(tmp_path, programs)
    ledger, _ = run_load(system, 30)
    _, faults = examine(system, ledger, 200, is_deaf=True)
    assert any("lost" in fault or "does not open" in fault for fault in faults)


@pytest.mark.parametrize("step", STEPS + CHECKPOINT_STEPS)
def test_a_power_failure_at_a_named_step(tmp_path, programs, step):
    count = 0
    for turn in (1, 2, 15) if step in STEPS else (1, 2, 3):
        folder = tmp_path / str(turn)
        system = Watched(folder, programs, {"NUTGRAF_CRASH_AT": f"{step}:{turn}"}, store_mb=16)
        ledger, process = run_load(system, 1000)
        assert process.returncode == 137, system.log_of(process)
        looked, faults = examine(system, ledger, 20 + STATES // 20, last_only=True)
        count += looked
        assert not faults, "\n".join(faults)
    print(f"{step}: {count} states")


def test_a_broker_goes_on_from_what_a_power_failure_left(tmp_path, programs):
    """A second broker works on a state of the first one, and its own disk is cut again."""
    first = Watched(tmp_path / "first", programs)
    ledger, _ = run_load(first, 40)
    log = Log(first.log)
    middle = log.records[len(log.records) * 2 // 3][0]
    state = list(states(log, SEED, 6, cuts={middle}))[-1]
    second = Watched(tmp_path / "second", programs)
    os.makedirs(f"{second.folder}/store", mode=0o700)
    lay_out(f"{second.folder}/store", state[1])
    process = second.start_watched()
    load = Load(second.broker_options, second.log)
    load.ledger.put += ledger.put
    try:
        load.run(30, process, first=1000)
    finally:
        load.close()
    second.kill(process)
    look = second.reader("store")
    seen = look.look(None)
    look.close()
    assert "fault" not in seen, seen
    there = {row[0] for row in seen["jobs"]} | set(ledger.sunk) | set(load.ledger.sunk)
    lost = [name for name, at in ledger.confirmed.items() if at <= middle and name not in there]
    lost += [name for name in load.ledger.confirmed if name not in there]
    assert not lost
