"""The practices of the demo: a consultation goes the whole way through the pages, is updated, and
its first version archived; each way to fail is told with what to do; hostile content does not run;
the same without JavaScript."""

import base64
import pathlib
import re
import subprocess
import time

from harness import BINARY, ENCOUNTER, PATIENT, REPORT, Demo, check, done, expect, fail, fill, put, until


def enter(page, **changes):
    """Fills in the form and looks at the report; nothing is sent yet."""
    page.goto(demo.url("/starling/new"))
    fill(page, {**PATIENT, **ENCOUNTER, **changes})
    page.get_by_role("button", name="Check the report").click()
    expect(page.locator("h1")).to_have_text("Check the report before you send it")


def send(page):
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#consultation")).to_be_visible()


def operate(*arguments, typed=None):
    data = ["--data", str(pathlib.Path(demo.directory) / "exchange")]
    command = [str(BINARY), arguments[0], *data, *arguments[1:]]
    subprocess.run(command, input=typed, text=True, check=True, capture_output=True)


def a_consultation_goes_the_whole_way(page):
    page.goto(demo.url("/starling/new"))
    check(page, "practice-new")
    page.get_by_label("Find the patient in this practice's list").fill("gart")
    page.get_by_role("button", name="Find").click()
    check(page, "practice-find-patient")
    page.get_by_role("button", name="Choose GARTON").click()
    expect(page.get_by_label("Family name", exact=True)).to_have_value("GARTON")
    page.get_by_role("button", name="Check the report").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    check(page, "practice-new-with-errors")
    summary.get_by_role("link").first.click()
    if page.evaluate("document.activeElement.matches('input, textarea')") is not True:
        fail("a link of the error summary does not lead to its field")
    fill(page, {**PATIENT, **ENCOUNTER})
    page.get_by_role("button", name="Check the report").click()
    expect(page.locator("h1")).to_have_text("Check the report before you send it")
    shown_as_pdf(page, page.locator("iframe").get_attribute("src"))
    page.locator("input[type=file]").set_input_files(
        {"name": "blood.txt", "mimeType": "text/plain", "buffer": b"Hb 140"}
    )
    expect(page.get_by_text("blood.txt, text/plain")).to_be_visible()

    inbox = demo.page()
    inbox.goto(demo.url("/osprey/inbox"))
    before = inbox.locator("#letters .letter-row").count()
    check(page, "practice-draft")
    send(page)
    # The inbox is open on another screen: the task appears on it without a reload.
    expect(inbox.locator("#letters .letter-row")).to_have_count(before + 1)
    expect(page.locator("#consultation")).to_contain_text("Delivered, patient matched")
    for code in ("20013", "30001"):
        expect(page.locator("#consultation")).to_contain_text(code)
    check(page, "practice-consultation")
    sent = page.url
    check(inbox, "practice-inbox")
    inbox.locator("#letters .letter-row").last.get_by_role("link").click()
    expect(inbox.locator("h1")).to_contain_text("GARTON")
    shown_as_pdf(inbox, inbox.locator("iframe").get_attribute("src"))
    the_browser_shows_it(inbox)
    inbox.get_by_text("Note …").click()
    inbox.get_by_label("Note", exact=True).fill("Patient telephoned")
    inbox.get_by_role("button", name="Add the note").click()
    first = inbox.url
    inbox.get_by_role("link", name=re.compile("^History")).click()
    expect(inbox.locator("#history")).to_contain_text("by administrator")
    inbox.goto(first)
    inbox.get_by_role("button", name="File to the record").click()
    expect(inbox.locator(".did")).to_contain_text("Filed to the record")
    inbox.goto(first)
    expect(inbox.locator("#letter-place")).to_contain_text("Filed")
    the_browser_shows_it(inbox)
    check(inbox, "practice-task")

    page.get_by_role("link", name="Send an update").click()
    page.get_by_label("Note 1", exact=True).fill("Cough is gone")
    page.get_by_role("button", name="Check the report").click()
    send(page)
    expect(page.locator("#consultation")).to_contain_text("Delivered, patient matched")
    inbox.goto(demo.url("/osprey/inbox"))
    newest = inbox.locator("#letters .letter-row").last
    expect(newest).to_contain_text("replaces an earlier one")
    newest.get_by_role("link").click()
    expect(inbox.locator("#letter-place")).to_contain_text("Version")
    inbox.get_by_role("link", name="the archived version").click()
    if inbox.url.split("?")[0] != first.split("?")[0]:
        fail("the replacement does not lead to the first version")
    expect(inbox.locator(".paper")).to_contain_text("This document is archived")
    check(inbox, "practice-archived")
    search(inbox, "/osprey/inbox?state=archived", "garton")
    expect(inbox.locator("#letters .letter-row")).to_have_count(1)
    page.goto(sent + "/delete")
    for fact in ("GARTON, Bill", "969 363 2109", "22 Nov 2026", "Osprey Medical Centre"):
        expect(page.locator("main")).to_contain_text(fact)
    check(page, "practice-delete")


