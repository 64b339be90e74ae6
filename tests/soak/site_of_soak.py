"""An exchange with default settings behind mutual TLS: certificates, four mailboxes, a server process."""

import os
import re
import signal
import ssl
import subprocess
import urllib.request

WORKFLOW, KEY, PASSWORD = "SOAK", "a key of the soak", "password"
GOOD, GOOD_TO = "A81001OT001", "A20047OT001"
# one owner keeps places, another is refused again and again: refusals alone would have it not heard
BAD, PROBER = "C30003OT001", "D40004OT001"


class Site:
    """The server in a directory of its own, and what clients need."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        (directory / "shared.key").touch(mode=0o600)
        (directory / "shared.key").write_text(KEY + "\n")
        (directory / "server.toml").write_text(
            'data = "data"\nshared_key_file = "shared.key"\noperations = "127.0.0.1:0"\n'
            '[listener]\nlisten = "127.0.0.1:0"\n[listener.tls]\n'
            'certificate = "server.pem"\nkey = "server.key.pem"\nclient_ca = "ca.pem"\n'
            # by default a part of the disk, which other things than the soak may have filled
            "[exchange]\nreserve_bytes = 1073741824\n"
        )
        self.run("certificate", "--config", "server.toml", "issue-server", "--name", "localhost", "--out", ".")
        for mailbox in (GOOD, GOOD_TO, BAD, PROBER):
            ods = mailbox[:6]
            self.run("certificate", "--config", "server.toml", "issue", "--ods", ods, "--local-id", "client", "--out", ods)
            self.run("mailbox", "--config", "server.toml", "add", mailbox, "--ods", ods, "--password-stdin", text=PASSWORD)
        rights = [word for id in (GOOD, BAD) for word in ("--send", id)]
        rights += [word for id in (GOOD_TO, BAD) for word in ("--receive", id)]
        self.run("workflow", "--config", "server.toml", "allow", WORKFLOW, *rights)
        self.log = open(directory / "server.log", "wb")
        self.process = subprocess.Popen(
            [self.program, "server", "--config", "server.toml"],
            cwd=directory, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )
        self.port = int(re.search(r":(\d+)", self.process.stdout.readline())[1])
        self.operations = re.search(r"http://\S+(?=/metrics)", self.process.stdout.readline())[0]

    def run(self, *words, text=None):
        command = [self.program, *words]
        subprocess.run(command, cwd=self.directory, input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def files(self, mailbox):
        """The authority, and the certificate and key of a mailbox's organisation."""
        folder = self.directory / mailbox[:6]
        key = next(folder.glob("*.key.pem"))
        certificate = next(path for path in folder.glob("*.pem") if path != key and path.name != "ca.pem")
        return self.directory / "ca.pem", certificate, key

    def tls(self, mailbox, protocol="http/1.1"):
        """With the mailbox's certificate; without one when there is no mailbox."""
        context = ssl.create_default_context(cafile=self.directory / "ca.pem")
        context.set_alpn_protocols([protocol])
        if mailbox:
            _, certificate, key = self.files(mailbox)
            context.load_cert_chain(certificate, key)
        return context

    def metrics(self):
        with urllib.request.urlopen(self.operations + "/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1].isalpha())}

    def health(self):
        with urllib.request.urlopen(self.operations + "/health", timeout=10) as answer:
            return answer.status

    def resources(self):
        """Resident memory and its peak in MiB, and open descriptors."""
        status = open(f"/proc/{self.process.pid}/status").read()
        kib = {name: int(re.search(name + r":\s+(\d+)", status)[1]) for name in ("VmRSS", "VmHWM")}
        return kib["VmRSS"] // 1024, kib["VmHWM"] // 1024, len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.log.close()
