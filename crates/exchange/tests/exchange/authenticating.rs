//! Who may call: token, certificate, and one use of each token.

use crate::kit::{self, RECEIVER, SENDER, Setup, certificate, id, request, strict};
use exchange::{Answer, CertificateIdentity, ErrorKind, ExchangeError, Refusal, Settings};
use jiff::SignedDuration;

async fn refusal(
    setup: &Setup,
    mailbox: &str,
    token: Option<&str>,
    certificate: Option<&CertificateIdentity>,
) -> (Refusal, ExchangeError) {
    let token = token.map(str::as_bytes);
    let error = setup
        .exchange()
        .authenticate(mailbox, token, certificate)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    match error {
        ExchangeError::Refused { reason, .. } => (reason, error),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn outsiders_are_refused_and_all_refusals_look_alike() {
    let setup = Setup::new(strict()).await;
    let mine = certificate("A81001");
    let other = certificate("A20047");
    let nameless = CertificateIdentity {
        organisation: None,
        serial: "1".to_owned(),
    };
    setup.add_mailbox("A81001OT009", "A81001");
    let operator = setup.exchange().operator().unwrap();
    operator.set_active(&id("A81001OT009"), false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();

    let good = setup.token(SENDER);
    let wrong_password = setup.token_with(SENDER, "wrong", "n", 0);
    let unknown = setup.token("A81001OT777");
    let of_another = setup.token(RECEIVER);
    let inactive = setup.token("A81001OT009");
    let cut = good.rsplit_once(':').unwrap().0.to_owned();
    let no_scheme = good.trim_start_matches("NHSMESH ").to_owned();
    let cases: [(&str, Option<&str>, Option<&CertificateIdentity>, Refusal); 11] = [
        (SENDER, None, Some(&mine), Refusal::TokenMissing),
        (SENDER, Some("  "), Some(&mine), Refusal::TokenMissing),
        (SENDER, Some(&cut), Some(&mine), Refusal::TokenMalformed),
        (
            SENDER,
            Some(&no_scheme),
            Some(&mine),
            Refusal::TokenMalformed,
        ),
        (
            SENDER,
            Some(&of_another),
            Some(&mine),
            Refusal::OtherMailbox,
        ),
        (
            SENDER,
            Some(&wrong_password),
            Some(&mine),
            Refusal::WrongHash,
        ),
        (
            "A81001OT777",
            Some(&unknown),
            Some(&mine),
            Refusal::UnknownMailbox,
        ),
        (SENDER, Some(&good), None, Refusal::NoCertificate),
        (SENDER, Some(&good), Some(&nameless), Refusal::NoCertificate),
        (
            SENDER,
            Some(&good),
            Some(&other),
            Refusal::OtherOrganisation,
        ),
        (
            "A81001OT009",
            Some(&inactive),
            Some(&mine),
            Refusal::Inactive,
        ),
    ];
    let mut texts = Vec::new();
    for (mailbox, token, certificate, expected) in cases {
        let (reason, error) = refusal(&setup, mailbox, token, certificate).await;
        assert_eq!(reason, expected);
        texts.push((error.event(), error.code(), error.text()));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "one refusal for all: {texts:?}");

    // none of this has used up the good token
    setup
        .exchange()
        .authenticate(SENDER, Some(good.as_bytes()), Some(&mine))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let setup = Setup::new(strict()).await;
    let operator = setup.exchange().operator().unwrap();
    operator.revoke_certificate("00:AB:12").unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    let token = setup.token(SENDER);
    let (reason, _) = refusal(&setup, SENDER, Some(&token), Some(&certificate("A81001"))).await;
    assert_eq!(reason, Refusal::RevokedCertificate);
    assert_eq!(operator.revoked_certificates().unwrap(), ["ab12"]);
}

#[tokio::test]
async fn a_token_is_timely_for_two_hours_either_way() {
    let setup = Setup::new(strict()).await;
    let mine = certificate("A81001");
    for (minutes, timely) in [(119, true), (122, false), (-119, true), (-122, false)] {
        let token = setup.token(SENDER);
        setup.time.pass(SignedDuration::from_mins(minutes));
        let answer = setup
            .exchange()
            .authenticate(SENDER, Some(token.as_bytes()), Some(&mine))
            .await;
        assert_eq!(answer.is_ok(), timely, "{minutes} minutes");
        setup.time.pass(SignedDuration::from_mins(-minutes));
    }
}

#[tokio::test]
async fn a_used_token_is_refused_at_once_and_after_a_restart() {
    let mut setup = Setup::new(strict()).await;
    let mine = certificate("A81001");
    let token = setup.token(SENDER);
    let caller = setup
        .exchange()
        .authenticate(SENDER, Some(token.as_bytes()), Some(&mine))
        .await
        .unwrap();
    let (reason, _) = refusal(&setup, SENDER, Some(&token), Some(&mine)).await;
    assert_eq!(reason, Refusal::UsedBefore, "while it is being served");
    setup
        .exchange()
        .conclude(&caller, Answer::Final)
        .await
        .unwrap();
    drop(caller);
    let (reason, _) = refusal(&setup, SENDER, Some(&token), Some(&mine)).await;
    assert_eq!(reason, Refusal::UsedBefore);
    setup.restart().await;
    let (reason, _) = refusal(&setup, SENDER, Some(&token), Some(&mine)).await;
    assert_eq!(reason, Refusal::UsedBefore, "after a restart");
}

#[tokio::test]
async fn a_token_answered_with_try_again_stays_good() {
    let setup = Setup::new(strict()).await;
    let mine = certificate("A81001");
    let token = setup.token(SENDER);
    for _ in 0..3 {
        let caller = setup
            .exchange()
            .authenticate(SENDER, Some(token.as_bytes()), Some(&mine))
            .await
            .unwrap();
        setup
            .exchange()
            .conclude(&caller, Answer::TryAgain)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_request_that_was_cut_off_has_used_its_token() {
    let mut setup = Setup::new(strict()).await;
    let mine = certificate("A81001");
    let token = setup.token(SENDER);
    drop(
        setup
            .exchange()
            .authenticate(SENDER, Some(token.as_bytes()), Some(&mine))
            .await
            .unwrap(),
    );
    setup.restart().await;
    let (reason, _) = refusal(&setup, SENDER, Some(&token), Some(&mine)).await;
    assert_eq!(reason, Refusal::UsedBefore);
}

#[tokio::test]
async fn a_send_records_its_token_with_the_message() {
    let mut setup = Setup::new(strict()).await;
    let mine = certificate("A81001");
    let token = setup.token(SENDER);
    let caller = setup
        .exchange()
        .authenticate(SENDER, Some(token.as_bytes()), Some(&mine))
        .await
        .unwrap();
    let sent = setup
        .exchange()
        .send(&caller, request(RECEIVER, 1), kit::pieces(b"x"))
        .await;
    sent.unwrap();
    // a late "try again" does not make a used token good
    setup
        .exchange()
        .conclude(&caller, Answer::TryAgain)
        .await
        .unwrap();
    drop(caller);
    setup.restart().await;
    let (reason, _) = refusal(&setup, SENDER, Some(&token), Some(&mine)).await;
    assert_eq!(reason, Refusal::UsedBefore);
}

#[tokio::test]
async fn the_sandbox_tells_which_check_failed_in_its_own_words() {
    let setup = Setup::new(Settings::sandbox()).await;
    let good = setup.token(SENDER);
    let cut = good.rsplit_once(':').unwrap().0.to_owned();
    let wrong = setup.token_with(SENDER, "wrong", "n", 0);
    let unknown = setup.token("X26NONE");
    let of_another = setup.token(RECEIVER);
    let cases = [
        (SENDER, None, "", "Error reading from Authorization header"),
        (
            SENDER,
            Some(cut.as_str()),
            "",
            "Error reading from Authorization header",
        ),
        (
            SENDER,
            Some(of_another.as_str()),
            "",
            "Mailbox id does not match token",
        ),
        (
            SENDER,
            Some(wrong.as_str()),
            "",
            "Invalid Authentication Token",
        ),
        (
            "X26NONE",
            Some(unknown.as_str()),
            "EPL-151",
            "No mailbox matched",
        ),
    ];
    for (mailbox, token, code, text) in cases {
        let (_, error) = refusal(&setup, mailbox, token, None).await;
        assert_eq!((error.code(), error.text()), (code, text));
    }
    setup.time.pass(SignedDuration::from_hours(30));
    for _ in 0..2 {
        let caller = setup
            .exchange()
            .authenticate("a81001ot001", Some(good.as_bytes()), None)
            .await;
        setup
            .exchange()
            .conclude(&caller.unwrap(), Answer::Final)
            .await
            .unwrap();
    }
}
