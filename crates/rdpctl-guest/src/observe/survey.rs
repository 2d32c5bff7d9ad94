//! Answers become facts; what has no answer becomes a gap.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::Gap;
use rdpctl_model::guest::{
    Answer, ChannelKind, Event, GuestSurvey, KeyAnswer, RegData, Registry, Through,
};

use crate::frame::{Frame, Frames};
use crate::read::{acl, events, registry, service, sockets};

use super::lists::{
    AT_MOST, BCD_TREES, Extent, LICENCES, LOADER_ELEMENTS, PURPOSES, SINGLES, SOFTWARE_KEYS,
    SOFTWARE_TREES, STARTS, STATES, SYSTEM_KEYS, SYSTEM_TREES, Tree,
};
use super::{left, listener, sessions};
use crate::said::say;

const SYSTEM: &str = r"hklm\system\currentcontrolset";
const SOFTWARE: &str = r"hklm\software";
const CERTIFICATES: &str = r"hklm\software\microsoft\systemcertificates\my\certificates";
const MACHINE_GUID: (&str, &str) = (r"hklm\software\microsoft\cryptography", "machineguid");
const BOOT_NONCE: (&str, &str) = (r"hklm\hardware\description\system", "rdpctlboot");
const FIREWALL: &str = r"hklm\system\currentcontrolset\services\sharedaccess\parameters\firewallpolicy\standardprofile";

/// The facts that frames hold.
pub(super) fn assemble(
    via: ChannelKind,
    frames: &Frames,
    searches: &[String],
    pinned: Option<(&str, &str)>,
) -> GuestSurvey {
    let registry = registry(frames, pinned);
    let (events, floods) = recent_events(frames);
    GuestSurvey {
        passed_over: Vec::new(),
        via,
        services: STATES
            .iter()
            .map(|name| (name.to_ascii_lowercase(), service_state(frames, name)))
            .collect(),
        listeners: listeners(frames),
        callers: callers(via, frames),
        processes: processes(frames),
        firewall_rules: firewall_rules(frames, searches, &registry),
        acl_folder: acl_folder(frames),
        acl_keys: acl_keys(frames, &registry),
        key_mend: rdpctl_model::guest::KeyMend::List,
        boot_names: Err(Gap::NotAsked),
        booted: booted(frames),
        boot_nonce: boot_nonce(&registry),
        events,
        floods,
        own_policy: left::own_policy(frames),
        policies: Err(Gap::NotAsked),
        rights: Err(Gap::NotAsked),
        accounts: Err(Gap::NotAsked),
        grace: Err(Gap::NotAsked),
        refusals: Err(Gap::NotAsked),
        left: left::read(frames),
        sessions: sessions::read(frames),
        winrm_certificate: listener::read(frames),
        registry,
    }
}

fn registry(frames: &Frames, pinned: Option<(&str, &str)>) -> Registry {
    let mut builder = Builder { frames, keys: BTreeMap::new(), listed: BTreeSet::new() };
    for single in SINGLES {
        let path = format!(r"hklm\{}", single.path);
        match single.extent {
            Extent::Key => builder.key(&single.tag(), &path),
            Extent::Value(name) => builder.value(&single.tag(), &path, name),
        }
    }
    for (root, short, keys) in [(SYSTEM, 'C', SYSTEM_KEYS), (SOFTWARE, 'S', SOFTWARE_KEYS)] {
        for key in keys {
            builder.key(&format!(r"{short}\{key}"), &format!(r"{root}\{key}"));
        }
    }
    for (root, short, trees) in [(SYSTEM, 'C', SYSTEM_TREES), (SOFTWARE, 'S', SOFTWARE_TREES)] {
        for tree in trees {
            builder.tree(
                &format!(r"{short}\{}", tree.path),
                &format!(r"{root}\{}", tree.path),
                tree,
            );
        }
    }
    for name in STARTS {
        builder.value(&format!("start/{name}"), &format!(r"{SYSTEM}\services\{name}"), "Start");
    }
    if let Some((tag, thumbprint)) = pinned {
        builder.value(tag, &format!(r"{CERTIFICATES}\{thumbprint}"), "Blob");
    }
    builder.boot_store();
    builder.deny_what_is_listed();
    Registry { keys: builder.keys }
}

struct Builder<'a> {
    frames: &'a Frames,
    keys: BTreeMap<String, KeyAnswer>,
    /// Subkeys that a parent named, so that they exist whatever a query for them said.
    listed: BTreeSet<String>,
}

