//! Looks that come late.

use rdpctl_model::cloud::PowerState;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Change, Chunk, Heard, News, Row, Stamp, Told, Which};
use rdpctl_model::{FacetId, FacetMap, Gap, ProviderName, Said, Survey, WorldMap};

use super::memory::{lines, of, save};
use super::samples::{LOOKED, at, fleet, name, pressed, survey};
use crate::store::{Author, Memory};

/// Whoever writes last: in the facts as in the evidence, and a failure takes nothing from a later answer.
pub async fn of_two_looks_at_one_world_within_one_second_the_later_stays(store: &dyn Memory) {
    save(store, &[(fleet("a"), &[["ins-1", "running", "required"]])]).await;
    let earlier = at("2027-01-15T08:00:02.5Z");
    let later = at("2027-01-15T08:00:02.75Z");
    let known = store.facts().await.unwrap();
    for (when, text) in [(later, "later"), (earlier, "earlier")] {
        let mut facts = known.clone();
        let mut news = News {
            at: Stamp::of(when),
            worlds: WorldMap::from_fn(|_| Heard::Nothing),
            ground: None,
            facets: FacetMap::from_fn(|_| Told::Nothing),
        };
        news.worlds[World::Cloud] = Heard::Answered;
        news.facets[FacetId::Power] = Told::Seen(text.into());
        let row = known.chunks[0].row(0).unwrap();
        let (seen, touched) = facts.learn(&news);
        let mut rows = Chunk::new(fleet("a"), Some(ProviderName::new("gz")));
        rows.push(Row { known: row.known.with(&seen, &touched), ..row });
        let change = Change { rows, touched: vec![touched], gone: Vec::new(), began: LOOKED };
        store.learn(&Author::Looker, facts.update(vec![change], Which::All)).await.unwrap();
    }
    assert_eq!(lines(&store.facts().await.unwrap()), ["a ins-1 later required"]);

    let [first, second] = [PowerState::Stopped, PowerState::Running].map(survey);
    let second = Survey { taken_at: later, ..second };
    let lost =
        Survey { cloud: Err(Gap::TimedOut { what: Said::quoted("the API") }), ..first.clone() };
    for late in [
        second.clone(),
        Survey { taken_at: earlier, ..first },
        Survey { taken_at: earlier, ..lost },
    ] {
        store
            .save_evidence(&Author::Looker, vec![(name("a/ins-1"), pressed(&late))])
            .await
            .unwrap();
    }
    assert_eq!(store.evidence(&[name("a/ins-1")]).await.unwrap(), [Some(of(second))]);
}

/// An answer of before a failure is kept and leaves its mark, in the facts as in the evidence, whoever writes last.
pub async fn an_answer_of_before_a_failure_leaves_its_mark(store: &dyn Memory) {
    save(store, &[(fleet("a"), &[["ins-1", "running", "required"]])]).await;
    let (before, failed) = (at("2027-01-15T08:00:02.5Z"), at("2027-01-15T08:00:02.75Z"));
    let known = store.facts().await.unwrap();
    for when in [failed, before] {
        let mut facts = known.clone();
        let mut news = News {
            at: Stamp::of(when),
            worlds: WorldMap::from_fn(|_| Heard::Nothing),
            ground: None,
            facets: FacetMap::from_fn(|_| Told::Nothing),
        };
        let (world, facet) = if when == failed {
            (Heard::Failed("why".to_owned()), Told::Failed)
        } else {
            (Heard::Answered, Told::Seen("before".into()))
        };
        news.worlds[World::Cloud] = world;
        news.facets[FacetId::Power] = facet;
        let row = known.chunks[0].row(0).unwrap();
        let (seen, touched) = facts.learn(&news);
        let mut rows = Chunk::new(fleet("a"), Some(ProviderName::new("gz")));
        rows.push(Row { known: row.known.with(&seen, &touched), ..row });
        let change = Change { rows, touched: vec![touched], gone: Vec::new(), began: LOOKED };
        store.learn(&Author::Looker, facts.update(vec![change], Which::All)).await.unwrap();
    }
    let facts = store.facts().await.unwrap();
    assert_eq!(lines(&facts), ["a ins-1 before required"]);
    let looks = facts.chunks[0].row(0).unwrap().known.looks;
    assert!(looks.is_stale(FacetId::Power));
    assert_eq!(facts.gaps.get(looks.failed[World::Cloud]), Some("why"));

    let answer = Survey { taken_at: before, ..survey(PowerState::Running) };
    let gap = Gap::TimedOut { what: Said::quoted("the API") };
    let lost = Survey { taken_at: failed, cloud: Err(gap.clone()), ..answer.clone() };
    for late in [lost, answer.clone()] {
        store
            .save_evidence(&Author::Looker, vec![(name("a/ins-1"), pressed(&late))])
            .await
            .unwrap();
    }
    let evidence = store.evidence(&[name("a/ins-1")]).await.unwrap().remove(0).unwrap();
    assert_eq!(evidence.cloud.said(), answer.cloud.as_ref().ok());
    assert_eq!(evidence.cloud.failed.map(|failed| failed.gap), Some(gap));
}
