//! What was last seen.

use rdpctl_model::cloud::PowerState;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Change, Chunk, Facts, Heard, News, Row, Stamp, Told, Which};
use rdpctl_model::{
    Evidence, FacetId, FacetMap, Gap, ProviderName, ResourceId, SourceKey, Survey, WorldMap,
};

use super::samples::{LOOKED, acquire, at, chunk, claim, fleet, name, one, pressed, survey};
use crate::store::{Author, LeaseName, Memory, Store, StoreError};

/// One line a row, as a person would check it: source, id, power, NLA.
pub(super) fn lines(facts: &Facts) -> Vec<String> {
    let mut lines = Vec::new();
    for chunk in &facts.chunks {
        for row in chunk.rows() {
            let said = |facet: FacetId| {
                facts.seen[facet].get(row.known.slots[facet as usize]).unwrap_or("-")
            };
            let (power, nla) = (said(FacetId::Power), said(FacetId::Nla));
            lines.push(format!("{} {} {power} {nla}", chunk.source, row.id));
        }
    }
    lines
}

type Rows<'a> = (SourceKey, &'a [[&'a str; 3]]);

/// What somebody learned who knew these facts, not written yet: everything of these rows.
fn learned(facts: &mut Facts, sources: &[Rows<'_>]) -> Vec<Change> {
    let (power, nla) = (FacetId::Power, FacetId::Nla);
    let mut of = |(source, rows): &Rows<'_>| {
        let (mut by_power, mut by_nla) =
            (std::mem::take(&mut facts.seen[power]), std::mem::take(&mut facts.seen[nla]));
        let change = Change::whole(chunk(source, &mut by_power, &mut by_nla, rows), LOOKED);
        (facts.seen[power], facts.seen[nla]) = (by_power, by_nla);
        change
    };
    sources.iter().map(&mut of).collect()
}

pub(super) async fn save(store: &dyn Memory, sources: &[Rows<'_>]) {
    let mut facts = store.facts().await.unwrap();
    let changes = learned(&mut facts, sources);
    store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
}

/// Nothing seen, nothing known.
pub async fn a_fresh_store_remembers_nothing(store: &dyn Memory) {
    assert!(store.facts().await.unwrap().is_empty());
    assert_eq!(store.evidence(&[name("web-01")]).await.unwrap(), [None]);
}

/// Ordered by source, whatever the order of saving.
pub async fn facts_come_back_as_they_were_saved(store: &dyn Memory) {
    save(
        store,
        &[
            (one("web-01"), &[["ins-1", "running", "required"]]),
            (fleet("kiosks"), &[["ins-2", "stopped", ""], ["ins-3", "running", "optional"]]),
        ],
    )
    .await;
    let facts = store.facts().await.unwrap();
    assert_eq!(
        lines(&facts),
        ["kiosks ins-2 stopped ", "kiosks ins-3 running optional", "web-01 ins-1 running required",]
    );
    let first = facts.chunks[0].row(0).unwrap();
    assert_eq!(first.name, "name of ins-2");
    assert_eq!(first.known.looks.answered[World::Guest], LOOKED);
    assert_eq!(first.known.looks.failed[World::Guest], u32::MAX);
    assert!(first.known.looks.is_stale(FacetId::Boot) && !first.known.looks.is_stale(FacetId::Nla));
    assert_eq!(first.known.slots[FacetId::Tls as usize], u32::MAX);
    assert_eq!(facts.chunks[0].provider, Some(ProviderName::new("gz")));
}

/// Within its source, and nobody else.
pub async fn who_is_gone_is_forgotten_and_other_sources_stay(store: &dyn Memory) {
    let both = [["ins-1", "running", "required"], ["ins-2", "running", "required"]];
    save(store, &[(fleet("a"), &both), (fleet("b"), &[["ins-1", "running", "required"]])]).await;
    let mut facts = store.facts().await.unwrap();
    let mut changes =
        learned(&mut facts, &[(fleet("a"), &[["ins-9", "stopped", "optional"], both[1]])]);
    changes[0].gone = vec![ResourceId::new("ins-1"), ResourceId::new("never-seen")];
    store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["a ins-2 running required", "a ins-9 stopped optional", "b ins-1 running required"]
    );
}

/// What is known of members of the one says nothing of the other's.
pub async fn another_selector_makes_another_source(store: &dyn Memory) {
    let other = SourceKey::fleet("a".into(), "gz:role=desk;");
    let running: &[[&str; 3]] = &[["ins-1", "running", "required"]];
    save(store, &[(fleet("a"), running)]).await;
    save(store, &[(other.clone(), &[["ins-1", "stopped", "required"]])]).await;
    let facts = store.facts().await.unwrap();
    let sources: Vec<&SourceKey> = facts.chunks.iter().map(|chunk| &chunk.source).collect();
    assert_eq!(sources, [&other, &fleet("a")]);
    assert_eq!(lines(&facts), ["a ins-1 stopped required", "a ins-1 running required"]);
}

/// Whoever writes last: each world, each machine and each text is what somebody saw who looked there.
pub async fn looks_that_began_with_the_same_take_nothing_from_each_other(store: &dyn Memory) {
    let both = [["ins-1", "running", "required"], ["ins-2", "running", "required"]];
    save(store, &[(fleet("a"), &both)]).await;
    let known = store.facts().await.unwrap();
    let look = |world: World, id: &'static str, text: &str| {
        let mut facts = known.clone();
        let news = News {
            at: Stamp::new(LOOKED.seconds() + 1, 0),
            worlds: WorldMap::from_fn(
                |it| if it == world { Heard::Answered } else { Heard::Nothing },
            ),
            ground: None,
            facets: FacetMap::from_fn(|facet| {
                if facet.world() == world { Told::Seen(text.into()) } else { Told::Nothing }
            }),
        };
        let row = known.chunks[0].rows().find(|row| row.id == id).unwrap();
        let (seen, touched) = facts.learn(&news);
        let mut rows = Chunk::new(fleet("a"), Some(ProviderName::new("gz")));
        rows.push(Row { known: row.known.with(&seen, &touched), ..row });
        let change = Change { rows, touched: vec![touched], gone: Vec::new(), began: LOOKED };
        facts.update(vec![change], Which::All)
    };
    for update in [
        look(World::Guest, "ins-1", "optional"),
        look(World::Cloud, "ins-1", "stopped"),
        look(World::Cloud, "ins-2", "starting"),
    ] {
        store.learn(&Author::Looker, update).await.unwrap();
    }
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["a ins-1 stopped optional", "a ins-2 starting required"]
    );
}

