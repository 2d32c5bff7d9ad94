//! Local accounts and groups as the machine keeps them: the account database in the registry, read and written here as
//! the security accounts manager would.

use super::acl::Sid;
use super::alias::{HEAD, members_of};
use super::machine::Guest;
use super::registry::{KeyPath, Value};

const DATABASE: &str = r"HKLM\SAM\SAM\Domains";

const DISABLED: u16 = 0x0001;
const KEEPS_ITS_PASSWORD: u16 = 0x0200;
/// What stands for no time at all.
const NEVER: u64 = i64::MAX.cast_unsigned();
/// Between 1601 and 1970, in milliseconds.
const FILE_TIME_EPOCH: u64 = 11_644_473_600_000;

/// A moment, in milliseconds since 1970, as the account database counts: 100 ns since 1601.
pub(super) fn file_time(milliseconds: u64) -> u64 {
    milliseconds.saturating_add(FILE_TIME_EPOCH).saturating_mul(10_000)
}

/// A moment of the account database, in milliseconds since 1970; none for zero and for the end of all times.
pub(super) fn moment(file_time: u64) -> Option<u64> {
    let none = file_time == 0 || file_time == NEVER;
    (!none).then(|| (file_time / 10_000).saturating_sub(FILE_TIME_EPOCH))
}

/// A local account: its name, its number, and the value `F`.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) rid: u32,
    fixed: Vec<u8>,
}

impl Account {
    fn number<const N: usize>(&self, at: usize) -> [u8; N] {
        self.fixed.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.fixed.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    fn time(&self, at: usize) -> Option<u64> {
        moment(u64::from_le_bytes(self.number(at)))
    }

    fn flag(&self, flag: u16) -> bool {
        u16::from_le_bytes(self.number(0x38)) & flag != 0
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.flag(DISABLED)
    }

    pub(super) fn keeps_its_password(&self) -> bool {
        self.flag(KEEPS_ITS_PASSWORD)
    }

    /// When the password was set; none when it is to be changed at the next log-on.
    pub(super) fn password_set(&self) -> Option<u64> {
        self.time(0x18)
    }

    pub(super) fn ends(&self) -> Option<u64> {
        self.time(0x20)
    }

    pub(super) fn last_wrong(&self) -> Option<u64> {
        self.time(0x28)
    }

    pub(super) fn last_log_on(&self) -> Option<u64> {
        self.time(0x08)
    }

    /// Wrong passwords since the last right one.
    pub(super) fn wrong(&self) -> u32 {
        u16::from_le_bytes(self.number(0x40)).into()
    }

    pub(super) fn count_wrong(&mut self, wrong: u32, now: u64) {
        let wrong = u16::try_from(wrong).unwrap_or(u16::MAX);
        self.put(0x40, &wrong.to_le_bytes());
        self.put(0x28, &file_time(now).to_le_bytes());
    }

    /// A right password forgets the wrong ones.
    pub(super) fn count_right(&mut self, now: u64) {
        self.put(0x40, &[0; 2]);
        self.put(0x08, &file_time(now).to_le_bytes());
    }

    /// Enables it, which unlocks it, too, or disables it.
    pub(super) fn activate(&mut self, active: Active) {
        let flags = u16::from_le_bytes(self.number(0x38));
        let flags = match active {
            Active::Yes => {
                self.put(0x40, &[0; 2]);
                flags & !DISABLED
            }
            Active::No => flags | DISABLED,
        };
        self.put(0x38, &flags.to_le_bytes());
    }

    pub(super) fn never_ends(&mut self) {
        self.put(0x20, &NEVER.to_le_bytes());
    }
}

/// Whether an account is to be one that may log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Active {
    Yes,
    No,
}

fn accounts_key() -> Option<KeyPath> {
    Some(KeyPath::parse(DATABASE)?.join("Account").join("Users"))
}

fn account_key(rid: u32) -> Option<KeyPath> {
    Some(accounts_key()?.join(&format!("{rid:08X}")))
}

fn group_key(alias: u32) -> Option<KeyPath> {
    Some(KeyPath::parse(DATABASE)?.join("Builtin").join("Aliases").join(&format!("{alias:08X}")))
}

impl Guest {
    /// All local accounts by their names.
    pub(super) fn accounts(&self) -> Vec<Account> {
        let Some(names) = accounts_key().map(|key| key.join("Names")) else { return Vec::new() };
        let registry = self.registry();
        let read = |name: &KeyPath| {
            let rid = registry.value(name, "")?.kind.code();
            let value = registry.value(&account_key(rid)?, "F")?;
            let fixed = value.as_bytes()?.to_vec();
            Some(Account { name: name.name().to_owned(), rid, fixed })
        };
        registry.children(&names).iter().filter_map(read).collect()
    }

    /// The account of that name.
    pub(super) fn account(&self, name: &str) -> Option<Account> {
        self.accounts().into_iter().find(|account| account.name.eq_ignore_ascii_case(name))
    }

    /// Writes down what became of an account.
    pub(super) fn keep_account(&mut self, account: &Account) {
        if let Some(key) = account_key(account.rid) {
            self.set_value(&key, "F", Value::binary(&account.fixed));
        }
    }

    /// The members of a built-in group; none where the machine has no such group.
    pub(super) fn members(&self, alias: u32) -> Option<Vec<Sid>> {
        let registry = self.registry();
        let value = registry.value(&group_key(alias)?, "C")?;
        let bytes = value.as_bytes()?;
        let word = |at: usize| -> Option<usize> {
            let word = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
            usize::try_from(word).ok()
        };
        let (mut at, mut members) = (HEAD + word(0x28)?, Vec::new());
        for _ in 0..word(0x30)? {
            let parts = usize::from(*bytes.get(at + 1)?);
            let mut text = format!("S-1-{}", bytes.get(at + 7)?);
            for part in 0..parts {
                let part = bytes.get(at + 8 + 4 * part..)?.first_chunk::<4>()?;
                text.push_str(&format!("-{}", u32::from_le_bytes(*part)));
            }
            members.push(Sid::new(&text));
            at += 8 + 4 * parts;
        }
        Some(members)
    }

    /// Puts these members into a group.
    pub(super) fn set_members(&mut self, alias: u32, members: &[Sid]) {
        if let Some(key) = group_key(alias) {
            self.set_value(&key, "C", Value::binary(&members_of(alias, members)));
        }
    }

    /// Everything that an account's token holds when it comes over the network.
    pub(super) fn token_of(&self, account: &Account) -> Vec<Sid> {
        let own = Sid::local_account(account.rid);
        let mut token = vec![
            Sid::everyone(),
            Sid::authenticated(),
            // Local account.
            Sid::new("S-1-5-113"),
        ];
        for alias in [544, 545, 555] {
            if self.members(alias).is_some_and(|members| members.contains(&own)) {
                token.push(Sid::new(&format!("S-1-5-32-{alias}")));
                if alias == 544 {
                    // Local account and member of Administrators group.
                    token.push(Sid::new("S-1-5-114"));
                }
            }
        }
        token.push(own);
        token
    }

    /// Whether a right, by its name in a security template, is held by one of these.
    pub(super) fn holds(&self, right: &str, token: &[Sid], name: &str) -> bool {
        self.template.holders(right).iter().any(|holder| match holder.strip_prefix('*') {
            Some(sid) => token.iter().any(|own| own.as_str() == sid),
            None => holder.eq_ignore_ascii_case(name),
        })
    }
}
