//! Hives that were not closed, and what their logs make of them.

use proptest::prelude::*;
use rdpctl_disk::Error;
use rdpctl_disk::Refusal;
use rdpctl_disk::hive::{Hive, Recovery};
use rdpctl_sim::image::{Data, HiveKey, HiveShape, hive, new_log, old_log, with_numbers};

use crate::world::{expected, lines, small, system};

const FILE: usize = 64 << 10;

/// One hive after each of some writes.
fn states() -> Vec<Vec<u8>> {
    let mut root = small();
    let mut states = vec![hive(&root, HiveShape::new(FILE))];
    for number in 0..4 {
        root.set("a\\b\\c", "one", Data::Dword(100 + number));
        root.set(
            &format!("new {number}"),
            "text",
            Data::Sz("x".repeat(900 * (1 + number as usize))),
        );
        states.push(hive(&root, HiveShape::new(FILE)));
    }
    states
}

fn refs(states: &[Vec<u8>]) -> Vec<&[u8]> {
    states.iter().map(Vec::as_slice).collect()
}

fn recover(bytes: &[u8], logs: &[&[u8]]) -> Result<Hive, Error> {
    Hive::recover(bytes.to_vec(), logs)
}

#[track_caller]
fn assert_refused(result: Result<Hive, Error>, expected: &Refusal) {
    match result {
        Err(Error::Refused(refusal)) => assert_eq!(*refusal, *expected),
        other => panic!("{:?}", other.map(|hive| lines(&hive))),
    }
}

#[test]
fn a_closed_hive_is_read_as_it_was_written_and_checks() {
    for (root, shape) in [
        (system(), HiveShape::new(1 << 20)),
        (small(), HiveShape::new(FILE)),
        (small(), HiveShape { leaf: 7, ..HiveShape::new(FILE) }),
        (small(), HiveShape::boot_store(FILE)),
        (HiveKey::new("ROOT"), HiveShape::new(FILE)),
    ] {
        let hive = recover(&hive(&root, shape), &[]).unwrap();
        assert_eq!(hive.recovery(), Recovery::Clean);
        assert_eq!(lines(&hive), expected(&root));
        let report = hive.check();
        assert_eq!((report.errors, report.remarks), (vec![], vec![]));
    }
}

#[test]
fn names_are_found_whatever_their_case_and_a_sharp_s_has_none() {
    let hive = recover(&hive(&system(), HiveShape::new(1 << 20)), &[]).unwrap();
    let key = |path| hive.key(path).unwrap().is_some();
    assert!(key("controlset001\\SERVICES\\SVC0707"));
    assert!(key("ControlSet001\\Control\\STRAßE"));
    assert!(!key("ControlSet001\\Control\\STRASSE"));
    let street = hive.key("ControlSet001\\Control\\Straße").unwrap().unwrap();
    assert_eq!(street.value("GRÖSSE").unwrap().map(|value| value.name()), None);
    assert_eq!(street.value("GRÖßE").unwrap().unwrap().texts().unwrap(), ["a", "가"]);
    assert_eq!(street.value("").unwrap().unwrap().bytes().unwrap().len(), 40_000);
}

#[test]
fn entries_go_on_from_one_log_to_the_other_in_whichever_order_the_files_are() {
    let states = states();
    let first = new_log(&refs(&states[..3]), 20);
    let second = new_log(&refs(&states[2..]), 22);
    let dirty = with_numbers(states[0].clone(), 9, 8);
    let whole = lines(&recover(&states[4], &[]).unwrap());
    for logs in [[first.as_slice(), &second], [&second, &first]] {
        let recovered = recover(&dirty, &logs).unwrap();
        assert_eq!(recovered.recovery(), Recovery::New { entries: 4 });
        assert_eq!(lines(&recovered), whole);
        // What is written next is later than all that lies beside it.
        let changed = recovered.changed().unwrap().unwrap();
        assert_eq!((changed.opening[4], changed.opening[8]), (25, 24));
        assert_eq!((changed.closing[4], changed.closing[8]), (25, 25));
    }
}

