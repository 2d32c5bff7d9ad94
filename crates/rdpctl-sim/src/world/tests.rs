//! Worlds as people write them: what is understood, and what is said about mistakes.

use std::path::Path;

use super::{VmIndex, World};

fn findings(text: &str) -> String {
    match World::parse(Path::new("world.toml"), text) {
        Ok(_) => "no findings".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn world(text: &str) -> World {
    World::parse(Path::new("world.toml"), text).unwrap_or_else(|error| panic!("{error}"))
}

const ACCOUNT: &str = "[account.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n";

#[test]
fn mistakes_are_told_with_their_place_and_what_was_meant() {
    let cases = [
        "[account.a]\nkind = \"tencent\"\nregoin = \"ap-seoul\"\n".to_owned(),
        "[account.a]\nkind = \"tencnt\"\nregion = \"ap-seoul\"\n".to_owned(),
        "[account.a]\nkind = \"tencent\"\nregion = \"Seoul\"\n".to_owned(),
        format!("{ACCOUNT}[vm.w]\nstate = \"runing\"\n"),
        format!("{ACCOUNT}[vm.w]\nid = \"web-01\"\n"),
        format!(
            "{ACCOUNT}[vm.w]\nsecurity-groups = [\"sg-0000000l\"]\n[security-group.sg-00000001]\n"
        ),
        format!(
            "{ACCOUNT}[security-group.sg-00000001]\ningress = [\"ALLOW tcp 3389 0.0.0.0/0\"]\n"
        ),
        format!(
            "{ACCOUNT}[security-group.sg-00000001]\ningress = [\"ACCEPT tcp 3389 ipm-none0001\"]\n"
        ),
        format!("{ACCOUNT}[vm.w]\nguest = {{ langauge = \"ko\" }}\n"),
        format!("{ACCOUNT}[vm.w]\naddress = {{ type = \"eip\", bandwith = 3 }}\n"),
        format!("{ACCOUNT}[vm.w]\ncount = 3\nid = \"ins-00000001\"\n"),
        format!("{ACCOUNT}[vm.w]\ncount = 3\ndrift = {{ share = 1.5 }}\n"),
        format!("{ACCOUNT}[vm.w]\naccount = \"b\"\n"),
        format!("{ACCOUNT}[[fault.agent]]\nvm = \"w\"\nafter-commands = 1\n"),
        format!("{ACCOUNT}[fault]\nlatency = \"soon\"\n"),
        format!("{ACCOUNT}[world]\ntime-scale = 0\n"),
        format!("{ACCOUNT}[vm.w]\nstate = \n"),
        "[world]\nseed = 1\n".to_owned(),
    ];
    let told: Vec<String> = cases.iter().map(|case| findings(case)).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    world.toml:3:1: unknown key: `regoin` (did you mean `region`?)
    world.toml:2:8: expected one of tencent, azure: `tencnt` (did you mean `tencent`?)
    world.toml:3:10: a region looks like ap-guangzhou: `Seoul`
    world.toml:5:9: expected one of pending, launch-failed, running, stopped, starting, stopping, rebooting, shutdown, terminating, enter-rescue-mode, rescue-mode, exit-rescue-mode, enter-service-live-migrate, service-live-migrate, exit-service-live-migrate: `runing` (did you mean `running`?)
    world.toml:5:6: an id of this kind looks like ins-d497husm: eight of a-z and 0-9 after the prefix: `web-01`
    world.toml:5:20: no security group has this id: `sg-0000000l` (did you mean `sg-00000001`?)
    world.toml:5:12: a rule begins with ACCEPT or DROP: `ALLOW tcp 3389 0.0.0.0/0`
    world.toml:5:12: nothing in this world has the id ipm-none0001: `ACCEPT tcp 3389 ipm-none0001`
    world.toml:5:11: unknown key: `langauge` (did you mean `language`?)
    world.toml:5:27: unknown key: `bandwith` (did you mean `bandwidth`?)
    world.toml:6:6: the members of a fleet get their ids from the seed: `ins-00000001`
    world.toml:6:19: a share is a number from 0 to 1: `1.5`
    world.toml:5:11: no account has this name: `b`
    world.toml:5:6: no VM has this name: `w`
    world.toml:5:11: expected a duration, or a table of durations by action with `default` for the others: `soon`
    world.toml:5:14: expected how many simulated seconds pass in a real one (above 0, at most 86400), or "instant" or "skipped": `0`
    world.toml:5:9: string values must be quoted, expected literal string
    world.toml:1:1: the key `account` is missing
    "#);
}

#[test]
fn several_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = format!(
        "{ACCOUNT}[vm.w]\nid = \"x\"\nsecurity-groups = [\"sg-00000002\"]\n[security-group.sg-00000001]\ningress = [\"x\"]\n"
    );
    insta::assert_snapshot!(findings(&text), @r#"
    world.toml:5:6: an id of this kind looks like ins-kgya5nhi: eight of a-z and 0-9 after the prefix: `x`
    world.toml:6:20: no security group has this id: `sg-00000002` (did you mean `sg-00000001`?)
    world.toml:8:12: a rule is written `ACTION PROTOCOL PORTS PEER # description`: `x`
    "#);
}

#[test]
fn the_reference_is_a_world() {
    let reference = include_str!("../../worlds.md");
    let example = reference.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(world(example.unwrap()).vm_count(), 10_001);
}

#[test]
fn the_quickstart_is_a_world() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quickstart/world.toml");
    let world = World::load(path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(world.vm_count(), 2);
    assert_eq!(world.vm_by_name("web-01"), world.vm_by_id("ins-0abc1234"));
}

#[test]
fn a_fleet_has_exactly_the_share_of_drift_that_is_written() {
    let world = world(&format!(
        "{ACCOUNT}[vm.kiosk]\ncount = 100000\ndrift = [{{ share = 0.01, state = \"stopped\" }}, {{ share = 0.005, agent = \"offline\" }}]\n"
    ));
    let cohort = &world.cohorts[0];
    let stopped = (0..100_000).filter(|offset| !cohort.variant(*offset).power.is_on()).count();
    let silent =
        (0..100_000).filter(|offset| cohort.variant(*offset).agent != super::Agent::Online).count();
    assert_eq!((stopped, silent), (1000, 500));
}

#[test]
fn a_member_of_a_fleet_is_found_by_its_id_and_by_its_name() {
    let world = world(&format!(
        "{ACCOUNT}[vm.a]\n[vm.kiosk]\ncount = 100000\n[vm.z]\nid = \"ins-00000001\"\n"
    ));
    for index in [0, 1, 50_000, 100_000, 100_001] {
        let vm = VmIndex(index);
        assert_eq!(world.vm_by_id(&world.vm_id(vm)), Some(vm));
        assert_eq!(world.vm_by_name(&world.vm_name(vm)), Some(vm));
    }
    assert_eq!(&*world.vm_name(VmIndex(1)), "kiosk-00001");
    assert_eq!(world.vm_by_name("kiosk-100001"), None);
    assert_eq!(world.vm_by_name("kiosk-1"), None);
    assert_eq!(world.vm_by_id("ins-zzzzzzzz"), None);
}
