"""The sandbox: a process of its own, asked over its JSON."""

from __future__ import annotations

import base64
import json
import math
import os
import shutil
import subprocess
import sysconfig
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Optional

#: Seconds that the program may take until it listens, and to stop.
PATIENCE = 30
#: Seconds that a request may take beside what it waits for.
ANSWER = 30


class SandboxError(Exception):
    """The sandbox could not be started, or has ended."""


class Refused(Exception):
    """The sandbox refused a request. `status` is that of HTTP, the words say what was expected."""

    def __init__(self, status: int, words: str):
        super().__init__(f"{status}: {words}")
        self.status = status


def program() -> str:
    """The path of `restante`: `RESTANTE_BIN`, the one this package brought, or the one on the path."""
    named = os.environ.get("RESTANTE_BIN")
    if named:
        return named
    brought = Path(sysconfig.get_path("scripts")) / "restante"
    found = str(brought) if brought.is_file() else shutil.which("restante")
    if not found:
        raise SandboxError("the program restante is neither beside this package nor on the path")
    return found


class Sandbox:
    """A MESH server for tests, on free ports of this machine, empty at its start.

    `mailboxes` are the ids to have; without one they are mesh-sandbox's X26ABC1, X26ABC2 and X26ABC3. `strict`
    enforces workflow rights, and a token's two hours and single use, as the real service does. `data` keeps its messages
    in a directory; without it they are gone at the end.
    """

    #: Of every mailbox.
    password = "password"

    def __init__(
        self,
        *mailboxes: str,
        shared_key: str = "TestKey",
        strict: bool = False,
        data: "Optional[os.PathLike[str]]" = None,
    ):
        self.shared_key = shared_key
        command = [program(), "server", "--sandbox", "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0"]
        for mailbox in mailboxes:
            command += ["--mailbox", mailbox]
        if strict:
            command.append("--strict")
        if data is not None:
            command += ["--data", os.fspath(data)]
        # What the peer's variables say in a developer's shell is not for this sandbox.
        ignored = {"MAILBOXES_DATA_DIR", "AUTH_MODE", "MESSAGE_EXPIRY_DAYS", "INBOX_EXPIRY_DAYS"}
        environment = {name: value for name, value in os.environ.items() if name not in ignored}
        environment["SHARED_KEY"] = shared_key
        environment.setdefault("RESTANTE_LOG", "error")
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self._closed = False
        try:
            told = self._told()
            #: Where a MESH client connects: http://127.0.0.1:PORT
            self.url: str = told["MESH sandbox"]
            #: Every message and refused request, in a browser.
            self.page: str = told["sandbox page"].rstrip("/")
            index = self._ask("GET", "")
        except BaseException:
            self.close()
            raise
        self._token: str = index["token"]
        #: The ids there are.
        self.mailboxes: "list[str]" = index["mailboxes"]

    def _told(self) -> "dict[str, str]":
        """What the program prints when it listens; it is stopped where it takes too long."""
        told: "dict[str, str]" = {}
        late = threading.Timer(PATIENCE, self._process.kill)
        late.start()
        try:
            assert self._process.stdout is not None
            while len(told) < 2:
                line = self._process.stdout.readline()
                if not line:
                    raise SandboxError(f"{self._process.args[0]} ended before it listened; what it said is on stderr")
                name, _, url = line.strip().partition(" on ")
                told[name] = url
        finally:
            late.cancel()
        return told

    # --- what happened ---

    def messages(self, mailbox: "Optional[str]" = None, *, wait: float = 0, **filters: Any) -> "list[dict[str, Any]]":
        """The messages there are, the latest first; of one mailbox, sent or received.

        With `wait` it waits so many seconds for the first. `filters` are those of the JSON: `after`, `workflow`,
        `state`, `show`, `q`, `limit`.
        """
        filters.update(mailbox=mailbox, wait=math.ceil(wait) or None)
        return self._ask("GET", "/messages", query=filters, wait=wait)["messages"]

    def message(self, message_id: str) -> "dict[str, Any]":
        """One message with its findings, request, journey and files."""
        return self._ask("GET", f"/messages/{_part(message_id)}")

    def content(self, message_id: str) -> bytes:
        """What was sent, expanded where it was compressed."""
        return self._request("GET", self._address(f"/messages/{_part(message_id)}/content"), None, {}, ANSWER)

    def refusals(self, mailbox: "Optional[str]" = None, *, wait: float = 0, **filters: Any) -> "list[dict[str, Any]]":
        """The requests that were refused, the latest first, each with the true reason."""
        filters.update(mailbox=mailbox, wait=math.ceil(wait) or None)
        return self._ask("GET", "/refusals", query=filters, wait=wait)["refusals"]

    # --- being the other side ---

    def send(
        self,
        sender: str,
        recipient: str,
        body: "Optional[bytes]" = None,
        *,
        workflow: str = "TEST_WORKFLOW",
        example: "Optional[str]" = None,
        **fields: str,
    ) -> str:
        """Sends a message as a mailbox would; its id. `example` names one that the sandbox has in place of `body`."""
        message: "dict[str, Any]" = {"from": sender, "to": recipient, **fields}
        if example is not None:
            message["example"] = example
        else:
            message.update(workflow=workflow, message_base64=base64.b64encode(body or b"").decode())
        return self._ask("POST", "/messages", json_body=message)["id"]

    def reply(self, message_id: str, code: str) -> str:
        """Answers an ITK3 message with a response code, into its sender's inbox; the acknowledgement's id."""
        return self._ask("POST", f"/messages/{_part(message_id)}/reply", json_body={"code": code})["id"]

    # --- making it go wrong ---

    def inject_report(
        self,
        mailbox: str,
        *,
        code: str = "14",
        description: str = "Message not collected by recipient after 5 days",
        workflow: str = "TEST_WORKFLOW",
        **fields: "Optional[str]",
    ) -> str:
        """Puts a report of the MESH server into an inbox; its id.

        `fields` are the peer's: `subject`, `local_id`, `status`, `file_name`, `linked_message_id`.
        """
        report = {"mailbox_id": mailbox, "code": code, "description": description, "workflow_id": workflow, **fields}
        url = f"{self.url}/messageexchange/admin/report"
        answer = self._request("POST", url, json.dumps(report).encode(), {"content-type": "application/json"}, ANSWER)
        return json.loads(answer)["message_id"]

    def inject_fault(
        self, fault: str, *, times: int = 1, mailbox: "Optional[str]" = None, milliseconds: int = 0
    ) -> None:
        """Lets the next requests go wrong: `unavailable` (503), `server-error` (500), `slow`, or `lost-answer`.

        A lost answer is of a request that was done: the client cannot know.
        """
        wanted = {"fault": fault, "times": times, "mailbox": mailbox, "milliseconds": milliseconds}
        self._ask("PUT", "/fault", json_body=wanted)

    def fault(self) -> "Optional[dict[str, Any]]":
        """The fault that is on, with how many requests met it."""
        return self._ask("GET", "/fault")["on"]

    def heal(self) -> None:
        """Lets nothing go wrong any more."""
        self._ask("DELETE", "/fault")

    def reset(self) -> None:
        """Removes all messages, refused requests and faults."""
        self._ask("DELETE", "/messages")
        self.heal()

    # --- the end ---

    def close(self) -> None:
        """Stops the program. It may be called again."""
        if self._closed:
            return
        self._closed = True
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- requests ---

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: "Optional[dict[str, Any]]" = None,
        json_body: "Optional[dict[str, Any]]" = None,
        wait: float = 0,
    ) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = self._address(path) + (f"?{urllib.parse.urlencode(given)}" if given else "")
        headers = {"x-restante-token": self._token} if method != "GET" else {}
        body = None
        if json_body is not None:
            body = json.dumps(json_body).encode()
            headers["content-type"] = "application/json"
        answer = self._request(method, url, body, headers, ANSWER + wait)
        return json.loads(answer) if answer else None

    def _address(self, path: str) -> str:
        return f"{self.page}/api/v1{path}"

    def _request(
        self, method: str, url: str, body: "Optional[bytes]", headers: "dict[str, str]", patience: float
    ) -> bytes:
        if self._process.poll() is not None:
            raise SandboxError(f"the sandbox has ended with exit code {self._process.returncode}")
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        try:
            # No proxy stands between this machine and itself.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=patience) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, _words(error.read())) from None
        except urllib.error.URLError as error:
            raise SandboxError(f"the sandbox does not answer: {error.reason}") from error


def _part(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _words(body: bytes) -> str:
    """What a refusal says: RFC 9457's detail, or the body."""
    text = body.decode(errors="replace")
    try:
        return json.loads(text)["detail"]
    except (ValueError, KeyError, TypeError):
        return text
