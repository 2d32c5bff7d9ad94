//! What was tried and left something as it was.

use rdpctl_model::facts::{Left, Tried};
use rdpctl_model::{FacetId, RunId};

use super::samples::{at, name};
use crate::store::{Author, Memory};

/// The last try of each facet of each instance.
pub async fn what_was_tried_is_remembered_until_it_may_be_tried_again(store: &dyn Memory) {
    let tried = |instance: &str, facet, what: &str| Tried {
        instance: name(instance),
        facet,
        left: Left {
            what: what.to_owned(),
            at: at("2026-11-22T01:00:00Z"),
            run: RunId::new("0123456789abcdef"),
        },
    };
    let first = [
        tried("web-01", FacetId::Firewall, "a"),
        tried("web-01", FacetId::Port, "b"),
        tried("web-02", FacetId::Port, "c"),
    ];
    store.left_standing(&Author::Looker, &first).await.unwrap();
    let again = tried("web-01", FacetId::Port, "d");
    store.left_standing(&Author::Looker, std::slice::from_ref(&again)).await.unwrap();
    let all = async || store.facts().await.unwrap().tried;
    assert_eq!(all().await, [again.clone(), first[0].clone(), first[2].clone()]);
    store.try_again(&Author::Looker, &[(name("web-01"), FacetId::Firewall)]).await.unwrap();
    assert_eq!(all().await, [again, first[2].clone()]);
    store.forget(&Author::Looker, &[name("web-01")]).await.unwrap();
    assert_eq!(all().await, [first[2].clone()]);
}
