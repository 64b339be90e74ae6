"""Too few Garage nodes are left to keep or to give anything: what each exchange server answers and says, then and after."""

import secrets
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "crash"))
from mesh import SENDER, run_all, token  # noqa: E402

SMALL, LARGE = 100, 40_000  # bytes: of a message that lies in PostgreSQL, and of one that goes to the bucket
PATIENCE = 120  # seconds until what has not healed counts as broken
GAUGE = 'restante_store_part_in_trouble{part="object-store"}'


class TooFew:
    def __init__(self, cluster, books):
        self.books = books
        self.of_each = [OfServer(cluster, books, server) for server in cluster.site.servers]

    def refuse(self):
        self.of_both(OfServer.refuses)

    def go_on(self):
        self.of_both(OfServer.goes_on)

    def of_both(self, what):
        """At once, for what one is asked heals nothing at the other."""
        for thread in run_all([lambda each=each: self.told(what, each) for each in self.of_each]):
            thread.join()

    def told(self, what, each):
        try:
            what(each)
        except Exception as error:  # noqa: BLE001 # a thread's is told of by nobody else
            self.books.breach(f"{each.server.name}: {what.__name__}: {error!r}")


class OfServer:
    """One server, and a message that it refuses meanwhile."""

    def __init__(self, cluster, books, server):
        self.server, self.books, self.client = server, books, cluster.connect(server)(SENDER)
        self.local_id, self.body, self.token = f"too-few-{secrets.token_hex(4)}", secrets.token_bytes(LARGE), token(SENDER)

    def refuses(self):
        begun = time.monotonic()
        self.books.begin(self.local_id, self.body)
        status, _ = self.client.send(self.body, self.local_id, authorization=self.token)
        self.expect(status == 503, f"a message of {LARGE} bytes was answered with {status}")
        print(f"{self.server.name} refused a message of {LARGE} bytes after {time.monotonic() - begun:.1f} s")
        local_id, body = self.local_id + "-small", secrets.token_bytes(SMALL)
        self.books.begin(local_id, body)
        status, message = self.client.send(body, local_id)
        self.expect(status == 202, f"a message of {SMALL} bytes was answered with {status}")
        if status == 202:
            self.books.sent(message, local_id, self.client.last_token)
        status, text = self.server.tells("/health")
        says = status == 200 and "object store" in text and "; since " in text
        self.expect(says, f"/health was {status} and did not say since when the object store is away: {text}")
        self.expect(self.gauge() == "1", f"{GAUGE} was {self.gauge()} meanwhile")
        # an idle connection is closed before the nodes are back
        self.client.close()

    def goes_on(self):
        """The refused message is taken, by the token and under the id that it was refused with."""
        begun, status = time.monotonic(), 503
        while status == 503 and time.monotonic() < begun + PATIENCE:
            status, message = self.client.send(self.body, self.local_id, authorization=self.token)
            time.sleep(0.2)
        self.client.close()
        self.expect(status == 202, f"the refused message was answered with {status} when it was sent again by its token")
        if status == 202:
            self.books.sent(message, self.local_id, self.token)
        text = "object store"
        while "object store" in text and time.monotonic() < begun + PATIENCE:
            text = self.server.tells("/health")[1]
            time.sleep(0.2)
        self.expect("object store" not in text, f"/health says after {PATIENCE} s: {text}")
        self.expect(self.gauge() == "0", f"{GAUGE} was {self.gauge()} afterwards")

    def gauge(self):
        lines = [line.split() for line in self.server.tells("/metrics")[1].splitlines() if line.startswith(GAUGE)]
        return lines[0][1] if lines else "not there"

    def expect(self, holds, otherwise):
        if not holds:
            self.books.breach(f"{self.server.name}: {otherwise}")
