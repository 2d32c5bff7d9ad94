//! How long-running operations are asked after, both ways.

use serde_json::json;

use super::{
    call::{Call, Served},
    command,
    refusal::Refusal,
    work::{Operation, State},
};
use crate::estate::Estate;

impl Operation {
    pub(super) fn state(&self, estate: &Estate) -> State {
        match self {
            Self::Power { vm, request } => {
                let state = estate.vm(*vm);
                if state.operation.as_ref().is_some_and(|now| now.request == *request) {
                    return State::InProgress;
                }
                let failure = state
                    .latest
                    .as_ref()
                    .filter(|latest| latest.request == *request)
                    .and_then(|latest| latest.failure.as_ref());
                match failure {
                    Some(words) => State::Failed(words.to_string()),
                    None => State::Succeeded(None),
                }
            }
            Self::Address(number) => match estate.eip(*number) {
                Some(eip) if eip.task.is_some() => State::InProgress,
                Some(_) | None => State::Succeeded(None),
            },
            Self::Until(moment) if estate.now < *moment => State::InProgress,
            Self::Until(_) => State::Succeeded(None),
            Self::Later(moment, _) if estate.now < *moment => State::InProgress,
            Self::Later(_, answer) => State::Succeeded(Some(answer.clone())),
            Self::Command(number) => command::state(estate, *number),
            Self::Answered(answer) => State::Succeeded(Some(answer.clone())),
        }
    }
}

impl Call<'_> {
    /// Answers for an operation.
    pub(super) fn operation(&self, id: &str) -> Result<Served, Refusal> {
        let Some(operation) = self.arm.operation(id) else {
            return Err(Refusal::new(
                404,
                "NotFound",
                format!("The operation {id} was not found."),
            ));
        };
        let state = operation.state(self.estate);
        if self.parameter("monitor").is_some() {
            return Ok(match state {
                State::InProgress => Served::empty(202),
                State::Succeeded(Some(body)) => Served::ok(body),
                State::Succeeded(None) => Served::empty(200),
                State::Failed(words) => {
                    return Err(Refusal::new(409, "OperationFailed", words));
                }
            });
        }
        Ok(Served::ok(match state {
            State::InProgress => json!({ "name": id, "status": "InProgress" }),
            State::Succeeded(None) => json!({ "name": id, "status": "Succeeded" }),
            State::Succeeded(Some(output)) => {
                json!({ "name": id, "status": "Succeeded", "properties": { "output": output } })
            }
            State::Failed(words) => {
                let error = json!({ "code": "OperationFailed", "message": words });
                json!({ "name": id, "status": "Failed", "error": error })
            }
        }))
    }
}