def search(inbox, address, words):
    """Searches the list; the words may be a patient's and stay out of the address."""
    inbox.goto(demo.url(address))
    field = inbox.get_by_role("search")
    field.get_by_label("Patient, NHS number, sender or subject").fill(words)
    field.get_by_role("button", name="Show").click()
    inbox.wait_for_url(lambda url: "search=" in url)
    if words in inbox.url:
        fail(f"the address {inbox.url} tells what was searched for")


def shown_as_pdf(page, address):
    """What the page frames is the PDF itself, with headers that let this page show it."""
    answer = page.request.get(demo.url(address))
    headers = answer.headers
    if headers["content-type"] != "application/pdf" or not answer.body().startswith(b"%PDF-"):
        fail(f"{address} is no PDF")
    if headers["x-frame-options"] != "SAMEORIGIN" or "inline" not in headers["content-disposition"]:
        fail(f"{address} is not shown in the page")


BLUE_PIXELS = """async picture => {
    const image = new Image();
    image.src = "data:image/png;base64," + picture;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4)
        if (data[at] < 16 && Math.abs(data[at + 1] - 94) < 8 && Math.abs(data[at + 2] - 184) < 8)
            count += 1;
    return count;
}"""


def the_browser_shows_it(page):
    """The browser's own viewer paints the report in the frame: the blue bands of its template are
    there. It takes a while; until then the frame is dark."""
    frame = page.locator("iframe")
    frame.scroll_into_view_if_needed()
    counter = demo.browser.new_page()

    def is_painted():
        picture = base64.b64encode(frame.screenshot()).decode()
        return counter.evaluate(BLUE_PIXELS, picture) > 5_000

    until(is_painted, "the report is not painted in the page")
    counter.close()


def each_failure_is_told_with_what_to_do(page):
    for code, changes in {
        "EPL-151": {
            "NHS number": "9732110317",
            "Family name": "SANDERSON",
            "Date of birth": "21 6 1936",
        },
        "EPL-153": {"NHS number": "9111231130"},
        "EPL-154": {"Date of birth": "24 6 1946"},
        "20009": {"Given names": "20009"},
        "30002": {"Given names": "30002"},
    }.items():
        enter(page, **changes)
        send(page)
        failed(page, code)
    # One more mailbox of the same practice, and the address is ambiguous.
    operate("mailbox", "add", "A20047OT002", "--ods", "A20047", "--password-stdin", typed="secret\n")
    operate("workflow", "allow", "GPFED_CONSULT_REPORT", "--receive", "A20047OT002")
    enter(page)
    send(page)
    failed(page, "EPL-150")
    operate("mailbox", "disable", "A20047OT002")
    # The form refuses such a number: the exchange's own report of it arrives as others do.
    page.goto(demo.url("/starling/new"))
    fill(page, {**PATIENT, **ENCOUNTER, "NHS number": "9693632108"})
    page.get_by_role("button", name="Check the report").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Enter the NHS number")
    enter(page, **{"Given names": "noresponse"})
    send(page)
    expect(page.locator("#consultation")).to_contain_text("Sent: the exchange took the message")
    about = page.get_by_text("MESH message").locator("xpath=following-sibling::dd").inner_text()
    incoming = pathlib.Path(demo.directory) / "practices/starling/mailbox/IN"
    put(incoming, "report.ctl", REPORT.format(id="20261122090000000000_ABCDEF", about=about, code="EPL-152"))
    failed(page, "EPL-152")
    check(page, "practice-failed")

    page.goto(demo.url("/starling/sent?state=failed"))
    expect(page.locator("#consultations tbody tr")).to_have_count(7)
    check(page, "practice-sent")
    page.goto(demo.url("/starling"))
    check(page, "practice-overview")
    page.goto(demo.url("/starling/alerts"))
    groups = page.locator(".alert-group")
    before = groups.count()
    group = groups.first
    group.get_by_label("What you did about it").fill("Telephoned the practice")
    group.get_by_role("button", name="Mark").last.click()
    expect(groups).to_have_count(before - 1)
    page.get_by_role("link", name="Dealt with", exact=True).click()
    expect(page.locator("#alerts")).to_contain_text("Telephoned the practice")
    check(page, "practice-alerts")


def failed(page, code):
    told = page.locator("#consultation")
    expect(told).to_contain_text("Failed")
    expect(told).to_contain_text(f"({code})")
    expect(told.get_by_role("button", name="Mark the alert as dealt with")).to_be_visible()


