"""Entering a consultation at the demo's sending practice: how many fields are typed, dates with what is wrong in which
part, a draft that outlives its tab or is open in two, templates, files that are dragged; with and without JavaScript, by
keyboard, at 320 pixels."""

from harness import Demo, check, done, expect, fail, until

MARSH = {
    "Clinician's SDS user id": "555083343101",
    "Clinician's family name": "Marsh",
    "Clinician's role": "General practitioner",
}
# Fields typed besides the search for the patient, in the release before: registered practice, date and time, SDS
# user id, family name, role, telephone number, address, note.
TYPED_BEFORE = 8

DROP = """([selector, files]) => {
    const data = new DataTransfer();
    for (const [name, size] of files) data.items.add(new File(["a".repeat(size)], name));
    const zone = document.querySelector(selector);
    for (const kind of ["dragover", "drop"])
        zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def find_patient(page):
    page.goto(demo.url("/starling/new"))
    page.get_by_label("Find the patient in this practice's list").fill("garton")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("23 Jun 1946")).to_be_visible()
    page.get_by_role("button", name="Choose GARTON").click()
    expect(page.get_by_text("GARTON, Bill, born 23 Jun 1946")).to_be_visible()


def look_at_the_report(page):
    page.get_by_role("button", name="Check the report").click()
    expect(page.locator("h1")).to_have_text("Check the report before you send it")


def parts(page, name):
    return page.get_by_role("group", name=name, exact=True).get_by_role("textbox")


def only_patient_and_notes_are_typed(page):
    """The first consultation asks for the clinician, the second for the notes alone."""
    counts = []
    for clinician in (MARSH, {}):
        find_patient(page)
        if not clinician:
            expect(page.get_by_text("Seen by Marsh, General practitioner")).to_be_visible()
            check(page, "entry-known")
        typed = {**clinician, "Note 1": "Cough for three days"}
        for label, value in typed.items():
            page.get_by_label(label, exact=True).fill(value)
        counts.append(len(typed))
        look_at_the_report(page)
        expect(page.get_by_text("Osprey Medical Centre (A20047)")).to_be_visible()
        check(page, "entry-report")
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#consultation")).to_contain_text("Delivered, patient matched")
    print(f"fields typed: {TYPED_BEFORE} before, {counts[0]} for a clinician's first consultation, {counts[1]} after")
    if counts != [4, 1]:
        fail(f"fields to type: {counts}")


def a_date_says_what_is_wrong_in_which_part(page):
    page.goto(demo.url("/starling/new"))
    for number, value in enumerate(("31", "2", "1946")):
        parts(page, "Date of birth").nth(number).fill(value)
    page.get_by_text("Seen by").click()
    parts(page, "When the patient was seen").nth(2).fill("")
    parts(page, "Time").nth(0).fill("25")
    page.get_by_role("button", name="Check the report").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    for words, field in (
        ("that month has no day 31", "birth_date_day"),
        ("must include a year", "date_year"),
        ("Hour must be a number from 0 to 23", "time_hour"),
    ):
        summary.get_by_role("link", name=words).click()
        if page.evaluate("document.activeElement.id") != field:
            fail(f"the error '{words}' does not lead to {field}")
    check(page, "entry-date-errors")


def a_draft_outlives_its_tab(page):
    tab = demo.page()
    tab.goto(demo.url("/starling/new"))
    tab.get_by_label("Note 1", exact=True).fill("Fell off a ladder")
    told = tab.get_by_role("status")
    expect(told).to_contain_text("Kept ")
    if "/drafts/" not in tab.url or "ladder" in tab.url:
        fail(f"a kept draft has the address {tab.url}")
    tab.get_by_label("Note 1", exact=True).press_sequentially(", on his left hand")
    until(lambda: tab.evaluate("!document.querySelector('[data-kept]').textContent") is False, "nothing is said to be kept")
    # Searching for the patient takes what was typed along, kept or not.
    tab.get_by_label("Find the patient in this practice's list").fill("garton")
    tab.get_by_role("button", name="Find").click()
    tab.get_by_role("button", name="Choose GARTON").click()
    expect(tab.get_by_label("Note 1", exact=True)).to_have_value("Fell off a ladder, on his left hand")
    expect(tab.get_by_role("status")).to_contain_text("Kept ")
    tab.close()
    page.goto(demo.url("/starling/new"))
    check(page, "entry-new-with-draft")
    page.get_by_role("link", name="all your drafts").click()
    check(page, "entry-drafts")
    page.get_by_role("link", name="GARTON, Bill").click()
    expect(page.get_by_label("Note 1", exact=True)).to_have_value("Fell off a ladder, on his left hand")
    expect(page.get_by_text("GARTON, Bill, born 23 Jun 1946")).to_be_visible()
    # Enter in a field looks at the report, and searches nobody.
    page.get_by_text("GARTON, Bill, born").click()
    page.get_by_label("Family name", exact=True).press("Enter")
    expect(page.locator("h1")).to_have_text("Check the report before you send it")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_role("alert")).to_contain_text("discarded")


def a_template_begins_the_notes(page):
    page.goto(demo.url("/starling/new"))
    page.get_by_label("Note 1", exact=True).fill("Fell off a ladder")
    page.get_by_label("Template").select_option("Minor injury")
    page.get_by_role("button", name="Put it in").click()
    expect(page.get_by_label("Note 1", exact=True)).to_have_value("Fell off a ladder")
    expect(page.get_by_label("Note 2", exact=True)).to_have_value("Injury:\nWhen and how:\nTetanus:")
    check(page, "entry-template")
    expect(page.get_by_role("status")).to_contain_text("Kept ")
    page.get_by_text("Another heading").first.click()


def files_are_dragged(page):
    find_patient(page)
    page.get_by_label("Note 1", exact=True).fill("Cough for three days")
    look_at_the_report(page)
    files = [["blood.txt", 6], ["scan.txt", 6_000_000], ["x.exe", 3], ["letter.txt", 2_000_000]]
    page.evaluate(DROP, ["form[data-attach]", files])
    attached = page.locator("#attached")
    for name, size in (("blood.txt", "6 bytes"), ("letter.txt", "2.0 MB")):
        expect(attached.get_by_text(f"{name}, text/plain, {size}")).to_be_visible()
    told = page.locator("[data-files]")
    expect(told).to_contain_text("scan.txt: the file has 6.0 MB, and 5.0 MB is the most")
    expect(told).to_contain_text("x.exe: a file of this type cannot be sent")
    expect(told).to_contain_text("blood.txt: added")
    check(page, "entry-files")
    page.get_by_role("button", name="Remove letter.txt").click()
    expect(page.get_by_text("letter.txt")).to_have_count(0)
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#consultation")).to_contain_text("Delivered, patient matched")


def note(page):
    return page.get_by_label("Note 1", exact=True)


def the_older_window_keeps_nothing_and_says_what_to_do(page):
    """A draft in two windows: what is typed in the one that shows less never replaces what the other kept."""
    older, newer = demo.page(), demo.page()
    older.clock.install()
    older.on("dialog", lambda dialog: dialog.accept())
    find_patient(older)
    note(older).fill("Fell off a ladder")
    expect(older.get_by_role("status")).to_contain_text("Kept ")
    newer.goto(older.url)
    note(newer).fill("Fell off a ladder, no fracture")
    expect(newer.get_by_role("status")).to_contain_text("Kept ")
    note(older).fill("Fell off a ladder, fracture")
    told = older.get_by_role("status")
    expect(told).to_contain_text("Not kept: this draft was changed in another window")
    # It stays told, whatever is typed on.
    note(older).press_sequentially(" of the wrist")
    older.clock.run_for(20_000)
    expect(told).to_contain_text("Not kept")
    check(older, "entry-changed-elsewhere")
    newer.reload()
    expect(note(newer)).to_have_value("Fell off a ladder, no fracture")
    # Nor does the report take it; what was typed is still there to be copied.
    older.get_by_role("button", name="Check the report").click()
    expect(older.locator("[data-error-summary]")).to_contain_text("another window")
    expect(note(older)).to_have_value("Fell off a ladder, fracture of the wrist")
    expect(older.get_by_role("status")).to_contain_text("Not kept: this draft was changed in another window")
    check(older, "entry-changed-again")
    newer.reload()
    expect(note(newer)).to_have_value("Fell off a ladder, no fracture")
    older.get_by_role("link", name="draft as it is now").first.click()
    expect(note(older)).to_have_value("Fell off a ladder, no fracture")
    # From here on it is the latest, and keeps.
    note(older).fill("Fell off a ladder, fracture")
    expect(older.get_by_role("status")).to_contain_text("Kept ")
    return older, newer


def only_the_report_that_was_shown_is_sent(older, newer):
    look_at_the_report(older)
    newer.goto(older.url)
    newer.get_by_role("button", name="Change it").click()
    note(newer).fill("Fell off a ladder, sprain")
    look_at_the_report(newer)
    # A file of the older look is refused as the report is; one of the latest is taken, and sent with the report.
    older.evaluate(DROP, ["form[data-attach]", [["late.txt", 6]]])
    expect(older.locator("[data-files]")).to_contain_text("late.txt: not added: the draft was changed in another window")
    older.get_by_role("button", name="Send the report").click()
    expect(older.locator("[data-error-summary]")).to_contain_text("nothing was sent or overwritten")
    expect(older.locator("main")).not_to_contain_text("late.txt")
    check(older, "entry-not-sent")
    newer.evaluate(DROP, ["form[data-attach]", [["blood.txt", 6]]])
    expect(newer.locator("[data-files]")).to_contain_text("blood.txt: added")
    newer.get_by_role("button", name="Send the report").click()
    expect(newer.locator("#consultation")).to_contain_text("Delivered, patient matched")
    for window in (older, newer):
        window.close()


def back_from_the_report_goes_on_with_the_draft(page):
    find_patient(page)
    note(page).fill("Cough for three days")
    expect(page.get_by_role("status")).to_contain_text("Kept ")
    look_at_the_report(page)
    page.go_back()
    expect(note(page)).to_have_value("Cough for three days")
    note(page).fill("Cough for four days")
    expect(page.get_by_role("status")).to_contain_text("Kept ")
    look_at_the_report(page)
    page.get_by_role("button", name="Discard it").click()


def who_stays_on_the_page_is_kept_again(_):
    """The search for a patient asks before it leaves what could not be kept; whoever stays is kept as before."""
    page = demo.page()
    find_patient(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.route("**/drafts", lambda route: route.fulfill(status=503))
    note(page).fill("Cough for three days")
    expect(page.get_by_role("status")).to_contain_text("Not kept yet")
    page.get_by_role("button", name="Find").click()
    until(lambda: page.title() and asked, "leaving what is not kept does not ask")
    page.unroute("**/drafts")
    expect(page.get_by_role("status")).to_contain_text("Kept ")
    look_at_the_report(page)
    page.get_by_role("button", name="Discard it").click()


def it_works_without_javascript(_):
    page = demo.page(javascript=False)
    page.goto(demo.url("/starling/new"))
    page.get_by_label("Note 1", exact=True).fill("Cough")
    page.get_by_text("Examination", exact=True).click()
    page.get_by_label("Note 2", exact=True).fill("Chest clear")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Kept as a draft")
    expect(page.get_by_label("Note 2", exact=True)).to_have_value("Chest clear")
    page.get_by_label("Find the patient in this practice's list").fill("garton")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Choose GARTON").click()
    look_at_the_report(page)
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": b"Hb 140"} for name in ("a.txt", "b.txt")]
    )
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Remove b.txt")).to_be_visible()
    page.get_by_role("button", name="Discard it").click()


def a_clinician_is_forgotten(page):
    page.goto(demo.url("/starling/new/clinicians"))
    check(page, "entry-clinicians")
    page.get_by_role("button", name="Forget Marsh").click()
    expect(page.get_by_text("Nobody is remembered")).to_be_visible()
    page.goto(demo.url("/starling/new"))
    expect(page.get_by_label("Clinician's family name")).to_be_visible()


with Demo() as demo:
    page = demo.sign_in()
    only_patient_and_notes_are_typed(page)
    a_date_says_what_is_wrong_in_which_part(page)
    a_draft_outlives_its_tab(page)
    a_template_begins_the_notes(page)
    files_are_dragged(page)
    windows = the_older_window_keeps_nothing_and_says_what_to_do(page)
    only_the_report_that_was_shown_is_sent(*windows)
    back_from_the_report_goes_on_with_the_draft(page)
    who_stays_on_the_page_is_kept_again(page)
    it_works_without_javascript(page)
    a_clinician_is_forgotten(page)
done()
