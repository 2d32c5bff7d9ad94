//! Writes that take several objects at once and answer for all of them together.

use std::time::Duration;

use rdpctl_contract::cloud::CloudError;
use tokio_util::sync::CancellationToken;

use super::client::{Action, Client};
use super::code::{Class, Recovery};
use super::envelope::Answer;
use super::error::CallError;
use super::pace::Pace;

/// How long a busy object is waited for.
const BUSY: Duration = Duration::from_mins(2);

/// Makes a call, waiting while its object is busy.
pub(crate) async fn when_free<A: Action>(
    client: &Client,
    request: &A,
    stop: &CancellationToken,
) -> Result<Answer<A::Reply>, CallError> {
    let mut pace = Pace::within(BUSY);
    loop {
        match client.call(request, stop).await {
            Err(error) if error.recovery() == Recovery::WaitUntilFree => {
                if !pace.rest(stop).await {
                    return Err(error);
                }
            }
            other => return other,
        }
    }
}

/// What came of a batch's members.
pub(crate) struct Sent<T> {
    /// Members that were taken together, with the answer; none where nobody knows whether it was executed.
    pub(crate) taken: Vec<(Vec<String>, Option<Answer<T>>)>,
    /// Members that were refused.
    pub(crate) refused: Vec<(String, CloudError)>,
}

/// Makes a call for many members, and halves it while it is refused for the sake of some of them.
pub(crate) async fn halving<A: Action>(
    client: &Client,
    members: Vec<String>,
    request: impl Fn(Vec<String>) -> A + Sync,
    stop: &CancellationToken,
) -> Sent<A::Reply> {
    let mut sent = Sent { taken: Vec::new(), refused: Vec::new() };
    let mut batches = vec![members];
    while let Some(mut batch) = batches.pop() {
        match when_free(client, &request(batch.clone()), stop).await {
            Ok(answer) => sent.taken.push((batch, Some(answer))),
            // What became of it only the world can tell; the read-back asks it.
            Err(error) if error.effect_unknown() => sent.taken.push((batch, None)),
            Err(error) if batch.len() > 1 && concerns_a_member(&error) => {
                let right = batch.split_off(batch.len() / 2);
                batches.extend([right, batch]);
            }
            Err(error) => {
                let error = CloudError::from(error);
                sent.refused.extend(batch.into_iter().map(|member| (member, error.clone())));
            }
        }
    }
    sent
}

/// Whether fewer members could fare better.
fn concerns_a_member(error: &CallError) -> bool {
    match error.class() {
        Class::Busy
        | Class::Missing
        | Class::BadRequest
        | Class::State
        | Class::Moved
        | Class::Money
        | Class::Exhausted
        | Class::Failed
        | Class::TooBig
        | Class::Agent
        | Class::Unknown => true,
        Class::Credentials
        | Class::Clock
        | Class::Token
        | Class::SecondFactor
        | Class::Permission
        | Class::Throttled
        | Class::Server
        | Class::Routing
        | Class::Address
        | Class::Approval
        | Class::DryRun => false,
    }
}
