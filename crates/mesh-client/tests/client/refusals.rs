//! In TLS 1.3 the alert that refuses a client certificate meets the request on its way: in each order of the two the
//! client names the alert.

use std::sync::Arc;
use std::time::Duration;

use mesh::SendHeaders;
use mesh_client::ClientError;
use mesh_client::api::{Connection, ConnectionSettings, Identity, MeshClient, Retry};
use nhs::{MailboxId, SystemClock, SystemRandomness, WorkflowId};
use tokio::io::AsyncReadExt;

use crate::kit::refusing::{Alert, Then, serve_refusing};
use crate::kit::tls::Authority;

/// Less than a request with [`long_headers`], and more than what is left of a handshake.
const IN_THE_REQUEST: usize = 2000;

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Nothing,
    Whole,
    /// Its second part never comes.
    Stuck,
    /// More than the sockets take.
    Huge,
}

struct Site {
    authority: Authority,
    identity: Identity,
}

impl Site {
    fn new() -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.issue("client");
        let identity = Identity {
            certificate: certificate.pem().into_bytes(),
            key: key.serialize_pem().into_bytes(),
        };
        Self {
            authority,
            identity,
        }
    }

    fn client(&self, url: &str, silence: Duration) -> MeshClient {
        let mut settings = ConnectionSettings::plain(url, "TestKey".into());
        settings.retry = Retry {
            tries: 1,
            ..Retry::default()
        };
        settings.read_timeout = silence;
        settings.roots = Some(self.authority.certificate.pem().into_bytes());
        settings.identity = Some(self.identity.clone());
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let connection = Connection::new(&settings, clock, randomness).unwrap();
        connection.mailbox(MailboxId::parse("A81001OT001").unwrap(), "password".into())
    }

    /// What the client makes of a server that refuses it in this order.
    async fn refused(
        &self,
        alert: Alert,
        then: Then,
        body: Body,
        silence: Duration,
    ) -> ClientError {
        let url = serve_refusing(&self.authority, alert, then).await;
        request(&self.client(&url, silence), body)
            .await
            .unwrap_err()
    }
}

async fn request(client: &MeshClient, body: Body) -> Result<(), ClientError> {
    let sent = match body {
        Body::Nothing => return client.handshake().await,
        Body::Whole => client.send(long_headers(), &[7; 100_000][..]).await,
        Body::Stuck => {
            let (second, _open) = tokio::io::duplex(64);
            let reader = AsyncReadExt::chain(&[7; 1000][..], second);
            client.send(long_headers(), reader).await
        }
        Body::Huge => {
            let reader = tokio::io::repeat(7).take(40_000_000);
            client.send(long_headers(), reader).await
        }
    };
    sent.map(drop)
}

fn long_headers() -> SendHeaders {
    let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
    let mut headers = SendHeaders::new("A20047OT001", workflow);
    headers.subject = Some("subject ".repeat(200).into());
    headers
}

fn assert_named(refused: &ClientError, order: &str) {
    let told = refused.with_causes();
    let ClientError::ClientCertificate { alert, .. } = refused else {
        panic!("{order}: {told}");
    };
    assert!(
        ["unknown_ca", "decrypt_error"].contains(alert),
        "{order}: {told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alert_is_named_wherever_it_meets_the_request() {
    let site = Site::new();
    let thens = [Then::End, Then::Close, Then::Reset, Then::Read, Then::Stay];
    for alert in [Alert::AtOnce, Alert::After(IN_THE_REQUEST), Alert::Never] {
        for then in thens {
            for body in [Body::Nothing, Body::Whole, Body::Stuck, Body::Huge] {
                let is_silent = alert == Alert::Never && matches!(then, Then::Read | Then::Stay);
                let never_comes = matches!(alert, Alert::After(_)) && body == Body::Nothing;
                if is_silent || never_comes {
                    continue;
                }
                let long = Duration::from_secs(60);
                let refused = site.refused(alert, then, body, long).await;
                let order = format!("{alert:?}, {then:?}, {body:?}");
                assert_named(&refused, &order);
                assert!(refused.is_safe_to_repeat(), "{order}");
            }
        }
    }
}

/// The refusal is named, but what was sent before is in doubt.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_in_silence_is_asked_once_more() {
    let site = Site::new();
    for (then, body) in [
        (Then::Read, Body::Nothing),
        (Then::Read, Body::Whole),
        (Then::Stay, Body::Huge),
    ] {
        let mut short = Duration::from_millis(200);
        let mut refused = site.refused(Alert::Never, then, body, short).await;
        while refused.is_safe_to_repeat() && short < Duration::from_secs(60) {
            // a busy machine had not sent it by then
            short *= 4;
            refused = site.refused(Alert::Never, then, body, short).await;
        }
        let order = format!("{then:?}, {body:?}");
        assert_named(&refused, &order);
        assert!(
            !refused.is_safe_to_repeat() && refused.is_temporary(),
            "{order}"
        );
    }
}
