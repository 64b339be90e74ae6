"""A large message there and back, beside a copy of a file of its size."""

import os
import subprocess
import time
from contextlib import ExitStack

from servers import memory_of, server
from settings import CHUNK, BACKENDS, LARGE, ROUNDS, bench, median, sync, table, tell

NAMES = {"embedded": "SQLite and files", "postgresql": "PostgreSQL and the tests' S3 server"}


def random_file(path):
    with open(path, "wb") as file:
        left = LARGE
        while left:
            left -= file.write(os.urandom(min(left, 1 << 20)))
        os.fsync(file.fileno())


def copy(directory):
    """MB/s of `cp FILE COPY && sync COPY`, and of the `cp` in it."""
    copied = directory / "copy"
    sync()
    begun = time.perf_counter()
    subprocess.run(["cp", "--reflink=never", directory / "file", copied], check=True)
    there = time.perf_counter()
    subprocess.run(["sync", copied], check=True)
    durable = time.perf_counter()
    copied.unlink()
    return LARGE / 1e6 / (durable - begun), LARGE / 1e6 / (there - begun)


def there_and_back(running):
    sync()
    rows = bench(running, "large", 1, "--large-size", str(LARGE), "--chunk-size", str(CHUNK))
    return rows["upload"]["megabytes_per_second"], rows["download"]["megabytes_per_second"]


def line(name, turns, copies, memory):
    up, down = zip(*turns)
    with_sync, alone = zip(*copies)

    def of(mine, theirs):
        return f"{median([one / other for one, other in zip(mine, theirs)]):.2f}"

    return [name, f"{median(up):.0f}", of(up, with_sync), f"{median(down):.0f}", of(down, with_sync), of(down, alone),
            f"{memory:.0f}"]


def measure(directory):
    print(f"One message of {LARGE / 1e6:,.0f} MB in chunks of {CHUNK / 1e6:,.1f} MB, sent and downloaded on one "
          "connection, every byte compared.\n", flush=True)
    random_file(directory / "file")
    backends = [backend for backend in BACKENDS if backend in NAMES]
    copies, turns = [], {backend: [] for backend in backends}
    with ExitStack() as stack:
        running = {}
        for backend in backends:
            one = server(backend, directory)
            stack.callback(one.stop)
            running[backend] = one.start()
        for number in range(ROUNDS):
            copies.append(copy(directory))
            tell(f"round {number + 1}, cp and sync: {copies[-1][0]:.0f} MB/s")
            for backend in backends:
                turns[backend].append(there_and_back(running[backend]))
                tell("round {}, {}: {:.0f} MB/s up, {:.0f} down".format(number + 1, backend, *turns[backend][-1]))
        lines = [line(NAMES[backend], turns[backend], copies, memory_of(running[backend].pid, "VmHWM")) for backend in backends]
    with_sync, alone = (median(column) for column in zip(*copies))
    print(f"`cp` and `sync` {with_sync:.0f} MB/s, the `cp` alone {alone:.0f} MB/s.\n")
    table(["backend", "up MB/s", "of cp and sync", "down MB/s", "of cp and sync", "of cp alone", "server's peak MB"], lines)
