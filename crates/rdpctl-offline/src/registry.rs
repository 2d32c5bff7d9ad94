//! The registry's questions, answered from hives.

use std::collections::BTreeMap;

use rdpctl_disk::hive::{Hive, Key, Kind, Value};
use rdpctl_disk::windows::{Disk, HiveName, Installation};
use rdpctl_disk::{Damage, Error, Refusal};
use rdpctl_guest::observe::questions::{self, Asked, Question};
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, KeyAnswer, RegData, Registry};

use super::place::{Source, place, unread};
use super::spelled;

const MANAGER: &str = r"Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003";
const RULES: &str = r"Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";
/// Here stand the options that Windows was started with.
const SESSION: &str = r"hklm\system\currentcontrolset\control";
/// Windows has thousands of rules at the most; each is a few hundred letters.
const MOST_RULES: usize = 20_000;
/// Keys of one tree that are read; the largest that is asked for has some hundred.
const MOST_KEYS: usize = 10_000;

/// The hives of one Windows. The system's is there; of the others, what was read or why not.
pub(super) struct Hives {
    system: Hive,
    software: Result<Hive, Gap>,
    pub(super) boot: Result<Hive, Gap>,
    /// The one that the next start uses stands first.
    control_sets: Vec<u32>,
}

impl Hives {
    /// All that they hold.
    pub(super) fn open(disk: &Disk<'_>, installation: &Installation) -> Result<Self, Error> {
        let system = disk.hive(installation, HiveName::System)?;
        Self::with(disk, system, |disk| disk.hive(installation, HiveName::Software))
    }

    /// What answers the questions that every guest is asked, and no more of the hives: they may be large, and far away.
    pub(super) fn for_answers(
        disk: &Disk<'_>,
        installation: &Installation,
        pinned: Option<&str>,
    ) -> Result<Self, Error> {
        let system =
            disk.hive_for(installation, HiveName::System, |hive| look_at_system(hive, pinned))?;
        Self::with(disk, system, |disk| {
            disk.hive_for(installation, HiveName::Software, |hive| {
                look_at_all(hive, HiveName::Software, 1, pinned);
            })
        })
    }

    fn with<'d, 'a>(
        disk: &'d Disk<'a>,
        system: Hive,
        software: impl FnOnce(&'d Disk<'a>) -> Result<Hive, Error>,
    ) -> Result<Self, Error> {
        let control_sets = control_sets(&system)?;
        let stores = disk.boot_stores();
        let boot = match stores.as_ref().map(|stores| stores.first()) {
            Ok(Some(store)) => disk.boot_hive(store).map_err(|error| unread(&error)),
            Ok(None) => Err(Gap::garbled(crate::said::say::no_boot_store())),
            Err(error) => Err(unread(error)),
        };
        let software = software(disk).map_err(|error| unread(&error));
        Ok(Self { system, software, boot, control_sets })
    }

    pub(super) fn system(&self) -> &Hive {
        &self.system
    }

    pub(super) fn control_sets(&self) -> &[u32] {
        &self.control_sets
    }

    fn hive(&self, source: Source) -> Result<&Hive, Gap> {
        match source {
            Source::Hive(HiveName::System) => Ok(&self.system),
            Source::Hive(HiveName::Software) => self.software.as_ref().map_err(Clone::clone),
            Source::Boot => self.boot.as_ref().map_err(Clone::clone),
            Source::Hive(HiveName::Sam | HiveName::Security) => Err(Gap::NotAsked),
        }
    }

    /// One value, by the control set that the next start uses.
    pub(super) fn value(&self, path: &str, name: &str) -> Answer<Option<RegData>> {
        let Some(key) = self.key(path)? else { return Ok(None) };
        let found = key.value(name).and_then(|value| match value {
            Some(value) => data(&value).map(Some),
            None => Ok(None),
        });
        found.map_err(|damage| Gap::garbled(spelled::damage(&damage)))
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, path: &str) -> Answer<bool> {
        Ok(self.key(path)?.is_some())
    }

