"""The inbox in two panes: thirteen letters on a screen beside the one that is opened, twenty-five filed by twenty-five
keys, several at once with undo, views that are kept, keys that can be switched off; the same without JavaScript and on
a telephone. A letter whose patient is not as the practice's list has them is never filed together with others."""

import re
import sqlite3
import time
from pathlib import Path

from harness import ROOT, Practice, check, done, expect, fail, put, until, valid_number

CONTROL = """<DTSControl><Version>1.0</Version><AddressType>ALL</AddressType><MessageType>Data</MessageType>
<From_DTS>RX1OT{place:03}</From_DTS><To_DTS>A20047OT001</To_DTS><Subject>Letter {place}</Subject><DTSId>{id}</DTSId>
<WorkflowId>TOC_FHIR_IP_DISCH</WorkflowId><StatusRecord><DateTime>20261122090000</DateTime><Event>TRANSFER</Event>
<Status>SUCCESS</Status><StatusCode>00</StatusCode></StatusRecord></DTSControl>"""
CONFIG = """listen = "127.0.0.1:0"
[practice]
ods = "A20047"
name = "Osprey Medical Centre"
mailbox = "A20047OT001"
mailbox_directory = "mailbox"
data_directory = "records"
patients = "patients.csv"
scan_seconds = 1
payloads = ["send-document", "transfer-of-care"]
other_ods = ["X26", "RY6"]
"""
LETTER = ROOT / "crates/transfer-of-care/tests/transfer_of_care/good.xml"
NAMES = ["WEAVER", "KILLEN", "MOONEY", "GARTON", "CUFF", "MELLOY", "WILCOX", "MUIR", "LARCH", "HOLT"]


class Receiver(Practice):
    """A practice with its list of patients; letters are put into IN as the MESH client does."""

    def __init__(self):
        self.numbers = [valid_number(9_990_000_000 + 100 * place) for place in range(60)]
        self.born = ["1946-06-23"] * 60
        super().__init__(CONFIG, self.patients(), jo="clerk", priya="clerk")
        self.published = 0

    def name(self, place):
        return f"{NAMES[place % len(NAMES)]}{chr(65 + place // len(NAMES))}"

    def patients(self):
        rows = ["nhs_number,family_name,given_names,date_of_birth,gp_ods_code"]
        for place, number in enumerate(self.numbers):
            rows.append(f"{number},{self.name(place)},,{self.born[place]},A20047")
        return "\n".join(rows) + "\n"

    def receive(self, count):
        """Letters about so many more patients of the list."""
        incoming = self.home / "mailbox" / "IN"
        text = LETTER.read_text()
        stated = re.search(r'nhs-number"\s*/>\s*<value value="([^"]*)"', text).group(1)
        patient = text[text.index("<Patient") :]
        family = re.search(r'<family value="([^"]*)"', patient[patient.index("<name") :]).group(1)
        born = re.search(r'<birthDate value="([^"]*)"', patient).group(1)
        for place in range(self.published, self.published + count):
            letter = text.replace(stated, self.numbers[place])
            letter = letter.replace(f'<family value="{family}"', f'<family value="{self.name(place)}"')
            letter = letter.replace(f'<birthDate value="{born}"', '<birthDate value="1946-06-23"')
            identity = f"20261122090000{place:06}_{place:06X}"
            for ending, content in (("dat", letter), ("ctl", CONTROL.format(place=place, id=identity))):
                put(incoming, f"{identity}.{ending}", content)
        self.published += count
        until(lambda: self.count("1") >= self.published, "the letters are not taken", 60)

    def count(self, condition):
        records = sqlite3.connect(self.home / "records" / "practice.sqlite", timeout=10)
        with records:
            (count,) = records.execute(f"SELECT count(*) FROM task WHERE {condition}").fetchone()
        records.close()
        return count

    def change(self, statement):
        records = sqlite3.connect(self.home / "records" / "practice.sqlite", timeout=10)
        with records:
            records.execute(statement)
        records.close()


ROWS = "#letters .letter-row"


def in_view(page, selector):
    """How many of these stand whole within the window."""
    return page.locator(selector).evaluate_all(
        """all => all.filter(one => {
            const box = one.getBoundingClientRect();
            const seen = document.elementFromPoint(box.left + box.width / 2, box.top + 2);
            const last = document.elementFromPoint(box.left + box.width / 2, box.bottom - 2);
            return box.height && box.top >= 0 && box.bottom <= innerHeight && one.contains(seen) && one.contains(last);
        }).length"""
    )


