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
    let block = |by, advice| Some(Blocker { by, advice });
    match &instance.isolated_source {
        IsolatedSource::Arrear => {
            return block(say::arrears(), say::top_up_then_start());
        }
        IsolatedSource::Expire => {
            return block(say::expired(), say::renew());
        }
        IsolatedSource::Manmade => {
            return block(say::returned(), say::recover());
        }
        IsolatedSource::Other(_) => {
            return block(say::isolated(), say::see_its_state());
        }
        IsolatedSource::NotIsolated | IsolatedSource::Unsaid => {}
    }
    match &instance.restrict_state {
        RestrictState::ProtectivelyIsolated => {
            return block(say::cut_off(), say::lift_the_isolation());
        }
        RestrictState::Expired => {
            return block(say::expired(), say::renew());
        }
        RestrictState::Normal | RestrictState::Other(_) | RestrictState::Unsaid => {}
    }
    match &instance.instance_state {
        InstanceState::EnterRescueMode
        | InstanceState::RescueMode
        | InstanceState::ExitRescueMode => {
            return block(say::rescue_mode(), say::leave_rescue_mode());
        }
        InstanceState::Shutdown => {
            return block(say::waiting_to_be_destroyed(), say::renew_or_recover());
        }
        InstanceState::Terminating => {
            return block(say::being_destroyed(), say::undeclare());
        }
        InstanceState::LaunchFailed => {
            return block(say::not_created(), say::create_anew());
        }
        InstanceState::Stopped if instance.latest_operation_state == OperationState::Operating => {
            let running = match instance.latest_operation.given() {
                Some(operation) => say::running_on_it(operation),
                None => say::running_on_it(say::an_operation()),
            };
            return block(running, say::wait_and_plan());
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

rdpctl_model::says! { "cloud":
    arrears();
    top_up_then_start();
    expired();
    renew();
    returned();
    recover();
    isolated();
    see_its_state();
    cut_off();
    lift_the_isolation();
    rescue_mode();
    leave_rescue_mode();
    waiting_to_be_destroyed();
    renew_or_recover();
    being_destroyed();
    undeclare();
    not_created();
    create_anew();
    running_on_it(operation);
    an_operation();
    wait_and_plan();
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
            let said = blocker.map(|blocker| rdpctl_words::english(&blocker.by));
            assert_eq!(said.as_deref(), by, "{json}");
        }
    }
}
