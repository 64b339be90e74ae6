"""The page of `restante server --sandbox --ui`: a message appears in the open list, is looked into, answered, replayed and
deleted; a refused token is explained; hostile content is shown and does not run; the same on a telephone and without
JavaScript."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from harness import BINARY, RULES, Site, check, done, expect, fail, shots

NARROW = {"width": 390, "height": 844}


class Sandbox(Site):
    def __init__(self):
        super().__init__(r"sandbox page on (http://127\.0\.0\.1:\d+)/")
        self.command = [
            str(BINARY), "server", "--sandbox", "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0",
        ]

    def json(self, path):
        with urllib.request.urlopen(self.url(path)) as answer:
            return json.load(answer)


def token(mailbox, key=b"TestKey"):
    minute = time.strftime("%Y%m%d%H%M", time.gmtime())
    nonce = str(time.monotonic_ns())
    text = f"{mailbox}:{nonce}:0:password:{minute}"
    mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"NHSMESH {mailbox}:{nonce}:0:{minute}:{mac}"


def call(mesh, path, mailbox, body=None, key=b"TestKey", **headers):
    """A request of the MESH API; its status and body."""
    request = urllib.request.Request(f"{mesh}/messageexchange/{path}", data=body)
    request.add_header("Authorization", token(mailbox, key))
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def both(page, name):
    """Looked at at both widths, with axe at each."""
    check(page, name)
    page.set_viewport_size(NARROW)
    if page.has_javascript:
        for violation in Axe().run(page, options=RULES).response["violations"]:
            places = [node["target"] for node in violation["nodes"][:3]]
            fail(f"{name} at 390: {violation['id']}: {violation['help']} {places}")
    if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
        fail(f"{name}: too wide for a telephone")
    page.set_viewport_size({"width": 1280, "height": 900})


with Sandbox() as sandbox:
    mesh = sandbox.json("/api/v1")["mesh_api"]
    page = sandbox.page()
    page.goto(sandbox.url("/"))
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    both(page, "sandbox-empty")

    # What is sent appears in the open page.
    status, _ = call(
        mesh, "X26ABC1/outbox", "X26ABC1", b"mailbox,count\n",
        Mex_To="X26ABC2", Mex_WorkflowID="TEST_WORKFLOW", Mex_Subject="first",
    )
    if status != 202:
        fail(f"the message was answered {status}")
    line = page.locator("#list a.mail")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("X26ABC1 → X26ABC2")

    # A refused token is a line, and explained.
    status, _ = call(mesh, "X26ABC1/inbox", "X26ABC1", key=b"TestKey\n")
    if status != 403:
        fail(f"a wrong token was answered {status}")
    refused = page.locator("#list a.mail.refused")
    expect(refused).to_contain_text("403 GET X26ABC1/inbox")
    both(page, "sandbox-list")
    refused.click()
    expect(page.locator(".note-bad")).to_contain_text("with a line end or blank behind the shared key")
    expect(page.get_by_role("row", name="Hash")).to_contain_text("Wrong")
    both(page, "sandbox-refused")
    for tab in ("Request headers", "Answer sent", "Body"):
        page.locator(".tabs").get_by_text(tab).click()
        both(page, f"sandbox-refused-{tab.split()[0].lower()}")

    # An example with a wrong NHS number: its value is marked.
    page.get_by_role("link", name="Send", exact=True).first.click()
    both(page, "sandbox-send")
    page.get_by_label("Example", exact=True).select_option("wrong-number")
    page.get_by_role("button", name="Send the example").click()
    expect(page.locator("#m-h")).to_contain_text("Bill GARTON")
    expect(page.locator(".source-text mark")).to_have_text("9693632108")
    expect(page.locator("aside.margin")).to_contain_text("20009")
    both(page, "sandbox-source")
    for layout in ("As sent", "Tree"):
        page.locator(".seg").get_by_text(layout).click()
        expect(page.locator("mark").first).to_be_visible()
        both(page, f"sandbox-source-{layout.split()[0].lower()}")
    for tab in ("Rendered", "Control data", "Headers", "Findings", "Answers", "Journey"):
        page.locator(".tabs").get_by_text(tab).click()
        expect(page.locator(".tabs a[aria-current]")).to_contain_text(tab)
        both(page, f"sandbox-{tab.split()[0].lower()}")

    # Answered: the acknowledgement is in the sender's inbox.
    page.locator(".tabs").get_by_text("Answers").click()
    page.get_by_label("Code", exact=True).select_option("20009")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("#answers")).to_contain_text("20009")
    both(page, "sandbox-answered")
    _, inbox = call(mesh, "X26ABC1/inbox", "X26ABC1")
    if len(json.loads(inbox)["messages"]) != 1:
        fail(f"the sender's inbox has {inbox}")

    # Keys lead from line to line, and search finds.
    page.goto(sandbox.url("/"))
    page.keyboard.press("j")
    page.wait_for_url("**/messages/*")
    expect(page.locator(".mail[aria-current]")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("dialog.keys-list")).to_be_visible()
    page.keyboard.press("Escape")
    # While it is open, keys are its own.
    expect(page.locator("dialog.keys-list")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("gpcm-sd-035")
    page.keyboard.press("Enter")
    expect(page.locator("#list a.mail")).to_have_count(1)
    page.goto(sandbox.url("/?show=refused"))
    expect(page.locator("#list a.mail")).to_have_count(1)

    # Hostile content is text.
    hostile = b"<html><body><script>document.title='owned'</script></body></html>" + b"A" * 300_000
    status, _ = call(
        mesh, "X26ABC1/outbox", "X26ABC1", hostile,
        Mex_To="X26ABC2", Mex_WorkflowID="TEST_WORKFLOW", Mex_Subject="<script>document.title='owned'</script>",
    )
    page.goto(sandbox.url("/"))
    page.locator("#list a.mail").first.click()
    expect(page.locator(".paper pre")).to_contain_text("<script>document.title='owned'")
    if "owned" in page.title():
        fail("a message's script ran")
    both(page, "sandbox-hostile")

    page.goto(sandbox.url("/mailboxes"))
    expect(page.get_by_role("row", name="X26ABC2")).to_be_visible()
    both(page, "sandbox-mailboxes")
    page.goto(sandbox.url("/api"))
    both(page, "sandbox-api")

    # Without JavaScript all of it can be read, and messages are deleted.
    plain = sandbox.page(javascript=False)
    plain.goto(sandbox.url("/"))
    expect(plain.locator("#list a.mail")).to_have_count(5)
    plain.locator("#list a.mail").first.click()
    expect(plain.locator(".tabs a")).to_have_count(7)
    shots(plain, "sandbox-plain")
    plain.get_by_role("button", name="Delete", exact=True).click()
    expect(plain.locator("#list a.mail")).to_have_count(4)
    plain.get_by_role("button", name="Delete all").click()
    expect(plain.get_by_text("Nothing yet.")).to_be_visible()
done()