impl Builder<'_> {
    /// A fuller answer about the same key stays.
    fn put(&mut self, path: &str, answer: KeyAnswer) {
        self.keys.entry(path.to_ascii_lowercase()).or_insert(answer);
    }

    /// The frame of a query: `None` when the key or value is absent.
    fn frame(&self, tag: &str) -> Answer<Option<&Frame>> {
        let frame = self.frames.get(tag)?;
        match frame.exit {
            0 => Ok(Some(frame)),
            1 => Ok(None),
            other => Err(Gap::garbled(say::query_ended(tag, other))),
        }
    }

    fn key(&mut self, tag: &str, path: &str) {
        let path = path.to_ascii_lowercase();
        let answer = match self.frame(tag) {
            Ok(Some(frame)) => {
                let mut dump = registry::dump(&frame.text, &path);
                let values = dump.sections.remove(&path).unwrap_or_default();
                self.listed.extend(dump.sections.into_keys());
                KeyAnswer::Present(values)
            }
            Ok(None) => KeyAnswer::Absent,
            Err(gap) => KeyAnswer::Gap(gap),
        };
        self.put(&path, answer);
    }

    fn value(&mut self, tag: &str, path: &str, name: &str) {
        let (path, name) = (path.to_ascii_lowercase(), name.to_ascii_lowercase());
        let answer = match self.frame(tag) {
            Ok(Some(frame)) => {
                let mut dump = registry::dump(&frame.text, &path);
                match dump.sections.remove(&path).and_then(|mut values| values.remove(&name)) {
                    Some(data) => KeyAnswer::Value(name, Some(data)),
                    None => KeyAnswer::Gap(Gap::garbled(say::query_for(format!("{path}\\{name}")))),
                }
            }
            Ok(None) => KeyAnswer::Value(name, None),
            Err(gap) => KeyAnswer::Gap(gap),
        };
        self.put(&path, answer);
    }

    fn tree(&mut self, tag: &str, path: &str, tree: &Tree) {
        let path = path.to_ascii_lowercase();
        let rest = match self.frame(tag) {
            Ok(Some(frame)) => {
                let sections = registry::dump(&frame.text, &path).sections;
                let found: Vec<String> = sections.keys().cloned().collect();
                for (key, values) in sections {
                    self.put(&key, KeyAnswer::Present(values));
                }
                // A key without values of its own may be left out, but its children prove it.
                for key in std::iter::once(path.clone())
                    .chain(found.iter().flat_map(|key| parents(key, &path)))
                {
                    self.put(&key, KeyAnswer::Present(BTreeMap::new()));
                }
                KeyAnswer::Absent
            }
            Ok(None) => KeyAnswer::Absent,
            Err(gap) => KeyAnswer::Gap(gap),
        };
        self.put(&path, rest.clone());
        for below in tree.below {
            self.put(&format!(r"{path}\{below}"), rest.clone());
        }
    }

    /// The boot manager's object is never absent: when it is not shown, the store may not be read at all.
    fn boot_store(&mut self) {
        let manager = self.frame(BCD_TREES[0].0).map(|frame| frame.is_some());
        if manager == Ok(false) {
            let denied = KeyAnswer::Gap(Gap::Denied { reason: say::reading_boot() });
            for (_, tree) in BCD_TREES {
                let path = format!(r"hklm\{}", tree.path);
                for below in tree.below {
                    self.put(&format!(r"{path}\{below}"), denied.clone());
                }
                self.put(&path, denied.clone());
            }
            return;
        }
        for (tag, tree) in BCD_TREES {
            self.tree(tag, &format!(r"hklm\{}", tree.path), tree);
        }
        let default = format!(r"hklm\{}\23000003", BCD_TREES[0].1.path.to_ascii_lowercase());
        let loader = match self.keys.get(&default) {
            Some(KeyAnswer::Present(values)) => match values.get("element") {
                Some(RegData::Sz(guid)) => guid.clone(),
                _ => return,
            },
            _ => return,
        };
        for element in LOADER_ELEMENTS {
            let path = format!(r"hklm\bcd00000000\objects\{loader}\elements\{element}");
            self.key(&format!("bcd/default/{element}"), &path);
        }
    }

    /// `reg` has one exit code for absent and for denied; a parent that lists the key tells them apart.
    fn deny_what_is_listed(&mut self) {
        for path in &self.listed {
            let Some(answer) = self.keys.get_mut(path) else { continue };
            if matches!(answer, KeyAnswer::Absent | KeyAnswer::Value(_, None)) {
                *answer = KeyAnswer::Gap(Gap::Denied { reason: say::reading(path) });
            }
        }
    }
}

/// The keys between a key and the root of its tree.
fn parents(key: &str, root: &str) -> Vec<String> {
    let ends = key.match_indices('\\').map(|(at, _)| at).filter(|at| *at > root.len());
    ends.map(|at| key[..at].to_owned()).collect()
}

fn service_state(frames: &Frames, name: &str) -> Answer<rdpctl_model::guest::ServiceState> {
    let frame = frames.get(&format!("sc/{name}"))?;
    service::state(name, frame.exit, &frame.text)
}

