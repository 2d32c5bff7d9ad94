//! What was last seen.

use rdpctl_model::cloud::PowerState;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Dictionary, Facts, Left, Topic, Tried};
use rdpctl_model::{Evidence, FacetId, Gap, ProviderName, RunId, Survey};

use super::samples::{acquire, at, chunk, claim, name, survey};
use crate::store::{Author, LeaseName, Memory, Store, StoreError};

/// One line a row, as a person would check it: source, id, power, NLA.
fn lines(facts: &Facts) -> Vec<String> {
    let mut lines = Vec::new();
    for chunk in &facts.chunks {
        for row in chunk.rows() {
            let said = |facet: FacetId| {
                facts.seen[facet].get(row.known.slots[facet as usize]).unwrap_or("-")
            };
            lines.push(format!(
                "{} {} {} {}",
                chunk.source,
                row.id,
                said(FacetId::Power),
                said(FacetId::Nla)
            ));
        }
    }
    lines
}

fn named(power: Dictionary, nla: Dictionary) -> Vec<(Topic, Dictionary)> {
    vec![(Topic::Facet(FacetId::Power), power), (Topic::Facet(FacetId::Nla), nla)]
}

async fn save(store: &dyn Memory, sources: &[(&str, &[[&str; 3]])]) {
    let seen = store.facts().await.unwrap().seen;
    let (mut power, mut nla) = (seen[FacetId::Power].clone(), seen[FacetId::Nla].clone());
    let chunks =
        sources.iter().map(|(source, rows)| chunk(source, &mut power, &mut nla, rows)).collect();
    let sources: Vec<String> = sources.iter().map(|(source, _)| (*source).to_owned()).collect();
    store.save_facts(&Author::Looker, &named(power, nla), &sources, chunks).await.unwrap();
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
            ("instance.web-01", &[["ins-1", "running", "required"]]),
            ("fleet.kiosks#d1", &[["ins-2", "stopped", ""], ["ins-3", "running", "optional"]]),
        ],
    )
    .await;
    let facts = store.facts().await.unwrap();
    assert_eq!(
        lines(&facts),
        [
            "fleet.kiosks#d1 ins-2 stopped ",
            "fleet.kiosks#d1 ins-3 running optional",
            "instance.web-01 ins-1 running required",
        ]
    );
    let first = facts.chunks[0].row(0).unwrap();
    assert_eq!(first.name, "name of ins-2");
    assert_eq!(first.known.looks.answered[World::Guest], 1_800_000_000);
    assert_eq!(first.known.looks.failed[World::Guest], u32::MAX);
    assert!(first.known.looks.is_stale(FacetId::Boot) && !first.known.looks.is_stale(FacetId::Nla));
    assert_eq!(first.known.slots[FacetId::Tls as usize], u32::MAX);
    assert_eq!(facts.chunks[0].provider, Some(ProviderName::new("gz")));
}

/// A source is replaced whole.
pub async fn a_source_that_is_saved_again_is_replaced_and_others_stay(store: &dyn Memory) {
    save(
        store,
        &[
            ("fleet.a#1", &[["ins-1", "running", "required"], ["ins-2", "running", "required"]]),
            ("fleet.b#1", &[["ins-3", "running", "required"]]),
        ],
    )
    .await;
    save(store, &[("fleet.a#1", &[["ins-9", "stopped", "required"]])]).await;
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["fleet.a#1 ins-9 stopped required", "fleet.b#1 ins-3 running required"]
    );
}

/// So that a source may come in parts.
pub async fn chunks_of_a_source_that_is_not_named_are_added(store: &dyn Memory) {
    save(store, &[("fleet.a#1", &[["ins-1", "running", "required"]])]).await;
    let (mut power, mut nla) = (Dictionary::default(), Dictionary::default());
    let more = chunk("fleet.a#1", &mut power, &mut nla, &[["ins-2", "running", "required"]]);
    store.save_facts(&Author::Looker, &named(power, nla), &[], vec![more]).await.unwrap();
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["fleet.a#1 ins-1 running required", "fleet.a#1 ins-2 running required"]
    );
}

/// A slot means what its text says, whoever numbered it.
pub async fn slots_of_a_dictionary_that_others_extended_keep_their_meaning(store: &dyn Memory) {
    save(store, &[("instance.a", &[["ins-1", "running", "required"]])]).await;
    // Somebody who never loaded the dictionaries: "stopped" has the slot that "running" has in the store.
    let (mut power, mut nla) = (Dictionary::default(), Dictionary::default());
    let other = chunk(
        "instance.b",
        &mut power,
        &mut nla,
        &[["ins-2", "stopped", "optional"], ["ins-3", "running", "required"]],
    );
    store
        .save_facts(&Author::Looker, &named(power, nla), &["instance.b".to_owned()], vec![other])
        .await
        .unwrap();
    let facts = store.facts().await.unwrap();
    assert_eq!(
        lines(&facts),
        [
            "instance.a ins-1 running required",
            "instance.b ins-2 stopped optional",
            "instance.b ins-3 running required"
        ]
    );
    assert_eq!(facts.seen[FacetId::Power].texts().len(), 2);
}

