//! Giving up on a server that stays silent: for so long it took nothing of a request's body and gave
//! nothing of an answer. The HTTP library's own timeout runs while a body is being sent, so that a
//! large one would never get through a slow line.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Body, Client, Request, Response};
use tokio::time::{sleep, timeout};

use super::connecting::Connecting;
use super::progress::{Progress, Watched};
use crate::ClientError;

/// How long a server may stay silent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence(pub Duration);

impl Silence {
    /// Sends a request; the answer's body is to be read under the same limit, see [`Silence::of`].
    pub async fn send(
        self,
        http: &Client,
        mut request: Request,
        connecting: &Connecting,
    ) -> Result<Response, ClientError> {
        let progress = Arc::new(Progress::default());
        match request.body_mut().take() {
            // The HTTP library repeats it by itself, as a body that is watched it would not.
            None if connecting.is_shared() => {
                progress.take_up();
            }
            body => {
                let watched = Watched::new(body.unwrap_or_default(), progress.clone());
                *request.body_mut() = Some(Body::wrap(watched));
            }
        }
        let answer = http.execute(request);
        let mut answer = self.outlast(answer, &progress, connecting).await?;
        answer.extensions_mut().insert(self);
        Ok(answer)
    }

    /// Waits for an answer as long as the server may stay silent, and as long as the request may still be sent.
    async fn outlast<T>(
        self,
        answer: impl Future<Output = Result<T, reqwest::Error>>,
        progress: &Progress,
        connecting: &Connecting,
    ) -> Result<T, ClientError> {
        let left = connecting.leaves(progress);
        tokio::pin!(answer, left);
        loop {
            tokio::select! {
                answer = &mut answer => return answer.map_err(ClientError::from_transport),
                () = progress.moved() => {}
                () = &mut left => return Err(ClientError::NotSent),
                () = sleep(self.0) => return Err(match progress.give_up() {
                    true => ClientError::NotSent,
                    false => ClientError::Silent,
                }),
            }
        }
    }

    /// The same for an answer that may wait for so long.
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }

    /// The limit under which this answer was asked for.
    pub fn of(response: &Response) -> Self {
        let limit = response.extensions().get().copied();
        limit.unwrap_or(Self(Duration::from_secs(60)))
    }

    /// Waits for the next part of an answer.
    pub async fn wait<T>(self, part: impl Future<Output = T>) -> Result<T, ClientError> {
        let waited = timeout(self.0, part).await;
        waited.map_err(|_| ClientError::Silent)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::pending;

    use nhs::{MailboxId, SystemClock, SystemRandomness};
    use reqwest::Method;
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::api::{Connection, ConnectionSettings};

    const LONG: Silence = Silence(Duration::from_secs(600));
    const SHORT: Silence = Silence(Duration::from_millis(20));

    fn impatient() -> Connecting {
        Connecting::within(Duration::from_millis(1))
    }

    /// The client of a connection to this server.
    fn http(url: &str) -> Client {
        let settings = ConnectionSettings::plain(url, "TestKey".into());
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let connection = Connection::new(&settings, clock, randomness).unwrap();
        let mailbox = MailboxId::parse("A81001OT001").unwrap();
        connection.mailbox(mailbox, "".into()).shared.http.clone()
    }

    type Answer = Result<(), reqwest::Error>;

    #[tokio::test]
    async fn a_request_that_no_connection_takes_up_is_given_up_and_was_not_sent() {
        let (progress, connecting) = (Progress::default(), impatient());
        let ended = LONG.outlast(pending::<Answer>(), &progress, &connecting);
        let error = ended.await.unwrap_err();
        assert!(matches!(error, ClientError::NotSent), "{error}");
        assert!(error.is_safe_to_repeat() && error.is_temporary());
        assert!(!progress.take_up(), "nothing may send it any more");
    }

    #[tokio::test]
    async fn a_request_whose_connection_is_being_made_waits_for_it() {
        let (progress, connecting) = (Progress::default(), impatient());
        let under_way = connecting.begin();
        let answer = async {
            sleep(Duration::from_millis(50)).await;
            drop(under_way);
            Answer::Ok(())
        };
        LONG.outlast(answer, &progress, &connecting).await.unwrap();
    }

    #[tokio::test]
    async fn only_a_request_that_was_taken_up_is_in_doubt_after_a_silence() {
        for is_taken_up in [true, false] {
            let (progress, connecting) = (Progress::default(), impatient());
            // over HTTP/2 it waits for a stream
            connecting.share();
            if is_taken_up {
                progress.take_up();
            }
            let ended = SHORT.outlast(pending::<Answer>(), &progress, &connecting);
            let error = ended.await.unwrap_err();
            assert_eq!(matches!(error, ClientError::Silent), is_taken_up, "{error}");
            assert_eq!(error.is_safe_to_repeat(), !is_taken_up);
        }
    }

    /// The HTTP library asks a body whether it is at its end before it writes the head: no promise of it.
    #[tokio::test]
    async fn a_request_that_a_server_reads_was_taken_up() {
        for body in [Body::default(), Body::from("some")] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let progress = Arc::new(Progress::default());
            let watched = Body::wrap(Watched::new(body, progress.clone()));
            let answer = http(&url).post(url).body(watched).send();
            let served = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.read_exact(&mut [0; 1]).await.unwrap();
                assert!(progress.is_taken_up());
            };
            tokio::select! {
                () = served => {}
                answer = answer => assert!(answer.is_err(), "nobody answers"),
            }
            assert!(!progress.give_up(), "it may be on its way");
        }
    }

    /// Its connection may come to life at the last moment; an empty body is not asked for before the head goes out.
    #[tokio::test]
    async fn a_request_that_was_given_up_reaches_no_server() {
        for (method, body) in [
            (Method::GET, ""),
            (Method::PUT, ""),
            (Method::POST, ""),
            (Method::POST, "some"),
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let progress = Arc::new(Progress::default());
            assert!(progress.give_up());
            let watched = Body::wrap(Watched::new(Body::from(body), progress));
            let answer = http(&url).request(method, url).body(watched).send();
            let served = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.read(&mut [0; 100]).await.unwrap()
            };
            let (came, answer) = tokio::join!(served, answer);
            assert!(answer.is_err(), "nobody answers");
            assert_eq!(came, 0);
        }
    }
}
