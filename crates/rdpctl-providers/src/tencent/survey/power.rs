//! Whether an instance runs, and what keeps it from running or from being reached.

use rdpctl_model::cloud::{Blocker, PowerFact, PowerState};

use crate::tencent::api::instances::{
    Instance, InstanceState, IsolatedSource, OperationState, RestrictState,
};

/// The power of an instance.
pub(super) fn power(instance: &Instance) -> PowerFact {
    PowerFact { state: state(instance), blocker: blocker(instance) }
}

fn state(instance: &Instance) -> PowerState {
    let word = || instance.instance_state.word().to_owned();
    match &instance.instance_state {
        InstanceState::Running => PowerState::Running,
        InstanceState::Stopped => match instance.stop_charging_mode.as_str() {
            "STOP_CHARGING" => PowerState::StoppedNotCharged,
            _ => PowerState::Stopped,
        },
        InstanceState::LaunchFailed
        | InstanceState::Shutdown
        | InstanceState::Terminating
        | InstanceState::EnterRescueMode
        | InstanceState::RescueMode
        | InstanceState::ExitRescueMode => PowerState::Unusable(word()),
        InstanceState::Pending
        | InstanceState::Starting
        | InstanceState::Stopping
        | InstanceState::Rebooting
        | InstanceState::EnterLiveMigrate
        | InstanceState::LiveMigrate
        | InstanceState::ExitLiveMigrate
        | InstanceState::Other(_) => PowerState::Transitional(word()),
        InstanceState::Unsaid => PowerState::Transitional("UNKNOWN".to_owned()),
    }
}

/// The gravest reason first.
fn blocker(instance: &Instance) -> Option<Blocker> {
    let block =
        |by: &str, advice: &str| Some(Blocker { by: by.to_owned(), advice: advice.to_owned() });
    match &instance.isolated_source {
        IsolatedSource::Arrear => {
            return block(
                "the account is in arrears",
                "top up the account; the instance can be started again then",
            );
        }
        IsolatedSource::Expire => {
            return block(
                "the instance has expired",
                "renew it in the console within seven days, or it is destroyed",
            );
        }
        IsolatedSource::Manmade => {
            return block(
                "somebody has returned the instance",
                "recover it from the recycle bin in the console",
            );
        }
        IsolatedSource::Other(_) => {
            return block(
                "the vendor has isolated the instance",
                "see the instance's state in the console",
            );
        }
        IsolatedSource::NotIsolated | IsolatedSource::Unsaid => {}
    }
    match &instance.restrict_state {
        RestrictState::ProtectivelyIsolated => {
            return block(
                "the vendor has cut the instance off for security's sake; only private logins remain",
                "see the security notice in the console and lift the isolation there",
            );
        }
        RestrictState::Expired => {
            return block(
                "the instance has expired",
                "renew it in the console within seven days, or it is destroyed",
            );
        }
        RestrictState::Normal | RestrictState::Other(_) | RestrictState::Unsaid => {}
    }
    match &instance.instance_state {
        InstanceState::EnterRescueMode
        | InstanceState::RescueMode
        | InstanceState::ExitRescueMode => {
            return block("the instance is in rescue mode", "leave rescue mode in the console");
        }
        InstanceState::Shutdown => {
            return block(
                "the instance is stopped and isolated, waiting to be destroyed",
                "renew it or recover it from the recycle bin in the console",
            );
        }
        InstanceState::Terminating => {
            return block("the instance is being destroyed", "remove it from the declaration");
        }
        InstanceState::LaunchFailed => {
            return block("the instance could not be created", "create it anew");
        }
        InstanceState::Stopped if instance.latest_operation_state == OperationState::Operating => {
            return Some(Blocker {
                by: format!(
                    "{} is still running on it",
                    instance.latest_operation.given().unwrap_or("an operation")
                ),
                advice: "wait until that has ended, then plan again".to_owned(),
            });
        }
        InstanceState::Stopped
        | InstanceState::Pending
        | InstanceState::Running
        | InstanceState::Starting
        | InstanceState::Stopping
        | InstanceState::Rebooting
        | InstanceState::EnterLiveMigrate
        | InstanceState::LiveMigrate
        | InstanceState::ExitLiveMigrate
        | InstanceState::Other(_)
        | InstanceState::Unsaid => {}
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(json: &str) -> Instance {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn each_state_says_whether_it_can_be_started() {
        for (json, expected) in [
            (r#"{"InstanceState":"RUNNING"}"#, PowerState::Running),
            (
                r#"{"InstanceState":"STOPPED","StopChargingMode":"KEEP_CHARGING"}"#,
                PowerState::Stopped,
            ),
            (
                r#"{"InstanceState":"STOPPED","StopChargingMode":"STOP_CHARGING"}"#,
                PowerState::StoppedNotCharged,
            ),
            (r#"{"InstanceState":"REBOOTING"}"#, PowerState::Transitional("REBOOTING".to_owned())),
            (
                r#"{"InstanceState":"SERVICE_LIVE_MIGRATE"}"#,
                PowerState::Transitional("SERVICE_LIVE_MIGRATE".to_owned()),
            ),
            (
                r#"{"InstanceState":"SOMETHING_NEW"}"#,
                PowerState::Transitional("SOMETHING_NEW".to_owned()),
            ),
            (r#"{"InstanceState":null}"#, PowerState::Transitional("UNKNOWN".to_owned())),
            (r#"{"InstanceState":"SHUTDOWN"}"#, PowerState::Unusable("SHUTDOWN".to_owned())),
            (r#"{"InstanceState":"RESCUE_MODE"}"#, PowerState::Unusable("RESCUE_MODE".to_owned())),
        ] {
            assert_eq!(power(&instance(json)).state, expected, "{json}");
        }
    }

    #[test]
    fn what_wins_over_us_is_named() {
        for (json, by) in [
            (
                r#"{"InstanceState":"STOPPED","IsolatedSource":"NOTISOLATED","RestrictState":"NORMAL"}"#,
                None,
            ),
            (
                r#"{"InstanceState":"SHUTDOWN","IsolatedSource":"ARREAR"}"#,
                Some("the account is in arrears"),
            ),
            (
                r#"{"InstanceState":"SHUTDOWN","IsolatedSource":"EXPIRE"}"#,
                Some("the instance has expired"),
            ),
            (
                r#"{"InstanceState":"RUNNING","RestrictState":"EXPIRED"}"#,
                Some("the instance has expired"),
            ),
            (
                r#"{"InstanceState":"RUNNING","RestrictState":"PROTECTIVELY_ISOLATED"}"#,
                Some(
                    "the vendor has cut the instance off for security's sake; only private logins remain",
                ),
            ),
            (r#"{"InstanceState":"RESCUE_MODE"}"#, Some("the instance is in rescue mode")),
            (
                r#"{"InstanceState":"STOPPED","LatestOperation":"ResizeInstanceDisks","LatestOperationState":"OPERATING"}"#,
                Some("ResizeInstanceDisks is still running on it"),
            ),
            (r#"{"InstanceState":"RUNNING","LatestOperationState":"OPERATING"}"#, None),
        ] {
            let blocker = power(&instance(json)).blocker;
            assert_eq!(blocker.as_ref().map(|blocker| blocker.by.as_str()), by, "{json}");
        }
    }
}
