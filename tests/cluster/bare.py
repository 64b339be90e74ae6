"""A bare S3 client: what the service itself costs, with nothing around it. Signed as ours are (AWS4-HMAC-SHA256)."""

import hashlib
import hmac
import http.client
import re
import secrets
import threading
import time
from urllib.parse import quote

from garage import BUCKET, REGION


class Bare:
    """One connection."""

    def __init__(self, node, key, secret):
        self.host, self.key, self.secret = f"127.0.0.1:{node.s3_port}", key, secret
        self.connection = http.client.HTTPConnection("127.0.0.1", node.s3_port, timeout=60)

    def request(self, method, path, query=(), body=b""):
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        query = "&".join(f"{quote(name)}={quote(str(value), safe='')}" for name, value in sorted(query))
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": moment}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = "\n".join([method, path, query, lines, names, digest])
        scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for word in [moment[:8], REGION, "s3", "aws4_request"]:
            key = hmac.digest(key, word.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        self.connection.request(method, path + ("?" + query if query else ""), body, headers)
        answer = self.connection.getresponse()
        told = answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{method} {path}: {answer.status} {told[:300]}")
        return answer, told

    def put(self, body, name=None):
        name = name or secrets.token_hex(16)
        self.request("PUT", f"/{BUCKET}/{name}", body=body)
        return name

    def get(self, name):
        return self.request("GET", f"/{BUCKET}/{name}")[1]


def put_in_parts(clients, body, length):
    """With as many parts under way as there are clients."""
    name = secrets.token_hex(16)
    path, first = f"/{BUCKET}/{name}", clients[0]
    begun = first.request("POST", path, [("uploads", "")])[1].decode()
    upload = re.search("<UploadId>(.+?)</UploadId>", begun)[1]
    parts = [body[at : at + length] for at in range(0, len(body), length)]
    tags, waiting, lock = {}, list(enumerate(parts, 1)), threading.Lock()

    def work(client):
        while True:
            with lock:
                if not waiting:
                    return
                number, part = waiting.pop(0)
            answer, _ = client.request("PUT", path, [("partNumber", number), ("uploadId", upload)], part)
            tags[number] = answer.getheader("etag")

    threads = [threading.Thread(target=work, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{tags[n]}</ETag></Part>" for n in sorted(tags))
    first.request("POST", path, [("uploadId", upload)], f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode())
    return name