def hostile_content_does_not_run(page):
    page.on("dialog", lambda dialog: fail(f"a script ran: {dialog.message}"))
    script = "<script>alert(1)</script>"
    # The exchange routes by the family name, so the given name and the notes carry it.
    enter(page, **{"Given names": script, "Note 1": "<img src=x onerror=alert(2)>"})
    for name, content in {
        "a.html": script,
        "a.xml": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>',
        "a.txt": script,
    }.items():
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
        )
        expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    send(page)
    inbox = demo.page()
    inbox.on("dialog", lambda dialog: fail(f"a script ran: {dialog.message}"))
    search(inbox, "/osprey/inbox", "alert")
    task = inbox.locator("#letters .letter-row")
    expect(task).to_have_count(1)
    expect(task).to_contain_text(script)
    task.get_by_role("link").click()
    expect(inbox.locator("h1")).to_contain_text(script)
    check(inbox, "practice-hostile")
    inbox.get_by_role("link", name=re.compile("^Files")).click()
    links = inbox.get_by_role("link", name=re.compile("Download (?!the message)"))
    if links.count() != 3:
        fail(f"expected three downloads, found {links.count()}")
    for index in range(links.count()):
        with inbox.expect_download() as download:
            links.nth(index).click()
        if not download.value.suggested_filename.endswith((".bin", ".txt")):
            fail(f"downloaded as {download.value.suggested_filename}")


def a_message_is_checked(page):
    sent = pathlib.Path(demo.directory) / "practices/starling/sent"
    message = next(sent.glob("*.dat"))
    page.goto(demo.url("/osprey/check"))
    check(page, "practice-check")
    page.get_by_label("Or the message's file").set_input_files(message)
    page.get_by_label("Or the control file itself").set_input_files(message.with_suffix(".ctl"))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#result")).to_contain_text("Valid by the rules of Send Document 1.3")
    pasted = page.get_by_label("Message", exact=True)
    expect(page.get_by_role("heading", name="Correct it and check again")).to_be_visible()
    broken = pasted.input_value().replace("371531000", "371531001")
    pasted.fill(broken)
    page.get_by_role("button", name="Check again", exact=True).click()
    expect(page.locator("#result")).to_contain_text("Not valid")
    for part in ("GPCM-SD-115", "What the rule asks:", "What to do:", "Line 2, column", "20009"):
        expect(page.locator("main")).to_contain_text(part)
    expect(page.locator(".source-text mark").first).to_have_text("371531001")
    expect(pasted).to_have_value(broken)
    check(page, "practice-checked")
    pasted.fill(broken.replace("371531001", "371531000"))
    page.get_by_role("button", name="Check again", exact=True).click()
    expect(page.locator("#result")).to_contain_text("Valid by the rules of")


def it_works_by_keyboard_and_without_javascript(page):
    plain = demo.page(javascript=False)
    plain.goto(demo.url("/starling/new"))
    # What is known already needs no field: the patient and one note are all that is entered.
    plain.get_by_label("Find the patient in this practice's list").fill("garton")
    plain.get_by_role("button", name="Find").click()
    plain.get_by_role("button", name="Choose GARTON").click()
    plain.get_by_label("Note 1", exact=True).fill("Cough for three days")
    plain.get_by_role("button", name="Check the report").click()
    expect(plain.locator("h1")).to_have_text("Check the report before you send it")
    send(plain)

    def is_delivered():
        plain.reload()
        return "Delivered, patient matched" in plain.inner_text("#consultation")

    until(is_delivered, "no delivery is shown without JavaScript")
    plain.goto(demo.url("/osprey/inbox"))
    check(plain, "practice-inbox-plain")
    page.goto(demo.url("/osprey/inbox"))
    link = page.locator("#letters a").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("e => e === document.activeElement"):
            break
    else:
        fail("a task cannot be reached by keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="File to the record")).to_be_visible()
    page.get_by_role("button", name="File to the record").press("Enter")
    expect(page.locator(".did")).to_contain_text("Filed")
    page.goto(demo.url("/osprey/settings"))
    check(page, "practice-settings")


def how_quickly_a_task_appears(page):
    """From the control file in IN to the task on an open page, by the file's own time."""
    received = pathlib.Path(demo.directory) / "practices/osprey/received"
    page.goto(demo.url("/osprey/inbox"))
    times = []
    sender = demo.page()
    for _ in range(5):
        enter(sender)
        count = page.locator("#letters .letter-row").count()
        known = set(received.glob("*.ctl"))
        send(sender)
        page.wait_for_function(
            "count => document.querySelectorAll('#letters .letter-row').length > count", arg=count
        )
        shown = time.time()
        arrived = max((set(received.glob("*.ctl")) - known), key=lambda file: file.stat().st_mtime)
        times.append(shown - arrived.stat().st_mtime)
        page.wait_for_timeout(1_000)
    print("from taking out of IN to the screen:", ", ".join(f"{t * 1000:.0f} ms" for t in times))


with Demo() as demo:
    page = demo.sign_in()
    a_consultation_goes_the_whole_way(page)
    each_failure_is_told_with_what_to_do(page)
    hostile_content_does_not_run(page)
    a_message_is_checked(page)
    it_works_by_keyboard_and_without_javascript(page)
    how_quickly_a_task_appears(page)
done()
