"""A PostgreSQL that syncs, on a Unix socket."""

import glob
import os
import shutil
import subprocess
from pathlib import Path

# its own defaults but for these: a machine given to it would have at least as much
OPTIONS = "-c listen_addresses= -c shared_buffers=512MB -c max_wal_size=4GB"


def programs():
    """Debian keeps them out of the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return Path(found[-1] if found else shutil.which("initdb") or "initdb").parent


class PostgreSQL:
    def __init__(self, directory):
        self.take(directory / "postgresql")
        self.url = f"postgresql://restante@/postgres?host={self.directory}"
        self.run("initdb", "-U", "restante", "-A", "trust", "-E", "UTF8", "--no-locale")
        self.start()

    def take(self, directory):
        """A directory of its own."""
        self.directory = directory
        self.directory.mkdir()
        # it refuses to run as root
        self.user = []
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
            self.user = ["runuser", "-u", "postgres", "--"]

    def run(self, program, *arguments):
        command = [*self.user, programs() / program, "-D", self.directory / "data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.directory)

    def start(self):
        options = f"-k {self.directory} {OPTIONS}"
        self.run("pg_ctl", "-w", "-l", self.directory / "log", "-o", options, "start")

    def stop(self):
        """As when the machine dies, but for the file cache."""
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def processes(self):
        """All its processes that live now."""
        first = (self.directory / "data/postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [int(pid) for pid in (first, *children)]
