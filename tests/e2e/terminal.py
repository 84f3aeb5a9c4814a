"""A program on a pseudo-terminal, and what a person sees there."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time


class Terminal:
    def __init__(self, command, env=None, rows=24, columns=80, cwd=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave  # kept open, so that its modes can be looked at in the end
        self.text = ""
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env,
                                        cwd=cwd, start_new_session=True)

    def read(self, seconds=0.1):
        """All that has come, and comes within that time."""
        end = time.monotonic() + seconds
        while select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
            self.text += os.read(self.master, 65536).decode(errors="replace")
        return self.text

    def wait_for(self, words, seconds=30):
        end = time.monotonic() + seconds
        while words not in self.read():
            assert time.monotonic() < end, f"never seen: {words!r}\n{self.text}"

    def type(self, keys):
        self.text = ""  # what is seen from now on
        os.write(self.master, keys.encode())

    def wait(self, seconds=30):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            self.read(0.05)
            assert time.monotonic() < end, f"still runs\n{self.text}"
        self.read(0)
        return self.process.returncode

    def is_as_before(self):
        return termios.tcgetattr(self.slave)[3] == self.before[3]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def plain(text):
    """The text without what steers the terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
