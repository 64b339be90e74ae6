"""A MESH client of the standard library alone, and a server to kill, for the scripts in this folder."""

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import threading
import time
import uuid

SENDER, RECEIVER, WORKFLOW = "X26ABC1", "X26ABC2", "TEST_WORKFLOW"


def token(mailbox):
    nonce, moment = str(uuid.uuid4()), time.strftime("%Y%m%d%H%M", time.gmtime())
    text = f"{mailbox}:{nonce}:0:password:{moment}"
    digest = hmac.new(b"TestKey", text.encode(), hashlib.sha256).hexdigest()
    return f"NHSMESH {mailbox}:{nonce}:0:{moment}:{digest}"


class Gone(Exception):
    """No answer: whether the request was served is not known."""


class Client:
    """One mailbox on one connection at a time; over TLS with a context for it."""

    def __init__(self, port, mailbox, tls=None):
        self.port, self.mailbox, self.tls, self.connection = port, mailbox, tls, None
        self.last_token = None

    def request(self, method, path, body=None, headers=None, authorization=None):
        self.last_token = authorization or token(self.mailbox)
        headers = dict(headers or {}, Authorization=self.last_token)
        try:
            if self.connection is None:
                self.connection = self.connect()
            url = f"/messageexchange/{self.mailbox}{path}"
            self.connection.request(method, url, body, headers)
            answer = self.connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Gone(repr(error)) from None

    def connect(self):
        if self.tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.tls)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def send(self, body, local_id, to=RECEIVER, chunk_range=None, authorization=None):
        headers = {
            "Mex-To": to,
            "Mex-From": self.mailbox,
            "Mex-WorkflowID": WORKFLOW,
            "Mex-LocalID": local_id,
            "Content-Type": "application/octet-stream",
        }
        if chunk_range:
            headers["Mex-Chunk-Range"] = chunk_range
        status, _, answer = self.request("POST", "/outbox", body, headers, authorization)
        try:
            told = json.loads(answer)
        except ValueError:
            told = {}
        return status, told.get("messageID") or told.get("message_id")

    def send_chunk(self, message, number, total, body):
        headers = {
            "Mex-Chunk-Range": f"{number}:{total}",
            "Content-Type": "application/octet-stream",
        }
        return self.request("POST", f"/outbox/{message}/{number}", body, headers)[0]

    def list(self):
        """Every id, page after page."""
        found, path = [], "/inbox?max_results=500"
        while True:
            # only version 2 tells where the next page begins
            status, _, answer = self.request("GET", path, headers={"Accept": "application/vnd.mesh.v2+json"})
            assert status == 200, (status, answer)
            page = json.loads(answer)
            found += page["messages"]
            following = page.get("links", {}).get("next")
            if not following:
                return found
            path = following.split(self.mailbox, 1)[1]

    def download(self, message):
        """Status, local id and bytes, all chunks."""
        status, headers, body = self.request("GET", f"/inbox/{message}")
        headers = {name.lower(): value for name, value in headers.items()}
        total = int(headers.get("mex-chunk-range", "1:1").split(":")[1])
        for number in range(2, total + 1):
            if status not in (200, 206):
                break
            status, _, more = self.request("GET", f"/inbox/{message}/{number}")
            body += more
        return status, headers.get("mex-localid"), body

    def acknowledge(self, message):
        return self.request("PUT", f"/inbox/{message}/status/acknowledged")[0]


class Server:
    """`restante server --sandbox --strict` on a directory."""

    def __init__(self, program, directory, before=()):
        self.program, self.directory, self.before = program, directory, list(before)
        self.process, self.port = None, None
        self.log = open(os.path.join(os.path.dirname(directory), "server.log"), "ab")

    def start(self):
        command = self.before + [
            self.program, "server", "--sandbox", "--strict",
            "--listen", "127.0.0.1:0", "--data", self.directory,
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=dict(os.environ, RESTANTE_LOG="warn")
        )
        line = self.process.stdout.readline()
        assert " on http://" in line, f"the server did not start: {line!r}"
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0, "the server did not stop well"
        self.process.stdout.close()


def run_all(targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    return threads
