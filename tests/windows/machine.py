"""What the parts of the Windows suite stand on: programs under Wine, a client's directories in its prefix, a server of this
machine. The command line is suite.py's.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

EXE, OWN, HELD = (Path(argument).resolve() for argument in sys.argv[1:4])
PREFIX = Path(os.environ["WINEPREFIX"])
DRIVE = PREFIX / "drive_c"
DATA = DRIVE / "MESH-DATA-HOME"
APP = DRIVE / "MESH-APP-HOME"
LONG = "\\".join(["practice-" + "x" * 50] * 6)
SENDER, RECEIVER, FAR = "X26ABC1", "X26ABC2", "X26ABC3"


def wine(*arguments, program=EXE, **options):
    """A process of Windows; its id is that of a process of this machine."""
    return subprocess.Popen(["wine", str(program), *arguments], stdin=subprocess.DEVNULL, **options)


def run(*arguments, program=EXE, expect=0, timeout=300):
    process = wine(*arguments, program=program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.communicate(timeout=timeout)
    assert expect is None or process.returncode == expect, f"{arguments}: {process.returncode}\n{out}\n{err}"
    return out, err


def control(to, local_id):
    return (
        "<DTSControl>\r\n<Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>"
        f"<From_DTS>{SENDER}</From_DTS><To_DTS>{to}</To_DTS><LocalId>{local_id}</LocalId>"
        "<WorkflowId>TEST_WORKFLOW</WorkflowId>\r\n</DTSControl>\r\n"
    )


def put(name, to=RECEIVER, contents=None, data_name=None, control_name=None):
    """Puts a pair into OUT as an application does, the data first."""
    out = DATA / SENDER / "OUT"
    (out / (data_name or f"{name}.dat")).write_bytes(name.encode() * 100 if contents is None else contents)
    temporary = out / f"{name}.tmp"
    temporary.write_text(control(to, name), newline="")
    temporary.rename(out / (control_name or f"{name}.ctl"))


def received(mailbox=RECEIVER):
    """What is in IN by its contents, of data files only."""
    root = DATA / LONG.replace("\\", "/") / mailbox if mailbox == FAR else DATA / mailbox
    return sorted(path.read_bytes() for path in (root / "IN").glob("*.dat"))


def names(folder, mailbox=SENDER):
    return sorted(path.name for path in (DATA / mailbox / folder).iterdir())


def configuration(port, delay=0, mailboxes=(SENDER, RECEIVER)):
    """With the line ends of Windows, as the Java client's installer leaves it."""
    roots = {mailbox: rf"C:\MESH-DATA-HOME\{mailbox}" for mailbox in (SENDER, RECEIVER)}
    roots[FAR] = rf"C:\MESH-DATA-HOME\{LONG}\{FAR}"
    clients = "".join(
        f"<Client>\n<ClientIdentity>{mailbox}</ClientIdentity>\n<ClientAuthentication>password</ClientAuthentication>\n"
        f"<InterfaceRoot>{roots[mailbox]}</InterfaceRoot>\n<SaveSent>Y</SaveSent>\n</Client>\n"
        for mailbox in mailboxes
    )
    text = (
        f"<?xml version='1.0'?>\n<MESHConfig>\n<PrimaryURL>http://127.0.0.1:{port}</PrimaryURL>\n"
        "<AuthenticationKey>TestKey</AuthenticationKey>\n<WorkPath>C:\\MESH-APP-HOME\\working</WorkPath>\n"
        "<LogPath>C:\\MESH-APP-HOME\\log</LogPath>\n<PollSeconds>0.5</PollSeconds>\n"
        f"<ProcessingDelay>{delay}</ProcessingDelay>\n{clients}</MESHConfig>\n"
    )
    APP.mkdir(exist_ok=True)
    (APP / "meshclient.cfg").write_text(text.replace("\n", "\r\n"), newline="")


CONFIG = r"C:\MESH-APP-HOME\meshclient.cfg"


def once(expect=0):
    return run("client", "--config", CONFIG, "--once", expect=expect)


def wait(what, condition, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.2)


class Fresh:
    """Empty directories and a server of this machine with an empty store."""

    def __enter__(self):
        shutil.rmtree(DATA, ignore_errors=True)
        for folder in ("OUT", "IN", "SENT", "FAILED"):
            (DATA / SENDER / folder).mkdir(parents=True)
        self.data = PREFIX.parent / "server"
        shutil.rmtree(self.data, ignore_errors=True)
        self.server = subprocess.Popen(
            [OWN, "server", "--sandbox", "--listen", "127.0.0.1:0", "--data", self.data],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        line = self.server.stdout.readline()
        while "://" not in line:
            line = self.server.stdout.readline()
        self.port = int(line.split("://")[1].split("/")[0].split(":")[1])
        configuration(self.port)
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()


class Awake:
    """Another program of the prefix that runs: Wine ends its services with the last one."""

    def __enter__(self):
        (DRIVE / "awake.txt").write_text("")
        self.holder = hold(r"C:\awake.txt")

    def __exit__(self, *_):
        self.holder.communicate("\n", timeout=30)


def hold(path):
    """A process that has a file open without sharing, until it reads a line."""
    holder = subprocess.Popen(["wine", str(HELD), path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline().strip() == "held", path
    return holder


def registry(key):
    """The text of a key's values; empty when it is not there."""
    asked = subprocess.run(["wine", "reg", "query", key], capture_output=True, text=True, check=False)
    return asked.stdout if asked.returncode == 0 else ""
