//! What every cloud and every channel must do, whatever is behind it: each function states one fact.
//!
//! A vendor's tests call [`cloud`] and [`channel`] with a world of their own making, in which what the facts speak of
//! is there. The facts are told by panicking, as tests do.

mod changer;
mod channel;
mod reader;

pub use changer::changer;
pub use channel::{Guests, channel};
pub use reader::reader;

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_model::cloud::CloudSurvey;
use rdpctl_model::declaration::Selector;
use rdpctl_model::{Gap, ResourceId};
use tokio_util::sync::CancellationToken;

use crate::cloud::{CloudAsk, CloudError, CloudNeeds, CloudReader, Which};

/// What has to be there in an account that is proved. All of it belongs to whoever proves; it will not be as it was.
#[derive(Clone, Debug)]
pub struct Account {
    /// Runs, with an elastic address, bandwidth on that address and a rule set of its own that lets in nothing on
    /// port 3390.
    pub running: ResourceId,
    /// Stopped, and can be started.
    pub stopped: ResourceId,
    /// Runs without an address.
    pub bare: ResourceId,
    /// The id of nothing.
    pub nothing: ResourceId,
    /// A selector that picks `stopped` alone.
    pub select: Selector,
}

/// Everything about some instances, each as often as it came.
async fn survey(
    cloud: &(impl CloudReader + ?Sized),
    which: Which,
    needs: CloudNeeds,
) -> Result<BTreeMap<ResourceId, Vec<Result<Arc<CloudSurvey>, Gap>>>, CloudError> {
    let (send, mut pages) = tokio::sync::mpsc::channel(1);
    let stop = CancellationToken::new();
    let collect = async {
        let mut seen: BTreeMap<_, Vec<_>> = BTreeMap::new();
        while let Some(page) = pages.recv().await {
            for (id, facts) in page {
                seen.entry(id).or_default().push(facts);
            }
        }
        seen
    };
    let (surveyed, seen) =
        tokio::join!(cloud.survey(CloudAsk { which, needs }, send, &stop), collect);
    surveyed.map(|()| seen)
}

/// All there is to know of one instance that is there.
async fn see(cloud: &(impl CloudReader + ?Sized), id: &ResourceId) -> Arc<CloudSurvey> {
    let seen = survey(cloud, Which::Ids(vec![id.clone()]), everything()).await;
    let mut facts = seen.expect("a survey").remove(id).expect("the instance");
    facts.pop().expect("an answer").expect("facts")
}

const fn everything() -> CloudNeeds {
    CloudNeeds { addresses: true, doors: true, agent: true }
}
