//! The channel against whole simulated guests: the observation, through the outer command processor and the network.

use std::path::Path;
use std::sync::Arc;

use rdpctl_contract::channel::{Ask, Channel, ChannelError, GuestTarget, Questions};
use rdpctl_contract::conformance::{self, Guests};
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_sim::{RunningSim, Sim, SimOptions, World};
use rdpctl_words::english;
use tokio_util::sync::CancellationToken;

use super::fixture::{USER, carrier, secret};
use crate::channel::dialect::Dialect;
use crate::channel::winrm::Winrm;

async fn world(language: &str, ports: &str) -> RunningSim {
    let text = format!(
        r#"
        [world]
        seed = 7
        time-scale = "instant"
        [account.main]
        kind = "tencent"
        region = "ap-seoul"
        secret-id = "AKIDtest0000000000000000000000000000"
        secret-key = "test-opens-nothing"
        [security-group.sg-a0000001]
        account = "main"
        ingress = ["ACCEPT tcp {ports} 0.0.0.0/0"]
        [vm.web-01]
        account = "main"
        id = "ins-web00001"
        address = "eip"
        bandwidth = 5
        security-groups = ["sg-a0000001"]
        [vm.web-01.guest]
        os = "2019"
        language = "{language}"
        firewall = {{ active = "private" }}
        users = {{ Administrator = "Right-Password-1", helper = "Right-Password-2" }}
        "#
    );
    let world = World::parse(Path::new("world.toml"), &text).unwrap();
    Sim::start(world, SimOptions::default()).await.unwrap()
}

/// The guest at its public address and Windows' own port, as nothing else is declared.
fn target(sim: &RunningSim, user: &str, password: &str) -> GuestTarget {
    let url = sim.endpoints().instances["web-01"].winrm.clone().unwrap();
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix(":5985/wsman"));
    GuestTarget {
        instance: "web-01".into(),
        id: "ins-web00001".into(),
        host: address.map(rdpctl_model::host::Host::of),
        access: Arc::new(GuestAccess {
            user: Some(user.to_owned()),
            password: Some(secret(password)),
            ..GuestAccess::default()
        }),
    }
}

async fn survey(
    channel: &Dialect<Winrm>,
    target: GuestTarget,
) -> Result<GuestSurvey, ChannelError> {
    let questions =
        Arc::new(Questions { ports: [3389].into(), pinned: None, ..Questions::default() });
    let ask = Ask { target, questions, within: std::time::Duration::from_mins(1) };
    channel.answer(vec![ask], &CancellationToken::new()).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_any_language_is_surveyed_whole() {
    for language in ["en", "ko", "zh", "de"] {
        let sim = world(language, "5985,3389").await;
        let channel = Dialect::new(carrier());
        let survey = survey(&channel, target(&sim, USER, "Right-Password-1")).await.unwrap();
        assert_eq!(survey.via, ChannelKind::Winrm);
        let listeners = survey.listeners.unwrap();
        assert!(
            listeners.iter().any(|listener| listener.port == 3389),
            "{language}: {listeners:?}"
        );
        assert!(survey.services.values().all(Result::is_ok), "{language}: {:?}", survey.services);
        assert!(survey.firewall_rules.is_ok_and(|rules| !rules.is_empty()), "{language}");
        assert!(survey.booted.is_ok(), "{language}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_rdp_stands_in_the_way_of_winrm() {
    let sim = world("en", "3389").await;
    let channel = Dialect::new(carrier());
    let failed = survey(&channel, target(&sim, USER, "Right-Password-1")).await.unwrap_err();
    assert!(matches!(failed, ChannelError::Unreachable { .. }), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_administrator_is_let_in_only_where_the_policy_says_so() {
    let sim = world("en", "5985").await;
    let channel = Dialect::new(carrier());
    let failed = survey(&channel, target(&sim, "helper", "Right-Password-2")).await.unwrap_err();
    assert!(english(&failed.said()).contains("remote shells are not allowed"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_as_every_channel_must() {
    let sim = world("en", "5985,3389").await;
    let answers = target(&sim, USER, "Right-Password-1");
    // Nobody listens on the discard port of the loopback range's last address.
    let endpoint = Some("http://127.127.255.254:9/wsman".to_owned());
    let mut silent = answers.clone();
    Arc::make_mut(&mut silent.access).winrm.endpoint = endpoint;
    let guests = Guests { answers, silent };
    conformance::channel(&Dialect::new(carrier()), &guests).await;
}
