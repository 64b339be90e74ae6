"""PostgreSQL with its standby, three Garage nodes, two exchange servers: everything of a cluster, on this machine."""

import sys
from pathlib import Path

from bare import Bare
from exchange import Site
from garage import Cluster as Garage
from ports import free_ports
from postgresql_pair import Pair

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from mesh import Client  # noqa: E402


class Cluster:
    def __init__(self, program, garage, directory):
        self.program, self.directory, self.site = program, directory, None
        self.pair = Pair(directory, free_ports(2))
        self.garage = Garage(garage, directory, free_ports(6))

    def start(self, stack):
        stack.callback(self.pair.stop)
        self.pair.start()
        stack.callback(self.garage.stop)
        self.garage.start()
        (self.directory / "exchange").mkdir()
        self.site = Site(self.program, self.directory / "exchange", free_ports(2), self.pair, self.garage)
        stack.callback(self.site.stop)
        self.site.start()

    def connect(self, server):
        """What makes a client of a mailbox."""
        return lambda mailbox: Client(server.port, mailbox, self.site.tls)

    def bare(self):
        """A client of the S3 service alone."""
        return Bare(self.garage.nodes[0], self.garage.key, self.garage.secret)


def start(stack, program, garage, directory):
    cluster = Cluster(program, garage, directory)
    cluster.start(stack)
    return cluster
