"""A PostgreSQL and its synchronous standby, over TCP on ports of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "measure"))
from postgresql import PostgreSQL, programs  # noqa: E402


class Member(PostgreSQL):
    """One of the two."""

    def __init__(self, directory, port):
        self.port, self.runs = port, False
        self.take(directory)

    def start(self):
        options = (
            f"-k {self.directory} -p {self.port} -c listen_addresses=127.0.0.1 -c max_wal_size=4GB "
            # in its directory, where it does not outlive a kill
            "-c dynamic_shared_memory_type=mmap"
        )
        self.run("pg_ctl", "-w", "-l", self.directory / "log", "-o", options, "start")
        self.runs = True

    def sql(self, text):
        where = ["-h", self.directory, "-p", str(self.port), "-U", "restante", "-d", "postgres"]
        return subprocess.run(
            [*self.user, programs() / "psql", "-qAtX", *where, "-c", text],
            check=True, stdout=subprocess.PIPE, text=True, cwd=self.directory,
        ).stdout.strip()  # fmt: skip

    def clear(self):
        shutil.rmtree(self.directory / "data", ignore_errors=True)

    def kill(self):
        """As when the machine dies: the first process, so that it starts no others, then all."""
        memory = (self.directory / "data/postmaster.pid").read_text().splitlines()[6].split()[1]
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        subprocess.run(["ipcrm", "-m", memory], check=False, stderr=subprocess.DEVNULL)
        self.runs = False


class Pair:
    """`primary` takes the writes; whatever it answers is on the disk of `standby` too."""

    def __init__(self, directory, ports):
        self.members = [Member(directory / f"postgresql-{name}", port) for name, port in zip("ab", ports)]
        self.primary, self.standby = self.members

    def start(self):
        self.primary.run("initdb", "-U", "restante", "-A", "trust", "-E", "UTF8", "--no-locale")
        self.primary.start()
        self.follow()

    @property
    def url(self):
        hosts = ",".join(f"127.0.0.1:{member.port}" for member in self.members)
        return f"postgresql://restante@{hosts}/postgres?target_session_attrs=read-write"

    def follow(self):
        """Makes the standby anew, as a copy of the primary, and lets commits wait for it from then on."""
        self.standby.clear()
        source = f"host=127.0.0.1 port={self.primary.port} user=restante application_name=standby"
        self.standby.run("pg_basebackup", "-d", source, "-R", "-X", "stream", "-c", "fast")
        self.standby.start()
        while not self.primary.sql("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"):
            time.sleep(0.1)
        self.primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.primary.sql("SELECT pg_reload_conf()")
        while self.primary.sql("SELECT sync_state FROM pg_stat_replication") != "sync":
            time.sleep(0.1)

    def fail_over(self, noticed_after=0):
        """Kills the primary and promotes the standby, which waits for no other yet."""
        self.primary.kill()
        time.sleep(noticed_after)
        self.standby.run("pg_ctl", "-w", "promote")
        self.primary, self.standby = self.standby, self.primary

    def stop(self):
        for member in self.members:
            if member.runs:
                member.kill()
