"""Many messages in one inbox: listing 500 of them, and opening again after a kill."""

import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from servers import memory_of, seconds_of, server
from settings import BUILT, BACKENDS, ROUNDS, STORED, bench, median, table, tell

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from mesh import RECEIVER, Client  # noqa: E402

NAMES = {"embedded": "SQLite and files", "postgresql": "PostgreSQL and S3"}


def fill(one):
    """What the store says of itself, before a server runs on it."""
    where = [one.command[-1]] if one.name == "embedded" else ["unused", one.postgresql.url]
    command = [BUILT / "measuring", "fill-inbox", where[0], str(STORED), *where[1:]]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(told.stdout)


def first_answer(one):
    """Starts a server; returns once it has listed ten messages."""
    one.start()
    with closing(Client(int(one.url.rsplit(":", 1)[1]), RECEIVER)) as client:
        status, _, answer = client.request("GET", "/inbox?max_results=10")
    assert status == 200 and len(json.loads(answer)["messages"]) == 10, (status, answer)


def reopen(one, database=None):
    """Seconds from the start of the process to its first answer; under load a moment before."""
    bench(one, "send", 16, seconds=1)
    one.kill()
    if database:
        database.stop()
    begun = time.perf_counter()
    if database:
        database.start()
    first_answer(one)
    return time.perf_counter() - begun


def seconds(values):
    return f"{median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def measure_home(backend, directory):
    one = server(backend, directory)
    try:
        return line(backend, one)
    finally:
        one.stop()


def line(backend, one):
    filled = fill(one)
    tell(f"{backend}: filled, {filled['per_second']} a second")
    first_answer(one)
    before = seconds_of(one.pid)
    lists = [bench(one, "list", 1)["list"] for _ in range(ROUNDS)]
    micros = (seconds_of(one.pid) - before) * 1e6 / sum(row["count"] for row in lists)
    after_kill = [reopen(one) for _ in range(ROUNDS)]
    memory = memory_of(one.pid, "VmRSS")
    tell(f"{backend}: opened after kill -9 in {seconds(after_kill)}")
    with_database = ""
    if backend == "postgresql":
        with_database = seconds([reopen(one, one.postgresql) for _ in range(ROUNDS)])

    def middle(name):
        return f"{median([row[name] for row in lists]):.3f}"

    return [NAMES[backend], f"{filled['per_second']:,}", f"{filled['catching_up_ms']:.0f}",
            f"{filled['list_p50_ms']:.3f}", f"{filled['list_p99_ms']:.3f}", middle("p50_ms"), middle("p99_ms"),
            f"{micros:.0f}", seconds(after_kill), with_database, f"{memory:.0f}"]


def measure(directory):
    print(f"{STORED:,} messages of 1 KB waiting in one inbox: listing the first 500 at the store and over HTTP on one "
          "connection, and from the start of the server to its first answer after `kill -9`.\n", flush=True)
    lines = [measure_home(backend, directory) for backend in BACKENDS if backend in NAMES]
    table(["backend", "filled a second", "lists caught up, longest step ms", "store p50 ms", "p99 ms",
           "HTTP p50 ms", "p99 ms", "server's processor µs a list", "opened after kill -9",
           "with PostgreSQL stopped hard too", "memory then, MB"], lines)
