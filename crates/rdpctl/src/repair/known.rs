//! What is remembered of links to disks: where none was given, and when, so that the next plan goes the second way at once and
//! says what that takes. It is of the resource group, for that is the least for which a policy or a role is given.
//!
//! Whoever writes here makes a plan announce, and a repair go, the way that takes longer, which is asked for with what it
//! takes; or has a link asked for that is refused. He can do no more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

use jiff::{SignedDuration, Timestamp};
use rdpctl_model::ResourceId;
use rdpctl_model::repair::{AtOnce, NoLink};
use serde::{Deserialize, Serialize};

use crate::{out, whole};

/// Policies are changed, and to ask is one call: what is older than this is asked anew.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Groups beyond this many are forgotten, the oldest first.
const MOST: usize = 200;
/// No such file is longer.
const LONGEST: u64 = 1 << 20;

/// One group in which no link was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Refused {
    group: String,
    why: NoLink,
    at: Timestamp,
}

/// What is remembered of the group of a machine.
pub(crate) fn recall(beside: &Path, vm: &ResourceId, now: Timestamp) -> Option<AtOnce> {
    let group = group(vm);
    let found = all(beside).into_iter().find(|one| one.group == group && one.holds(now))?;
    Some(AtOnce { why: found.why, asked: Some(found.at) })
}

/// A link was asked for, and none was given.
pub(crate) fn refused(beside: &Path, vm: &ResourceId, why: NoLink, now: Timestamp) {
    // What a disk says of itself is seen at each look.
    if why.is_of_the_disk() {
        return;
    }
    let group = group(vm);
    let mut kept = all(beside);
    kept.retain(|one| one.group != group && one.holds(now));
    kept.push(Refused { group, why, at: now });
    kept.sort_by_key(|one| one.at);
    let kept = &kept[kept.len().saturating_sub(MOST)..];
    told(save(beside, kept));
}

/// A link was given: what was remembered of the group is over.
pub(crate) fn given(beside: &Path, vm: &ResourceId) {
    let group = group(vm);
    let mut kept = all(beside);
    let before = kept.len();
    kept.retain(|one| one.group != group);
    if kept.len() < before {
        told(save(beside, &kept));
    }
}

impl Refused {
    /// Whether it is believed; what will be seen in days to come is not.
    fn holds(&self, now: Timestamp) -> bool {
        self.at <= now && now.duration_since(self.at) <= KEPT
    }
}

/// The group of a machine, as the vendor tells groups apart: without case.
fn group(vm: &ResourceId) -> String {
    let id = vm.as_str().to_ascii_lowercase();
    id.split("/providers/").next().unwrap_or_default().to_owned()
}

fn path(beside: &Path) -> PathBuf {
    beside.join("no-links.json")
}

/// What is not believed is told once, however many machines it would have been of.
static TOLD: Once = Once::new();

/// All of them. What cannot be read is not remembered: a link is asked for then.
fn all(beside: &Path) -> Vec<Refused> {
    let path = path(beside);
    let Ok(about) = fs::symlink_metadata(&path) else { return Vec::new() };
    let read = || -> Result<Vec<Refused>, String> {
        rdpctl_store::believable(&path).map_err(|error| error.to_string())?;
        if about.len() > LONGEST {
            return Err("it is too long".to_owned());
        }
        let text = fs::read(&path).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    };
    read().unwrap_or_else(|why| {
        let file = path.display().to_string();
        TOLD.call_once(|| {
            out::err(&format!("{} is not believed: {}", out::safe(&file), out::safe(&why)));
        });
        Vec::new()
    })
}

fn save(beside: &Path, kept: &[Refused]) -> io::Result<()> {
    fs::create_dir_all(beside)?;
    whole::write(&path(beside), &serde_json::to_vec_pretty(kept)?)
}

/// The next plan asks for a link then, and announces what it knows.
fn told(saved: io::Result<()>) {
    if let Err(error) = saved {
        tracing::debug!(%error, "what was seen of links is not remembered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vm(group: &str, name: &str) -> ResourceId {
        ResourceId::new(format!(
            "/subscriptions/1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
        ))
    }

    #[test]
    fn it_is_remembered_of_a_group_for_a_week_and_forgotten_once_a_link_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let (beside, at) = (folder.path(), Timestamp::UNIX_EPOCH);
        let later = |hours| at + SignedDuration::from_hours(hours);
        assert_eq!(recall(beside, &vm("prod", "web"), at), None);
        refused(beside, &vm("Prod", "web"), NoLink::Policy, at);
        let known = Some(AtOnce { why: NoLink::Policy, asked: Some(at) });
        assert_eq!(recall(beside, &vm("prod", "other"), later(1)), known);
        assert_eq!(recall(beside, &vm("test", "web"), later(1)), None);
        assert_eq!(recall(beside, &vm("prod", "web"), later(7 * 24 + 1)), None, "a week is over");
        assert_eq!(recall(beside, &vm("prod", "web"), later(-1)), None, "it is of days to come");
        refused(beside, &vm("prod", "web"), NoLink::ClosedToAll, later(1));
        assert_eq!(recall(beside, &vm("prod", "web"), later(2)), known, "that was of one disk");
        given(beside, &vm("PROD", "web"));
        assert_eq!(recall(beside, &vm("prod", "web"), later(2)), None);
    }

    #[test]
    fn what_makes_no_sense_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "[{}]", r#"[{"group":"x","why":"whim","at":"1970-01-01T00:00:00Z"}]"#] {
            std::fs::write(path(folder.path()), text).unwrap();
            assert_eq!(recall(folder.path(), &vm("prod", "web"), Timestamp::UNIX_EPOCH), None);
        }
        let many: Vec<Refused> = (0..300)
            .map(|number| Refused {
                group: format!("{number}"),
                why: NoLink::Role,
                at: Timestamp::UNIX_EPOCH,
            })
            .collect();
        save(folder.path(), &many).unwrap();
        refused(folder.path(), &vm("prod", "web"), NoLink::Role, Timestamp::UNIX_EPOCH);
        assert_eq!(all(folder.path()).len(), MOST);
        assert!(recall(folder.path(), &vm("prod", "web"), Timestamp::UNIX_EPOCH).is_some());
    }
}
