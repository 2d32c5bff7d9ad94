//! Members of fleets as the state beside a declaration remembers them. It is read, and nothing is made.

use std::path::PathBuf;

use rdpctl_config::Declaration;
use rdpctl_contract::Memory as _;
use rdpctl_model::InstanceName;
use rdpctl_model::facts::{Chunk, Row};
use rdpctl_store::Database;

/// A member of a fleet.
pub(crate) struct Member {
    /// Its name, by its id.
    pub(crate) name: InstanceName,
    /// Its fleet's name and what its owner calls it, where he calls it anything.
    pub(crate) called: Option<String>,
}

/// All that are remembered; none where nothing can be read.
pub(crate) async fn remembered(paths: &[PathBuf]) -> Vec<Member> {
    read(paths).await.unwrap_or_default()
}

async fn read(paths: &[PathBuf]) -> Option<Vec<Member>> {
    let file = crate::home::of(paths).ok()?.join("state.db");
    if !file.exists() {
        return None;
    }
    let store = Database::open_read_only(file).ok()?;
    let facts = store.facts().await.ok()?;
    let of_fleet = |chunk: &Chunk| {
        let fleet = chunk.source.as_fleet()?;
        let member = |row: Row<'_>| Member {
            name: chunk.source.member(row.id),
            called: (!row.name.is_empty() && row.name != row.id)
                .then(|| format!("{fleet}/{}", row.name)),
        };
        Some(chunk.rows().map(member).collect::<Vec<_>>())
    };
    Some(facts.chunks.iter().filter_map(of_fleet).flatten().collect())
}

/// The name of whom somebody meant by what his owner calls him, alone or behind the fleet's name; what was written where
/// that is a name already, or nobody's, or that of several.
pub(crate) async fn meant(name: &str, declaration: &Declaration, paths: &[PathBuf]) -> String {
    if declaration.fleets.is_empty() || declaration.instances.contains_key(name) {
        return name.to_owned();
    }
    let members = remembered(paths).await;
    if members.iter().any(|member| member.name.as_str() == name) {
        return name.to_owned();
    }
    let is_meant = |member: &&Member| {
        member.called.as_deref().is_some_and(|called| {
            called == name || called.split_once('/').is_some_and(|(_, alone)| alone == name)
        })
    };
    let mut found = members.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(only), None) => only.name.to_string(),
        (Some(_) | None, _) => name.to_owned(),
    }
}
