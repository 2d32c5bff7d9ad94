//! What every [`Channel`] must do.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_model::guest::RegData;
use rdpctl_model::step::{Check, Setting};
use rdpctl_model::{Gap, GuestAction};
use tokio_util::sync::CancellationToken;

use crate::channel::{
    Ask, Channel, ChannelError, CheckAsk, Finding, GuestTarget, Order, Questions,
};
use crate::leave::Leave;

/// What has to be there behind a channel that is proved.
#[derive(Clone, Debug)]
pub struct Guests {
    /// Answers. Whoever proves owns it; it will not be as it was.
    pub answers: GuestTarget,
    /// Does not answer: it does not run, or nothing that listens is there.
    pub silent: GuestTarget,
}

/// No Windows has this key.
const KEY: &str = r"HKLM\SOFTWARE\rdpctl-conformance";
const NAME: &str = "Value";
/// Nor this service.
const NOBODY: &str = "rdpctl-no-such-service";
const WITHIN: Duration = Duration::from_mins(2);

/// Proves that a channel does as it must.
///
/// # Panics
///
/// When it does not.
pub async fn channel(channel: &(impl Channel + ?Sized), guests: &Guests) {
    what_is_stopped_changes_nothing(channel, guests).await;
    without_leave_nothing_is_changed(channel, guests).await;
    answers_stand_in_the_order_of_the_questions_and_a_silent_guest_is_its_own_error(
        channel, guests,
    )
    .await;
    findings_stand_in_the_order_of_the_checks(channel, guests).await;
    what_was_done_is_found_and_its_way_back_leads_back(channel, guests).await;
    a_failure_says_where_and_what_comes_after_is_not_done(channel, guests).await;
    actions_can_be_told_and_round_trips_take_guests_along(channel, guests).await;
}

fn set(number: u32) -> GuestAction {
    GuestAction::SetRegistry {
        key: KEY.to_owned(),
        name: NAME.to_owned(),
        data: RegData::Dword(number),
        setting: Setting::RemoteConnections,
    }
}

fn is(data: Option<u32>) -> Check {
    Check::Registry { key: KEY.to_owned(), name: NAME.to_owned(), data: data.map(RegData::Dword) }
}

fn order(target: &GuestTarget, actions: Vec<GuestAction>) -> Order {
    Order { target: target.clone(), actions, token: "conformance".to_owned(), within: WITHIN }
}

async fn find(
    channel: &(impl Channel + ?Sized),
    target: &GuestTarget,
    checks: Vec<Check>,
) -> Vec<Finding> {
    let ask = CheckAsk { target: target.clone(), checks, within: WITHIN };
    let found = channel.check(vec![ask], &CancellationToken::new()).await.remove(0);
    found.expect("findings")
}

async fn what_is_stopped_changes_nothing(channel: &(impl Channel + ?Sized), guests: &Guests) {
    let stop = CancellationToken::new();
    stop.cancel();
    let outcome = channel.perform(vec![order(&guests.answers, vec![set(1)])], &stop).await;
    assert!(outcome[0].is_err(), "{outcome:?}");
    assert_eq!(find(channel, &guests.answers, vec![is(None)]).await, [Finding::Holds]);
}

async fn answers_stand_in_the_order_of_the_questions_and_a_silent_guest_is_its_own_error(
    channel: &(impl Channel + ?Sized),
    guests: &Guests,
) {
    let ask = |target: &GuestTarget| Ask {
        target: target.clone(),
        questions: Arc::new(Questions::default()),
        within: WITHIN,
    };
    let asks = vec![ask(&guests.silent), ask(&guests.answers), ask(&guests.silent)];
    let answers = channel.answer(asks, &CancellationToken::new()).await;
    let answered: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(answered, [false, true, false], "{answers:?}");
    for answer in answers {
        match answer {
            Ok(survey) => assert_eq!(survey.via, channel.kind()),
            Err(error) => {
                assert!(error.executed_nothing(), "another way in may be tried: {error}");
                assert_ne!(error.as_gap(), Gap::NotAsked);
            }
        }
    }
}

async fn without_leave_nothing_is_changed(channel: &(impl Channel + ?Sized), guests: &Guests) {
    let stop = CancellationToken::new();
    let doing = channel.perform(vec![order(&guests.answers, vec![set(5)])], &stop);
    let outcome = Leave::withdrawn().during(doing).await.remove(0);
    assert!(matches!(outcome, Err(ChannelError::Stopped)), "{outcome:?}");
    let found = find(channel, &guests.answers, vec![is(Some(5))]).await;
    assert!(matches!(found[..], [Finding::Differs(_)]), "{found:?}");
}

async fn findings_stand_in_the_order_of_the_checks(
    channel: &(impl Channel + ?Sized),
    guests: &Guests,
) {
    let checks = vec![is(Some(1)), is(None), Check::KeyAbsent { key: KEY.to_owned() }];
    let found = find(channel, &guests.answers, checks).await;
    assert!(matches!(found[0], Finding::Differs(_)), "{found:?}");
    assert_eq!(found[1..], [Finding::Holds, Finding::Holds]);
}

async fn what_was_done_is_found_and_its_way_back_leads_back(
    channel: &(impl Channel + ?Sized),
    guests: &Guests,
) {
    let stop = CancellationToken::new();
    let did = channel.perform(vec![order(&guests.answers, vec![set(1), set(2)])], &stop).await;
    let receipts = did.into_iter().next().expect("an outcome").expect("receipts");
    assert_eq!(receipts.len(), 2, "one receipt an action");
    assert_eq!(find(channel, &guests.answers, vec![is(Some(2))]).await, [Finding::Holds]);
    for (receipt, expected) in receipts.iter().rev().zip([is(Some(1)), is(None)]) {
        let back = vec![order(&guests.answers, receipt.undo.clone())];
        channel.perform(back, &stop).await.remove(0).expect("the way back");
        assert_eq!(find(channel, &guests.answers, vec![expected]).await, [Finding::Holds]);
    }
}

async fn a_failure_says_where_and_what_comes_after_is_not_done(
    channel: &(impl Channel + ?Sized),
    guests: &Guests,
) {
    let start = GuestAction::StartService { service: NOBODY.to_owned() };
    let orders = vec![
        order(&guests.silent, vec![set(3)]),
        order(&guests.answers, vec![set(3), start, set(4)]),
    ];
    let mut outcomes = channel.perform(orders, &CancellationToken::new()).await;
    let failed = outcomes.pop().expect("an outcome");
    assert!(matches!(failed, Err(ChannelError::Failed { action: 1, .. })), "{failed:?}");
    assert_eq!(find(channel, &guests.answers, vec![is(Some(3))]).await, [Finding::Holds]);
    let silent = outcomes.pop().expect("an outcome");
    assert!(silent.is_err_and(|error| error.executed_nothing()));
}

async fn actions_can_be_told_and_round_trips_take_guests_along(
    channel: &(impl Channel + ?Sized),
    guests: &Guests,
) {
    find(channel, &guests.answers, vec![is(Some(3))]).await;
    assert!(channel.guests_per_trip() > 0, "at least one guest goes with a round trip");
    for action in [set(1), GuestAction::RestartRdp { session_env: false }, GuestAction::Reboot] {
        assert!(!channel.describe(&action).is_empty(), "{action:?} can be told");
    }
}