/// A slot means what its text says, whoever numbered it.
pub async fn slots_of_a_dictionary_that_others_extended_keep_their_meaning(store: &dyn Memory) {
    save(store, &[(one("a"), &[["ins-1", "running", "required"]])]).await;
    // Somebody who never loaded the dictionaries: "stopped" has the slot that "running" has in the store.
    let mut facts = Facts::default();
    let rows: &[[&str; 3]] = &[["ins-2", "stopped", "optional"], ["ins-3", "running", "required"]];
    let changes = learned(&mut facts, &[(fleet("b"), rows)]);
    store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
    let facts = store.facts().await.unwrap();
    assert_eq!(
        lines(&facts),
        ["b ins-2 stopped optional", "b ins-3 running required", "a ins-1 running required"]
    );
    assert_eq!(facts.seen[FacetId::Power].texts().len(), 2);
}

/// Dictionaries do not grow for ever.
pub async fn observations_that_nobody_has_any_more_are_thrown_out(store: &dyn Memory) {
    let mut facts = Facts::default();
    facts.seen[FacetId::Power].intern("running");
    for day in 0..5000 {
        facts.seen[FacetId::Power].intern(&format!("running since day {day}"));
    }
    let changes =
        learned(&mut facts, &[(one("a"), &[["ins-1", "running since day 4999", "optional"]])]);
    store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
    // Whoever still holds the long dictionary is understood by its texts.
    let changes =
        learned(&mut facts, &[(one("b"), &[["ins-2", "running since day 4998", "required"]])]);
    store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
    let facts = store.facts().await.unwrap();
    assert_eq!(
        lines(&facts),
        ["a ins-1 running since day 4999 optional", "b ins-2 running since day 4998 required"]
    );
    assert_eq!(facts.seen[FacetId::Power].texts().len(), 2);
}

