"""A disk that fails and a disk that is full, under a running server: `disk_trouble.py PROGRAM`.

A failed write: the server takes no more mail, says so, goes on giving out what it has, and after a
restart has all it answered for. A full disk: sends are refused with advice to try again, reading goes
on, and when there is room again so do sends, without a restart.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

from mesh import RECEIVER, SENDER, Client, Server

MEGABYTE = 1024 * 1024
NAMESPACES = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"], ["sudo", "-n", "unshare", "--mount"])


def check(condition, text):
    if not condition:
        print(f"FAILED: {text}")
        sys.exit(1)


class Limited(Server):
    """Whose files may only grow to a limit; beyond it every write fails (EFBIG)."""

    def start(self):
        # Python ignores SIGXFSZ; the server is started the same way, so that its writes fail
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 * MEGABYTE, before[1]))
        original = subprocess.Popen
        try:
            subprocess.Popen = lambda *a, **k: original(*a, restore_signals=False, **k)
            super().start()
        finally:
            subprocess.Popen = original
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def lift(self):
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


def send_until_refused(client, kept, size, most=2000):
    """Sends until a send is not answered with 202, and says with what it was."""
    chance = random.Random(size)
    for number in range(most):
        body = chance.randbytes(size)
        status, message = client.send(body, f"{size}-{number}")
        if status != 202:
            return status
        kept[message] = body
    return 202


def check_kept(client, kept):
    listed = client.list()
    check(sorted(listed) == sorted(kept), "the inbox is not what was answered with 202")
    for message in random.Random(1).sample(listed, min(20, len(listed))):
        status, _, body = client.download(message)
        check(status == 200 and body == kept[message], "a message is not what was sent")


def failing(program, work):
    directory, kept = os.path.join(work, "failing"), {}
    server = Limited(program, directory)
    server.start()
    sender, receiver = Client(server.port, SENDER), Client(server.port, RECEIVER)
    check(send_until_refused(sender, kept, 1000) == 504, "a failed write is not answered with 504: it may be kept")
    check_kept(receiver, kept)
    server.lift()
    for size in (100, 50_000):
        check(send_until_refused(sender, {}, size, 1) == 503, "mail is taken after a failed write")
    check(receiver.acknowledge(next(iter(kept))) == 503, "changes are taken after a failed write")
    check_kept(receiver, kept)
    server.stop()
    with open(os.path.join(work, "server.log"), encoding="utf-8") as log:
        check("could not commit" in log.read(), "the log does not tell the failed write")
    server = Server(program, directory)
    server.start()
    receiver = Client(server.port, RECEIVER)
    check_kept(receiver, kept)
    check(send_until_refused(Client(server.port, SENDER), kept, 1000, 5) == 202, "no mail after the restart")
    check_kept(receiver, kept)
    server.stop()
    print(f"a failing disk: {len(kept)} messages kept, none taken after the failure until the restart")


def full(program, work):
    disk, kept = os.path.join(work, "disk"), {}
    os.mkdir(disk)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], check=True)
    ballast = os.path.join(disk, "ballast")
    with open(ballast, "wb") as file:
        file.write(bytes(6 * MEGABYTE))
    directory = os.path.join(disk, "data")
    server = Server(program, directory)
    server.start()
    sender, receiver = Client(server.port, SENDER), Client(server.port, RECEIVER)
    for size in (60_000, 1000):
        check(send_until_refused(sender, kept, size) == 503, f"a full disk: {size} bytes are not answered with 503")
        check_kept(receiver, kept)
    status, headers, _ = sender.request(
        "POST", "/outbox", b"x" * 20_000, {"Mex-To": RECEIVER, "Mex-WorkflowID": "TEST_WORKFLOW"}
    )
    check(status == 503 and "retry-after" in {name.lower() for name in headers}, "no advice to try again")
    used = receiver.last_token
    check(receiver.request("GET", "/inbox", authorization=used)[0] == 403, "a token is good twice on a full disk")
    os.remove(ballast)
    more = {}
    for size in (1000, 60_000):
        check(send_until_refused(sender, more, size, 10) == 202, "no mail although there is room again")
    kept.update(more)
    check_kept(receiver, kept)
    for message in list(kept)[:5]:
        check(receiver.acknowledge(message) == 200, "an acknowledgement is refused")
        del kept[message]
    check_kept(receiver, kept)
    server.stop()
    server.start()
    check_kept(Client(server.port, RECEIVER), kept)
    server.stop()
    verify = subprocess.run([program, "audit", "--data", directory, "verify"], stdout=subprocess.DEVNULL)
    check(verify.returncode == 0, "the audit trail is broken")
    print(f"a full disk: {len(kept)} messages kept, sends refused until there was room, reading went on")


def full_in_a_namespace(program):
    """A small disk needs a mount, and that a namespace of its own."""
    for namespace in NAMESPACES:
        if not shutil.which(namespace[0]):
            continue
        probe = namespace + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if subprocess.run(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return subprocess.run(namespace + [sys.executable, __file__, program, "full"]).returncode
    print("NOT RUN, a full disk: this machine lets nobody mount a small one (unshare, sudo)")
    return 0


def main():
    program = os.path.abspath(sys.argv[1])
    work = tempfile.mkdtemp(prefix="disk-trouble-")
    if sys.argv[2:] == ["full"]:
        full(program, work)
        subprocess.run(["umount", os.path.join(work, "disk")], check=True)
    else:
        failing(program, work)
        code = full_in_a_namespace(program)
        if code:
            sys.exit(code)
    shutil.rmtree(work)


main()
