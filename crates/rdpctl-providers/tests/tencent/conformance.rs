//! What every cloud and every channel must do, by this provider against the simulator.

use std::sync::Arc;

use rdpctl_contract::channel::GuestTarget;
use rdpctl_contract::conformance::{self, Account, Guests};
use rdpctl_model::declaration::Selector;
use rdpctl_model::{InstanceName, ResourceId};
use rdpctl_providers::channel::dialect::Dialect;
use rdpctl_providers::tencent::RunCommand;

use crate::estate::Estate;

const WORLD: &str = r#"
    [vm.running]
    id = "ins-running0"
    address = { type = "eip", bandwidth = 1 }
    security-groups = ["sg-web00001"]
    [vm.stopped]
    id = "ins-stopped0"
    state = "stopped"
    tags = { role = "kiosk" }
    [vm.bare]
    id = "ins-bare0000"
    address = "none"
    [security-group.sg-web00001]
    ingress = ["ACCEPT tcp 443 0.0.0.0/0"]
"#;

#[tokio::test]
async fn the_account_does_as_every_cloud_must() {
    let estate = Estate::start(WORLD).await;
    let account = Account {
        running: ResourceId::new("ins-running0"),
        stopped: ResourceId::new("ins-stopped0"),
        bare: ResourceId::new("ins-bare0000"),
        nothing: ResourceId::new("ins-nothing0"),
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
    let target = |id: &str| GuestTarget {
        instance: InstanceName::new(id),
        id: ResourceId::new(id),
        host: None,
        access: Arc::default(),
    };
    let guests = Guests { answers: target("ins-running0"), silent: target("ins-stopped0") };
    conformance::channel(&Dialect::new(RunCommand::new(estate.cloud.client())), &guests).await;
}
