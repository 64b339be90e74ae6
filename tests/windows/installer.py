"""The installer as its user meets it: over an older version, while the service runs, and away again."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from machine import APP, CONFIG, DRIVE, EXE, Awake, Fresh, put, received, registry, run, wait

PACKAGES = os.environ.get("PACKAGES")
PLACE = DRIVE / "Program Files" / "Restante"
PROGRAM = PLACE / "restante.exe"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Restante"
APP_PATH = r"HKLM\Software\Microsoft\Windows\CurrentVersion\App Paths\restante.exe"


def setup(file, expect=0):
    """A silent installation; it says how it went by its exit code only."""
    start = time.monotonic()
    code = subprocess.run(["wine", str(file), "/S"], stdin=subprocess.DEVNULL, check=False, timeout=600).returncode
    assert code == expect, f"{file.name} /S: {code}"
    return time.monotonic() - start


def version():
    return run("--version", program=PROGRAM)[0].strip()


def shown():
    """The version that Windows lists among its programs."""
    lines = [line.split() for line in registry(UNINSTALL).splitlines() if "DisplayVersion" in line]
    assert len(lines) == 1, registry(UNINSTALL)
    return lines[0][-1]


def installer():
    older, newest = sorted(Path(PACKAGES).glob("restante-*-setup.exe"))
    now = run("--version")[0].strip()
    setup(older)
    assert version() == "restante 0.1.9" and shown() == "0.1.9", (version(), shown())

    seconds = setup(newest)
    assert version() == now and f"restante {shown()}" == now, (version(), shown())
    assert PROGRAM.read_bytes() == EXE.read_bytes(), "another program than the archive's"
    assert r"C:\Program Files\Restante\restante.exe" in registry(APP_PATH), registry(APP_PATH)
    for file in ("LICENSE", "THIRD-PARTY-LICENCES", "restante.cdx.json", "README.md", "examples/client.toml.example"):
        assert (PLACE / file).stat().st_size > 0, file
    print(f"   over an older version in {seconds:.1f} s, {PROGRAM.stat().st_size / 1e6:.1f} MB")

    shutil.rmtree(DRIVE / "installed-demo", ignore_errors=True)
    start = time.monotonic()
    out, _ = run("demo", "--once", "--dir", r"C:\installed-demo", program=PROGRAM)
    assert "Delivered; both acknowledgements received" in out, out
    print(f"   demo --once from the installed place: {time.monotonic() - start:.1f} s")
    with_a_service(older, newest, now)

    assert setup(PLACE / "uninstall.exe") is not None
    wait("the program's directory to go", lambda: not PLACE.exists())
    assert not registry(UNINSTALL) and not registry(APP_PATH)
    assert (APP / "meshclient.cfg").exists() and (DRIVE / "ProgramData" / "Restante" / "Restante-client").is_dir()
    print("   taken away; configuration and the service's directory stay")


def with_a_service(older, newest, now):
    """What runs is neither replaced nor taken away, and goes on; once it is stopped, it can be."""
    with Fresh(), Awake():
        run("service", "install", "client", "--config", CONFIG, program=PROGRAM)
        try:
            run("service", "start", "client", program=PROGRAM)
            setup(older, expect=2)
            setup(PLACE / "uninstall.exe", expect=0)
            put("while-it-runs")
            wait("the message", lambda: len(received()) == 1)
            assert version() == now and f"restante {shown()}" == now, (version(), shown())
            run("service", "stop", "client", program=PROGRAM)
            setup(newest)
            run("service", "start", "client", program=PROGRAM)
            put("after-it")
            wait("the message", lambda: len(received()) == 2)
        finally:
            run("service", "remove", "client", program=PROGRAM, expect=None)
    print("   neither replaced nor taken away while its service runs, replaced while it is stopped")
