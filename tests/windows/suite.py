"""The program for Windows under Wine: the demo, a client on a meshclient.cfg with Windows paths against a server of this
machine, kills and restarts, files that somebody holds, names and paths, access lists, the service.

    python3 tests/windows/suite.py RESTANTE_EXE RESTANTE HELD_EXE [PART…]

RESTANTE_EXE lies beside a bcryptprimitives.dll (scripts/windows makes it), RESTANTE is this machine's own program.
"""

import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

EXE, OWN, HELD = (Path(argument).resolve() for argument in sys.argv[1:4])
PARTS = sys.argv[4:]
PREFIX = Path(os.environ["WINEPREFIX"])
DRIVE = PREFIX / "drive_c"
DATA = DRIVE / "MESH-DATA-HOME"
APP = DRIVE / "MESH-APP-HOME"
LONG = "\\".join(["practice-" + "x" * 50] * 6)
SENDER, RECEIVER, FAR = "X26ABC1", "X26ABC2", "X26ABC3"


def wine(*arguments, **options):
    """A process of Windows; its id is that of a process of this machine."""
    return subprocess.Popen(["wine", str(EXE), *arguments], stdin=subprocess.DEVNULL, **options)


def run(*arguments, expect=0, timeout=300):
    process = wine(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
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


def demo():
    out, _ = run("--version")
    assert out.startswith("restante "), out
    shutil.rmtree(DRIVE / "demo", ignore_errors=True)
    start = time.monotonic()
    out, _ = run("demo", "--once", "--dir", r"C:\demo")
    assert "Delivered; both acknowledgements received" in out, out
    print(f"   demo --once: {time.monotonic() - start:.1f} s")


def access_lists():
    """Wine keeps a list as a mode; so it shows that a list was set, and that nobody else is in it."""
    open_ones = []
    secrets = [path for path in (DRIVE / "demo").rglob("*") if path.suffix in (".key", ".env") or ".key." in path.name]
    for path in secrets:
        # the group stands for Administrators
        if stat.S_IMODE(path.stat().st_mode) & 0o007:
            open_ones.append(path)
    assert secrets, "no secret was found"
    assert not open_ones, open_ones
    print(f"   {len(secrets)} secrets, none open to others")


def pairs():
    with Fresh():
        for name in ("one", "two", "three"):
            put(name)
        put("MIX", data_name="MIX.DAT", control_name="mix.ctl")
        once()
        once()
        assert len(received()) == 4, received()
        assert len(names("SENT")) == 8, names("SENT")
        assert (APP / "log" / "mesh.log").stat().st_size > 0
        # A second one whose name differs in case is kept beside the first.
        put("ONE", contents=b"another")
        once()
        assert len(names("SENT")) == 10, names("SENT")
        print("   4 pairs and one of a name that differs in case:", names("SENT"))


def long_paths():
    with Fresh() as fresh:
        configuration(fresh.port, mailboxes=(SENDER, FAR))
        put("far", to=FAR)
        once()
        once()
        assert len(received(FAR)) == 1
        print(f"   a mailbox directory of {len(LONG) + 25} characters")


def held():
    with Fresh():
        put("held")
        put("free")
        path = DATA / SENDER / "OUT" / "held.dat"
        holder = subprocess.Popen(["wine", str(HELD), rf"C:\MESH-DATA-HOME\{SENDER}\OUT\held.dat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert holder.stdout.readline().strip() == "held"
        try:
            once(expect=None)
            assert names("OUT") == ["held.ctl", "held.dat"], names("OUT")
            assert names("SENT") == ["free.ctl", "free.dat"], names("SENT")
        finally:
            holder.communicate("\n", timeout=30)
        assert path.exists()
        once()
        once()
        assert names("OUT") == [] and len(received()) == 2, names("OUT")
        print("   a held pair waited, another went, then both had come")


def settle():
    with Fresh() as fresh:
        configuration(fresh.port, delay=4)
        client = wine("client", "--config", CONFIG, stderr=subprocess.DEVNULL)
        try:
            wait("the client's start", lambda: (DATA / SENDER / "TEMP" / "restante.lock").exists())
            put("grows", contents=b"")
            for _ in range(10):
                with open(DATA / SENDER / "OUT" / "grows.dat", "ab") as data:
                    data.write(b"x" * 1000)
                time.sleep(0.8)
                assert "grows.dat" in names("OUT"), "taken while it was written"
            wait("the pair", lambda: received() == [b"x" * 10000])
        finally:
            client.send_signal(signal.SIGKILL)
            client.wait()
    print("   a file written for 8 s with a delay of 4 s was taken whole")


def kills(rounds=20, each=6):
    chance = random.Random(21)
    expected = []
    with Fresh():
        for number in range(rounds):
            client = wine("client", "--config", CONFIG, stderr=subprocess.DEVNULL)
            for n in range(each):
                name = f"r{number:02}-{n}"
                contents = name.encode() * chance.choice([1, 1000, 60000])
                expected.append(contents)
                put(name, contents=contents)
            time.sleep(chance.uniform(0.5, 6))
            client.send_signal(signal.SIGKILL)
            client.wait()
        for _ in range(60):
            once(expect=None)
            if len(received()) >= len(expected) and not names("OUT"):
                break
        once(expect=None)
        found = received()
        lost = len(set(expected) - set(found))
        doubled = len(found) - len(set(found))
        assert (lost, doubled) == (0, 0), f"{lost} lost, {doubled} doubled"
        assert found == sorted(expected)
        assert len(names("SENT")) == 2 * len(expected), len(names("SENT"))
        print(f"   {rounds} kills, {len(expected)} messages: none lost, none doubled")


def service():
    with Fresh():
        # Wine ends its services with the last other program.
        (DRIVE / "awake.txt").write_text("")
        awake = subprocess.Popen(["wine", str(HELD), r"C:\awake.txt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert awake.stdout.readline().strip() == "held"
        run("service", "install", "client", "--config", CONFIG)
        home = DRIVE / "ProgramData" / "Restante" / "Restante-client"
        try:
            assert stat.S_IMODE(home.stat().st_mode) & 0o007 == 0, oct(home.stat().st_mode)
            run("service", "start", "client")
            put("by-the-service")
            wait("the message", lambda: len(received()) == 1)
            run("service", "stop", "client")
            log = (home / "log" / "client.log").read_text()
            assert "the service begins" in log and "the service has ended" in log, log
        finally:
            run("service", "remove", "client", expect=None)
            awake.communicate("\n", timeout=30)
    out, err = run("service", "start", "client", expect=1)
    assert "opening the service" in err, err
    print("   installed, started, carried a message, stopped, removed")


ALL = [demo, access_lists, pairs, long_paths, held, settle, service, kills]


def main():
    failed = 0
    for part in ALL:
        if PARTS and part.__name__ not in PARTS:
            continue
        start = time.monotonic()
        print(f"-- {part.__name__}", flush=True)
        try:
            part()
            print(f"   ok, {time.monotonic() - start:.0f} s", flush=True)
        except Exception as error:  # noqa: BLE001 # the other parts are told of too
            failed += 1
            print(f"   FAILED: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


sys.exit(main())