def the_list_says(page, born, differing):
    """The third patient's birth date in the list becomes this one, by which so many letters differ."""
    practice.born[2] = born
    put(practice.home, "patients.csv", practice.patients())

    def is_read():
        page.goto(practice.url("/inbox"))
        return page.locator(ROWS).filter(has_text="Check the patient").count() == differing

    until(is_read, "the changed list is not taken", 60)


def press(page, key, told, left):
    """A key, what the page says then, and how many letters are to do."""
    page.keyboard.press(key)
    expect(page.get_by_role("alert")).to_contain_text(told)
    there = practice.count("state = 'open'")
    if there != left:
        fail(f"{there} letters are to do after {key}, not {left}")


def nothing_has_come(page):
    expect(page.locator("#letters")).to_contain_text("No letter has come yet")
    check(page, "inbox-nothing-yet")


def letters_come_by_themselves(page):
    practice.receive(30)
    expect(page.locator(ROWS)).to_have_count(30)
    expect(page).to_have_title(re.compile("30 to do · Inbox"))
    expect(page.locator(".bar-nav [aria-current] .count")).to_have_text("30")
    expect(page.locator(f"{ROWS}.new")).to_have_count(30)
    rows = in_view(page, ROWS)
    print("whole letters in view at 1280 x 900:", rows)
    if rows < 13:
        fail(f"{rows} letters are in view")
    check(page, "inbox")


def a_letter_is_read_beside_the_list(page):
    page.keyboard.press("j")
    expect(page.locator(f"{ROWS}.here")).to_have_count(1)
    expect(page.locator("#letter")).to_contain_text("WEAVERA")
    for button in ("#file", "#mine", "#act-note > summary", "#act-reason > summary"):
        if in_view(page, button) != 1:
            fail(f"{button} is not in view without scrolling")
    if page.evaluate("document.querySelector('main').scrollHeight > innerHeight"):
        fail("the page is longer than the window")
    if in_view(page, ROWS) < 13:
        fail("fewer than thirteen letters are in view beside a letter")
    if practice.count("opened_at IS NULL") != 29:
        fail("one letter was opened")
    page.keyboard.press("j")
    expect(page.locator(f"{ROWS}").nth(1)).to_have_class(re.compile("here"))
    page.keyboard.press("k")
    expect(page.locator(f"{ROWS}").nth(0)).to_have_class(re.compile("here"))
    check(page, "inbox-letter")


def it_is_worked_on_by_keys(page):
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_contain_text("assigned to jo")
    page.keyboard.press("n")
    expect(page.get_by_label("Note", exact=True)).to_be_focused()
    # No key acts while somebody writes.
    page.keyboard.type("fjkar")
    page.keyboard.press("Tab")
    press(page, "Enter", "The note was added", left=30)
    page.keyboard.press("r")
    expect(page.get_by_label("Reason for returning")).to_be_focused()
    check(page, "inbox-return")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page, "inbox-return-error")
    page.get_by_label("Reason for returning").fill("Not our patient")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.locator(".did")).to_contain_text("telephone or email")
    press(page, "u", "Undone", left=30)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("WEAVERA")
    page.keyboard.press("Enter")
    expect(page.locator(ROWS)).to_have_count(1)
    if "WEAVERA" in page.url.upper():
        fail("the address tells what was searched for")
    page.goto(practice.url("/inbox"))


def keys_are_the_dialogs_while_it_is_open(page):
    """Closed, it has the focus until the page is drawn again: what is pressed in the same moment is the page's."""
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    pressed_in = page.evaluate(
        """() => {
            document.getElementById("keys").close();
            const focused = document.activeElement;
            focused.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }));
            return focused.closest("dialog")?.id;
        }"""
    )
    if pressed_in != "keys":
        fail("the dialog that was closed has not kept the focus: this proves nothing")
    expect(page.locator("#q")).to_be_focused()
    page.evaluate("document.activeElement.blur()")


