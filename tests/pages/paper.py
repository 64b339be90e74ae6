"""What comes out of a printer: inbox, letter, consultation and journey as PDFs made by Chromium, with what was on the
page and without what is for hands; nothing cut at the right, no page half empty before the next. And the pages around: help,
accessibility statement, addresses that lead nowhere."""

import io

from harness import SHOTS, Demo, check, done, expect, fail
from pypdf import PdfReader

# What a margin of 12 mm leaves of A4, in CSS pixels.
PAPER = 703
# What nobody wants on paper.
HANDS = ("Skip to main content", "Sign out", "Export as CSV", "Accessibility statement", "Help with this page", "Add the note")


def on_paper(page, name, wanted, unwanted=()):
    """The page as a PDF of A4: what must and what must not be read there."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PAPER:
        fail(f"{name}: {width} px wide on paper of {PAPER} px")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"paper-{name}.png", full_page=True)
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    text = " ".join(" ".join(part.extract_text() for part in reader.pages).split())
    for words in wanted:
        if words not in text:
            fail(f"{name}: {words!r} is not on paper: {text[:2000]}")
    for words in (*HANDS, *unwanted):
        if words in text:
            fail(f"{name}: {words!r} is on paper")
    if len(reader.pages) > 1:
        lowest(reader.pages[0], name)
    print("printed", name, len(reader.pages), "pages", flush=True)


def lowest(sheet, name):
    """The first of several pages is written on to its lower half."""
    heights = []
    sheet.extract_text(visitor_text=lambda text, _cm, matrix, *_: text.strip() and heights.append(matrix[5] or _cm[5]))
    height = float(sheet.mediabox.height)
    ends = min((min(y, height - y) if y < 0 else y) for y in heights)
    if ends > height / 2:
        fail(f"{name}: the first page ends half way ({ends:.0f} of {height:.0f})")


def a_button_prints(page):
    """Where there is a script; without one the browser's own way is left."""
    page.add_init_script("window.print = () => { window.printed = (window.printed || 0) + 1; }")
    page.goto(demo.url("/starling/sent"))
    page.get_by_role("button", name="Print").click()
    if page.evaluate("window.printed") != 1:
        fail("the button does not print")
    plain = demo.page(javascript=False)
    plain.goto(demo.url("/starling/sent"))
    expect(plain.get_by_role("button", name="Print")).to_have_count(0)


def a_list_is_taken_along(page):
    page.goto(demo.url("/osprey/inbox"))
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export as CSV").click()
    download = taken.value
    if not download.suggested_filename.startswith("inbox-A20047-"):
        fail(f"a file of the name {download.suggested_filename}")
    with open(download.path(), encoding="utf-8-sig", newline="") as file:
        lines = file.read().split("\r\n")
    if not lines[0].startswith("Task,State,Received (UTC),Patient") or len(lines) < 3:
        fail(f"the file is {lines[:3]}")


def what_is_around(page):
    page.goto(demo.url("/osprey/settings"))
    page.get_by_role("link", name="Help with this page").click()
    expect(page.locator("h1")).to_have_text("Help")
    if not page.url.endswith("/osprey/help#settings"):
        fail(f"the help of the settings is at {page.url}")
    check(page, "practice-help")
    page.get_by_role("link", name="Accessibility statement").click()
    check(page, "accessibility-statement")
    page.goto(demo.url("/osprey/nothing/at/all"))
    expect(page.locator("h1")).to_have_text("Page not found")
    expect(page.get_by_role("navigation", name="Menu").get_by_role("link", name="Inbox")).to_be_visible()
    check(page, "practice-not-found")


with Demo() as demo:
    page = demo.sign_in()
    page.goto(demo.url("/osprey/inbox"))
    letter = page.locator("#letters a[href*='/inbox/']").first
    expect(letter).to_be_visible()
    letter = letter.get_attribute("href")
    on_paper(page, "inbox", ["Inbox", "GARTON"], ["Search", "Show"])
    page.goto(demo.url("") + letter)
    on_paper(page, "letter", ["GARTON", "969 363 2109"], ["File to the record"])
    page.goto(demo.url("/starling/sent"))
    consultation = page.locator("#consultations table a").first.get_attribute("href")
    on_paper(page, "sent", ["Sent consultations", "GARTON"], ["Show"])
    page.goto(demo.url("") + consultation)
    on_paper(page, "consultation", ["20013", "30001"], ["Send an update"])
    page.goto(demo.url("/console/messages"))
    journey = page.locator("#messages a").first.get_attribute("href")
    page.goto(demo.url("") + journey)
    on_paper(page, "journey", ["A81001OT001"], ["Show patient details"])
    a_button_prints(page)
    a_list_is_taken_along(page)
    what_is_around(page)
done()