    fn key(&self, path: &str) -> Answer<Option<Key<'_>>> {
        let set = self.control_sets.first().copied().unwrap_or(1);
        let place = place(&path.to_ascii_lowercase(), set);
        let (source, below) = place.ok_or(Gap::NotRunning)?;
        self.hive(source)?.key(&below).map_err(|damage| Gap::garbled(spelled::damage(&damage)))
    }

    /// The bytes of an element of the boot entry that starts by default; nothing where it has no such element.
    pub(super) fn boot_element(&self, element: &str) -> Answer<Option<Vec<u8>>> {
        let boot = self.boot.as_ref().map_err(Clone::clone)?;
        let garbled = |damage: Damage| Gap::garbled(spelled::damage(&damage));
        let loader = match boot.key(MANAGER).map_err(garbled)? {
            Some(key) => key.value("Element").map_err(garbled)?.and_then(|value| value.text()),
            None => None,
        };
        let loader = loader.ok_or_else(|| Gap::garbled(crate::said::say::default_entry()))?;
        let path = format!(r"Objects\{loader}\Elements\{element}");
        let Some(key) = boot.key(&path).map_err(garbled)? else { return Ok(None) };
        match key.value("Element").map_err(garbled)? {
            Some(value) => Ok(Some(value.bytes().map_err(garbled)?.into_owned())),
            None => Ok(None),
        }
    }

    /// Everything that every guest is asked, as it would be with one of the control sets.
    pub(super) fn answers(&self, control_set: u32, pinned: Option<&str>) -> Registry {
        let mut registry = Registry::default();
        let mut all = questions::all();
        all.extend(pinned.map(questions::of_pin));
        if let Ok(boot) = &self.boot
            && let Ok(Some(key)) = boot.key(MANAGER)
            && let Ok(Some(value)) = key.value("Element")
            && let Some(loader) = value.text()
        {
            all.extend(questions::of_loader(&loader));
        }
        for question in all {
            self.answer(&question, control_set, &mut registry);
        }
        registry
    }

    fn answer(&self, question: &Question, control_set: u32, into: &mut Registry) {
        let mut put = |path: &str, answer: KeyAnswer| {
            into.keys.entry(path.to_ascii_lowercase()).or_insert(answer);
        };
        let path = &question.path;
        // It tells of the session that was last; the next one has its own.
        if let (Asked::Value(name), SESSION) = (question.asked, path.as_str()) {
            return put(path, KeyAnswer::Value(name.to_ascii_lowercase(), None));
        }
        // What is not in a hive is made anew at every start.
        let found = place(path, control_set).ok_or(Gap::NotRunning).and_then(|(source, below)| {
            let found = self.hive(source)?.key(&below);
            found.map_err(|damage| Gap::garbled(spelled::damage(&damage)))
        });
        match (question.asked, found) {
            (asked, Err(gap)) => {
                if let Asked::Tree(below) = asked {
                    for key in below {
                        put(&format!(r"{path}\{key}"), KeyAnswer::Gap(gap.clone()));
                    }
                }
                put(path, KeyAnswer::Gap(gap));
            }
            (Asked::Key, Ok(key)) => put(path, key.map_or(KeyAnswer::Absent, |key| present(&key))),
            (Asked::Value(name), Ok(key)) => put(path, one(key.as_ref(), name)),
            (Asked::Tree(below), Ok(key)) => {
                if let Some(key) = key {
                    let mut left = MOST_KEYS;
                    tree(&key, path, &mut left, &mut put);
                }
                put(path, KeyAnswer::Absent);
                for key in below {
                    put(&format!(r"{path}\{key}"), KeyAnswer::Absent);
                }
            }
        }
    }

    /// Windows' own rules for what comes in.
    pub(super) fn firewall_rules(&self, control_set: u32) -> Answer<BTreeMap<String, String>> {
        rules(&self.system, control_set).map_err(|damage| Gap::garbled(spelled::damage(&damage)))
    }
}

