//! Looking up mailboxes by organisation and workflow.

use std::future::ready;

use mesh::api::{MailboxItem, MailboxesV2};
use nhs::{OdsCode, WorkflowId};
use reqwest::Method;

use super::MeshClient;
use super::request::json;
use crate::ClientError;

impl MeshClient {
    /// The mailboxes of an organisation that take a workflow; empty when none.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn endpoint_lookup(
        &self,
        organisation: &OdsCode,
        workflow: &WorkflowId,
    ) -> Result<Vec<MailboxItem>, ClientError> {
        self.lookup(&["endpointlookup", organisation.as_str(), workflow.as_str()])
            .await
    }

    /// All mailboxes that take a workflow.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn workflow_search(
        &self,
        workflow: &WorkflowId,
    ) -> Result<Vec<MailboxItem>, ClientError> {
        self.lookup(&["workflowsearch", workflow.as_str()]).await
    }

    async fn lookup(&self, segments: &[&str]) -> Result<Vec<MailboxItem>, ClientError> {
        let mut url = reqwest::Url::parse("http://localhost/messageexchange")
            .map_err(|_| ClientError::Configuration("the lookup path".to_owned()))?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        let path = url.path().to_owned();
        let response = self
            .call(|| ready(Ok(self.request_at(Method::GET, &path))))
            .await?;
        json::<MailboxesV2>(response)
            .await
            .map(|found| found.results)
    }
}
