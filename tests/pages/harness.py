"""What the browser suites share.

A suite is a program: it opens the demo, drives its pages in headless Chromium, and ends with
`done()`. Every page is looked at by `check(page, name)`: axe-core finds nothing serious, nothing
was asked of another site, the console is free of errors, nothing is wider than a 320 px screen;
screenshots at 320 and 1280 px stay in target/pages/.

    from harness import Demo, check, done, expect
    with Demo() as demo:
        page = demo.sign_in()              # the demo's own one-time link; every site is open
        page.goto(demo.url("/osprey/inbox"))
        check(page, "practice-inbox")
        plain = demo.page(javascript=False)  # another page of the same signed-in browser
    done()
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

# How long a page may take on a busy machine: nobody waits for it where it is quicker.
expect.set_options(timeout=60_000)

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = Path(os.environ.get("RESTANTE_BIN", TARGET / "debug" / "restante"))
SHOTS = Path(os.environ.get("RESTANTE_SHOTS", ROOT / "target" / "pages"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # The PDF viewer of the browser is not ours.
    "iframes": False,
}

PASSWORD = "correct horse battery"
# A consultation of the demo's sending practice, by the labels of its form.
PATIENT = {
    "NHS number": "969 363 2109",
    "Family name": "GARTON",
    "Given names": "Bill",
    "Date of birth": "23 6 1946",
    "Practice where the patient is registered": "Osprey Medical Centre",
}
ENCOUNTER = {
    "When the patient was seen": "22 11 2026",
    "Time": "8 30",
    "Clinician's SDS user id": "555021935107",
    "Clinician's family name": "Marsh",
    "Clinician's role": "General practitioner",
    "Telephone number of this practice": "01632 960200",
    "Address of this practice": "14 Beck Road\nKendal",
    "Note 1": "Cough for three days",
}
# The control file in which the exchange tells that a message failed.
REPORT = """<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType>
<MessageType>Report</MessageType><From_DTS/><To_DTS>A81001OT001</To_DTS><Subject>report</Subject>
<DTSId>{id}</DTSId><PartnerId>{about}</PartnerId><WorkflowId>GPFED_CONSULT_REPORT</WorkflowId>
<StatusRecord><DateTime>20261122090000</DateTime><Event>SEND</Event><Status>ERROR</Status>
<StatusCode>{code}</StatusCode><Description>as the exchange tells it</Description></StatusRecord>
</DTSControl>"""

problems = []


def fail(words):
    problems.append(words)
    print("FAILED", words, flush=True)


def done():
    """Ends the suite: with 1 when anything failed."""
    if problems:
        print(f"{len(problems)} failed", file=sys.stderr)
        sys.exit(1)
    print("all well")


class Site:
    """A program that serves pages, with a browser. `command` is to be set; `announces` finds the pages' address in
    what it prints; of `others` pages may be asked, too."""

    def __init__(self, announces, others=()):
        self.announces = announces
        self.others = tuple(other + "/" for other in others)
        self.directory = tempfile.mkdtemp(prefix="restante-pages-")
        self.state = None

    def __enter__(self):
        self._start()
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        return self

    def _start(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, text=True, cwd=self.directory
        )
        found = None
        for line in self.process.stdout:
            found = re.search(self.announces, line)
            if found:
                break
        if found is None:
            raise SystemExit("no address of pages was told")
        self.base, self.found = found.group(1), found.group(0)

    def _stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            fail("the program did not stop within 20 s of SIGTERM")
            self.process.kill()

    def restart(self):
        """Stops the program and starts it again over the same directory. Its address may be another one."""
        self._stop()
        self._start()

    def __exit__(self, *_):
        self.browser.close()
        self.playwright.stop()
        self._stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, path):
        return self.base + path

    def page(self, javascript=True):
        """Another page with the same session."""
        return self._page(storage_state=self.state, java_script_enabled=javascript)

    def stranger(self):
        """A page of somebody who is not signed in."""
        return self._page()

    def _page(self, **options):
        context = self.browser.new_context(viewport=WIDE, locale="en-GB", **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.has_javascript = options.get("java_script_enabled", True)
        page.on("request", lambda request: self._own(page, request.url))
        page.on(
            "console",
            lambda message: message.type == "error"
            and "the server responded with a status of" not in message.text
            and self._is_ours(page)
            and fail(f"{page.url}: console: {message.text}"),
        )
        page.on("pageerror", lambda error: fail(f"{page.url}: {error}"))
        return page

    def _is_ours(self, page):
        return not self.others or not page.url.startswith(self.others)

    def _own(self, page, url):
        if not self._is_ours(page):
            return
        if not url.startswith((self.base + "/", *self.others, "blob:", "data:", "chrome:", "chrome-extension:", "about:")):
            fail(f"asked of another site: {url}")


class Demo(Site):
    """The demo, with a browser that is signed in by its one-time link."""

    def __init__(self, *arguments):
        super().__init__(r"(http://127\.0\.0\.1:\d+)/sign-in\?link=\S+")
        self.command = [str(BINARY), "demo", "--port", "0", "--dir", self.directory, *arguments]

    def sign_in(self):
        """A page of the browser that has followed the one-time link."""
        page = self.stranger()
        page.goto(self.found)
        self.state = page.context.storage_state()
        return page


class Practice(Site):
    """A practice by itself, in `home`, with users by name and role."""

    def __init__(self, settings, patients, **users):
        super().__init__(r"practice on (http://127\.0\.0\.1:\d+)")
        self.home = Path(self.directory)
        for name in ("IN", "OUT", "SENT", "FAILED", "TEMP"):
            (self.home / "mailbox" / name).mkdir(parents=True)
        (self.home / "practice.toml").write_text(settings)
        put(self.home, "patients.csv", patients)
        for name, role in users.items():
            add = ["user", "--config", "practice.toml", "add", name, "--role", role, "--password-stdin"]
            command = [str(BINARY), *add]
            subprocess.run(command, input=PASSWORD, text=True, check=True, cwd=self.home, capture_output=True)
        self.command = [str(BINARY), "practice", "--config", "practice.toml"]

    def sign_in(self, name):
        """A page of the inbox for this user, whose session further pages have."""
        page = self.stranger()
        page.goto(self.url("/inbox"))
        sign_in(page, name)
        expect(page.locator("h1")).to_have_text("Inbox")
        self.state = page.context.storage_state()
        return page


def sign_in(page, name, password=PASSWORD):
    """Fills in the form that a page shows to somebody who is not signed in."""
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def put(directory, name, text):
    """A file that is there whole or not at all."""
    (directory / f".{name}").write_text(text)
    (directory / f".{name}").rename(directory / name)


def valid_number(base):
    """The first NHS number from this one on that can be one."""
    while True:
        digits = [int(digit) for digit in str(base)]
        rest = 11 - sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11
        if digits[9] == rest % 11 and rest != 10:
            return str(base)
        base += 1


def shots(page, name):
    """Screenshots of a page at both widths; says when it is too wide for the narrow one."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.screenshot(path=SHOTS / f"{name}-{size['width']}.png", full_page=True)
        if size is NARROW:
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > size["width"]:
                fail(f"{name}: {width} px wide on a {size['width']} px screen")
    page.set_viewport_size(WIDE)


