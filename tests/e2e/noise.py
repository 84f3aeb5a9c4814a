"""Strangers who connect to a door and say what is no message."""
import os
import resource
import socket

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47)
NOISE = [b"", b"\xff", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(512), GREETING[:11],
         GREETING, GREETING + b"\x04\xc8\x05HELLO\x01" + os.urandom(198),
         GREETING + b"\x06" + b"\xff" * 8 + os.urandom(64),
         b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48) + b"\x04\x26\x05READY" + bytes(32)]


def free_ports(count):
    """Ports of the loopback that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def make_noise(ports, connections, failures):
    """Connects, says something wrong, and goes; every 30th stays and says nothing more."""
    held = []
    try:
        for i in range(connections):
            one = socket.create_connection(("127.0.0.1", ports[i % len(ports)]), timeout=10)
            one.sendall(NOISE[i % len(NOISE)])
            if i % 30 == 0:
                held.append(one)
            else:
                one.close()
    except OSError as fault:
        failures.append(f"after {i} connections: {fault}")
    for one in held:
        one.close()


def crowd(ports, wanted):
    """So many connections at once, or as many as this process may have, which say nothing."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return [socket.create_connection(("127.0.0.1", ports[i % len(ports)]), timeout=20)
            for i in range(min(wanted, most - 500))]
