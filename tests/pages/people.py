"""People: an administrator adds a user, who chooses a password before anything else, changes it, sees
and ends sessions; the administrator changes the role, ends a session, resets and disables. The first
half with JavaScript, the second without."""

import re

from harness import Demo, check, done, expect, fail, sign_in


def sign_in_at_osprey(page, name, password):
    page.goto(demo.url("/osprey/account"))
    sign_in(page, name, password)


def choose(page, label, present, chosen):
    page.get_by_label(label, exact=True).fill(present)
    page.get_by_label("New password", exact=True).fill(chosen)
    page.get_by_label("New password, a second time", exact=True).fill(chosen)
    page.get_by_role("button", name="Change the password").click()


def one_time(page, name):
    password = page.locator("#one-time-password").inner_text()
    if len(password) != 24:
        fail(f"{password!r} is no one-time password")
    page.get_by_role("link", name="Back to the users").click()
    if password in page.content():
        fail("a one-time password is shown again")
    expect(page.get_by_role("row", name=name)).to_contain_text("One-time password")
    return password


def a_user_is_added_and_chooses_a_password(boss):
    boss.goto(demo.url("/osprey"))
    boss.get_by_role("link", name="Users", exact=True).click()
    expect(boss.locator("h1")).to_have_text("Users")
    check(boss, "people-users")
    boss.get_by_label("User name").fill("not a name")
    boss.get_by_role("button", name="Add the user").click()
    expect(boss.locator("[data-error-summary]")).to_be_focused()
    check(boss, "people-users-with-errors")
    boss.get_by_label("User name").fill("jo.smith")
    boss.get_by_label("Role", exact=True).select_option("clerk")
    boss.get_by_role("button", name="Add the user").click()
    expect(boss.locator("h1")).to_have_text("User added")
    check(boss, "people-one-time-password")
    given = one_time(boss, "jo.smith")

    jo = demo.stranger()
    sign_in_at_osprey(jo, "jo.smith", given)
    expect(jo.locator("h1")).to_have_text("Change your password")
    jo.goto(demo.url("/osprey/inbox"))
    expect(jo.locator("h1")).to_have_text("Change your password")
    choose(jo, "One-time password", given, "too short")
    expect(jo.locator("[data-error-summary]")).to_be_focused()
    check(jo, "people-choose-password")
    choose(jo, "One-time password", given, "another horse battery")
    expect(jo.get_by_role("alert")).to_contain_text("Your password is changed")
    check(jo, "people-account")
    jo.goto(demo.url("/osprey/inbox"))
    expect(jo.locator("h1")).to_have_text("Inbox")
    return jo


def ones_own_sessions_are_ended(jo):
    phone = demo.stranger()
    sign_in_at_osprey(phone, "jo.smith", "another horse battery")
    expect(phone.locator("h1")).to_have_text("Your account")
    jo.get_by_role("link", name=re.compile(r"^jo\.smith\b")).click()
    expect(jo.locator("tbody tr")).to_have_count(2)
    other = jo.locator("tbody tr").filter(has_not_text="this session")
    other.get_by_role("button").click()
    expect(jo.get_by_role("alert")).to_contain_text("The session has ended")
    phone.reload()
    expect(phone.locator("h1")).to_have_text("Sign in")
    jo.get_by_role("link", name="Change").click()
    choose(jo, "Present password", "another horse battery", "a third horse battery")
    expect(jo.get_by_role("alert")).to_contain_text("Your password is changed")
    sign_in_at_osprey(phone, "jo.smith", "another horse battery")
    expect(phone.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    jo.goto(demo.url("/osprey/users"))
    expect(jo.locator("h1")).to_have_text("You may not see this page")


def an_administrator_manages_without_javascript(jo):
    plain = demo.page(javascript=False)
    plain.goto(demo.url("/osprey/users"))
    plain.get_by_role("link", name="jo.smith").click()
    plain.get_by_label("Another role").select_option("administrator")
    plain.get_by_role("button", name="Change the role").click()
    expect(plain.get_by_role("alert")).to_contain_text("The role is now Administrator")
    jo.reload()
    expect(jo.locator("h1")).to_have_text("Users")
    jo.get_by_role("link", name="jo.smith", exact=True).click()
    expect(jo.locator("main")).to_contain_text("This is you")
    check(jo, "people-oneself")
    jo.goto(demo.url("/osprey/users/administrator"))
    check(jo, "people-user")
    plain.goto(demo.url("/osprey/sessions"))
    check(plain, "people-sessions-plain")
    jo.goto(demo.url("/osprey/sessions"))
    check(jo, "people-sessions")
    row = plain.locator("tbody tr").filter(has_text="jo.smith")
    expect(row).to_have_count(1)
    row.get_by_role("button").click()
    expect(plain.get_by_role("alert")).to_contain_text("The session has ended")
    jo.reload()
    expect(jo.locator("h1")).to_have_text("Sign in")
    plain.goto(demo.url("/osprey/users/jo.smith"))
    plain.get_by_role("button", name="Make a one-time password").click()
    given = one_time(plain, "jo.smith")
    plain.get_by_role("link", name="jo.smith").click()
    plain.get_by_role("button", name="Disable the user").click()
    expect(plain.get_by_role("alert")).to_contain_text("signed out everywhere")
    sign_in_at_osprey(jo, "jo.smith", given)
    expect(jo.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    plain.get_by_role("button", name="Let them sign in again").click()
    sign_in_at_osprey(jo, "jo.smith", given)
    expect(jo.locator("h1")).to_have_text("Change your password")


with Demo() as demo:
    boss = demo.sign_in()
    jo = a_user_is_added_and_chooses_a_password(boss)
    ones_own_sessions_are_ended(jo)
    an_administrator_manages_without_javascript(jo)
    boss.goto(demo.url("/console/users"))
    expect(boss.locator("h1")).to_have_text("Users")
    check(boss, "people-users-console")
done()
