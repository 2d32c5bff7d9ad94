//! Security groups as they were read back after an edit, for whoever looks at the outcome: a group that was just read
//! need not be read again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::api::groups::PolicySet;

/// By group.
#[derive(Debug, Default)]
pub(crate) struct ReadBack(Mutex<HashMap<String, Reading>>);

/// What was seen, and when.
#[derive(Debug)]
struct Reading {
    at: Instant,
    set: PolicySet,
    served: bool,
}

impl ReadBack {
    /// What a group was seen to be.
    pub(crate) fn put(&self, group: &str, set: PolicySet) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(group.to_owned(), Reading { at: Instant::now(), set, served: false });
    }

    /// What was seen is about to change.
    pub(crate) fn forget(&self, group: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(group);
    }

    /// What a group was seen to be since then; it serves once.
    pub(crate) fn take(&self, group: &str, since: Instant) -> Option<PolicySet> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = all.get_mut(group).filter(|reading| !reading.served)?;
        reading.served = true;
        (reading.at >= since).then(|| reading.set.clone())
    }

    /// What a group was seen to be after its last edit of ours. Somebody else may have edited it since: the next edit
    /// says by its version on what it rests.
    pub(crate) fn last(&self, group: &str) -> Option<PolicySet> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(group).map(|reading| reading.set.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> PolicySet {
        serde_json::from_str(r#"{"Version":"7"}"#).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_back_serves_once_and_only_whoever_began_before() {
        let kept = ReadBack::default();
        let began = Instant::now();
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        kept.put("sg-1", set());
        assert!(kept.take("sg-1", began).is_some());
        assert!(kept.take("sg-1", began).is_none());
        assert!(kept.last("sg-1").is_some(), "whoever edits it next says on what that rests");
        kept.put("sg-1", set());
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert!(kept.take("sg-1", Instant::now()).is_none());
        kept.put("sg-1", set());
        kept.forget("sg-1");
        assert!(kept.take("sg-1", began).is_none() && kept.last("sg-1").is_none());
    }
}
