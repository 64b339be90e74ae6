"""Alerts, sent consultations and the overview of a practice: 54 alerts are three screens at most and are dealt
with in groups, and undone; a consultation that fails while its page is open says so once; the same
without JavaScript and by keyboard."""

import pathlib
import re

from harness import ENCOUNTER, PATIENT, REPORT, Demo, check, done, expect, fail, fill, put

DATA = """<DTSControl><Version>1.0</Version><AddressType>ALL</AddressType>
<MessageType>Data</MessageType><From_DTS>A20047OT001</From_DTS><To_DTS>A81001OT001</To_DTS>
<WorkflowId>{workflow}</WorkflowId></DTSControl>"""
# Alerts of each cause, 54 with the one of the consultation that fails. Those in IN are ten groups: they fit on a page.
UNEXPLAINED, UNREADABLE, WITHOUT_DATA, FOREIGN = 20, 12, 13, 8


def receive(name, text):
    put(pathlib.Path(demo.directory) / "practices/starling/mailbox/IN", name, text)


def message_id(number):
    return f"20261122090000{number:06}_{number:06X}"


def a_failure_is_told_once_while_its_page_is_open(page):
    page.goto(demo.url("/starling/new"))
    fill(page, {**PATIENT, **ENCOUNTER, "Given names": "noresponse"})
    page.get_by_role("button", name="Check the report").click()
    page.get_by_role("button", name="Send the report").click()
    told = page.locator("#consultation")
    expect(told).to_contain_text("Sent: the exchange took the message")
    expect(told).to_contain_text("not yet")
    check(page, "alerts-consultation-under-way")
    about = page.get_by_text("MESH message").locator("xpath=following-sibling::dd").first.inner_text()
    receive("failure.ctl", REPORT.format(id=message_id(900_000), about=about, code="EPL-153"))
    expect(told).to_contain_text("What to do: ")
    text = page.locator("main").inner_text()
    for words in ("The NHS number was not found", "Check the NHS number with the patient"):
        if text.count(words) != 1:
            fail(f"a failed consultation says {text.count(words)} times: {words}")
    if text.count("none will come") != 2 or "not yet" in text:
        fail("acknowledgements that never come are told as if they could")
    if "Success" in text or page.locator(".nhsuk-notification-banner").count():
        fail("a failed consultation has a notice of success above it")
    expect(page.get_by_role("link", name="Correct it and send it again")).to_be_visible()
    print_it = page.get_by_role("link", name="Open the report to print and post it")
    answer = page.request.get(demo.url(print_it.get_attribute("href")))
    if not answer.body().startswith(b"%PDF-"):
        fail("the report of a failed consultation cannot be printed")
    check(page, "alerts-consultation-failed")
    return page.url


def fifty_four_alerts(page):
    for number in range(UNEXPLAINED):
        about = message_id(800_000 + number)
        receive(f"report-{number}.ctl", REPORT.format(id=message_id(number), about=about, code="14"))
    for number in range(UNREADABLE):
        receive(f"unreadable-{number}.ctl", "no control file")
    for number in range(WITHOUT_DATA):
        receive(f"alone-{number}.ctl", DATA.format(workflow="GPFED_CONSULT_REPORT"))
    for number in range(FOREIGN):
        receive(f"other-{number}.dat", "data")
        receive(f"other-{number}.ctl", DATA.format(workflow=f"OTHER_{number}"))
    page.goto(demo.url("/starling/alerts"))
    # What may be half written is told at the second look.
    expect(page.get_by_role("link", name="To deal with 54")).to_be_visible()
    check(page, "alerts-54")
    height = page.evaluate("document.documentElement.scrollHeight")
    print(f"54 alerts: {height} px")
    if height > 2_700:
        fail(f"54 alerts are {height} px, more than three screens of 900")
    if "Needs somebody" in page.locator("main").inner_text():
        fail("an alert is headed by a riddle")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".alert-group")).not_to_have_count(0)
    page.goto(demo.url("/starling/alerts"))
    page.get_by_role("link", name=f"Show all {UNEXPLAINED} alerts").click()
    expect(page.locator(".alert-rows li")).to_have_count(UNEXPLAINED)
    check(page, "alerts-group")


