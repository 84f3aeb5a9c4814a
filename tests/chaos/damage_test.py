"""Flipped bits on disk, in bodies and in the records of jobs: each is noticed, the article it hit is
mended, buried or reported by its id, and all others go on.

FLIPS says how many single bits (default 12), SEED which.
"""
import json
import os
import random
import zlib

import pytest

from chaos.load import STAGES, Load, body_of, key_of
from chaos.watched import Watched

FLIPS = int(os.environ.get("FLIPS", "12"))
SEED = int(os.environ.get("SEED", "1"))
COUNT = 24
RECORD = 64


@pytest.fixture(scope="module")
def full(tmp_path_factory, programs):
    """(the data.mdb of a store with COUNT articles before the first stage, their ids)"""
    system = Watched(tmp_path_factory.mktemp("full"), programs)
    process = system.start_broker()
    load = Load(system.broker_options, system.log, stages=[])
    try:
        load.run(COUNT, process, sinks=0)
    finally:
        load.close()
    system.stop(process)
    with open(f"{system.folder}/store/data.mdb", "rb") as file:
        return file.read(), list(load.ledger.confirmed)


def places(image, word):
    at = image.find(word)
    while at >= 0:
        yield at
        at = image.find(word, at + 1)


def records_of(image, name):
    """Where job records of that article lie, those of freed pages too."""
    for at in places(image, key_of(name)):
        record = image[at - 8:at - 8 + RECORD]
        if int.from_bytes(record[:4], "little") == zlib.crc32(record[4:]):
            yield at - 8


def bodies_of(image, name):
    """Where the label and the first bytes of that article lie."""
    return places(image, name.encode() + body_of(name)[:40])


def flip(image, starts, bits):
    damaged, found = bytearray(image), 0
    for start in starts:
        found += 1
        for bit in bits:
            damaged[start + bit // 8] ^= 1 << bit % 8
    assert found, "nothing to flip"
    return bytes(damaged)


class Restarted:
    """A broker on an image of a store."""

    def __init__(self, folder, programs, image):
        self.system = Watched(folder, programs)
        os.makedirs(f"{folder}/store", mode=0o700)
        with open(f"{folder}/store/data.mdb", "wb") as file:
            file.write(image)
        self.process = self.system.start_broker()

    def ask(self, *words):
        status, output, notes = self.system.ask(*words, "--json")
        assert status in (0, 1), notes
        return [json.loads(line) for line in output.splitlines() if line.strip()]

    def log(self):
        return self.system.log_of(self.process)

    def drain(self):
        """Works until nothing is queued; the ids that reached the sink."""
        load = Load(self.system.broker_options, self.system.log)
        try:
            load.run_until(lambda: self.ask("status")[0]["queued"] == 0, self.process)
        finally:
            load.close()
        return set(load.ledger.sunk)


def ends(name):
    """Whether that article reaches the sink if nothing is wrong with it."""
    return int(name.split("-")[1]) % 7 != 3


def test_one_flipped_bit_in_a_job_record_is_mended(tmp_path, programs, full):
    image, names = full
    dice = random.Random(SEED)
    for turn in range(FLIPS):
        name, bit = dice.choice(names), dice.randrange(8 * RECORD)
        broker = Restarted(tmp_path / f"{turn}", programs,
                           flip(image, records_of(image, name), [bit]))
        assert "job record mended" in broker.log(), (name, bit)
        status = broker.ask("status")[0]
        assert (status["queued"], status["damaged"]) == (COUNT, 0), (name, bit)
        broker.system.close()


def test_a_job_record_with_more_damage_is_set_aside_and_reported(tmp_path, programs, full):
    image, names = full
    dice = random.Random(SEED + 1)
    name = dice.choice([name for name in names if ends(name)])
    bits = [8 * 45 + 1, 8 * 5 + 2, 8 * 33]  # failures, state, time: the body can be found
    broker = Restarted(tmp_path / "a", programs, flip(image, records_of(image, name), bits))
    status = broker.ask("status")[0]
    assert (status["queued"], status["damaged"]) == (COUNT - 1, 1)
    assert "job set aside" in broker.log() and f'"{name}"' in broker.log()
    assert broker.drain() == {other for other in names if ends(other)} - {name}
    broker.system.stop(broker.process)
    broker.process = broker.system.start_broker()  # it is still there, and still reported
    assert broker.ask("status")[0]["damaged"] == 1
    broker.system.close()


def test_all_records_of_a_store_may_be_damaged(tmp_path, programs, full):
    image, names = full
    for name in names:
        image = flip(image, records_of(image, name), [7, 77, 177, 277, 377])
    broker = Restarted(tmp_path / "a", programs, image)
    status = broker.ask("status")[0]
    assert (status["queued"], status["damaged"]) == (0, COUNT)
    load = Load(broker.system.broker_options, broker.system.log)
    try:
        load.run(20, broker.process, first=5000)  # new ones do not overwrite what is set aside
    finally:
        load.close()
    broker.system.stop(broker.process)
    reader = broker.system.reader("store")
    assert reader.look(None)["damaged"] == COUNT
    reader.close()
    broker.system.close()


def test_a_flipped_bit_in_a_body_buries_that_article_by_its_id(tmp_path, programs, full):
    image, names = full
    dice = random.Random(SEED + 2)
    chosen = dice.sample([name for name in names if ends(name)], 3)
    for name in chosen:
        at = len(name) + dice.randrange(30)
        image = flip(image, bodies_of(image, name), [8 * at + dice.randrange(8)])
    broker = Restarted(tmp_path / "a", programs, image)
    assert broker.drain() == {name for name in names if ends(name)} - set(chosen)
    letters = {row["id"]: row["reason"] for row in broker.ask("dead-letters", "list")}
    for name in chosen:
        assert "damaged" in letters[name], letters
    broker.system.close()
