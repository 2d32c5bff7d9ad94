//! Who is let in, what it counts and what is written down.

use super::{NOW, guest, said};
use crate::guest::{Caller, Guest, NotRemote};

/// What a line prints.
fn out(guest: &mut Guest, line: &str) -> String {
    said(guest, line).0
}

const MINUTE: u64 = 60_000;

fn caller(user: &str) -> Caller<'_> {
    Caller { user, domain: "", workstation: "RDPCTL", address: "198.51.100.1" }
}

/// What somebody is told who comes with this password.
fn tries(guest: &mut Guest, user: &str, password: &str, now: u64) -> String {
    let outcome = guest.log_on(caller(user), &|right| right == password, now);
    outcome.map_or_else(|refusal| format!("{:x}", refusal.told), |known| known.name)
}

fn events(guest: &mut Guest, id: u32) -> String {
    let query = format!("wevtutil qe Security /q:\"*[System[(EventID={id})]]\" /f:xml");
    out(guest, &query)
}

const WORLD: &str = "
hostname = 'WEB-01'
lockout = { threshold = 3, window-minutes = 10, duration-minutes = 10 }
[users]
ops = 'right'
off = { password = 'right', state = 'disabled' }
ended = { password = 'right', state = 'expired' }
fresh = { password = 'right', state = 'must-change' }
old = { password = 'right', state = 'password-expired' }
hours = { password = 'right', hours = 'none' }
desk = { password = 'right', workstations = ['DESK-07'] }
visitor = { password = 'right', group = 'users' }
denied = { password = 'right' }
blank = { password = '' }
[user-rights]
SeDenyNetworkLogonRight = ['denied']
";

#[test]
fn each_state_is_told_by_its_own_number_and_only_to_those_who_know_the_password() {
    let mut guest = guest(WORLD);
    for (user, told) in [
        ("ops", "ops"),
        ("OPS", "ops"),
        ("off", "c0000072"),
        ("ended", "c0000193"),
        ("fresh", "c0000224"),
        ("old", "c0000071"),
        ("hours", "c000006f"),
        ("desk", "c0000070"),
        ("denied", "c000015b"),
        ("visitor", "visitor"),
    ] {
        assert_eq!(tries(&mut guest, user, "right", NOW), told, "{user}");
    }
    assert_eq!(tries(&mut guest, "blank", "", NOW), "c000006e");
    assert_eq!(tries(&mut guest, "nobody", "right", NOW), "c000006d");
    assert_eq!(tries(&mut guest, "off", "wrong", NOW), "c000006d");
    assert_eq!(tries(&mut guest, r"WEB-01\ops", "right", NOW), "ops");
}

#[test]
fn the_log_says_what_the_wire_does_not() {
    let mut guest = guest(WORLD);
    tries(&mut guest, "nobody", "x", NOW);
    tries(&mut guest, "ops", "x", NOW);
    tries(&mut guest, "off", "right", NOW);
    let failures = events(&mut guest, 4625);
    for part in ["0xc0000064", "0xc000006a", "0xc0000072"] {
        assert!(failures.contains(&format!("<Data Name='SubStatus'>{part}</Data>")), "{part}");
    }
    assert!(failures.contains("<Data Name='WorkstationName'>RDPCTL</Data>"));
    tries(&mut guest, "ops", "right", NOW);
    assert!(events(&mut guest, 4624).contains("<Data Name='LogonType'>3</Data>"));
}

#[test]
fn wrong_passwords_lock_an_account_for_a_time_and_a_right_one_forgets_them() {
    let mut guest = guest(WORLD);
    for _ in 0..2 {
        tries(&mut guest, "ops", "x", NOW);
    }
    assert_eq!(tries(&mut guest, "ops", "right", NOW), "ops");
    for _ in 0..3 {
        assert_eq!(tries(&mut guest, "ops", "x", NOW), "c000006d");
    }
    assert_eq!(events(&mut guest, 4740).matches("<Event ").count(), 1);
    // Locked is said whether or not the password is right, and does not count.
    assert_eq!(tries(&mut guest, "ops", "right", NOW), "c0000234");
    assert!(out(&mut guest, "net user ops").contains("Account active               Locked"));
    assert_eq!(tries(&mut guest, "ops", "right", NOW + 11 * MINUTE), "ops");
}

#[test]
fn a_wrong_password_is_forgotten_after_the_window() {
    let mut guest = guest(WORLD);
    for minute in [0, 11, 22, 33] {
        tries(&mut guest, "ops", "x", NOW + minute * MINUTE);
    }
    assert_eq!(tries(&mut guest, "ops", "right", NOW + 33 * MINUTE), "ops");
}

#[test]
fn an_administrator_unlocks_and_enables_by_net_user() {
    let mut guest = guest(WORLD);
    for _ in 0..3 {
        tries(&mut guest, "ops", "x", NOW);
    }
    out(&mut guest, "net user ops /active:yes");
    assert_eq!(tries(&mut guest, "ops", "right", NOW), "ops");
    out(&mut guest, "net user off /active:yes");
    assert_eq!(tries(&mut guest, "off", "right", NOW), "off");
    out(&mut guest, "net user ended /expires:never");
    assert_eq!(tries(&mut guest, "ended", "right", NOW), "ended");
}

#[test]
fn who_is_let_in_may_still_not_use_remote_desktop_until_a_group_says_so() {
    let mut guest = guest(WORLD);
    let welcome = |guest: &mut Guest| {
        let known = guest.log_on(caller("visitor"), &|right| right == "right", NOW).unwrap();
        guest.welcome(caller("visitor"), &known, NOW)
    };
    assert_eq!(welcome(&mut guest), Err(NotRemote));
    out(&mut guest, "net localgroup \"Remote Desktop Users\" visitor /add");
    assert_eq!(welcome(&mut guest), Ok(()));
}

#[test]
fn a_domain_that_cannot_be_asked_is_told_apart_from_a_name_that_nobody_knows() {
    for (domain, told) in
        [("joined", "c000006d"), ("trust-broken", "c000018d"), ("unreachable", "c000005e")]
    {
        let mut guest = guest(&format!("domain = '{domain}'\n[users]\nops = 'right'"));
        assert_eq!(tries(&mut guest, r"CORP\ann", "right", NOW), told, "{domain}");
        assert_eq!(tries(&mut guest, "ops", "right", NOW), "ops", "{domain}");
    }
}
