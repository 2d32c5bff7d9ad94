//! Looking at an account that is proved.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_model::cloud::CloudSurvey;
use rdpctl_model::{Gap, ResourceId};
use tokio_util::sync::CancellationToken;

use crate::cloud::{CloudAsk, CloudError, CloudNeeds, CloudReader, Which};

/// Everything about some instances, each as often as it came.
pub(super) async fn survey(
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
        tokio::join!(cloud.survey(CloudAsk::anew(which, needs), send, &stop), collect);
    surveyed.map(|()| seen)
}

/// All there is to know of one instance that is there.
pub(super) async fn see(cloud: &(impl CloudReader + ?Sized), id: &ResourceId) -> Arc<CloudSurvey> {
    let seen = survey(cloud, Which::Ids(vec![id.clone()]), everything()).await;
    let mut facts = seen.expect("a survey").remove(id).expect("the instance");
    facts.pop().expect("an answer").expect("facts")
}

/// Every question that there is.
pub(super) const fn everything() -> CloudNeeds {
    CloudNeeds { addresses: true, doors: true, agent: true }
}
