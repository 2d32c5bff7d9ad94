//! What every [`CloudReader`] must do.

use rdpctl_model::Gap;
use rdpctl_model::cloud::AgentFact;
use tokio_util::sync::CancellationToken;

use super::Account;
use super::look::{everything, survey};
use crate::Meter;
use crate::cloud::{CloudAsk, CloudError, CloudNeeds, CloudReader, Which};

/// Proves that a cloud reads as it must.
///
/// # Panics
///
/// When it does not.
pub async fn reader(cloud: &(impl CloudReader + ?Sized), account: &Account) {
    every_id_comes_back_exactly_once_as_facts_or_as_a_gap(cloud, account).await;
    a_selector_yields_what_it_picks_and_nothing_else(cloud, account).await;
    what_nobody_needs_is_not_asked_for(cloud, account).await;
    calls_are_counted_and_looking_twice_shows_the_same(cloud, account).await;
    a_survey_that_is_stopped_or_that_nobody_reads_ends(cloud, account).await;
    somebody_is_behind_the_credentials(cloud).await;
}

async fn every_id_comes_back_exactly_once_as_facts_or_as_a_gap(
    cloud: &(impl CloudReader + ?Sized),
    account: &Account,
) {
    let ids = vec![account.nothing.clone(), account.stopped.clone(), account.running.clone()];
    let seen = survey(cloud, Which::Ids(ids.clone()), everything()).await.expect("a survey");
    for id in &ids {
        assert_eq!(seen.get(id).map_or(0, Vec::len), 1, "{id} comes back once");
    }
    assert_eq!(seen.len(), ids.len(), "nothing comes back that was not asked for");
    let gap = Gap::NotFound { id: account.nothing.clone() };
    assert_eq!(seen[&account.nothing], [Err(gap)], "what is not there is not found");
    for (id, facts) in seen {
        for facts in facts.into_iter().flatten() {
            assert_eq!(facts.id, id, "facts belong to their instance");
        }
    }
}

async fn a_selector_yields_what_it_picks_and_nothing_else(
    cloud: &(impl CloudReader + ?Sized),
    account: &Account,
) {
    let which = Which::Select(account.select.clone());
    let seen = survey(cloud, which, everything()).await.expect("a survey");
    assert_eq!(seen.keys().collect::<Vec<_>>(), [&account.stopped]);
}

async fn what_nobody_needs_is_not_asked_for(
    cloud: &(impl CloudReader + ?Sized),
    account: &Account,
) {
    let which = || Which::Ids(vec![account.running.clone()]);
    let meter = Meter::default();
    let looked = meter.during(survey(cloud, which(), CloudNeeds::default())).await;
    let seen = looked.expect("a survey");
    let little = meter.spent().api_calls;
    let facts = seen[&account.running][0].as_ref().expect("facts");
    assert_eq!(facts.agent, AgentFact::NotAsked);
    meter.during(survey(cloud, which(), everything())).await.expect("a survey");
    let much = meter.spent().api_calls - little;
    assert!(little <= much, "{little} calls for nearly nothing, {much} for everything");
}

async fn calls_are_counted_and_looking_twice_shows_the_same(
    cloud: &(impl CloudReader + ?Sized),
    account: &Account,
) {
    let which = || Which::Ids(vec![account.running.clone(), account.bare.clone()]);
    let meter = Meter::default();
    let once = meter.during(survey(cloud, which(), everything())).await.expect("a survey");
    assert!(meter.spent().api_calls > 0, "calls are counted");
    assert_eq!(survey(cloud, which(), everything()).await.expect("a survey"), once);
}

async fn a_survey_that_is_stopped_or_that_nobody_reads_ends(
    cloud: &(impl CloudReader + ?Sized),
    account: &Account,
) {
    let ask = || CloudAsk::anew(Which::Ids(vec![account.running.clone()]), everything());
    let stopped = CancellationToken::new();
    stopped.cancel();
    let (send, pages) = tokio::sync::mpsc::channel(4);
    let ended = cloud.survey(ask(), send, &stopped).await;
    assert!(matches!(ended, Err(CloudError::Stopped)), "{ended:?}");
    drop(pages);
    let (send, pages) = tokio::sync::mpsc::channel(1);
    drop(pages);
    // How it ends is the cloud's affair, as long as it does.
    let _ended = cloud.survey(ask(), send, &CancellationToken::new()).await;
}

async fn somebody_is_behind_the_credentials(cloud: &(impl CloudReader + ?Sized)) {
    let identity = cloud.identity(&CancellationToken::new()).await.expect("an identity");
    assert!(!identity.trim().is_empty());
    assert!(!cloud.read_permissions(&everything()).is_empty(), "reading needs a permission");
}
