//! Who calls: the token, and the certificate beneath it.

use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use exchange::{Answer, Caller, CertificateIdentity, ExchangeError, Refusal};
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use https_listener::{CallerAddress, PeerCertificate};
use mesh::{ApiVersion, CertificateName};
use nhs::MailboxId;
use tower::Service;

use crate::api::Api;
use crate::body::Upload;
use crate::error::Failure;
use crate::limits::Stranger;
use crate::observe::{RefusedCaller, Told};
use crate::options::Options;
use crate::watching::TrueReason;

/// An authorised request: on behalf of whom, and in which version to answer.
pub(crate) struct Session {
    api: Api,
    pub(crate) caller: Caller,
    pub(crate) version: ApiVersion,
}

impl Deref for Session {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl FromRequestParts<Api> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let version = ApiVersion::from_headers(&parts.headers)?;
        match parts.extensions.remove::<Caller>() {
            Some(caller) => Ok(Self {
                api: api.clone(),
                caller,
                version,
            }),
            None => Err(Failure::Undetailed(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    }
}

/// Around every mailbox route: nobody passes without a token (and certificate) of that mailbox, and
/// no answer leaves before the token is recorded as used. An answer that asks to try again leaves
/// it unused, because clients send the same token then (`docs/spec/mesh-api.md` §2). Who asks too
/// often is told so as early as it is known.
pub(crate) async fn authenticate(
    State(api): State<Api>,
    path: RawPathParams,
    mut request: Request,
    mut next: Next,
) -> Response {
    let stranger = Stranger::of(&request);
    if api.exchange.requires_certificate()
        && let Some(answer) = api.limits.turned_away(&stranger)
    {
        return answer;
    }
    let mailbox = path
        .iter()
        .find(|(name, _)| *name == "mailbox_id")
        .map(|(_, id)| id);
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .map(|value| value.as_bytes());
    let certificate = request.extensions().get::<PeerCertificate>().map(identity);
    let authenticated = api
        .exchange
        .authenticate(mailbox.unwrap_or_default(), token, certificate.as_ref())
        .await;
    let caller = match authenticated {
        Ok(caller) => caller,
        Err(error) => {
            let mut refused = None;
            if let ExchangeError::Refused { reason, .. } = &error {
                if let Some(answer) = api.limits.refused(&stranger) {
                    return answer;
                }
                refused = Some((*reason, told(*reason, mailbox, certificate, &request)));
            }
            Box::pin(drain(request, &api.options)).await;
            let mut response = Failure::from(error).into_response();
            if let Some((reason, told)) = refused {
                response.extensions_mut().insert(TrueReason(reason));
                response.extensions_mut().insert(told);
            }
            return response;
        }
    };
    let mailbox = &caller.mailbox().id;
    let mut response = match api.limits.request(mailbox) {
        Some(answer) => {
            Box::pin(drain(request, &api.options)).await;
            answer
        }
        None => {
            request.extensions_mut().insert(caller.clone());
            let Ok(response) = next.call(request).await;
            response
        }
    };
    if let Err(failure) = api.downloads.keep(mailbox, &mut response).await {
        response = failure.into_response();
    }
    let answer = answer_of(response.status());
    if let Err(error) = api.exchange.conclude(&caller, answer).await {
        response = Failure::from(error).into_response();
    }
    Told::of(&mut response).mailbox = Some(mailbox.clone());
    response
}

/// Around every route that is no mailbox's.
pub(crate) async fn without_token(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Response {
    let stranger = Stranger::of(&request);
    match api.limits.request_without_token(&stranger) {
        Some(answer) => answer,
        None => next.run(request).await,
    }
}

/// Reads what a client is still sending, so that it sees its answer.
async fn drain(request: Request, options: &Options) {
    let (head, body) = request.into_parts();
    Upload::new(&head.headers, body, options).drain().await;
}

/// Counts who was refused by reason, and says it for the log. A mailbox is named only when it has the form
/// of one: whatever else a caller wrote there does not reach the log.
fn told(
    reason: Refusal,
    mailbox: Option<&str>,
    certificate: Option<CertificateIdentity>,
    request: &Request,
) -> Told {
    metrics::counter!("restante_refused_calls_total", "reason" => reason.name()).increment(1);
    let address = request.extensions().get::<CallerAddress>();
    Told {
        mailbox: mailbox.and_then(|mailbox| MailboxId::parse(mailbox).ok()),
        refused: Some(RefusedCaller {
            reason,
            address: address.map(|address| address.0),
            certificate: certificate.map(|certificate| certificate.serial),
        }),
        ..Told::default()
    }
}

/// The statuses after which clients send the same request again, token included.
fn answer_of(status: StatusCode) -> Answer {
    match status {
        StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Answer::TryAgain,
        _ => Answer::Final,
    }
}

fn identity(certificate: &PeerCertificate) -> CertificateIdentity {
    CertificateIdentity {
        organisation: certificate
            .common_name
            .as_deref()
            .and_then(CertificateName::parse)
            .map(|name| name.organisation().clone()),
        serial: certificate.serial.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_five_statuses_leave_a_token_good() {
        let again: Vec<u16> = (100..600)
            .filter(|code| answer_of(StatusCode::from_u16(*code).unwrap()) == Answer::TryAgain)
            .collect();
        assert_eq!(again, [425, 429, 502, 503, 504]);
    }
}