def a_group_is_dealt_with_at_once_and_undone(page):
    page.goto(demo.url("/starling/alerts?kind=letter-failed"))
    group = page.locator(".alert-group").filter(has_text="names no message of ours")
    group.get_by_label("What you did about it").fill("Saw the client's log")
    group.get_by_role("button", name=f"Mark all {UNEXPLAINED} as dealt with").click()
    said = page.get_by_role("status").filter(has_text="marked as dealt with")
    expect(said).to_contain_text(f"{UNEXPLAINED} alerts are marked as dealt with.")
    expect(page.get_by_role("link", name="To deal with 34")).to_be_visible()
    check(page, "alerts-undo")
    page.get_by_role("link", name="Dealt with", exact=True).click()
    expect(page.get_by_text("Saw the client's log")).to_have_count(UNEXPLAINED)
    check(page, "alerts-dealt-with")
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="To deal with 54")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Reopened")


def chosen_ones_by_keyboard_and_without_javascript(page):
    plain = demo.page(javascript=False)
    plain.goto(demo.url("/starling/alerts?kind=left-in-in"))
    group = plain.locator(".alert-group").filter(has_text="has no data file")
    boxes = group.get_by_role("checkbox")
    boxes.nth(0).press("Space")
    boxes.nth(1).press("Space")
    group.get_by_role("button", name="Mark chosen as dealt with").press("Enter")
    expect(plain.locator("main")).to_contain_text("2 alerts are marked as dealt with.")
    check(plain, "alerts-plain")
    # A page that renews itself leaves alone what somebody chooses on it.
    page.goto(demo.url("/starling/alerts?kind=left-in-in"))
    box = page.locator(".alert-group").filter(has_text="has no data file").get_by_role("checkbox").first
    box = page.locator("#" + box.get_attribute("id"))
    box.check()
    # Nobody is in a field any more: the page renews itself, and what was chosen stays.
    page.evaluate("document.activeElement.blur()")
    plain.get_by_role("button", name="Undo").press("Enter")
    expect(plain.locator("main")).to_contain_text("2 alerts are to be dealt with again.")
    expect(page.locator("#alerts")).to_contain_text("Reopened")
    expect(box).to_be_checked()


def the_way_from_the_overview_to_the_letter(page, failed):
    page.goto(demo.url("/starling"))
    check(page, "alerts-overview")
    page.get_by_role("link", name=re.compile(r"alerts: Reports not delivered")).click()
    page.get_by_role("link", name="GARTON, noresponse, sent consultation").click()
    page.wait_for_url(failed)
    page.get_by_label("What you did about it").fill("Telephoned the patient")
    page.get_by_role("button", name="Mark the alert as dealt with").click()
    expect(page.locator("#consultation")).to_contain_text("Telephoned the patient")
    check(page, "alerts-consultation-dealt-with")
    page.goto(demo.url("/starling/sent"))
    field = page.get_by_label("Patient, NHS number or practice")
    field.fill("garton")
    field.press("Enter")
    page.wait_for_url(lambda url: "search=" in url)
    if "garton" in page.url:
        fail(f"the address {page.url} tells what was searched for")
    expect(page.locator("#consultations")).to_contain_text("969 363 2109")
    page.get_by_role("link", name=re.compile(r"^Failed \d")).click()
    expect(page.locator("#consultations tbody tr")).to_have_count(1)
    check(page, "alerts-sent")
    page.goto(demo.url("/osprey"))
    expect(page.locator("#overview")).to_contain_text("20013 Success")
    check(page, "alerts-overview-osprey")


with Demo() as demo:
    page = demo.sign_in()
    failed = a_failure_is_told_once_while_its_page_is_open(page)
    fifty_four_alerts(page)
    a_group_is_dealt_with_at_once_and_undone(page)
    chosen_ones_by_keyboard_and_without_javascript(page)
    the_way_from_the_overview_to_the_letter(page, failed)
done()
