//! What the service that speaks S3 answers, noted on its way: whether it works.

use async_trait::async_trait;
use http::{Method, StatusCode};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

use crate::service;
use crate::unanswered::Unanswered;
use crate::watch::{Asked, Watch};

/// Makes clients whose answers are noted.
#[derive(Debug)]
pub(super) struct Noting(pub(super) Watch);

#[derive(Debug)]
struct Client {
    client: HttpClient,
    watch: Watch,
}

impl HttpConnector for Noting {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        let watch = self.0.clone();
        Ok(HttpClient::new(Client { client, watch }))
    }
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asked = match *request.method() {
            Method::PUT | Method::POST => Asked::Writing,
            _ => Asked::Reading,
        };
        let needs_the_bucket_only = asked == Asked::Writing
            || request
                .uri()
                .query()
                .is_some_and(|query| query.contains("list-type"));
        let answer = self.client.execute(request).await;
        match &answer {
            Ok(answer) if is_trouble(answer.status(), needs_the_bucket_only) => {
                let status = answer.status();
                let cure = service::cure_of_status(status.as_u16());
                self.watch.fails(asked, format!("{status}{cure}"));
            }
            Ok(_) => self.watch.works(asked),
            Err(error) => self.watch.fails(asked, Unanswered::of(error).to_string()),
        }
        answer
    }
}

/// Whether the service does not work for us, which is more than one object that is not there.
fn is_trouble(status: StatusCode, needs_the_bucket_only: bool) -> bool {
    match status {
        StatusCode::NOT_FOUND => needs_the_bucket_only,
        StatusCode::PRECONDITION_FAILED
        | StatusCode::CONFLICT
        | StatusCode::RANGE_NOT_SATISFIABLE => false,
        status => status.is_client_error() || status.is_server_error(),
    }
}