/// Who is connected to `WinRM`, where we came in through the guest's network.
fn callers(via: ChannelKind, frames: &Frames) -> Vec<std::net::IpAddr> {
    match frames.get("netstat") {
        Ok(frame) if via.way().through == Through::Network => sockets::callers(&frame.text),
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// Every Windows listens somewhere, and a search without a hit hides that `netstat` failed: no row is no answer.
fn listeners(frames: &Frames) -> Answer<Vec<rdpctl_model::guest::Listener>> {
    let frame = frames.get("netstat")?;
    let listeners = sockets::listeners(&frame.text);
    if frame.exit != 0 || listeners.is_empty() {
        return Err(Gap::garbled(say::no_listener(frame.exit)));
    }
    Ok(listeners)
}

fn processes(frames: &Frames) -> Answer<Vec<rdpctl_model::guest::Process>> {
    let frame = frames.get("tasksvc")?;
    let processes = sockets::processes(&frame.text);
    if frame.exit != 0 || processes.is_empty() {
        return Err(Gap::garbled(say::no_process(frame.exit)));
    }
    Ok(processes)
}

fn firewall_rules(
    frames: &Frames,
    searches: &[String],
    known: &Registry,
) -> Answer<BTreeMap<String, String>> {
    // A search without a hit looks like a registry that cannot be read; the profile beside the rules tells.
    known.key(FIREWALL)?;
    let mut rules = BTreeMap::new();
    for tag in searches {
        let frame = frames.get(tag)?;
        if !matches!(frame.exit, 0 | 1) {
            return Err(Gap::garbled(say::search_ended(tag, frame.exit)));
        }
        for (id, data) in registry::value_lines(&frame.text) {
            if let RegData::Sz(rule) | RegData::ExpandSz(rule) = data {
                rules.insert(id.to_owned(), rule);
            }
        }
    }
    Ok(rules)
}

fn acl_folder(frames: &Frames) -> Answer<String> {
    let unreadable = || Gap::garbled(say::folder_acl());
    let (exit, lists) = acl::listed(&frames.get("acl/dir")?.text).ok_or_else(unreadable)?;
    match (exit, lists.into_iter().next()) {
        (0, Some((_, dacl))) => Ok(dacl),
        (0, None) => Err(unreadable()),
        // No such file, no such path: there is no folder.
        (2 | 3, None) => Ok(String::new()),
        (other, _) => Err(Gap::Denied { reason: say::reading_folder(other) }),
    }
}

/// The key files, of which one alone counts: that of this machine's GUID.
fn acl_keys(frames: &Frames, known: &Registry) -> Answer<Vec<(String, String)>> {
    let unreadable = || Gap::garbled(say::key_acls());
    let (exit, lists) = acl::listed(&frames.get("acl/key")?.text).ok_or_else(unreadable)?;
    match exit {
        0 => Ok(lists),
        // No such file, no such path: there is no key.
        2 | 3 if lists.is_empty() => Ok(lists),
        other => {
            let guid = known
                .text(MACHINE_GUID.0, MACHINE_GUID.1)
                .ok()
                .flatten()
                .map(str::to_ascii_lowercase);
            let ours = guid.is_some_and(|guid| {
                lists.iter().any(|(name, _)| name.to_ascii_lowercase().ends_with(&guid))
            });
            if ours { Ok(lists) } else { Err(Gap::Denied { reason: say::reading_key(other) }) }
        }
    }
}

fn booted(frames: &Frames) -> Answer<(String, u64)> {
    let log = logged(frames, "boot")?;
    let start = log.first().and_then(|entry| {
        let (_, time) = entry.event.data.iter().find(|(name, _)| name == "StartTime")?;
        Some((time.clone(), entry.record))
    });
    start.ok_or_else(|| Gap::garbled(say::no_start_logged()))
}

fn boot_nonce(known: &Registry) -> Answer<Option<String>> {
    known.text(BOOT_NONCE.0, BOOT_NONCE.1).map(|nonce| nonce.map(str::to_owned))
}

/// Events of all purposes, newest first, and the purposes of which there may be more than were told.
fn recent_events(frames: &Frames) -> (Answer<Vec<Event>>, Vec<String>) {
    let mut all: Vec<Event> = Vec::new();
    let mut floods = Vec::new();
    let mut missing = None;
    for purpose in PURPOSES.iter().copied().chain([LICENCES]) {
        match logged(frames, purpose) {
            Ok(events) => {
                if events.len() >= AT_MOST {
                    floods.push(purpose.to_owned());
                }
                all.extend(events.into_iter().map(|entry| entry.event));
            }
            // What one query does not tell hides nothing that another told.
            Err(gap) => {
                floods.push(purpose.to_owned());
                missing = missing.or(Some(gap));
            }
        }
    }
    all.sort_by(|left, right| right.time.cmp(&left.time));
    match missing {
        Some(gap) if floods.len() == PURPOSES.len() + 1 => (Err(gap), Vec::new()),
        Some(_) | None => (Ok(all), floods),
    }
}

pub(super) fn logged(frames: &Frames, tag: &str) -> Answer<Vec<events::Logged>> {
    /// The log does not exist on this edition, so it holds nothing.
    const NO_SUCH_LOG: i32 = 15_007;
    let frame = frames.get(tag)?;
    match frame.exit {
        0 => events::events(&frame.text).ok_or_else(|| Gap::garbled(say::events_of(tag))),
        NO_SUCH_LOG => Ok(Vec::new()),
        5 => Err(Gap::Denied { reason: say::events_of(tag) }),
        other => Err(Gap::garbled(say::query_ended(tag, other))),
    }
}

#[cfg(test)]
mod tests;
