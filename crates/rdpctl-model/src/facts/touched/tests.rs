//! Looks side by side.

use super::*;
use crate::facts::{Facts, Heard, Looks, News, Told};
use crate::{FacetMap, SourceKey, WorldMap};

/// A look at some worlds; what it saw of a facet is who looked.
fn look(who: &str, at: u32, worlds: &[World]) -> News {
    look_at(who, Stamp::new(at, 0), worlds)
}

fn look_at(who: &str, at: Stamp, worlds: &[World]) -> News {
    let looked = Worlds::of(worlds);
    News {
        at,
        worlds: WorldMap::from_fn(
            |world| if looked.has(world) { Heard::Answered } else { Heard::Nothing },
        ),
        ground: looked.has(World::Guest).then(|| who.to_owned()),
        facets: FacetMap::from_fn(|facet| {
            if looked.has(facet.world()) { Told::Seen(who.into()) } else { Told::Nothing }
        }),
    }
}

/// What each world's first facet says, and the ground.
fn says(facts: &Facts, known: &Known) -> [Option<String>; 4] {
    let of = |facet: FacetId| facts.seen[facet].get(known.slots[facet as usize]).map(str::to_owned);
    [
        of(FacetId::Power),
        of(FacetId::Boot),
        of(FacetId::Reachable),
        facts.ground(known).map(str::to_owned),
    ]
}

fn change(rows: &[(&str, Known, Touched)], gone: &[&str], began: u32) -> Change {
    let mut chunk = Chunk::new(SourceKey::fleet("kiosks".into(), ""), None);
    for (id, known, _) in rows {
        chunk.push(Row { id, name: "", known: *known });
    }
    Change {
        rows: chunk,
        touched: rows.iter().map(|(.., touched)| *touched).collect(),
        gone: gone.iter().map(ResourceId::new).collect(),
        began: Stamp::new(began, 0),
    }
}

#[test]
fn whoever_writes_last_two_looks_within_one_second_take_nothing_from_each_other() {
    let mut facts = Facts::default();
    let before = facts.take(Known::default(), &look("before", 50, &World::ALL));
    let cloud = facts.learn(&look("cloud", 100, &[World::Cloud]));
    let guest = facts.learn(&look("guest", 100, &[World::Guest, World::Outside]));
    // Both began with what was known before, and each carries that along.
    for (first, second) in [(&cloud, &guest), (&guest, &cloud)] {
        let mut remembered = change(&[("ins-1", before, Touched::default())], &[], 50).rows;
        for (known, touched) in [first, second] {
            let written = change(&[("ins-1", before.with(known, touched), *touched)], &[], 100);
            remembered = Merge::new(&written).onto(&remembered);
        }
        let known = remembered.row(0).unwrap().known;
        let expected = ["cloud", "guest", "guest", "guest"].map(|it| Some(it.to_owned()));
        assert_eq!(says(&facts, &known), expected);
        assert!(known.looks.answered.iter().all(|(_, at)| *at == Stamp::new(100, 0)));
    }
}

#[test]
fn of_two_looks_at_one_world_within_one_second_the_later_stays_whoever_writes_last() {
    let mut facts = Facts::default();
    let both = [World::Guest, World::Outside];
    let earlier = facts.learn(&look_at("earlier", Stamp::new(100, 200), &both));
    let later = facts.learn(&look_at("later", Stamp::new(100, 201), &[World::Guest]));
    for (first, second) in [(&earlier, &later), (&later, &earlier)] {
        let mut remembered =
            change(&[("ins-1", Known::default(), Touched::default())], &[], 50).rows;
        for (known, touched) in [first, second] {
            let known = Known::default().with(known, touched);
            let written = change(&[("ins-1", known, *touched)], &[], 100);
            remembered = Merge::new(&written).onto(&remembered);
        }
        let known = remembered.row(0).unwrap().known;
        let expected = [None, Some("later"), Some("earlier"), Some("later")];
        assert_eq!(says(&facts, &known), expected.map(|it| it.map(str::to_owned)));
        assert_eq!(known.looks.answered[World::Guest], Stamp::new(100, 201));
    }
}

