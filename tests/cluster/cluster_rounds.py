"""Parts of a cluster die under load: `cluster_rounds.py RESTANTE GARAGE [--rounds N] [--only EVENT...]`. See scripts/cluster-rounds."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from load import SIZES, Load
from site_of_cluster import start
from too_few import TooFew

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from books import Books, inspect  # noqa: E402
from mesh import RECEIVER  # noqa: E402

BEFORE = 6  # seconds of load before an event
AFTER = 8  # and once both kinds of messages are accepted again
AWAY = 5  # seconds until what was killed is back or replaced, as told in the tables
PATIENCE = 120  # seconds until what is not served again counts as lost


class Rounds:
    def __init__(self, cluster):
        self.cluster, self.books = cluster, Books()

    # What may happen. Each returns when all is there again.

    def primary(self):
        """PostgreSQL's primary is killed, the standby promoted 5 s later"""
        self.cluster.pair.fail_over(AWAY)

    def standby(self):
        """a new standby is made and joins"""
        self.cluster.pair.follow()

    def other_node(self):
        """a Garage node that no server asks is killed, and back 5 s later"""
        self.node_away(2)

    def asked_node(self):
        """the Garage node that one server asks is killed, and back 5 s later"""
        self.node_away(1)

    def two_nodes(self):
        """two of three Garage nodes are killed at once, and back 5 s later"""
        begun, nodes = time.monotonic(), self.cluster.garage.nodes[1:]
        for node in nodes:
            node.kill()
        too_few = TooFew(self.cluster, self.books)
        too_few.refuse()
        time.sleep(max(0, begun + AWAY - time.monotonic()))
        self.cluster.garage.start_again(nodes)
        too_few.go_on()

    def server(self):
        """one exchange server is killed, and back 5 s later"""
        self.cluster.site.servers[0].kill()
        time.sleep(AWAY)
        self.cluster.site.servers[0].start()

    def node_away(self, number):
        node = self.cluster.garage.nodes[number]
        node.kill()
        time.sleep(AWAY)
        self.cluster.garage.start_again([node])

    def round(self, number, names):
        """Load, the events one after the other, no load; then what every server says. Returns a row for each event."""
        load = Load(self.cluster.site, self.books, f"round-{number}")
        rows = []
        try:
            load.start()
            time.sleep(BEFORE)
            for name in names:
                rows.append(self.event(load, getattr(self, name)))
        finally:
            load.stop()
        for server in self.cluster.site.servers:
            inspect(self.books, self.cluster.connect(server))
        return rows

    def event(self, load, happen):
        begun, refused, unanswered = time.monotonic(), load.counts("503"), load.counts("no answer")
        happen()
        there = time.monotonic()
        self.served_since(load, there)
        time.sleep(AFTER)
        until = time.monotonic()
        row = {
            "event": happen.__doc__, "took": there - begun,
            "503": load.counts("503") - refused, "unanswered": load.counts("no answer") - unanswered,
        }  # fmt: skip
        for kind in SIZES:
            row[kind] = longest(load, begun - BEFORE, begun, kind), longest(load, begun, until, kind)
        return row

    def served_since(self, load, moment):
        while not all(any(at > moment and of == kind for at, of, _ in load.accepted) for kind in SIZES):
            if time.monotonic() > moment + PATIENCE or self.books.trouble:
                self.books.breach(f"no service {PATIENCE} s after everything was there again")
                return
            time.sleep(0.2)

    def drain(self):
        """Collects all that is left, so that every byte was seen."""
        load = Load(self.cluster.site, self.books, "drain")
        try:
            load.drain()
        finally:
            load.stop()
        for server in self.cluster.site.servers:
            inspect(self.books, self.cluster.connect(server))
            if self.cluster.connect(server)(RECEIVER).list():
                self.books.breach("messages are left after all were acknowledged")


def longest(load, begun, until, kind):
    """The longest time between two accepted sends of any sender of this kind."""
    moments = [at for at, of, _ in load.accepted if of == kind and begun <= at <= until]
    moments = [begun, *moments, until]
    return max(later - earlier for earlier, later in zip(moments, moments[1:]))


EVENTS = ["primary", "standby", "other_node", "asked_node", "two_nodes", "server"]


def show(rows):
    head = ["what happened", "until all was there", "small: longest without a send", "large", "503", "no answer"]
    for line in [head, ["---"] * len(head)]:
        print("| " + " | ".join(line) + " |")
    for row in rows:
        gaps = [f"{row[kind][1]:.2f} s (before {row[kind][0]:.2f})" for kind in SIZES]
        print("| " + " | ".join([row["event"], f"{row['took']:.1f} s", *gaps, str(row["503"]), str(row["unanswered"])]) + " |")
    sys.stdout.flush()


ENDS = (signal.SIGINT, signal.SIGTERM)


def end(number, _):
    for other in ENDS:
        # what is to be tidied up is tidied up
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program", type=Path)
    options.add_argument("garage", type=Path)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--only", nargs="+", choices=EVENTS, default=EVENTS)
    options.add_argument("--keep", action="store_true", help="the files, when something was violated")
    options = options.parse_args()
    # also where a shell in the background has them ignored
    for number in ENDS:
        signal.signal(number, end)
    directory = Path(tempfile.mkdtemp(prefix="cluster-rounds-", dir=os.environ.get("CLUSTER_DIRECTORY", "/var/tmp")))
    directory.chmod(0o755)  # PostgreSQL runs as somebody else
    trouble = []
    try:
        with ExitStack() as stack:
            rounds = Rounds(start(stack, options.program.resolve(), options.garage.resolve(), directory))
            for number in range(1, options.rounds + 1):
                rows = rounds.round(number, options.only)
                show(rows)
                if rounds.books.trouble:
                    break
            else:
                rounds.drain()
                print(rounds.cluster.site.run("audit", "verify").strip())
            trouble = rounds.books.trouble
            books = rounds.books
    finally:
        if not (trouble and options.keep):
            shutil.rmtree(directory, ignore_errors=True)
    if trouble:
        print(*trouble[:20], f"{len(trouble)} violations", sep="\n  ")
        sys.exit(1)
    print(
        f"{len(books.answered)} messages answered or found, {len(books.acknowledged)} acknowledged: "
        "none lost, doubled, altered, half there or back again"
    )


main()