/// Dictionaries do not grow for ever.
pub async fn observations_that_nobody_has_any_more_are_thrown_out(store: &dyn Memory) {
    let (mut power, mut nla) = (Dictionary::default(), Dictionary::default());
    chunk("", &mut power, &mut nla, &[["ins-0", "running", "required"]]);
    for day in 0..5000 {
        power.intern(&format!("running since day {day}"));
    }
    let rows = chunk(
        "instance.a",
        &mut power,
        &mut nla,
        &[["ins-1", "running since day 4999", "optional"]],
    );
    store
        .save_facts(&Author::Looker, &named(power.clone(), nla.clone()), &[], vec![rows])
        .await
        .unwrap();
    // Whoever still holds the long dictionary is understood by its texts.
    let rows = chunk(
        "instance.b",
        &mut power,
        &mut nla,
        &[["ins-2", "running since day 4998", "required"]],
    );
    store.save_facts(&Author::Looker, &named(power, nla), &[], vec![rows]).await.unwrap();
    let facts = store.facts().await.unwrap();
    assert_eq!(
        lines(&facts),
        [
            "instance.a ins-1 running since day 4999 optional",
            "instance.b ins-2 running since day 4998 required"
        ]
    );
    assert_eq!(facts.seen[FacetId::Power].texts().len(), 2);
}

/// Within their sources.
pub async fn single_rows_are_replaced_by_id_and_new_ones_added(store: &dyn Memory) {
    save(
        store,
        &[("fleet.a#1", &[["ins-1", "running", "required"], ["ins-2", "running", "required"]])],
    )
    .await;
    let (mut power, mut nla) = (Dictionary::default(), Dictionary::default());
    let rows = chunk(
        "fleet.a#1",
        &mut power,
        &mut nla,
        &[["ins-9", "stopped", "optional"], ["ins-1", "stopped", "required"]],
    );
    let instance = chunk("instance.b", &mut power, &mut nla, &[["ins-7", "running", "required"]]);
    store.save_rows(&Author::Looker, &named(power, nla), vec![rows, instance]).await.unwrap();
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        [
            "fleet.a#1 ins-1 stopped required",
            "fleet.a#1 ins-2 running required",
            "fleet.a#1 ins-9 stopped optional",
            "instance.b ins-7 running required",
        ]
    );
}

/// However many chunks it takes.
pub async fn many_rows_keep_their_order(store: &dyn Memory) {
    let ids: Vec<String> = (0..2500).map(|index| format!("ins-{index}")).collect();
    let rows: Vec<[&str; 3]> = ids.iter().map(|id| [id.as_str(), "running", "required"]).collect();
    save(store, &[("fleet.a#1", &rows)]).await;
    let facts = store.facts().await.unwrap();
    assert!(facts.chunks.iter().all(|chunk| chunk.len() <= Chunk::CAPACITY));
    let back: Vec<&str> = facts.chunks.iter().flat_map(Chunk::rows).map(|row| row.id).collect();
    assert_eq!(back, ids);
}

/// And the newest of it.
pub async fn evidence_comes_back_in_the_order_asked(store: &dyn Memory) {
    let running = survey(PowerState::Running);
    let stopped = survey(PowerState::Stopped);
    let first = vec![(name("web-01"), running.clone()), (name("kiosks/ins-2"), running.clone())];
    store.save_evidence(&Author::Looker, first).await.unwrap();
    store.save_evidence(&Author::Looker, vec![(name("web-01"), stopped.clone())]).await.unwrap();
    let asked = [name("kiosks/ins-2"), name("nobody"), name("web-01")];
    let (running, stopped) = (of(running), of(stopped));
    assert_eq!(store.evidence(&asked).await.unwrap(), [Some(running), None, Some(stopped)]);
}

/// What one look alone leaves behind.
fn of(survey: Survey) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.take(survey);
    evidence
}