def keys_are_listed_and_switched_off(page):
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    check(page, "inbox-keys")
    keys.get_by_role("button", name="Switch single keys off").click()
    expect(page.locator(".panes")).to_have_attribute("data-keys", "off")
    address = page.url
    for key in ("j", "f", "x", "a", "u"):
        page.keyboard.press(key)
    # Whatever a key had begun, the server would have answered before this.
    page.evaluate("fetch(location.href).then((answer) => answer.text()).then(() => true)")
    if page.url != address or page.locator(f"{ROWS} input:checked").count():
        fail("a key that was switched off did something")
    if practice.count("state = 'filed'") or practice.count("assigned_to IS NOT NULL") != 1:
        fail("a key that was switched off changed a letter")
    page.keyboard.press("?")
    keys.get_by_role("button", name="Switch single keys on").click()
    expect(page.locator(".panes")).not_to_have_attribute("data-keys", "off")


def several_at_once(page):
    """One that nobody opened and one whose patient differs are left out, and said to be."""
    the_list_says(page, "1946-06-26", differing=1)
    for place in (1, 2):
        page.locator(ROWS).nth(place).get_by_role("link").click()
        expect(page.locator(ROWS).nth(place)).to_have_class(re.compile("here"))
    page.goto(practice.url("/inbox"))
    boxes = page.get_by_role("checkbox", name="Choose")
    for place in range(4):
        boxes.nth(place).check()
    expect(page.locator(".told")).to_have_text("4 chosen, 2 not for filing")
    check(page, "inbox-chosen")
    # What is chosen stays chosen while the list renews itself, and the new letter comes last.
    practice.receive(1)
    expect(page.locator(ROWS)).to_have_count(31)
    expect(page.locator(".told")).to_have_text("4 chosen, 2 not for filing")
    page.get_by_role("button", name="File 2 …").click()
    expect(page.locator("#asked")).to_have_text("File 2 letters to the record")
    asked = page.locator(".ask")
    for words in ("WEAVERA", "KILLENA", "the patient is not compared", "nobody opened it"):
        expect(asked).to_contain_text(words)
    check(page, "inbox-file-several")
    page.get_by_role("button", name="File 2 letters").click()
    expect(page.locator(".did")).to_contain_text("Filed to the record")
    if practice.count("state = 'filed'") != 2:
        fail("two letters were to be filed")
    check(page, "inbox-filed-several")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("alert")).to_contain_text("2 letters are as they were")
    if practice.count("state = 'filed'"):
        fail("it is not undone")
    page.get_by_role("checkbox", name="Choose").nth(0).check()
    page.get_by_role("checkbox", name="Choose").nth(5).check()
    page.get_by_role("button", name="Assign …").first.click()
    page.get_by_label("Assign to").select_option("priya")
    check(page, "inbox-assign-several")
    page.get_by_role("button", name="Assign 2 letters").click()
    expect(page.locator(".did")).to_contain_text("Assigned")
    page.keyboard.press("u")
    expect(page.get_by_role("alert")).to_contain_text("2 letters are as they were")
    if practice.count("assigned_to = 'priya'") or practice.count("assigned_to = 'jo'") != 1:
        fail("the assignment is not undone to what it was")
    page.get_by_role("checkbox", name="Choose").nth(0).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").strip().splitlines()
    if len(rows) != 2 or "WEAVERA" not in rows[1]:
        fail(f"exported {len(rows)} rows")


def twenty_five_by_twenty_five_keys(page):
    """Each letter opens by itself once the one before is filed."""
    the_list_says(page, "1946-06-23", differing=0)
    page.locator(ROWS).first.get_by_role("link").click()
    expect(page.locator("#file")).to_be_visible()
    begun, keys = time.monotonic(), 0
    for filed in range(1, 26):
        # A second after a letter opened, by the page's own clock, not before: what is pressed twice files one.
        page.wait_for_load_state("load")
        page.evaluate("new Promise((done) => setTimeout(done, 1050))")
        page.keyboard.press("f")
        page.keyboard.press("f")
        keys += 1
        expect(page.locator(".did")).to_contain_text(practice.name(filed - 1))
        expect(page.locator("#file")).to_be_visible()
    seconds = time.monotonic() - begun
    print(f"25 letters filed with {keys} keys in {seconds:.1f} s")
    if practice.count("state = 'filed'") != 25:
        fail("25 keys did not file 25 letters")
    # The next one has opened by itself: it is opened once it was in view for a while.
    shown = page.locator(f"{ROWS}.here.new")
    expect(shown).to_have_count(1)
    left = practice.count("state = 'open' AND opened_at IS NULL")
    expect(shown).to_have_count(0)
    if practice.count("state = 'open' AND opened_at IS NULL") != left - 1:
        fail("a letter that was in view is not opened")
    press(page, "u", "Undone", left=practice.published - 24)


