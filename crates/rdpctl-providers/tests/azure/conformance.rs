//! What every cloud and every channel must do, by this provider against the simulator.

use std::sync::Arc;

use rdpctl_contract::channel::GuestTarget;
use rdpctl_contract::conformance::{self, Account, Guests};
use rdpctl_model::InstanceName;
use rdpctl_model::declaration::Selector;
use rdpctl_providers::azure::RunCommand;
use rdpctl_providers::channel::dialect::Dialect;

use crate::estate::{Estate, vm};

const WORLD: &str = r#"
    [vm.running]
    address = "eip"
    security-groups = ["web"]
    [vm.stopped]
    state = "stopped"
    tags = { role = "kiosk" }
    [vm.bare]
    address = "none"
    [nsg.web]
    rules = ["300 allow tcp 443 * web"]
"#;

#[tokio::test]
async fn the_subscription_does_as_every_cloud_must() {
    let estate = Estate::start(WORLD).await;
    let account = Account {
        running: vm("running"),
        stopped: vm("stopped"),
        bare: vm("bare"),
        nothing: vm("nothing"),
        select: Selector {
            tags: [("role".to_owned(), "kiosk".to_owned())].into(),
            ..Selector::default()
        },
    };
    conformance::reader(&estate.cloud, &account).await;
    conformance::changer(&estate.cloud, &account).await;
}

#[tokio::test]
async fn run_command_does_as_every_channel_must() {
    let estate = Estate::start(WORLD).await;
    let target = |name: &str| GuestTarget {
        instance: InstanceName::new(name),
        id: vm(name),
        host: None,
        access: Arc::default(),
    };
    let guests = Guests { answers: target("running"), silent: target("stopped") };
    conformance::channel(&Dialect::new(RunCommand::new(estate.cloud.client())), &guests).await;
}
