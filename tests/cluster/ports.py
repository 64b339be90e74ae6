"""Ports that nobody listens on, below those that the system gives away by itself."""

import itertools
import random
import socket

candidates = itertools.count(random.randrange(15_000, 30_000))


def free_ports(count):
    found = []
    while len(found) < count:
        port = next(candidates)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    return found
