"""What the library disk.so recorded, and the states that a power failure may leave of it."""
import json
import os
import random
import subprocess

PAGE, SECTOR = 4096, 512
ABSENT = object()    # the image of a store that is not there
DATA, JOURNAL = "data.mdb", "journal"
NAMES = [DATA, JOURNAL]    # by the number that the record of a write has


class Log:
    """The records of NUTGRAF_DISK_LOG.

    self.records is [(end in the log, letter, name of the file, offset, bytes)].
    """

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
            name, offset = NAMES[offset >> 56], offset & ((1 << 56) - 1)
            self.records.append((at, chr(text[at - 17 - size]), name, offset, data))


def put(image, offset, data):
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset:offset + len(data)] = data


class Disk:
    """The files of a store on a disk that keeps only what was synced; feed() it records in order.

    is_deaf: a disk that ignores every sync. A check that it passes proves nothing. An image is a
    dict from the name of a file to its bytes.
    """

    def __init__(self, is_deaf=False):
        self.synced = {DATA: bytearray(), JOURNAL: bytearray()}
        self.pending = []         # (name, offset, bytes), not synced, in pieces of a page
        self.is_deaf = is_deaf
        self.is_named = False     # data.mdb was moved to its name …
        self.is_kept = False      # … and its folder was synced since
        self.has_journal = False  # … with a journal in it

    def feed(self, letter, name, offset, data):
        if letter in "WD":
            for start in range(0, len(data), PAGE):
                self.pending.append((name, offset + start, data[start:start + PAGE]))
        elif letter == "T":
            raise ValueError(f"{name} was cut; this disk does not know how")
        elif letter == "R":
            self.is_named = True
        elif letter == "F":
            self.is_kept = self.is_named
            self.has_journal = name == JOURNAL
        elif self.is_deaf:
            pass
        elif letter == "S":
            self.settle(lambda piece: piece[0] == name)
        elif letter == "d":
            self.settle(lambda piece: piece[:2] == (name, offset))

    def settle(self, is_synced):
        for name, *piece in filter(is_synced, self.pending):
            put(self.synced[name], *piece)
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

    def start(self):
        image = {name: bytearray(data) for name, data in self.synced.items()}
        if not self.has_journal:    # its name was never synced
            image[JOURNAL].clear()
        return image

    def image(self, chosen):
        image = self.start()
        for i in chosen:
            name, *piece = self.pending[i]
            put(image[name], *piece)
        return image

    def torn(self, dice):
        """Each sector of each piece arrived or did not; the file has its new length or the old."""
        image = self.start()
        for name, offset, data in self.pending:
            for start in range(0, len(data), SECTOR):
                if dice.random() < 0.5:
                    put(image[name], offset + start, data[start:start + SECTOR])
        end = max((offset + len(data) for name, offset, data in self.pending if name == DATA),
                  default=0)
        if dice.random() < 0.5 and end > len(image[DATA]):
            image[DATA].extend(bytes(end - len(image[DATA])))
        return image


def lay_out(folder, image):
    """Puts the files of an image into a folder, and removes what it lacks."""
    for name in NAMES:
        path = f"{folder}/{name}"
        if image is ABSENT or not image[name]:
            if os.path.exists(path):
                os.remove(path)
        else:
            with open(path, "wb") as file:
                file.write(image[name])


class Reader:
    """store_reader: what a starting broker finds in a store."""

    def __init__(self, program, pipeline, folder):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.process = subprocess.Popen([program, pipeline], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def look(self, image):
        """image: the files of a store, ABSENT, or None: keep what lies there."""
        if image is not None:
            lay_out(self.folder, image)
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
    for end, *record in log.records:
        disk.feed(*record)
        if cuts is not None and end not in cuts:
            continue
        if not disk.is_kept:
            yield end, ABSENT, "no file"
        for chosen in disk.choices(dice, per_cut) if disk.is_named else ():
            yield end, disk.image(chosen), chosen
        for _ in range(per_cut // 2 if disk.pending and disk.is_named else 0):
            yield end, disk.torn(dice), "torn"