/// What is known of a world is replaced by an answer about it alone.
pub async fn a_look_at_one_world_leaves_what_is_known_of_the_others(store: &dyn Memory) {
    let whole = survey(PowerState::Running);
    store.save_evidence(&Author::Looker, vec![(name("web-01"), whole.clone())]).await.unwrap();
    let later = at("2026-11-23T00:00:00Z");
    let failed = Survey {
        taken_at: later,
        cloud: Err(Gap::NotAsked),
        guest: Err(Gap::TimedOut { what: "the agent".to_owned() }),
        outside: Err(Gap::NotAsked),
    };
    store.save_evidence(&Author::Looker, vec![(name("web-01"), failed.clone())]).await.unwrap();
    let mut expected = of(whole.clone());
    expected.take(failed);
    let kept = store.evidence(&[name("web-01")]).await.unwrap().remove(0).unwrap();
    assert_eq!(kept, expected);
    assert_eq!(kept.guest.said(), whole.guest.as_ref().ok());
    assert_eq!(kept.guest.fresh(), None);
    // The next answer takes the mark away.
    let again = Survey { taken_at: later, cloud: Err(Gap::NotAsked), ..whole };
    store.save_evidence(&Author::Looker, vec![(name("web-01"), again)]).await.unwrap();
    let kept = store.evidence(&[name("web-01")]).await.unwrap().remove(0).unwrap();
    assert_eq!(kept.guest.failed, None);
    assert_eq!(kept.guest.answer.unwrap().at, later);
    assert_eq!(kept.cloud.answer.unwrap().at, at("2026-11-22T01:02:03Z"));
}

/// By its words, whoever numbered them.
pub async fn why_a_look_failed_is_remembered_beside_the_evidence(store: &dyn Memory) {
    let (mut power, mut nla) = (Dictionary::default(), Dictionary::default());
    let rows = [["ins-1", "running", "required"], ["ins-2", "running", "required"]];
    let mut chunk = chunk("fleet.a#1", &mut power, &mut nla, &rows);
    let mut gaps = Dictionary::default();
    chunk.looks[1].failed[World::Cloud] = gaps.intern("why");
    let mut dictionaries = named(power, nla);
    dictionaries.push((Topic::Gaps, gaps.clone()));
    store
        .save_facts(&Author::Looker, &dictionaries, &["fleet.a#1".to_owned()], vec![chunk.clone()])
        .await
        .unwrap();
    // Somebody else's dictionary has the same words elsewhere.
    let mut other = Dictionary::default();
    other.intern("another reason");
    chunk.looks[1].failed[World::Cloud] = other.intern("why");
    store.save_rows(&Author::Looker, &[(Topic::Gaps, other)], vec![chunk]).await.unwrap();
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
                vec![(name("web-01"), seen.clone()), (name("web-02"), seen.clone())],
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
            ("instance.web-01", &[["ins-1", "running", "required"]]),
            ("fleet.a#1", &[["ins-2", "running", "required"], ["ins-3", "running", "required"]]),
            ("fleet.ab#1", &[["ins-2", "running", "required"]]),
        ],
    )
    .await;
    let seen = survey(PowerState::Running);
    store
        .save_evidence(
            &Author::Looker,
            vec![(name("a/ins-2"), seen.clone()), (name("a/ins-3"), seen.clone())],
        )
        .await
        .unwrap();
    let gone = [name("web-01"), name("a/ins-2"), name("a/ins-9")];
    assert_eq!(store.forget(&Author::Looker, &gone).await.unwrap(), 2);
    assert_eq!(
        lines(&store.facts().await.unwrap()),
        ["fleet.a#1 ins-3 running required", "fleet.ab#1 ins-2 running required"]
    );
    assert_eq!(
        store.evidence(&[name("a/ins-2"), name("a/ins-3")]).await.unwrap(),
        [None, Some(of(seen))]
    );
}

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

/// Somebody else may have changed since what it looked at; whoever only looks may always say what there is.
pub async fn what_a_run_sees_after_it_lost_its_lease_is_not_remembered(store: &dyn Store) {
    let token = acquire(store, "ana").await;
    let run = Author::Run(token);
    let (mut power, mut nla) = (Dictionary::default(), Dictionary::default());
    let rows = chunk("instance.a", &mut power, &mut nla, &[["ins-1", "running", "required"]]);
    let seen = named(power, nla);
    let surveys = || vec![(name("a"), survey(PowerState::Running))];
    store.save_facts(&run, &seen, &[], vec![rows.clone()]).await.unwrap();
    let judged = store.holder(&LeaseName::run()).await.unwrap();
    store.acquire(&LeaseName::run(), &claim("ben", 120), judged.as_ref()).await.unwrap();
    let attempts = [
        store.save_facts(&run, &seen, &["instance.a".to_owned()], Vec::new()).await,
        store.save_rows(&run, &seen, vec![rows.clone()]).await,
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
