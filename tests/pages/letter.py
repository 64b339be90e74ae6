"""One letter: whom it is about stays in view, its words come first on a telephone, its document is a PDF beside them on a
desk; every view is accessible at both widths, works without JavaScript, and leads back to the list and on to the next."""

import re

from harness import RULES, SHOTS, WIDE, Axe, Demo, check, done, expect, fail

PHONE = {"width": 390, "height": 844}
VIEWS = ("Text", "PDF", "Files", "Findings", "Source", "Control data", "Journey", "History")


def opened(page):
    page.goto(demo.url("/osprey/inbox"))
    page.locator("#letters a[href*='/inbox/']").first.click()
    expect(page.locator(".patient h1")).to_have_text("GARTON, Bill")


def view(page, name):
    # Control data is a part of the view Source.
    place = page.locator(".desk .seg" if name == "Control data" else ".letter-facts .tabs")
    place.get_by_role("link", name=re.compile(rf"^{name}( \d+)?$")).click()
    current = page.locator(".letter-facts [aria-current=page]")
    expect(current).to_contain_text("Source" if name == "Control data" else name)


def banner_says_whom_it_is_about(page):
    banner = page.locator(".patient")
    for words in ("23 Jun 1946", "969 363 2109", "match"):
        expect(banner).to_contain_text(words)
    facts = page.locator(".letter-facts")
    for words in ("For Action", "Version 1", "1 of "):
        expect(facts).to_contain_text(words)


def every_view_can_be_read(page, javascript):
    opened(page)
    for name in VIEWS:
        view(page, name)
        banner_says_whom_it_is_about(page)
        if javascript:
            check(page, f"letter-{name.lower().replace(' ', '-')}")


def it_stays_in_view(page):
    """However far one scrolls, at either width."""
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        opened(page)
        view(page, "Source")
        page.mouse.move(size["width"] - 80, 500)
        page.mouse.wheel(0, 3000)
        page.wait_for_function("scrollY > 200 || document.querySelector('.desk').scrollTop > 200")
        box = page.locator(".patient h1").bounding_box()
        if not 0 <= box["y"] < size["height"] / 2:
            fail(f"at {size['width']} the patient is at {box['y']} px")
        page.screenshot(path=SHOTS / f"letter-scrolled-{size['width']}.png")
    page.set_viewport_size(WIDE)


def words_come_first_on_a_telephone(page):
    opened(page)
    view(page, "Text")
    frame = page.locator("iframe")
    expect(frame).to_be_visible()
    page.set_viewport_size(PHONE)
    expect(frame).to_be_hidden()
    expect(page.locator(".paper")).to_contain_text("The words of this letter are in its document")
    expect(page.get_by_role("link", name="Open PDF")).to_be_visible()
    first = page.locator(".letter-facts .tabs a").first
    expect(first).to_have_text("Text")
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        fail(f"{width} px wide on a telephone")
    page.screenshot(path=SHOTS / "letter-390.png", full_page=True)
    for violation in Axe().run(page, options=RULES).response["violations"]:
        fail(f"at 390: {violation['id']}: {violation['help']}")
    page.set_viewport_size(WIDE)


def the_journey_names_each_step(page):
    opened(page)
    view(page, "Journey")
    for words in ("Taken from IN and checked", "Patient compared", "raised", "Answered 20013 Success", "Answered 30001"):
        expect(page.locator(".pages-timeline")).to_contain_text(words)


with Demo() as demo:
    page = demo.sign_in()
    page.goto(demo.url("/osprey/inbox"))
    expect(page.locator("#letters a[href*='/inbox/']").first).to_be_visible()
    every_view_can_be_read(page, javascript=True)
    every_view_can_be_read(demo.page(javascript=False), javascript=False)
    it_stays_in_view(page)
    words_come_first_on_a_telephone(page)
    the_journey_names_each_step(page)
done()
