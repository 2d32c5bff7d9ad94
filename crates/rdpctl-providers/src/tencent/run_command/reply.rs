//! From the vendor's account of a run on one guest to what the guest printed, or why there is nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_contract::channel::ChannelError;
use rdpctl_model::{InstanceName, Said};

use super::CHANNEL;
use crate::channel::dialect::RawReply;
use crate::channel::why::say as why;
use crate::tencent::api::tat::{Task, TaskStatus};

/// Reads a run's final outcome.
pub(super) fn read(instance: &InstanceName, task: &Task) -> Result<RawReply, ChannelError> {
    let said = || {
        Said::quoted(match task.error_info.given() {
            Some(info) => format!("{}: {info}", task.task_status.word()),
            None => task.task_status.word().to_owned(),
        })
    };
    let (instance, channel) = (instance.clone(), CHANNEL);
    match &task.task_status {
        TaskStatus::Success | TaskStatus::Failed => {
            let result = &task.task_result.0;
            let stdout = STANDARD.decode(result.output.as_str()).map_err(|_| {
                ChannelError::Damaged { instance, channel, source: why::not_base64().into() }
            })?;
            Ok(RawReply {
                stdout,
                stderr: Vec::new(),
                exit: result.exit_code.0.and_then(|code| i32::try_from(code).ok()),
                dropped: result.dropped.0.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
            })
        }
        TaskStatus::StartFailed => {
            Err(ChannelError::Unavailable { instance, channel, source: said().into() })
        }
        TaskStatus::DeliverFailed | TaskStatus::Cancelled => {
            Err(ChannelError::Unreachable { instance, channel, source: said().into() })
        }
        TaskStatus::TaskTimeout
        | TaskStatus::Timeout
        | TaskStatus::Terminated
        | TaskStatus::Pending
        | TaskStatus::Delivering
        | TaskStatus::DeliverDelayed
        | TaskStatus::Running
        | TaskStatus::Cancelling
        | TaskStatus::Other(_)
        | TaskStatus::Unsaid => {
            Err(ChannelError::OutcomeUnknown { instance, channel, source: said().into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_words::english;

    use super::*;

    fn outcome(json: &str) -> Result<RawReply, ChannelError> {
        read(&InstanceName::new("web-01"), &serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_output_comes_back_with_its_exit_code_and_what_was_dropped() {
        let reply = outcome(
            r#"{"TaskStatus":"FAILED","TaskResult":{"ExitCode":2,"Output":"aGkNCg==","Dropped":7}}"#,
        );
        assert_eq!(
            reply.unwrap(),
            RawReply { stdout: b"hi\r\n".to_vec(), stderr: Vec::new(), exit: Some(2), dropped: 7 }
        );
    }

    #[test]
    fn what_never_began_is_told_from_what_nobody_knows() {
        for (status, executed_nothing) in [
            ("START_FAILED", true),
            ("DELIVER_FAILED", true),
            ("CANCELLED", true),
            ("TASK_TIMEOUT", false),
            ("TIMEOUT", false),
            ("TERMINATED", false),
        ] {
            let error =
                outcome(&format!(r#"{{"TaskStatus":"{status}","ErrorInfo":"why"}}"#)).unwrap_err();
            assert_eq!(error.executed_nothing(), executed_nothing, "{status}");
            assert!(english(&error.said()).contains(&format!("{status}: why")), "{error}");
        }
    }
}