/// Whoever hands over the new texts alone counts on the places of the others.
pub async fn places_of_a_numbering_that_is_over_are_refused(store: &dyn Memory) {
    let days: Vec<String> = (0..5000).map(|day| format!("running since day {day}")).collect();
    let mut facts = Facts::default();
    for day in &days {
        facts.seen[FacetId::Power].intern(day);
    }
    let rows: Vec<[&str; 3]> =
        days.iter().map(|day| [&day["running since ".len()..], day.as_str(), "required"]).collect();
    let changes = learned(&mut facts, &[(fleet("a"), &rows)]);
    store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
    let mut early = store.facts().await.unwrap();
    // All but a few go, and with them their texts.
    let mut late = store.facts().await.unwrap();
    let mut changes = learned(&mut late, &[(fleet("a"), &[["day 0", "stopped", "required"]])]);
    changes[0].gone = rows[1..].iter().map(|[id, ..]| ResourceId::new(id)).collect();
    store.learn(&Author::Looker, late.update(changes, Which::New)).await.unwrap();
    let changes = learned(&mut early, &[(one("b"), &[["ins-1", &days[7], "optional"]])]);
    let refused = store.learn(&Author::Looker, early.update(changes.clone(), Which::New)).await;
    assert!(matches!(refused, Err(StoreError::Renumbered)), "{refused:?}");
    store.learn(&Author::Looker, early.update(changes, Which::All)).await.unwrap();
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["a day 0 stopped required", "b ins-1 running since day 7 optional"]
    );
}

/// Within their sources.
pub async fn single_rows_are_replaced_by_id_and_new_ones_added(store: &dyn Memory) {
    let both = [["ins-1", "running", "required"], ["ins-2", "running", "required"]];
    save(store, &[(fleet("a"), &both)]).await;
    let rows: &[[&str; 3]] = &[["ins-9", "stopped", "optional"], ["ins-1", "stopped", "required"]];
    save(store, &[(fleet("a"), rows), (one("b"), &[["ins-7", "running", "required"]])]).await;
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        [
            "a ins-1 stopped required",
            "a ins-2 running required",
            "a ins-9 stopped optional",
            "b ins-7 running required",
        ]
    );
}

/// However many chunks it takes.
pub async fn many_rows_keep_their_order(store: &dyn Memory) {
    let ids: Vec<String> = (0..2500).map(|index| format!("ins-{index}")).collect();
    let rows: Vec<[&str; 3]> = ids.iter().map(|id| [id.as_str(), "running", "required"]).collect();
    save(store, &[(fleet("a"), &rows)]).await;
    let facts = store.facts().await.unwrap();
    assert!(facts.chunks.iter().all(|chunk| chunk.len() <= Chunk::CAPACITY));
    let back: Vec<&str> = facts.chunks.iter().flat_map(Chunk::rows).map(|row| row.id).collect();
    assert_eq!(back, ids);
}

/// And the newest of it.
pub async fn evidence_comes_back_in_the_order_asked(store: &dyn Memory) {
    let running = survey(PowerState::Running);
    let stopped = survey(PowerState::Stopped);
    let first =
        vec![(name("web-01"), pressed(&running)), (name("kiosks/ins-2"), pressed(&running))];
    store.save_evidence(&Author::Looker, first).await.unwrap();
    store.save_evidence(&Author::Looker, vec![(name("web-01"), pressed(&stopped))]).await.unwrap();
    let asked = [name("kiosks/ins-2"), name("nobody"), name("web-01")];
    let (running, stopped) = (of(running), of(stopped));
    assert_eq!(store.evidence(&asked).await.unwrap(), [Some(running), None, Some(stopped)]);
}

/// What one look alone leaves behind.
pub(super) fn of(survey: Survey) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.take(survey);
    evidence
}

/// What is known of a world is replaced by an answer about it alone.
pub async fn a_look_at_one_world_leaves_what_is_known_of_the_others(store: &dyn Memory) {
    let whole = survey(PowerState::Running);
    store.save_evidence(&Author::Looker, vec![(name("web-01"), pressed(&whole))]).await.unwrap();
    let later = at("2026-11-23T00:00:00Z");
    let failed = Survey {
        taken_at: later,
        cloud: Err(Gap::NotAsked),
        guest: Err(Gap::TimedOut { what: rdpctl_model::Said::quoted("the agent") }),
        outside: Err(Gap::NotAsked),
    };
    store.save_evidence(&Author::Looker, vec![(name("web-01"), pressed(&failed))]).await.unwrap();
    let mut expected = of(whole.clone());
    expected.take(failed);
    let kept = store.evidence(&[name("web-01")]).await.unwrap().remove(0).unwrap();
    assert_eq!(kept, expected);
    assert_eq!(kept.guest.said(), whole.guest.as_ref().ok());
    assert_eq!(kept.guest.fresh(), None);
    // The next answer takes the mark away.
    let again = Survey { taken_at: later, cloud: Err(Gap::NotAsked), ..whole };
    store.save_evidence(&Author::Looker, vec![(name("web-01"), pressed(&again))]).await.unwrap();
    let kept = store.evidence(&[name("web-01")]).await.unwrap().remove(0).unwrap();
    assert_eq!(kept.guest.failed, None);
    assert_eq!(kept.guest.answer.unwrap().at, later);
    assert_eq!(kept.cloud.answer.unwrap().at, at("2026-11-22T01:02:03Z"));
}