#[test]
fn what_a_world_said_later_outlives_a_slow_look_and_its_failure() {
    let mut facts = Facts::default();
    let later = facts.take(Known::default(), &look("later", 200, &[World::Guest]));
    let (slow, touched) = facts.learn(&look("slow", 100, &[World::Guest, World::Cloud]));
    let known = later.with(&slow, &touched);
    let expected = [Some("slow"), Some("later"), None, Some("later")];
    assert_eq!(says(&facts, &known), expected.map(|it| it.map(str::to_owned)));
    let mut failure = look("slow", 100, &[]);
    failure.worlds[World::Guest] = Heard::Failed("why".to_owned());
    failure.facets[FacetId::Boot] = Told::Failed;
    assert_eq!(facts.take(later, &failure), later);
    failure.at = Stamp::new(300, 0);
    let known = facts.take(later, &failure);
    assert!(known.looks.is_stale(FacetId::Boot));
    assert_eq!(known.looks.answered[World::Guest], Stamp::new(200, 0));
    assert_eq!(facts.ground(&known), None);
}

#[test]
fn an_answer_of_before_a_failure_is_kept_and_leaves_its_mark_whoever_writes_last() {
    let mut facts = Facts::default();
    let (answer, answered) = facts.learn(&look("before", 100, &[World::Guest]));
    let mut failure = look("failed", 101, &[]);
    failure.worlds[World::Guest] = Heard::Failed("why".to_owned());
    failure.facets[FacetId::Boot] = Told::Failed;
    let (failure, failed) = facts.learn(&failure);
    for looks in
        [[(&answer, &answered), (&failure, &failed)], [(&failure, &failed), (&answer, &answered)]]
    {
        let known = looks
            .into_iter()
            .fold(Known::default(), |known, (look, touched)| known.with(look, touched));
        assert_eq!(says(&facts, &known)[1], Some("before".to_owned()));
        assert!(known.looks.is_stale(FacetId::Boot));
        assert_eq!(facts.gaps.get(known.looks.failed[World::Guest]), Some("why"));
        assert_eq!(known.looks.answered[World::Guest], Stamp::new(100, 0));
        // What answers after it takes the mark away.
        let known = facts.take(known, &look("after", 102, &[World::Guest]));
        assert!(
            !known.looks.is_stale(FacetId::Boot) && known.looks.failed == Looks::default().failed
        );
    }
}

#[test]
fn an_answer_that_a_wrong_clock_dated_ahead_does_not_outlive_those_after_it() {
    let mut facts = Facts::default();
    let ahead = facts.take(Known::default(), &look("ahead", 100_000, &[World::Guest]));
    let known = facts.take(ahead, &look("now", 200, &[World::Guest]));
    assert_eq!(says(&facts, &known)[1], Some("now".to_owned()));
    assert_eq!(known.looks.answered[World::Guest], Stamp::new(200, 0));
}

#[test]
fn who_is_gone_is_forgotten_but_for_those_whom_somebody_saw_since() {
    let mut facts = Facts::default();
    let old = facts.take(Known::default(), &look("old", 100, &[World::Cloud]));
    let seen = facts.take(Known::default(), &look("seen since", 101, &[World::Cloud]));
    let remembered =
        change(&[("old", old, Touched::default()), ("seen", seen, Touched::default())], &[], 0)
            .rows;
    let (new, touched) = facts.learn(&look("new", 100, &[World::Cloud]));
    let change = change(&[("new", new, touched)], &["old", "seen"], 100);
    let mut merge = Merge::new(&change);
    let left = merge.onto(&remembered);
    let ids = |chunk: &Chunk| chunk.rows().map(|row| row.id.to_owned()).collect::<Vec<_>>();
    assert_eq!((ids(&left), ids(&merge.rest())), (vec!["seen".to_owned()], vec!["new".to_owned()]));
}
