"""The live page of a rehearsal, the pack's page as it would be now, and those of whole packs opened from a disk."""

import subprocess
import tempfile
from pathlib import Path

from harness import BINARY, Site, check, done, expect, fail, shots


class Rehearsal(Site):
    def __init__(self):
        super().__init__(r"(http://127\.0\.0\.1:\d+)/sign-in\?link=\S+")
        out = str(Path(self.directory) / "pack")
        self.command = [str(BINARY), "rehearse", "sender", "--port", "0", "--mesh-port", "0", "--out", out]

    def sign_in(self):
        page = self.stranger()
        page.goto(self.found)
        self.state = page.context.storage_state()
        return page


with Rehearsal() as rehearsal, tempfile.TemporaryDirectory() as home:
    page = rehearsal.sign_in()
    expect(page.get_by_role("heading", name="TST-01: Standard send")).to_be_visible()
    check(page, "rehearsal")
    page.get_by_role("link", name="TST-04").click()
    expect(page.get_by_role("heading", name="TST-04: Each refusal is handled")).to_be_visible()
    check(page, "rehearsal-refusals")
    page.get_by_role("button", name="Answer my next message with 10001").click()
    expect(page.get_by_text("Your next message will be answered with 10001.")).to_be_visible()
    plain = rehearsal.page(javascript=False)
    plain.goto(rehearsal.url("/?script=12"))
    plain.get_by_text("It does not apply to my system").click()
    plain.get_by_label("Why").fill("It sends no changes")
    plain.get_by_role("button", name="Not applicable").click()
    expect(page.get_by_text("Said by the tester: It sends no changes")).to_be_visible()
    page.goto(rehearsal.url("/rows"))
    check(page, "rehearsal-rows")
    page.goto(rehearsal.url("/pack"))
    shots(page, "rehearsal-pack-so-far")

    pack = Path(home) / "pack"
    own = [str(BINARY), "rehearse", "sender", "--self", "--until", "5m", "--port", "0", "--mesh-port", "0", "--out", str(pack)]
    if subprocess.run(own, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        fail("our own sender did not pass its rehearsal")
    from_disk = rehearsal.browser.new_context().new_page()
    from_disk.has_javascript = True
    from_disk.goto((pack / "index.html").as_uri())
    check(from_disk, "rehearsal-pack")

    pack = Path(home) / "receiver-pack"
    own = [str(BINARY), "rehearse", "receiver", "--self", "--until", "5m", "--port", "0", "--mesh-port", "0", "--out", str(pack)]
    own += ["--case", "RX-P01", "--case", "RX-N09", "--case", "RX-N13"]
    if subprocess.run(own, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        fail("our own receiver did not pass its rehearsal")
    from_disk.goto((pack / "index.html").as_uri())
    check(from_disk, "rehearsal-receiver-pack")

done()
