//! What happened over time.

use rdpctl_model::chronicle::{Command, Order, Turned};
use rdpctl_model::{FacetId, Said, Verdict};

use super::samples::{at, name};
use crate::store::{Chronicle, TURNS_KEPT};

fn turned(second: u32, instance: &str, facet: FacetId, to: Option<&str>) -> Turned {
    Turned {
        at: at(&format!("2026-11-22T01:00:{second:02}Z")),
        instance: name(instance),
        facet,
        from: None,
        to: to.map(|from| Verdict::drifted(Said::quoted(from), Said::quoted("on"))),
    }
}

/// Newest first, of one instance or one facet, and no more than was asked for.
pub async fn what_turned_is_found_by_instance_and_facet(store: &dyn Chronicle) {
    let first = [
        turned(0, "web-01", FacetId::Nla, Some("off")),
        turned(0, "web-02", FacetId::Nla, Some("off")),
        turned(1, "web-01", FacetId::Power, Some("stopped")),
    ];
    store.turned(&first).await.unwrap();
    let last = turned(2, "web-01", FacetId::Nla, None);
    store.turned(std::slice::from_ref(&last)).await.unwrap();
    let of = async |facet, limit| store.turns(&name("web-01"), facet, limit).await.unwrap();
    assert_eq!(of(None, 9).await, [last.clone(), first[2].clone(), first[0].clone()]);
    assert_eq!(of(Some(FacetId::Nla), 9).await, [last.clone(), first[0].clone()]);
    assert_eq!(of(None, 1).await, [last]);
}

/// However often something turns, what is kept of it has a bound, and what stands is known.
pub async fn of_what_turns_again_and_again_the_last_turns_are_kept(store: &dyn Chronicle) {
    let to = |round: usize| if round.is_multiple_of(2) { Some("off") } else { None };
    for round in 0..=2 * TURNS_KEPT {
        let second = u32::try_from(round % 60).unwrap();
        store.turned(&[turned(second, "web-01", FacetId::Nla, to(round))]).await.unwrap();
    }
    store.turned(&[turned(0, "web-02", FacetId::Nla, Some("off"))]).await.unwrap();
    let kept = store.turns(&name("web-01"), None, 10 * TURNS_KEPT).await.unwrap();
    assert_eq!(kept.len(), TURNS_KEPT);
    assert!(kept[0].to.is_some(), "the newest is there");
    assert_eq!(store.standing().await.unwrap().len(), 2);
}

/// What turned back stands no longer.
pub async fn what_stands_is_the_last_turn_of_each(store: &dyn Chronicle) {
    let turns = [
        turned(0, "web-02", FacetId::Nla, Some("off")),
        turned(0, "web-01", FacetId::Nla, Some("off")),
        turned(0, "web-01", FacetId::Power, Some("stopped")),
        turned(1, "web-02", FacetId::Nla, Some("half")),
        turned(2, "web-01", FacetId::Nla, None),
    ];
    store.turned(&turns).await.unwrap();
    // And over all, the newest first, as far back as somebody asks.
    let lately = store.turned_since(turns[3].at, 9).await.unwrap();
    assert_eq!(lately, [turns[4].clone(), turns[3].clone()]);
    assert_eq!(store.turned_since(turns[0].at, 2).await.unwrap(), lately);
    let mut standing = store.standing().await.unwrap();
    standing.sort_by(|one, other| one.instance.cmp(&other.instance));
    assert_eq!(standing, [turns[2].clone(), turns[3].clone()]);
}

/// Whoever asks for what is new is told each order once.
pub async fn orders_are_numbered_and_kept_as_they_were_given(store: &dyn Chronicle) {
    assert_eq!(store.orders(0).await.unwrap(), []);
    let until = Some(at("2026-11-23T01:00:00Z"));
    let pause = Order {
        at: at("2026-11-22T01:00:00Z"),
        by: "ana".to_owned(),
        target: "kiosks".to_owned(),
        what: Command::Pause { until },
        reason: Some(Said::quoted("exhibition")),
    };
    let resume = Order { what: Command::Resume, reason: None, ..pause.clone() };
    store.order(&pause).await.unwrap();
    store.order(&resume).await.unwrap();
    assert_eq!(store.orders(0).await.unwrap(), [(1, pause), (2, resume.clone())]);
    assert_eq!(store.orders(1).await.unwrap(), [(2, resume)]);
    assert_eq!(store.orders(2).await.unwrap(), []);
}
