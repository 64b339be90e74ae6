"""The program for Windows under Wine: the demo, a client on a meshclient.cfg with Windows paths against a server of this
machine, kills and restarts, files that somebody holds, names and paths, access lists, the service, the installer.

    python3 tests/windows/suite.py RESTANTE_EXE RESTANTE HELD_EXE [PART…]

scripts/windows makes what it needs: RESTANTE is this machine's own program, PACKAGES in the environment a directory with the
installer and an older one.
"""

import random
import shutil
import signal
import stat
import sys
import time

from installer import PACKAGES, installer
from machine import *  # noqa: F403 # all that is there is for the parts

PARTS = sys.argv[4:]


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
        holder = hold(rf"C:\MESH-DATA-HOME\{SENDER}\OUT\held.dat")
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
    known = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\Restante-client"
    with Fresh(), Awake():
        run("service", "install", "client", "--config", CONFIG)
        home = DRIVE / "ProgramData" / "Restante" / "Restante-client"
        try:
            assert stat.S_IMODE(home.stat().st_mode) & 0o007 == 0, oct(home.stat().st_mode)
            assert "EventCreate.exe" in registry(known), registry(known)
            run("service", "start", "client")
            put("by-the-service")
            wait("the message", lambda: len(received()) == 1)
            run("service", "stop", "client")
            log = (home / "log" / "client.log").read_text()
            assert "the service begins" in log and "the service has ended" in log, log
        finally:
            run("service", "remove", "client", expect=None)
    assert not registry(known), registry(known)
    out, err = run("service", "start", "client", expect=1)
    assert "opening the service" in err, err
    print("   installed, started, carried a message, stopped, removed")


ALL = [demo, access_lists, pairs, long_paths, held, settle, service, installer, kills]


def main():
    if unknown := set(PARTS) - {part.__name__ for part in ALL}:
        print("there is no part", *sorted(unknown), "but", *(part.__name__ for part in ALL))
        return 2
    failed = 0
    for part in ALL:
        if PARTS and part.__name__ not in PARTS:
            continue
        if part is installer and not PACKAGES:
            print("-- installer: skipped, there are no packages")
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