def check(page, name):
    """A page as it is now: accessible, within a small screen, kept as two pictures."""
    shots(page, name)
    if page.has_javascript:
        results = Axe().run(page, options=RULES)
        for violation in results.response["violations"]:
            places = [node["target"] for node in violation["nodes"][:3]]
            words = f"{name}: {violation['id']} ({violation['impact']}): {violation['help']} {places}"
            if violation["impact"] in ("serious", "critical"):
                fail(words)
            else:
                print("note", words, flush=True)
    print("looked at", name, flush=True)


def fill(page, fields):
    """Fills in the form of a consultation. Dates and times are groups of fields; what is known already stands in parts of
    the form that open."""
    page.evaluate("document.querySelectorAll('form[data-keep] details').forEach(part => part.open = true)")
    choice = page.get_by_label("Who saw the patient")
    if choice.count() and "Clinician's family name" in fields:
        choice.select_option("")
    for label, value in fields.items():
        if label in ("Date of birth", "When the patient was seen", "Time"):
            parts = page.get_by_role("group", name=label, exact=True).get_by_role("textbox")
            for number, part in enumerate(value.split()):
                parts.nth(number).fill(part)
        else:
            page.get_by_label(label, exact=True).fill(value)


def until(condition, words, seconds=15):
    """Waits for a condition that no page shows by itself."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return fail(words)
        time.sleep(0.05)


__all__ = [
    "ENCOUNTER",
    "PATIENT",
    "REPORT",
    "Demo",
    "Practice",
    "Site",
    "check",
    "done",
    "expect",
    "fail",
    "fill",
    "put",
    "shots",
    "sign_in",
    "until",
    "valid_number",
]
