"""The console of the demo's exchange: every page, the journey of the demo's own consultation from
OUT to IN, a look at patient data, and the same without JavaScript and without a session."""

import json
import re

from harness import Demo, check, done, expect, fail, shots, until

STEPS = [
    "Written into OUT",
    "Accepted from A81001OT001, durable: 202",
    "PDS: the patient is registered with A20047",
    "Delivered to the inbox of A20047OT001",
    "Downloaded by A20047OT001",
    "Put into IN",
    "Acknowledged on MESH level by A20047OT001",
    "Taken out of IN",
    "Checked; task raised",
    "20013 received (infrastructure acknowledgement)",
    "30001 received (business acknowledgement)",
]

with Demo() as demo:
    stranger = demo.stranger()
    stranger.goto(demo.url("/console/messages"))
    expect(stranger.locator("h1")).to_have_text("Sign in")
    check(stranger, "sign-in")
    stranger.get_by_label("User name").fill("nobody")
    stranger.get_by_label("Password").fill("a wrong password")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    check(stranger, "sign-in-refused")

    page = demo.sign_in()
    expect(page.locator("h1")).to_have_text("The live loop")

    page.goto(demo.url("/console"))
    expect(page.locator("h1")).to_have_text("All is as it should be")
    for seen in ["#verdict", ".tiles", ".charts", "#oldest", "#certificates", "#queues"]:
        box = page.locator(seen).first.bounding_box()
        if box["y"] + box["height"] > 900:
            fail(f"{seen} is below the first screen: {box}")
    expect(page.get_by_role("link", name=re.compile("waiting in"))).to_be_visible()
    check(page, "console-overview")

    # Under the pointer a chart says what it shows; the table and the file say the same.
    page.get_by_role("link", name="Hour", exact=True).click()
    expect(page.get_by_role("heading", name="The last hour")).to_be_visible()
    first = page.locator(".chart").first
    picture = first.get_by_role("img").bounding_box()
    page.mouse.move(picture["x"] + picture["width"] * 0.97, picture["y"] + 60)
    expect(first.locator(".chart-now")).to_contain_text(re.compile(r"\d+ accepted, \d+ refused"))
    page.mouse.move(5, 5)
    expect(first.locator(".legend")).to_be_visible()
    page.get_by_role("link", name="As a table").click()
    expect(page.get_by_role("row").nth(60)).to_be_visible()
    check(page, "console-charts-table")
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    if not file.value.suggested_filename.startswith("exchange-hour-"):
        fail(f"the file is called {file.value.suggested_filename}")
    page.goto(demo.url("/console?range=week"))
    check(page, "console-overview-week")

    page.get_by_role("link", name="Mailboxes", exact=True).click()
    expect(page.get_by_role("row", name="A81001OT001")).to_contain_text(re.compile("just now|ago"))
    check(page, "console-mailboxes")
    page.get_by_role("link", name="Add a mailbox").click()
    page.get_by_role("button", name="Add the mailbox").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a mailbox id")
    check(page, "console-mailbox-refused")
    page.get_by_label("Mailbox id").fill("X26OT077")
    page.get_by_label("ODS code of the organisation").fill("X26")
    page.get_by_role("button", name="Add the mailbox").click()
    expect(page.locator("#mailbox-password")).to_have_text(re.compile("^[a-z2-9]{24}$"))
    check(page, "console-mailbox-added")
    page.get_by_role("link", name="Show the mailbox").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Disabled", exact=True)).to_be_visible()
    check(page, "console-mailbox-disabled")
    page.goto(demo.url("/console/mailboxes"))
    page.get_by_role("link", name="A20047OT001").click()
    expect(page.locator("h1")).to_contain_text("A20047OT001")
    check(page, "console-mailbox")
    page.get_by_role("link", name="Certificates", exact=True).click()
    expect(page.get_by_role("row", name="A20047")).to_be_visible()
    check(page, "console-certificates")

    # The demo's consultation is the oldest message: its journey from OUT to IN.
    page.get_by_role("link", name="Messages", exact=True).click()
    expect(page.locator("#messages tbody tr").first).to_be_visible()
    check(page, "console-messages")
    page.locator("#messages tbody tr").filter(has_not_text="_ACK").last.locator("a").first.click()
    rows = page.locator("#steps tbody tr")
    until(lambda: all(any(step in row for row in rows.all_inner_texts()) for step in STEPS), "the journey does not tell every step")
    expect(page.locator("svg.wf polyline.wf-a")).to_have_count(1)
    expect(page.get_by_text("3 messages, one journey")).to_be_visible()
    expect(page.get_by_text("Chain intact")).to_be_visible()
    with page.expect_download() as proof:
        page.get_by_role("link", name="Download with proof").click()
    verified = json.loads(open(proof.value.path(), encoding="utf-8").read())
    if verified["format"] != "restante journey 1" or "GARTON" in json.dumps(verified):
        fail("the journey's file is not what it should be")
    if "GARTON" in page.content() or "9693632109" in page.content():
        fail("patient data is shown without a look being noted")
    check(page, "console-journey")
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_text("This look was noted in the audit trail.")).to_be_visible()
    check(page, "console-journey-revealed")

    page.get_by_role("link", name="Queues").click()
    expect(page.get_by_role("heading", name="Being routed")).to_be_visible()
    check(page, "console-queues")
    page.get_by_role("link", name="Audit trail").click()
    expect(page.locator("#trail")).to_contain_text("looked at details")
    check(page, "console-audit")

    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_label("Message id, local id or mailbox").fill("no such thing")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no such message or mailbox")
    if page.evaluate("document.activeElement.hasAttribute('data-error-summary')") is not True:
        fail("what is wrong is not read out first")
    check(page, "console-search-failed")
    page.goto(demo.url("/console/messages/20261122100000000000_ABCDEF"))
    expect(page.locator("h1")).to_have_text("Page not found")
    check(page, "console-not-found")

    # By keyboard: the skip link leads into the page.
    page.goto(demo.url("/console"))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#maincontent")).to_be_focused()


    # Without JavaScript all is there.
    plain = demo.page(javascript=False)
    plain.goto(demo.url("/console"))
    expect(plain.locator("h1")).to_have_text("All is as it should be")
    shots(plain, "console-overview-plain")
    plain.get_by_role("link", name="Messages", exact=True).click()
    plain.get_by_label("Message id, local id or mailbox").fill("A81001OT001")
    plain.get_by_role("button", name="Find").click()
    expect(plain.locator("h1")).to_contain_text("A81001OT001")
    plain.get_by_role("button", name="Sign out").click()
    expect(plain.locator("h1")).to_have_text("Sign in")
    plain.goto(demo.url("/console"))
    expect(plain.locator("h1")).to_have_text("Sign in")

    # That ended the session of every window: an open page notices by itself at the next change.
    page.goto(demo.url("/console"))
    expect(page.locator("h1")).to_have_text("Sign in")


def accepted(page):
    """How many messages the first chart says were accepted."""
    words = page.locator(".chart svg").first.get_attribute("aria-label")
    return int(re.search(r" (\d+) were accepted", words).group(1))


# The charts outlive a restart.
with Demo() as demo:
    page = demo.sign_in()
    page.goto(demo.url("/console"))
    until(lambda: page.reload() and accepted(page) >= 3, "the consultation is not on the chart", 60)
    before = accepted(page)
    demo.restart()
    page = demo.sign_in()
    page.goto(demo.url("/console"))
    if accepted(page) < before:
        fail(f"{before} messages were on the chart before the restart, {accepted(page)} after it")

done()