/// By its words, whoever numbered them.
pub async fn why_a_look_failed_is_remembered_beside_the_evidence(store: &dyn Memory) {
    let rows = [["ins-1", "running", "required"], ["ins-2", "running", "required"]];
    for before in [None, Some("another reason")] {
        // The second time somebody whose dictionary has the same words elsewhere.
        let mut facts = Facts::default();
        if let Some(before) = before {
            facts.gaps.intern(before);
        }
        let mut changes = learned(&mut facts, &[(fleet("a"), &rows)]);
        changes[0].rows.looks[1].failed[World::Cloud] = facts.gaps.intern("why");
        store.learn(&Author::Looker, facts.update(changes, Which::New)).await.unwrap();
    }
    let facts = store.facts().await.unwrap();
    let row = facts.chunks[0].row(1).unwrap();
    assert_eq!(facts.gaps.get(row.known.looks.failed[World::Cloud]), Some("why"));
}

/// What is shared between surveys is not mixed up.
pub async fn rule_sets_that_change_all_the_time_are_read_as_they_were_last(store: &dyn Memory) {
    for version in 0..600 {
        let mut seen = survey(PowerState::Running);
        if let Ok(cloud) = &mut seen.cloud {
            let mut set = (*cloud.doors.stages[0].sets[0]).clone();
            set.version = version.to_string();
            cloud.doors.stages[0].sets = vec![std::sync::Arc::new(set)];
        }
        store
            .save_evidence(
                &Author::Looker,
                vec![(name("web-01"), pressed(&seen)), (name("web-02"), pressed(&seen))],
            )
            .await
            .unwrap();
        if version % 100 == 99 {
            let both = store.evidence(&[name("web-01"), name("web-02")]).await.unwrap();
            assert_eq!(both, [Some(of(seen.clone())), Some(of(seen))]);
        }
    }
}

/// Members of a fleet and declared instances alike.
pub async fn forgetting_removes_facts_and_evidence_of_the_named_alone(store: &dyn Memory) {
    save(
        store,
        &[
            (one("web-01"), &[["ins-1", "running", "required"]]),
            (fleet("a"), &[["ins-2", "running", "required"], ["ins-3", "running", "required"]]),
            (fleet("ab"), &[["ins-2", "running", "required"]]),
        ],
    )
    .await;
    let seen = survey(PowerState::Running);
    store
        .save_evidence(
            &Author::Looker,
            vec![(name("a/ins-2"), pressed(&seen)), (name("a/ins-3"), pressed(&seen))],
        )
        .await
        .unwrap();
    let gone = [name("web-01"), name("a/ins-2"), name("a/ins-9")];
    assert_eq!(store.forget(&Author::Looker, &gone).await.unwrap(), 2);
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["a ins-3 running required", "ab ins-2 running required"]
    );
    assert_eq!(
        store.evidence(&[name("a/ins-2"), name("a/ins-3")]).await.unwrap(),
        [None, Some(of(seen))]
    );
}

/// Somebody else may have changed since what it looked at; whoever only looks may always say what there is.
pub async fn what_a_run_sees_after_it_lost_its_lease_is_not_remembered(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    let run = Author::Run(token);
    let mut facts = Facts::default();
    let changes = learned(&mut facts, &[(one("a"), &[["ins-1", "running", "required"]])]);
    let seen = || facts.update(changes.clone(), Which::New);
    let surveys = || vec![(name("a"), pressed(&survey(PowerState::Running)))];
    store.learn(&run, seen()).await.unwrap();
    let judged = store.holder(&LeaseName::run()).await.unwrap();
    store.acquire(&LeaseName::run(), &claim("ben", 120), judged.as_ref()).await.unwrap();
    let attempts = [
        store.learn(&run, seen()).await,
        store.save_evidence(&run, surveys()).await,
        store.forget(&run, &[name("a")]).await.map(drop),
        store.left_standing(&run, &[]).await,
        store.try_again(&run, &[]).await,
    ];
    for attempt in attempts {
        assert!(matches!(attempt, Err(StoreError::LeaseLost)), "{attempt:?}");
    }
    assert_eq!(store.facts().await.unwrap().len(), 1);
    assert_eq!(store.evidence(&[name("a")]).await.unwrap(), [None]);
    store.save_evidence(&Author::Looker, surveys()).await.unwrap();
}
