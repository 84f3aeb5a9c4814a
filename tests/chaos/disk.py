"""What the library disk.so recorded, and the states that a power failure may leave of it."""
import json
import os
import random
import subprocess

PAGE, SECTOR = 4096, 512
ABSENT = object()    # the image of a file that is not there


class Log:
    """The records of NUTGRAF_DISK_LOG: self.records is [(end in the log, letter, offset, bytes)]."""

    def __init__(self, path):
        with open(path, "rb") as file:
            text = file.read()
        self.records = []
        at = 0
        while at + 17 <= len(text):
            offset = int.from_bytes(text[at + 1:at + 9], "little")
            size = int.from_bytes(text[at + 9:at + 17], "little")
            data = text[at + 17:at + 17 + size]
            at += 17 + size
            self.records.append((at, chr(text[at - 17 - size]), offset, data))


def put(image, offset, data):
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset:offset + len(data)] = data


class Disk:
    """A file on a disk that keeps only what was synced; feed() it records in order.

    is_deaf: a disk that ignores every sync. A check that it passes proves nothing.
    """

    def __init__(self, is_deaf=False):
        self.synced = bytearray()
        self.pending = []         # (offset, bytes), not synced, in pieces of a page
        self.is_deaf = is_deaf
        self.is_named = False     # it was moved to its name …
        self.is_kept = False      # … and its folder was synced since

    def feed(self, letter, offset, data):
        if letter in "WD":
            for start in range(0, len(data), PAGE):
                self.pending.append((offset + start, data[start:start + PAGE]))
        elif letter == "T":
            raise ValueError("data.mdb was cut; this disk does not know how")
        elif letter == "R":
            self.is_named = True
        elif letter == "F":
            self.is_kept = self.is_named
        elif self.is_deaf:
            pass
        elif letter == "S":
            self.settle(lambda piece: True)
        elif letter == "d":
            self.settle(lambda piece: piece[0] == offset)

    def settle(self, is_synced):
        for piece in self.pending:
            if is_synced(piece):
                put(self.synced, *piece)
        self.pending = [piece for piece in self.pending if not is_synced(piece)]

    def choices(self, dice, count):
        """Up to `count` legal sets of pieces that reached the disk by themselves."""
        pieces = range(len(self.pending))
        yield ()
        if not self.pending:
            return
        yield tuple(pieces)
        systematic = [tuple(pieces[:i]) for i in range(1, len(pieces))]
        systematic += [tuple(p for p in pieces if p != i) for i in pieces]
        systematic += [(i,) for i in pieces]
        dice.shuffle(systematic)
        yield from systematic[:count // 2]
        for _ in range(count // 2):
            yield tuple(p for p in pieces if dice.random() < 0.5)

    def image(self, chosen):
        image = bytearray(self.synced)
        for i in chosen:
            put(image, *self.pending[i])
        return image

    def torn(self, dice):
        """Each sector of each piece arrived or did not; the file has its new length or the old."""
        image = bytearray(self.synced)
        for offset, data in self.pending:
            for start in range(0, len(data), SECTOR):
                if dice.random() < 0.5:
                    put(image, offset + start, data[start:start + SECTOR])
        end = max((offset + len(data) for offset, data in self.pending), default=0)
        if dice.random() < 0.5 and end > len(image):
            image.extend(bytes(end - len(image)))
        return image


class Reader:
    """store_reader: what a starting broker finds in a store."""

    def __init__(self, program, pipeline, folder):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.process = subprocess.Popen([program, pipeline], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def look(self, image):
        """image: the bytes of data.mdb, ABSENT, or None: keep what lies there."""
        if image is ABSENT:
            if os.path.exists(f"{self.folder}/data.mdb"):
                os.remove(f"{self.folder}/data.mdb")
        elif image is not None:
            with open(f"{self.folder}/data.mdb", "wb") as file:
                file.write(image)
        self.process.stdin.write(self.folder + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "store_reader crashed"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0


def states(log, seed, per_cut, is_deaf=False, cuts=None):
    """(end in the log, image, what reached the disk) for states at every record, or at `cuts`."""
    dice = random.Random(seed)
    disk = Disk(is_deaf)
    for end, letter, offset, data in log.records:
        disk.feed(letter, offset, data)
        if cuts is not None and end not in cuts:
            continue
        if not disk.is_kept:
            yield end, ABSENT, "no file"
        for chosen in disk.choices(dice, per_cut) if disk.is_named else ():
            yield end, disk.image(chosen), chosen
        for _ in range(per_cut // 2 if disk.pending and disk.is_named else 0):
            yield end, disk.torn(dice), "torn"
