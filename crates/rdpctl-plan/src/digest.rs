//! A short name for what was seen, by which a plan knows the ground that it grew from.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_model::assessment::Members;
use rdpctl_model::{Assessed, Assessment};
use ring::digest::{Context, SHA256};

/// The SHA-256, in hex, of what the facets conclude about whom.
#[must_use]
pub fn digest(assessed: &[Assessed]) -> String {
    let mut context = Context::new(&SHA256);
    // Thousands of instances share their conclusions: each is written out once.
    let mut known: HashMap<*const Assessment, [u8; 32]> = HashMap::new();
    for one in assessed {
        context.update(one.provider.as_str().as_bytes());
        context.update(b"\0");
        context.update(one.profile.as_str().as_bytes());
        for assessment in one.facets.values() {
            let Some(assessment) = assessment else {
                context.update(b"-");
                continue;
            };
            let digest = known.entry(Arc::as_ptr(assessment)).or_insert_with(|| of(assessment));
            context.update(digest);
        }
        match &one.members {
            Members::Quiet(count) => context.update(&count.to_le_bytes()),
            Members::Named(members) => {
                for member in members {
                    context.update(member.name.as_str().as_bytes());
                    context.update(b"\0");
                }
            }
        }
    }
    hex(context.finish().as_ref())
}

/// Bytes as people compare them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of(assessment: &Assessment) -> [u8; 32] {
    // Our own types always have a JSON form; an empty text would only make two plans look alike.
    let digest = ring::digest::digest(&SHA256, &serde_json::to_vec(assessment).unwrap_or_default());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}