fn rules(system: &Hive, control_set: u32) -> Result<BTreeMap<String, String>, Damage> {
    let path = format!(r"ControlSet{control_set:03}\{RULES}");
    let Some(key) = system.key(&path)? else { return Ok(BTreeMap::new()) };
    let mut rules = BTreeMap::new();
    for value in key.values()?.iter().take(MOST_RULES) {
        if let Some(rule) = value.text().filter(|rule| rule.contains("|Dir=In|")) {
            rules.insert(value.name(), rule);
        }
    }
    Ok(rules)
}

/// Looks at everything of the system's hive that is asked for, by every control set.
fn look_at_system(hive: &Hive, pinned: Option<&str>) {
    let Ok(sets) = control_sets(hive) else { return };
    for set in sets {
        look_at_all(hive, HiveName::System, set, pinned);
        drop(rules(hive, set));
    }
}

/// Looks at everything of a hive that is asked for; whoever reads in parts sees what that takes.
fn look_at_all(hive: &Hive, name: HiveName, control_set: u32, pinned: Option<&str>) {
    let mut all = questions::all();
    all.extend(pinned.map(questions::of_pin));
    for question in all {
        let below = match place(&question.path, control_set) {
            Some((Source::Hive(found), below)) if found == name => below,
            Some(_) | None => continue,
        };
        // What is damaged is told when it is asked for in earnest.
        let Ok(key) = hive.key(&below) else { continue };
        match (question.asked, key) {
            (_, None) => {}
            (Asked::Key, Some(key)) => drop(present(&key)),
            (Asked::Value(name), Some(key)) => drop(one(Some(&key), name)),
            (Asked::Tree(_), Some(key)) => {
                let mut left = MOST_KEYS;
                tree(&key, &question.path, &mut left, &mut |_, _| ());
            }
        }
    }
}

/// Every control set that exists: the one that the next start uses first, then the others in their order.
pub(super) fn control_sets(system: &Hive) -> Result<Vec<u32>, Error> {
    let Some(root) = system.key("")? else { return Err(Refusal::NoControlSet.into()) };
    let number = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let digits = lower.strip_prefix("controlset").filter(|digits| digits.len() == 3)?;
        digits.parse::<u32>().ok()
    };
    let mut there: Vec<u32> = root.keys()?.iter().filter_map(|key| number(&key.name())).collect();
    there.sort_unstable();
    there.dedup();
    let select = system.key("Select")?;
    for name in ["Default", "Current"] {
        let chosen = match &select {
            Some(select) => select.value(name)?.and_then(|value| value.dword()),
            None => None,
        };
        if let Some(chosen) = chosen.filter(|chosen| there.contains(chosen)) {
            there.retain(|set| *set != chosen);
            there.insert(0, chosen);
            return Ok(there);
        }
    }
    Err(Refusal::NoControlSet.into())
}

fn tree(key: &Key<'_>, path: &str, left: &mut usize, put: &mut impl FnMut(&str, KeyAnswer)) {
    let Some(rest) = left.checked_sub(1) else { return };
    *left = rest;
    put(path, present(key));
    match key.keys() {
        Ok(keys) => {
            for child in keys {
                tree(&child, &format!(r"{path}\{}", child.name()), left, put);
            }
        }
        Err(damage) => put(path, KeyAnswer::Gap(Gap::garbled(spelled::damage(&damage)))),
    }
}

fn present(key: &Key<'_>) -> KeyAnswer {
    let values = key.values().and_then(|values| {
        values.iter().map(|value| Ok((value.name().to_ascii_lowercase(), data(value)?))).collect()
    });
    values.map_or_else(
        |damage| KeyAnswer::Gap(Gap::garbled(spelled::damage(&damage))),
        KeyAnswer::Present,
    )
}

