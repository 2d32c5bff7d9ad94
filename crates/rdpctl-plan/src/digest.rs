//! A short name for what was seen, by which a plan knows the ground that it grew from.

use rdpctl_model::Assessed;
use rdpctl_model::assessment::Members;
use ring::digest::{Context, SHA256};

/// The SHA-256, in hex, of what the facets conclude about whom.
#[must_use]
pub fn digest(assessed: &[Assessed]) -> String {
    let mut context = Context::new(&SHA256);
    for one in assessed {
        context.update(one.provider.as_str().as_bytes());
        context.update(b"\0");
        context.update(one.profile.as_str().as_bytes());
        // Our own types always have a JSON form; an empty text would only make two plans look alike.
        context.update(&serde_json::to_vec(&one.facets.values().as_slice()).unwrap_or_default());
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
    let digest = context.finish();
    let mut text = String::with_capacity(64);
    for byte in digest.as_ref() {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
