//! Causes and effects across the cloud and the guest, and what a journal brings back.

use std::{path::Path, sync::Arc};

use super::{Accepted, EipWork, Estate, Work, path::Obstacle};
use crate::{
    clock::{Clock, Pace},
    guest::Command,
    persist::Journal,
    world::{VmIndex, World},
};

fn estate(text: &str) -> Estate {
    let text = format!("[account.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n{text}");
    let world =
        World::parse(Path::new("test.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
    of_world(world)
}

fn of_world(world: World) -> Estate {
    let origin = "2026-01-05T00:00:00Z".parse().unwrap();
    Estate::new(Arc::new(world), Clock::start(origin, Pace::Scaled(0.000_001)))
}

const OPEN: &str = "[security-group.sg-00000001]\ningress = [\"ACCEPT tcp 3389 0.0.0.0/0\"]\n";

#[test]
fn each_thing_in_the_way_of_a_packet_is_met_in_turn() {
    let healthy = "security-groups = [\"sg-00000001\"]\naddress = \"eip\"\n";
    let groups = "security-groups = [\"sg-00000001\"]\n";
    let cases = [
        (healthy.to_owned(), Ok(())),
        (groups.to_owned(), Err(Obstacle::NoAddress)),
        (
            format!("{groups}address = {{ type = \"eip\", blocked = true }}\n"),
            Err(Obstacle::AddressDead),
        ),
        (format!("{groups}address = \"wan\"\nbandwidth = 0\n"), Err(Obstacle::NoBandwidth)),
        (format!("{healthy}restrict-state = \"protectively-isolated\"\n"), Err(Obstacle::Isolated)),
        ("address = \"eip\"\n".to_owned(), Err(Obstacle::SecurityGroups)),
        (format!("{healthy}state = \"stopped\"\n"), Err(Obstacle::Off)),
        (
            format!("{healthy}guest.firewall.remote-desktop = \"off\"\n"),
            Err(Obstacle::GuestFirewall),
        ),
    ];
    for (vm, expected) in cases {
        let seen = estate(&format!("{OPEN}[vm.web-01]\n{vm}")).path_to(
            VmIndex(0),
            3389,
            [198, 51, 100, 7].into(),
        );
        assert_eq!(seen, expected, "{vm}");
    }
}

#[test]
fn the_first_matching_rule_of_the_first_group_decides() {
    // Groups in order, their rules, and whether 198.51.100.7 gets in.
    let cases: &[(&[&[&str]], bool)] = &[
        (&[&[]], false),
        (&[&["DROP ALL all 0.0.0.0/0", "ACCEPT tcp 3389 0.0.0.0/0"]], false),
        (&[&["ACCEPT tcp 3000-4000 0.0.0.0/0"]], true),
        (&[&["ACCEPT udp 3389 0.0.0.0/0"]], false),
        (&[&["ACCEPT tcp 3389 198.51.100.0/24"]], true),
        (&[&["DROP tcp 3389 203.0.113.0/24", "ACCEPT tcp all 0.0.0.0/0"]], true),
        (&[&["ACCEPT tcp 22 0.0.0.0/0"], &["ACCEPT tcp 3389 0.0.0.0/0"]], true),
        (&[&["DROP tcp 3389 0.0.0.0/0"], &["ACCEPT tcp 3389 0.0.0.0/0"]], false),
        (&[&["ACCEPT tcp 3389 ::/0"]], false),
        (&[&["ACCEPT tcp 3389 sg-00000000"]], false),
        (&[&["ACCEPT ppm-rdp00001 ipm-ofc00001"]], true),
    ];
    for (groups, open) in cases {
        let mut text = String::from(
            "[address-template.ipm-ofc00001]\nmembers = [\"198.51.100.1-198.51.100.9\"]\n\
             [service-template.ppm-rdp00001]\nmembers = [\"tcp:3389\"]\n",
        );
        let mut ids = Vec::new();
        for (at, rules) in groups.iter().enumerate() {
            text.push_str(&format!("[security-group.sg-0000000{at}]\ningress = {rules:?}\n"));
            ids.push(format!("sg-0000000{at}"));
        }
        text.push_str(&format!("[vm.web-01]\naddress = \"eip\"\nsecurity-groups = {ids:?}\n"));
        let seen = estate(&text).path_to(VmIndex(0), 3389, [198, 51, 100, 7].into());
        assert_eq!(seen.is_ok(), *open, "{groups:?}");
    }
}

#[test]
fn looking_into_a_guest_leaves_no_trace() {
    let mut estate = estate("[vm.kiosk]\ncount = 10\n");
    let seen = estate.run_behind(VmIndex(3), &Command::Line("sc query TermService".to_owned()));
    assert_eq!(seen.exit, 0);
    assert!(estate.take_changes().is_none());
    assert_eq!(estate.touched().count(), 0);
}

#[test]
fn the_members_of_a_group_are_counted_without_looking_at_each() {
    let mut estate = estate(
        "[security-group.sg-00000001]\n[security-group.sg-00000002]\n\
         [vm.kiosk]\ncount = 100\nsecurity-groups = [\"sg-00000001\"]\n\
         drift = { share = 0.1, security-groups = [\"sg-00000002\"] }\n",
    );
    assert_eq!((estate.members("sg-00000001"), estate.members("sg-00000002")), (90, 10));
    let moved =
        (0..100).map(VmIndex).find(|vm| &*estate.vm(*vm).groups[0] == "sg-00000001").unwrap();
    estate.vm_mut(moved).groups = Arc::from(["sg-00000002".into()]);
    assert_eq!((estate.members("sg-00000001"), estate.members("sg-00000002")), (89, 11));
}

/// A world in which three things were done, and the journal that tells of them.
fn journaled(directory: &Path) -> World {
    const WORLD: &str = "[account.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n\
        [vm.web-01]\nstate = \"stopped\"\n[eip.eip-free0001]\n[security-group.sg-00000001]\n";
    let load = || World::parse(Path::new("test.toml"), WORLD).unwrap();
    let mut estate = of_world(load());
    let mut journal = Journal::open(directory, &load(), &mut estate).unwrap();
    let request = estate.request_id();
    estate.begin(VmIndex(0), Work::Start, &Accepted { action: "StartInstances", request });
    journal.append(&estate.take_changes().unwrap()).unwrap();
    estate.begin_eip_task(&[1], EipWork::Bandwidth(7), "ModifyAddressesBandwidth");
    journal.append(&estate.take_changes().unwrap()).unwrap();
    estate.group_mut("sg-00000001").unwrap().version = 9;
    journal.append(&estate.take_changes().unwrap()).unwrap();
    load()
}

/// What of the three things a journal brings back.
fn brought_back(directory: &Path, world: World) -> (bool, bool, u64) {
    let mut estate = of_world(world);
    let again = Arc::clone(&estate.world);
    Journal::open(directory, &again, &mut estate).unwrap();
    estate.resume();
    (
        estate.vm(VmIndex(0)).operation.is_some(),
        estate.eips[&1].task.is_some(),
        estate.groups["sg-00000001"].version,
    )
}

#[test]
fn a_journal_cut_at_any_byte_brings_back_a_beginning_of_what_was_done() {
    let whole = tempdir();
    let world = journaled(&whole);
    let file = std::fs::read_dir(&whole)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let ends: Vec<usize> = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1)
        .collect();
    assert_eq!(ends.len(), 3);
    let path = world.path().to_owned();
    let text = "[account.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n\
        [vm.web-01]\nstate = \"stopped\"\n[eip.eip-free0001]\n[security-group.sg-00000001]\n";
    for cut in (0..=bytes.len()).step_by(7).chain(ends.iter().copied()) {
        std::fs::write(&file, &bytes[..cut]).unwrap();
        let done = ends.iter().filter(|end| **end <= cut).count();
        let expected = (done >= 1, done >= 2, if done >= 3 { 9 } else { 1 });
        let seen = brought_back(&whole, World::parse(&path, text).unwrap());
        assert_eq!(seen, expected, "cut at {cut}");
        // What was brought back is written anew, and comes back once more.
        let again = brought_back(&whole, World::parse(&path, text).unwrap());
        assert_eq!(again, expected, "cut at {cut}, once more");
    }
    std::fs::remove_dir_all(&whole).unwrap();
}

#[test]
fn two_simulators_do_not_write_one_journal() {
    let directory = tempdir();
    let world = journaled(&directory);
    let mut first = of_world(world);
    let world = Arc::clone(&first.world);
    let held = Journal::open(&directory, &world, &mut first).unwrap();
    let second = Journal::open(&directory, &world, &mut first).unwrap_err();
    assert!(second.to_string().starts_with("another simulator is running this world"), "{second}");
    drop(held);
    Journal::open(&directory, &world, &mut first).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
}

fn tempdir() -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("rdpctl-sim-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&path).unwrap();
    path
}
