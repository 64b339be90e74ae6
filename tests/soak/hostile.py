"""The hostile clients: the owners of two mailboxes with their certificates, and strangers without one.

Each is a function that goes on until it is told to stop, and counts what it was answered. Their addresses differ
from those of the good clients (127.0.0.2 and up), as they would on a network.
"""

import collections
import gzip
import hashlib
import hmac
import itertools
import socket
import ssl
import threading
import time
import uuid

from site_of_soak import BAD, GOOD, KEY, PASSWORD, PROBER, WORKFLOW

OWNER, PROBING, STRANGER, IDLER = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"
STILL = 32  # connections that stand still, of each kind
IDLE = 300


def token(mailbox, password=PASSWORD):
    nonce, moment = str(uuid.uuid4()), time.strftime("%Y%m%d%H%M", time.gmtime())
    text = f"{mailbox}:{nonce}:0:{password}:{moment}"
    digest = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"NHSMESH {mailbox}:{nonce}:0:{moment}:{digest}"


class Hostile:
    def __init__(self, site):
        self.site, self.over = site, threading.Event()
        self.seen = collections.Counter()
        self.contexts = {
            "h1": site.tls(BAD), "h2": site.tls(BAD, "h2"), "prober": site.tls(PROBER), "none": site.tls(None),
        }
        self.bomb = gzip.compress(bytes(300_000_000))

    def start(self):
        for attack in (
            self.stalled_uploads, self.stalled_downloads, self.stalled_downloads_over_http_2, self.refused_calls,
            self.replays, self.bombs, self.failed_handshakes, self.idle_connections,
        ):
            threading.Thread(target=self.until_over, args=(attack,), daemon=True).start()

    def until_over(self, attack):
        """Begins again whatever happens to it, at most ten times a second."""
        while not self.over.is_set():
            try:
                attack()
            except (OSError, ssl.SSLError, ValueError) as error:
                self.seen[f"{attack.__name__}: {type(error).__name__}"] += 1
            self.over.wait(0.1)

    def connect(self, protocol="h1", source=OWNER):
        plain = socket.create_connection(("127.0.0.1", self.site.port), 10, (source, 0))
        try:
            return self.contexts[protocol].wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    @staticmethod
    def head(method, path, authorization, *headers):
        lines = [f"{method} /messageexchange/{path} HTTP/1.1", "host: localhost", f"authorization: {authorization}"]
        return ("\r\n".join([*lines, *headers]) + "\r\n\r\n").encode()

    def ask(self, stream, head, body=b""):
        """The status and the body of an answer of which the connection is kept."""
        stream.sendall(head + body)
        reader = stream.makefile("rb")
        first = reader.readline()
        if not first:
            raise ConnectionResetError("closed before an answer")
        status, length = int(first.split()[1]), 0
        while (line := reader.readline().lower().strip()):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return status, reader.read(length)

    def sending(self, length, *more):
        headers = (f"mex-to: {BAD}", f"mex-workflowid: {WORKFLOW}", f"content-length: {length}", *more)
        return self.head("POST", f"{BAD}/outbox", token(BAD), *headers)

    def large_message(self):
        """The id of a large message in the hostile mailbox itself."""
        with self.connect() as stream:
            status, answer = self.ask(stream, self.sending(9_000_000), bytes(9_000_000))
        self.seen[f"large message: {status}"] += 1
        return answer.decode().split('"message')[1].split('"')[2]

    def hold(self, what, begin):
        """Keeps so many connections standing still, each begun again once it was closed."""
        held = []
        while not self.over.wait(0.5):
            for stream in list(held):
                if closed(stream):
                    held.remove(stream)
                    stream.close()
                    self.seen[f"{what}: closed by the server"] += 1
            if len(held) < STILL:
                held.append(begin())
                self.seen[f"{what}: begun"] += 1

    def stalled_uploads(self):
        def begin():
            stream = self.connect()
            stream.sendall(self.sending(50_000_000) + bytes(36_000))
            return stream

        self.hold("stalled upload", begin)

    def stalled_downloads(self):
        message = self.large_message()

        def begin():
            stream = self.connect()
            stream.sendall(self.head("GET", f"{BAD}/inbox/{message}", token(BAD)))
            return stream

        self.hold("stalled download", begin)

    def stalled_downloads_over_http_2(self):
        """No window for data, sixteen streams a connection, and every ping answered."""
        message = self.large_message()

        def begin():
            stream = self.connect("h2")
            stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"\0\4\0\0\0\0"))
            for number in range(16):
                headers = [
                    (":method", "GET"), (":scheme", "https"), (":authority", "localhost"),
                    (":path", f"/messageexchange/{BAD}/inbox/{message}"), ("authorization", token(BAD)),
                ]
                block = b"".join(literal(name, value) for name, value in headers)
                stream.sendall(frame(1, 5, 2 * number + 1, block))
            threading.Thread(target=answer_pings, args=(stream,), daemon=True).start()
            return stream

        self.hold("stalled HTTP/2 downloads", begin)

    def refused_calls(self):
        """Wrong passwords, and the mailbox of another organisation, two hundred a second."""
        with self.connect("prober", PROBING) as stream:
            for number in itertools.count():
                if self.over.wait(0.005):
                    return
                mailbox, password = [(PROBER, "wrong"), (GOOD, PASSWORD)][number % 2]
                head = self.head("GET", f"{mailbox}/inbox", token(mailbox, password))
                self.seen[f"refused call: {self.ask(stream, head)[0]}"] += 1

    def replays(self):
        used = token(PROBER)
        with self.connect("prober", PROBING) as stream:
            while not self.over.wait(0.02):
                status, _ = self.ask(stream, self.head("GET", f"{PROBER}/count", used))
                self.seen[f"replay: {status}"] += 1

    def bombs(self):
        """A thousandfold gzip, sent and asked for by a reader that takes no gzip."""
        with self.connect() as stream:
            head = self.sending(len(self.bomb), "content-encoding: gzip")
            status, answer = self.ask(stream, head, self.bomb)
            self.seen[f"bomb sent: {status}"] += 1
            if status == 202:
                message = answer.decode().split('"message')[1].split('"')[2]
                status, _ = self.ask(stream, self.head("GET", f"{BAD}/inbox/{message}", token(BAD)))
                self.seen[f"bomb asked for: {status}"] += 1
                path = f"{BAD}/inbox/{message}/status/acknowledged"
                self.ask(stream, self.head("PUT", path, token(BAD), "content-length: 0"))
        self.over.wait(2)

    def failed_handshakes(self):
        """No certificate: fifty a second."""
        while not self.over.wait(0.02):
            try:
                with self.connect("none", STRANGER) as stream:
                    stream.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                    stream.recv(1)
                self.seen["handshake without a certificate: an answer"] += 1
            except ssl.SSLError:
                self.seen["handshake without a certificate: refused"] += 1
            except OSError:
                self.seen["handshake without a certificate: closed unheard"] += 1

    def idle_connections(self):
        """Sockets on which nothing is ever said."""
        held = []
        while not self.over.wait(0.05):
            if len(held) < IDLE:
                plain = socket.create_connection(("127.0.0.1", self.site.port), 10, (IDLER, 0))
                held.append(plain)
                self.seen["idle connection: begun"] += 1
            for stream in [stream for stream in held if closed(stream)]:
                held.remove(stream)
                stream.close()
                self.seen["idle connection: closed by the server"] += 1


def closed(stream):
    """Whether the other side has closed it, also over bytes that nobody has read."""
    established = 1
    return stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != established


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(name, value):
    """A header without indexing and without Huffman's code; lengths of seven bits and more (RFC 7541, 5.1)."""
    def text(words):
        raw, length = words.encode(), len(words)
        if length < 127:
            return bytes([length]) + raw
        length, size = length - 127, b"\x7f"
        while length >= 128:
            size, length = size + bytes([length % 128 + 128]), length // 128
        return size + bytes([length]) + raw

    return b"\0" + text(name) + text(value)


def answer_pings(stream):
    """Until the connection ends; what else comes is read and forgotten, as far as the window lets it come."""
    try:
        reader = stream.makefile("rb")
        while (head := reader.read(9)):
            payload = reader.read(int.from_bytes(head[:3], "big"))
            if head[3] == 6 and not head[4]:
                stream.sendall(frame(6, 1, 0, payload))
    except (OSError, ValueError, ssl.SSLError):
        pass
