"""Durable sends of 1 KB over every backend in turn."""

import resource
from contextlib import ExitStack
from dataclasses import dataclass

from servers import seconds_of, server
from settings import CONNECTIONS, BACKENDS, ROUNDS, SECONDS, bench, median, sync, table, tell

NAMES = {
    "embedded": "SQLite and files",
    "control": "SQLite and files, in the program of the next two",
    "nothing": "the same server, storing nothing",
    "raw-log": "the same server over an append+fdatasync log",
    "postgresql": "PostgreSQL and S3",
    "mesh-sandbox": "mesh-sandbox 1.0.137, in memory",
}


@dataclass
class Turn:
    rate: float
    p50: float
    p99: float
    micros: float
    helpers: float
    generator: float


def seconds_of_all(pids):
    return sum(seconds_of(pid) for pid in pids)


def seconds_of_generators():
    """Of every load generator that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def turn(running, connections):
    sync()
    generated_before = seconds_of_generators()
    helpers = running.helpers()
    before, helped_before = seconds_of(running.pid), seconds_of_all(helpers)
    row = bench(running, "send", connections)["send"]
    used = seconds_of(running.pid) - before
    helped = seconds_of_all(helpers) - helped_before
    generated = seconds_of_generators() - generated_before
    a_send = 1e6 / row["count"]
    return Turn(row["per_second"], row["p50_ms"], row["p99_ms"], used * a_send, helped * a_send, generated * a_send)


def start(stack, directory):
    """Every backend that can be had here."""
    running = {}
    for backend in BACKENDS:
        try:
            one = server(backend, directory)
            stack.callback(one.stop)
            running[backend] = one.start()
        except RuntimeError as error:
            tell(f"left out: {error}")
    return running


def rounds(running, connections):
    turns = {backend: [] for backend in running}
    backends = list(running)
    for number in range(ROUNDS):
        # whoever goes first goes last in the next round
        for backend in backends[number % len(backends):] + backends[:number % len(backends)]:
            turns[backend].append(turn(running[backend], connections))
            tell(f"{connections} connections, round {number + 1}, {backend}: {turns[backend][-1].rate:.0f} a second")
    return turns


def ratio(turns, backend, other):
    """The median of the rounds' own ratios."""
    if other not in turns or backend == other:
        return ""
    pairs = zip(turns[backend], turns[other])
    value = median([mine.rate / theirs.rate for mine, theirs in pairs])
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def line(turns, backend, connections):
    def middle(name):
        return median([getattr(turn, name) for turn in turns[backend]])

    micros = f"{middle('micros'):.0f}"
    if middle("helpers"):
        micros += f" + {middle('helpers'):.0f} in PostgreSQL"
    rates = [turn.rate for turn in turns[backend]]
    return [connections, NAMES.get(backend, backend), f"{middle('rate'):,.0f}", f"{min(rates):,.0f}, {max(rates):,.0f}",
            f"{middle('p50'):.2f}", f"{middle('p99'):.2f}", micros, f"{middle('generator'):.0f}",
            *[ratio(turns, backend, other) for other in ("nothing", "raw-log", "mesh-sandbox")]]


def measure(directory):
    print(f"Durable sends of 1 KB, every check on, turns of {SECONDS} s in turn; server and load generator share "
          "the machine.\n", flush=True)
    lines = []
    with ExitStack() as stack:
        running = start(stack, directory)
        for one in running.values():
            bench(one, "send", 16, seconds=1)
        for connections in CONNECTIONS:
            turns = rounds(running, connections)
            lines += [line(turns, backend, connections) for backend in turns]
    table(["connections", "backend", "a second", "from, to", "p50 ms", "p99 ms", "server's processor µs a send",
           "load generator's", "of storing nothing", "of the log", "times mesh-sandbox"], lines)
