//! Alerts by e-mail.

use test_kit::receivers::{Certificates, MailServer, Tls};

use crate::kit::{Alerts, dispatcher, open, start};

fn settings(server: &MailServer, certificates: &Certificates, tls: &str, further: &str) -> String {
    format!(
        "[alerting]\naddress = \"https://practice.example\"\n[alerting.email]\nhost = \"localhost\"\nport = {}\n\
         tls = \"{tls}\"\nca_file = \"{}\"\nfrom = \"restante@practice.example\"\n\
         to = [\"duty@practice.example\", \"manager@practice.example\"]\n{further}",
        server.port,
        certificates.ca_file().display()
    )
}

const LOGIN: &str = "user = \"restante\"\npassword = \"pass word\"\n";

#[tokio::test]
async fn mail_goes_by_each_way_of_tls_to_everybody_and_says_kind_count_time_and_page() {
    let certificates = Certificates::issue();
    for (tls, word, further) in [
        (Tls::Always, "tls", LOGIN),
        (Tls::WhenAsked, "starttls", LOGIN),
        (Tls::Never, "none", ""),
    ] {
        let server = MailServer::start(tls, certificates.server.clone()).await;
        let alerts = Alerts::default();
        alerts.raise("letter-failed", start());
        let mut dispatcher = dispatcher(&settings(&server, &certificates, word, further), &alerts);
        dispatcher.round(start()).await;
        let mails = server.mails();
        let [mail] = &mails[..] else {
            panic!("{word}: {mails:?}")
        };
        assert_eq!(mail.encrypted, word != "none", "{word}");
        let user = (!further.is_empty()).then_some("restante");
        assert_eq!(mail.user.as_deref(), user, "{word}");
        assert_eq!(mail.from, "MAIL FROM:<restante@practice.example>");
        assert_eq!(mail.to.len(), 2, "{mail:?}");
        for part in [
            "Subject: Restante, practice A81001: letter-failed (1)\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Something needs a person.\r\n",
            "How many: 1\r\n",
            "Since:    2026-11-28T02:00:00Z\r\n",
            "Look at:  https://practice.example/alerts\r\n",
        ] {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        // Nothing is left to be sent.
        dispatcher.round(start()).await;
        assert_eq!(server.mails().len(), 1);
    }
}

#[tokio::test]
async fn without_the_tls_that_is_asked_for_nothing_is_sent() {
    let certificates = Certificates::issue();
    let server = MailServer::start(Tls::Never, certificates.server.clone()).await;
    let settings = settings(&server, &certificates, "starttls", LOGIN);
    let answers = open(&settings).test(start()).await;
    let said = answers[0].1.as_ref().unwrap_err().to_string();
    assert!(said.contains("does not offer STARTTLS"), "{said}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn what_somebody_on_the_way_says_before_tls_is_not_taken_for_the_servers() {
    let certificates = Certificates::issue();
    let tls = Tls::WhenAskedAndMeddledWith;
    let server = MailServer::start(tls, certificates.server.clone()).await;
    let settings = settings(&server, &certificates, "starttls", LOGIN);
    let answers = open(&settings).test(start()).await;
    let said = answers[0].1.as_ref().unwrap_err().to_string();
    assert!(said.contains("more before TLS"), "{said}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_no_named_authority_vouches_for_gets_nothing() {
    let (certificates, others) = (Certificates::issue(), Certificates::issue());
    for (tls, word) in [(Tls::Always, "tls"), (Tls::WhenAsked, "starttls")] {
        let server = MailServer::start(tls, certificates.server.clone()).await;
        let answers = open(&settings(&server, &others, word, LOGIN))
            .test(start())
            .await;
        let error = answers[0].1.as_ref().unwrap_err();
        assert_eq!(error.code(), "alerting.unreachable", "{error}");
        assert!(server.mails().is_empty());
    }
}

#[tokio::test]
async fn one_address_that_is_refused_keeps_nobody_else_from_their_mail() {
    let certificates = Certificates::issue();
    let server = MailServer::start(Tls::Always, certificates.server.clone()).await;
    server.refuse("duty@");
    let alerting = open(&settings(&server, &certificates, "tls", LOGIN));
    assert_eq!(alerting.test(start()).await[0].1.as_ref().unwrap(), "250");
    assert_eq!(server.mails()[0].to, ["RCPT TO:<manager@practice.example>"]);
    server.refuse("manager@");
    let answers = alerting.test(start()).await;
    let said = answers[0].1.as_ref().unwrap_err().to_string();
    assert!(said.contains("550") || said.contains("5.1.1"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_shown() {
    let certificates = Certificates::issue();
    let server = MailServer::start(Tls::Always, certificates.server.clone()).await;
    let wrong = "user = \"restante\"\npassword = \"another\"\n";
    let alerting = open(&settings(&server, &certificates, "tls", wrong));
    for answers in [alerting.reach().await, alerting.test(start()).await] {
        let error = answers[0].1.as_ref().unwrap_err();
        assert_eq!(error.code(), "alerting.refused");
        let said = error.to_string();
        assert!(
            said.contains("authentication failed") && !said.contains("another"),
            "{said}"
        );
    }
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_talks_without_end_is_left() {
    let certificates = Certificates::issue();
    let server = MailServer::start(Tls::Always, certificates.server.clone()).await;
    server.talk_without_end();
    let answers = open(&settings(&server, &certificates, "tls", LOGIN))
        .test(start())
        .await;
    let said = answers[0].1.as_ref().unwrap_err().to_string();
    assert!(said.contains("more than a mail server may"), "{said}");
}