fn one(key: Option<&Key<'_>>, name: &str) -> KeyAnswer {
    let value = key.map_or(Ok(None), |key| match key.value(name)? {
        Some(value) => data(&value).map(Some),
        None => Ok(None),
    });
    match value {
        Ok(value) => KeyAnswer::Value(name.to_ascii_lowercase(), value),
        Err(damage) => KeyAnswer::Gap(Gap::garbled(spelled::damage(&damage))),
    }
}

/// A value as `reg` would give it.
fn data(value: &Value<'_>) -> Result<RegData, Damage> {
    let bytes = value.bytes()?;
    let text = || value.text().unwrap_or_default();
    Ok(match value.kind() {
        Kind::Dword => match value.dword() {
            Some(number) => RegData::Dword(number),
            None => RegData::Other("REG_DWORD".to_owned(), hexadecimal(&bytes)),
        },
        Kind::Qword => match bytes.as_ref().try_into() {
            Ok(number) => RegData::Qword(u64::from_le_bytes(number)),
            Err(_) => RegData::Other("REG_QWORD".to_owned(), hexadecimal(&bytes)),
        },
        Kind::Sz => RegData::Sz(text()),
        Kind::ExpandSz => RegData::ExpandSz(text()),
        Kind::MultiSz => RegData::MultiSz(value.texts().unwrap_or_default()),
        Kind::Binary => RegData::Binary(bytes.into_owned()),
        Kind::None => RegData::Other("REG_NONE".to_owned(), hexadecimal(&bytes)),
        Kind::Other(number) => RegData::Other(format!("{number:#x}"), hexadecimal(&bytes)),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use rdpctl_sim::image::{Data, HiveKey, HiveShape, hive};

    use super::*;

    const SERVER: &str = r"Control\Terminal Server";

    /// A system hive as one grows on a machine that saw many devices: two control sets, and what matters lies far apart.
    fn system() -> Vec<u8> {
        let mut root = HiveKey::new("ROOT");
        for name in ["Current", "Default"] {
            root.set("Select", name, Data::Dword(2));
        }
        for set in ["ControlSet001", "ControlSet002"] {
            for number in 0..1_200 {
                let device = format!(r"{set}\Enum\PCI\VEN_{number:04}");
                root.set(&device, "Properties", Data::Binary(vec![7; 16_000]));
            }
            root.set(&format!(r"{set}\{SERVER}"), "fDenyTSConnections", Data::Dword(1));
            root.set(&format!(r"{set}\Services\TermService"), "Start", Data::Dword(4));
            let rule =
                Data::Sz("v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|".to_owned());
            root.set(&format!(r"{set}\{RULES}"), "RemoteDesktop-UserMode-In-TCP", rule);
        }
        hive(&root, HiveShape::new(48 << 20))
    }

    fn hives(system: Hive) -> Hives {
        let control_sets = control_sets(&system).unwrap();
        let (software, boot) = (Err(Gap::NotAsked), Err(Gap::NotAsked));
        Hives { system, software, boot, control_sets }
    }

    #[test]
    fn of_a_large_system_hive_no_more_is_read_than_a_look_may_and_the_answers_are_those_of_the_whole()
     {
        let bytes = system();
        let (mut requests, mut read) = (0, 0);
        let parts = Hive::by_parts(
            u64::try_from(bytes.len()).unwrap(),
            |at, length| {
                requests += 1;
                read += length;
                let at = usize::try_from(at).unwrap();
                Ok(bytes[at..at + length].to_vec())
            },
            |hive| look_at_system(hive, None),
        );
        let parts = hives(parts.unwrap().unwrap());
        assert!(requests <= 40 && read <= 30 << 20, "{requests} requests, {read} bytes");
        let whole = hives(Hive::recover(bytes, &[]).unwrap());
        assert_eq!(parts.control_sets(), [2, 1]);
        for set in [1, 2] {
            assert_eq!(parts.answers(set, None), whole.answers(set, None));
            assert_eq!(parts.firewall_rules(set).unwrap().len(), 1);
        }
        let denied = parts
            .value(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server", "fDenyTSConnections");
        assert_eq!(denied, Ok(Some(RegData::Dword(1))));
    }
}