#[test]
fn a_log_that_does_not_follow_ends_the_recovery_and_one_that_never_fits_refuses_the_hive() {
    let states = states();
    let dirty = with_numbers(states[0].clone(), 9, 8);
    let first = new_log(&refs(&states[..2]), 20);
    let gap = new_log(&refs(&states[2..]), 22);
    let after_first = lines(&recover(&states[1], &[]).unwrap());
    assert_eq!(lines(&recover(&dirty, &[&first, &gap]).unwrap()), after_first);
    // Older than what was written last.
    let stale = new_log(&refs(&states[..2]), 7);
    assert_refused(recover(&dirty, &[&stale]), &Refusal::LogsDoNotApply);
    assert_refused(recover(&dirty, &[]), &Refusal::LogsDoNotApply);
    assert_refused(recover(&dirty, &[&[0; 4096], b""]), &Refusal::LogsDoNotApply);
}

#[test]
fn logs_beside_a_closed_hive_count_for_nothing() {
    let states = states();
    let log = new_log(&refs(&states), 20);
    let hive = recover(&states[0], &[&log]).unwrap();
    assert_eq!(hive.recovery(), Recovery::Clean);
    assert_eq!(lines(&hive), lines(&recover(&states[0], &[]).unwrap()));
}

#[test]
fn a_torn_first_sector_comes_back_from_the_newest_log() {
    let states = states();
    let mut torn = with_numbers(states[0].clone(), 9, 8);
    torn[24] = 1;
    let log = new_log(&refs(&states[..3]), 9);
    let recovered = recover(&torn, &[&log]).unwrap();
    assert_eq!(lines(&recovered), lines(&recover(&states[2], &[]).unwrap()));
    assert_refused(recover(&torn, &[]), &Refusal::LogsDoNotApply);
}

#[test]
fn an_old_log_belongs_to_the_hive_of_the_same_time() {
    let shape = HiveShape { written: 0x01d2_0000_0000_0000, ..HiveShape::new(FILE) };
    let mut root = small();
    let before = hive(&root, shape);
    root.set("a\\b\\c", "one", Data::Dword(2));
    let after = hive(&root, shape);
    root.set("a\\b\\c", "one", Data::Dword(3));
    let other = hive(&root, shape);
    let dirty = with_numbers(before.clone(), 8, 7);
    let recovered = recover(&dirty, &[&old_log(&before, &after, 8)]).unwrap();
    assert_eq!(recovered.recovery(), Recovery::Old);
    assert_eq!(lines(&recovered), lines(&recover(&after, &[]).unwrap()));
    // Windows takes one or the other by its version.
    let logs = [old_log(&before, &after, 8), old_log(&before, &other, 9)];
    assert_refused(recover(&dirty, &[&logs[0], &logs[1]]), &Refusal::LogsDisagree);
    let late = HiveShape { written: shape.written + 1, ..shape };
    let stranger = old_log(&before, &hive(&root, late), 8);
    assert_refused(recover(&dirty, &[&stranger]), &Refusal::LogsDoNotApply);
}

#[test]
fn while_a_hive_is_written_no_old_log_beside_it_fits() {
    let shape = HiveShape { written: 0x01d2_0000_0000_0000, ..HiveShape::new(FILE) };
    let before = hive(&small(), shape);
    let log = old_log(&before, &before, 7);
    let mut editor = recover(&before, &[&log]).unwrap().edit(1).unwrap();
    editor.delete("a\\b\\c", "one").unwrap();
    let changed = editor.finish().changed().unwrap().unwrap();
    let mut cut_off = before;
    cut_off[..512].copy_from_slice(&changed.opening);
    assert_refused(recover(&cut_off, &[&log]), &Refusal::LogsDoNotApply);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_log_cut_or_broken_anywhere_gives_one_of_the_states_that_were(cut in 0_usize..120_000, bit in 0_usize..8) {
        let states = states();
        let all: Vec<Vec<String>> = states.iter().map(|state| lines(&recover(state, &[]).unwrap())).collect();
        let log = new_log(&refs(&states), 20);
        let dirty = with_numbers(states[0].clone(), 9, 8);
        let cut = cut % log.len();
        let mut broken = log.clone();
        broken[cut] ^= 1 << bit;
        for log in [&log[..cut], &broken] {
            match recover(&dirty, &[log]) {
                Ok(hive) => prop_assert!(all.contains(&lines(&hive))),
                Err(error) => prop_assert_eq!(error.refusal(), Some(&Refusal::LogsDoNotApply)),
            }
        }
    }
}
