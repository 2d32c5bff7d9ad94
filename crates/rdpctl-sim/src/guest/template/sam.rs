//! Local accounts and groups as the account database keeps them. The value `V` of an account, which holds its secrets, has
//! no place in a simulation.

use std::collections::BTreeMap;

use crate::guest::acl::Sid;
use crate::guest::alias::members_of;
use crate::guest::registry::{Base, KeyPath, Kind, Value};
use crate::guest::spec::{AccountGroup, AccountSpec, AccountState, DomainSpec};

const DATABASE: &str = r"HKLM\SAM\SAM\Domains";
/// 2026-01-01 and 2020-01-01, in 100 ns since 1601.
const RECENTLY: u64 = 134_116_992_000_000_000;
const LONG_AGO: u64 = 132_223_104_000_000_000;
const NEVER: u64 = i64::MAX.cast_unsigned();

const DISABLED: u16 = 0x0001;
const NORMAL: u16 = 0x0010;
const KEEPS_ITS_PASSWORD: u16 = 0x0200;

/// An account with its number.
struct Row<'a> {
    rid: u32,
    name: &'a str,
    account: AccountSpec,
}

/// The prefix of the SIDs of a simulated domain.
const DOMAIN: &str = "S-1-5-21-2025429265-1957994488-1202660629";

/// Writes accounts and groups.
pub(super) fn fill(
    base: &mut Base,
    users: &BTreeMap<String, AccountSpec>,
    locks_after: u32,
    domain: Option<DomainSpec>,
) {
    let Some(database) = KeyPath::parse(DATABASE) else { return };
    let off =
        |group| AccountSpec { state: AccountState::Disabled, group, ..AccountSpec::default() };
    let is_built_in = |name: &str| name.eq_ignore_ascii_case("Administrator");
    let built_in = users
        .iter()
        .find(|(name, _)| is_built_in(name))
        .map_or_else(|| off(AccountGroup::Administrators), |(_, account)| account.clone());
    let mut rows = vec![
        Row { rid: 500, name: "Administrator", account: built_in },
        Row { rid: 501, name: "Guest", account: off(AccountGroup::Users) },
        Row { rid: 503, name: "DefaultAccount", account: off(AccountGroup::Users) },
    ];
    let others = users.iter().filter(|(name, _)| !is_built_in(name));
    rows.extend((1000..).zip(others).map(|(rid, (name, account))| Row {
        rid,
        name,
        account: account.clone(),
    }));
    let accounts = database.join("Account").join("Users");
    for row in &rows {
        let key = accounts.join(&format!("{:08X}", row.rid));
        base.set(&key, "F", Value::binary(&fixed(row, locks_after)));
        let name = accounts.join("Names").join(row.name);
        base.set(&name, "", Value { kind: Kind::Other(row.rid), ..Value::binary(&[]) });
    }
    let aliases = database.join("Builtin").join("Aliases");
    for (alias, group) in [
        (544, AccountGroup::Administrators),
        (545, AccountGroup::Users),
        (555, AccountGroup::RemoteDesktopUsers),
    ] {
        let mut members: Vec<Sid> = rows
            .iter()
            .filter(|row| row.account.group == group && row.rid != 501)
            .map(|row| Sid::local_account(row.rid))
            .collect();
        // Whoever joins a domain lets its administrators in.
        if domain.is_some() && alias == 544 {
            members.push(Sid::new(&format!("{DOMAIN}-512")));
        }
        let key = aliases.join(&format!("{alias:08X}"));
        base.set(&key, "C", Value::binary(&members_of(alias, &members)));
    }
}

/// The part of an account that has a fixed length.
fn fixed(row: &Row<'_>, locks_after: u32) -> [u8; 80] {
    let state = row.account.state;
    let mut bytes = [0; 80];
    let mut put = |at: usize, data: &[u8]| bytes[at..at + data.len()].copy_from_slice(data);
    put(0, &[3, 0, 1, 0]);
    let set = match state {
        AccountState::MustChange => 0,
        AccountState::PasswordExpired => LONG_AGO,
        AccountState::Usable
        | AccountState::Disabled
        | AccountState::Expired
        | AccountState::Locked => RECENTLY,
    };
    put(0x18, &set.to_le_bytes());
    let ends = if state == AccountState::Expired { LONG_AGO } else { NEVER };
    put(0x20, &ends.to_le_bytes());
    let wrong = if state == AccountState::Locked { locks_after } else { 0 };
    if wrong != 0 {
        put(0x28, &RECENTLY.to_le_bytes());
    }
    put(0x30, &row.rid.to_le_bytes());
    let flags = match state {
        AccountState::Disabled => NORMAL | DISABLED | KEEPS_ITS_PASSWORD,
        AccountState::PasswordExpired | AccountState::MustChange => NORMAL,
        AccountState::Usable | AccountState::Expired | AccountState::Locked => {
            NORMAL | KEEPS_ITS_PASSWORD
        }
    };
    put(0x38, &flags.to_le_bytes());
    put(0x40, &wrong.to_le_bytes()[..2]);
    bytes
}
