//! Why a caller is turned away.

use exchange::Refusal;

use super::row;

/// What makes the refusal, and what whoever is refused does.
fn words(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::TokenMissing => (
            "no `Authorization` header",
            "sign each request: `Authorization: NHSMESH …`; the header of another scheme does not count",
        ),
        Refusal::TokenMalformed => (
            "not five parts parted by colons, or a count or time that is no number",
            "`restante token explain` names the part",
        ),
        Refusal::OtherMailbox => (
            "the token names another mailbox than the address",
            "sign with the mailbox of the address; one client for several mailboxes needs a token for each",
        ),
        Refusal::UnknownMailbox => (
            "nobody has this mailbox here",
            "look for a typing mistake; `restante mailbox list` on the exchange",
        ),
        Refusal::WrongHash => (
            "the password or the shared key is wrong, or what is hashed is put together in another way",
            "`restante token explain` tries the usual mistakes; `restante mailbox password ID` sets another password",
        ),
        Refusal::OutsideWindow => (
            "the token's time is more than two hours (`token_window_minutes`) from the server's",
            "set the clock by NTP, and write the time in UTC; `restante doctor` says how far the clock is off",
        ),
        Refusal::NoCertificate => (
            "the connection showed no client certificate, or one whose name is not `LOCAL-ID.ODS.api.mesh-client.nhs.uk`",
            "show the certificate that was issued for the mailbox; without TLS `require_certificate = false` is needed",
        ),
        Refusal::RevokedCertificate => (
            "the certificate is in the list of those that were revoked",
            "`restante certificate issue` another, and find out why that one was revoked",
        ),
        Refusal::OtherOrganisation => (
            "the certificate's ODS code is not the mailbox's",
            "use the certificate of the mailbox's organisation; `restante mailbox list` has its ODS code",
        ),
        Refusal::Inactive => (
            "the operator has disabled the mailbox",
            "ask the operator; `restante mailbox enable ID`",
        ),
        Refusal::UsedBefore => (
            "a token is good for one request, and this one came before",
            "make a token for each request, also when one is tried again: a new nonce, or the next count",
        ),
    }
}

pub(super) fn write(page: &mut String) {
    page.push_str(
        "## Why a call is answered 403\n\nA caller is told nothing but `Forbidden`, whatever the reason, so that strangers \
         learn nothing. The exchange's log has the reason (`caller refused reason=…`), `restante_refused_calls_total` \
         counts by it, and the sandbox tells it.\n\n| reason | means | cause | what to do |\n|---|---|---|---|\n",
    );
    for refusal in Refusal::ALL {
        let (cause, remedy) = words(refusal);
        let name = format!("`{}`", refusal.name());
        row(page, &[&name, &refusal.to_string(), cause, remedy]);
    }
    page.push_str(
        "\nA caller who is known is answered 403 `Forbidden` too when it asks for a message that it neither sent nor was sent.\n\n",
    );
}
