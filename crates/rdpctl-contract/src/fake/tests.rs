//! The world in memory, as whoever tests with it relies on it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::cloud::{AddressFact, BandwidthFact};
use rdpctl_model::declaration::Selector;
use rdpctl_model::guest::{ChannelKind, RegData, RunState};
use rdpctl_model::rules::{Doors, RuleAction, RuleOrder, RuleSet, Stage};
use rdpctl_model::step::Setting;
use rdpctl_model::{GuestAction, InstanceName, ResourceId};
use tokio_util::sync::CancellationToken;

use super::{Machine, World, most_at_once};
use crate::channel::{Ask, Channel, GuestTarget, Order, Questions};
use crate::clock::Clock;
use crate::conformance::{self, Account, Guests};

const KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";

fn world() -> World {
    let machine = |id, last| Machine::running(id, [127, 64, 0, last].into());
    World::new(Timestamp::UNIX_EPOCH, Duration::from_secs(1))
        .with(
            machine("ins-1", 1)
                .value(KEY, "fDenyTSConnections", RegData::Dword(1))
                .service("TermService", RunState::Running),
        )
        .with(
            machine("ins-2", 2)
                .service("TermService", RunState::Running)
                .silent(ChannelKind::Winrm),
        )
}

fn target(id: &str) -> GuestTarget {
    GuestTarget {
        instance: InstanceName::new(id),
        id: ResourceId::new(id),
        host: None,
        access: Arc::default(),
    }
}

fn order(id: &str) -> Order {
    let allow = GuestAction::SetRegistry {
        key: KEY.to_owned(),
        name: "fDenyTSConnections".to_owned(),
        data: RegData::Dword(0),
        setting: Setting::RemoteConnections,
    };
    let actions = vec![allow, GuestAction::RestartRdp { session_env: false }];
    Order { target: target(id), actions, token: "run-1".to_owned(), within: Duration::MAX }
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_seen_afterwards_and_says_its_way_back() {
    let world = world();
    let channel = world.channel(ChannelKind::RunCommand);
    let stop = CancellationToken::new();
    let receipts = channel.perform(vec![order("ins-1")], &stop).await.remove(0).expect("done");
    let back = GuestAction::SetRegistry {
        key: KEY.to_owned(),
        name: "fDenyTSConnections".to_owned(),
        data: RegData::Dword(1),
        setting: Setting::RemoteConnections,
    };
    assert_eq!(receipts[0].undo, [back]);
    let within = Duration::MAX;
    let ask = Ask { target: target("ins-1"), questions: Arc::new(Questions::default()), within };
    let survey = channel.answer(vec![ask], &stop).await.remove(0).expect("a survey");
    assert_eq!(survey.registry.dword(KEY, "fDenyTSConnections"), Ok(Some(0)));
}

#[tokio::test(start_paused = true)]
async fn a_silent_way_in_answers_nobody_and_does_nothing() {
    let world = world();
    let channel = world.channel(ChannelKind::Winrm);
    let outcome = channel.perform(vec![order("ins-2")], &CancellationToken::new()).await.remove(0);
    assert!(outcome.is_err_and(|error| error.executed_nothing()));
    assert_eq!(world.deeds(), []);
}

#[tokio::test(start_paused = true)]
async fn the_clock_moves_with_what_is_done_and_deeds_tell_what_ran_at_once() {
    let world = world();
    let channel = world.channel(ChannelKind::RunCommand);
    let stop = CancellationToken::new();
    let restarts = |deed: &super::Deed| {
        deed.what == super::What::Guest(GuestAction::RestartRdp { session_env: false })
    };
    channel.perform(vec![order("ins-1"), order("ins-2")], &stop).await;
    assert_eq!(most_at_once(&world.deeds(), restarts), 2);
    assert_eq!(world.clock().now(), Timestamp::from_second(2).expect("a time"));
    channel.perform(vec![order("ins-1")], &stop).await;
    let later: Vec<_> = world.deeds().split_off(4);
    assert_eq!(most_at_once(&later, restarts), 1);
}

#[tokio::test(start_paused = true)]
async fn its_cloud_does_as_every_cloud_must() {
    let machine = |id, last| Machine::running(id, [127, 64, 0, last].into());
    let set = RuleSet {
        id: ResourceId::new("sg-1"),
        version: "1".to_owned(),
        bound: Some(1),
        order: RuleOrder::Positions,
        default: RuleAction::Drop,
        rules: Vec::new(),
    };
    let mut running = machine("ins-running", 1);
    running.cloud.doors =
        Doors { stages: vec![Stage { sets: vec![Arc::new(set)] }], unfiltered: RuleAction::Drop };
    let mut stopped = machine("ins-stopped", 2).stopped();
    stopped.cloud.handles.tags = vec![("role".to_owned(), "kiosk".to_owned())];
    let mut bare = machine("ins-bare", 3);
    bare.cloud.address = AddressFact::None;
    bare.cloud.bandwidth = BandwidthFact::NoAddress;
    bare.cloud.handles.public_ip = None;
    let world = World::new(Timestamp::UNIX_EPOCH, Duration::from_secs(1))
        .with(running)
        .with(stopped)
        .with(bare);
    let tags = [("role".to_owned(), "kiosk".to_owned())].into();
    let account = Account {
        running: ResourceId::new("ins-running"),
        stopped: ResourceId::new("ins-stopped"),
        bare: ResourceId::new("ins-bare"),
        nothing: ResourceId::new("ins-nothing"),
        select: Selector { tags, ..Selector::default() },
    };
    let cloud = world.cloud("gz");
    conformance::reader(&cloud, &account).await;
    conformance::changer(&cloud, &account).await;
}

#[tokio::test(start_paused = true)]
async fn its_channels_do_as_every_channel_must() {
    let world = world();
    let channel = world.channel(ChannelKind::Winrm);
    let guests = Guests { answers: target("ins-1"), silent: target("ins-2") };
    conformance::channel(&channel, &guests).await;
}

#[tokio::test]
async fn the_store_in_memory_plays_every_role() {
    crate::conformance::store::prove(super::FakeStore::default).await;
}