def views_are_kept(page):
    practice.change("UPDATE task SET received_at = received_at - 3 * 86400000 WHERE number > 28")
    page.goto(practice.url("/inbox"))
    page.get_by_role("link", name="Older than 2 days").click()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.locator(f"{ROWS} .age-old")).to_have_count(3)
    page.get_by_text("More filters").click()
    page.get_by_label("Opened").select_option("yes")
    page.get_by_label("Order").select_option("newest")
    check(page, "inbox-filters")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Save this view").click()
    page.get_by_label("Name of the view").fill("Old, unread")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#views [aria-current]")).to_contain_text("Old, unread 3")
    page.locator(ROWS).first.get_by_role("link").click()
    expect(page.locator(ROWS)).to_have_count(2)
    page.goto(practice.url("/inbox"))
    expect(page.locator("#views")).to_contain_text("Old, unread 2")
    first = page.locator(ROWS).first.get_attribute("id")
    newest = page.locator(ROWS).last.get_attribute("id")
    page.goto(practice.url("/inbox?sort=oldest"))
    if page.locator(ROWS).first.get_attribute("id") != newest or page.locator(ROWS).last.get_attribute("id") != first:
        fail("the order that was chosen is not remembered")
    page.get_by_text("More filters").click()
    page.get_by_label("Order").select_option("oldest")
    page.get_by_label("Opened").select_option("yes")
    page.get_by_label("Assigned to").select_option("me")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#letters")).to_contain_text("No letter matches that is to do, assigned to you, not opened yet")
    check(page, "inbox-none")
    page.get_by_role("link", name="Old, unread").click()
    page.get_by_role("button", name="Forget this view").click()
    expect(page.locator("#views")).not_to_contain_text("Old, unread")


def two_people_at_once(page):
    """What somebody else files stays where it was, marked, until the page is left."""
    page.goto(practice.url("/inbox"))
    other = practice.sign_in("priya")
    before = page.locator(ROWS).count()
    first = page.locator(ROWS).first
    top = page.locator(ROWS).nth(1).bounding_box()["y"]
    other.locator(ROWS).first.get_by_role("link").click()
    other.get_by_role("button", name="File to the record").click()
    expect(other.locator(".did")).to_contain_text("Filed")
    expect(first).to_contain_text("No longer in this list")
    if page.locator(ROWS).count() != before or page.locator(ROWS).nth(1).bounding_box()["y"] != top:
        fail("the list moved")
    check(page, "inbox-gone")


def it_works_without_javascript():
    practice.state = None
    plain = practice.sign_in("jo")
    practice.state = plain.context.storage_state()
    plain = practice.page(javascript=False)
    plain.goto(practice.url("/inbox"))
    check(plain, "inbox-plain")
    rows = plain.locator(ROWS)
    before = rows.count()
    rows.nth(0).get_by_role("link").click()
    plain.get_by_role("button", name="File to the record").click()
    expect(plain.locator(".did")).to_contain_text("Filed")
    plain.get_by_role("button", name="Undo").click()
    plain.goto(practice.url("/inbox"))
    expect(rows).to_have_count(before)
    rows.nth(0).get_by_role("checkbox").check()
    plain.get_by_role("button", name="File …").click()
    plain.get_by_role("button", name="File 1 letter").click()
    expect(plain.locator(".did")).to_contain_text("Filed")
    expect(rows).to_have_count(before - 1)


def on_a_telephone(page):
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(practice.url("/inbox"))
        expect(page.locator("#letter")).to_be_hidden()
        page.locator(ROWS).first.get_by_role("link").click()
        expect(page.locator("#letter")).to_be_visible()
        expect(page.locator("#letters")).to_be_hidden()
        if in_view(page, "#file") != 1:
            fail(f"File is not in view at {width} px")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            fail(f"{wide} px wide at {width} px")
        page.locator(".back-list").click()
        expect(page.locator("#letters")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})


with Receiver() as practice:
    page = practice.sign_in("jo")
    nothing_has_come(page)
    letters_come_by_themselves(page)
    a_letter_is_read_beside_the_list(page)
    it_is_worked_on_by_keys(page)
    keys_are_the_dialogs_while_it_is_open(page)
    keys_are_listed_and_switched_off(page)
    several_at_once(page)
    twenty_five_by_twenty_five_keys(page)
    views_are_kept(page)
    two_people_at_once(page)
    on_a_telephone(page)
    it_works_without_javascript()
done()
