//! The digest of a declaration's meaning.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::declaration::Declaration;

impl Declaration {
    /// The SHA-256, in hex, of what is declared. Formatting, comments, order and the split into files do not
    /// change it; whatever could change a plan does.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(self)
    }
}

fn digest(declaration: &Declaration) -> String {
    let Declaration {
        providers,
        profiles,
        instances,
        fleets,
        guards,
        accepts,
        // Neither where the state is kept, nor what a loop does and shows, nor where in the files something stands changes
        // a plan.
        state: _,
        run: _,
        page: _,
        warnings: _,
        origins: _,
        providers_at: _,
        guards_at: _,
    } = declaration;
    // Maps are ordered, so each list is canonical.
    let mut meaning = Meaning { sha: Sha256::new(), buffer: Vec::with_capacity(512) };
    meaning.add(providers.values());
    meaning.add(profiles.iter().map(|(name, profile)| (name, &**profile)));
    meaning.add(instances.values());
    meaning.add(fleets.values());
    meaning.add(guards.answers.iter());
    meaning.add([(guards.max_disrupted, &guards.windows)]);
    meaning.add(accepts);
    hex(&meaning.sha.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

struct Meaning {
    sha: Sha256,
    buffer: Vec<u8>,
}

impl Meaning {
    fn add<T: Serialize>(&mut self, items: impl IntoIterator<Item = T>) {
        for item in items {
            self.buffer.clear();
            // All our types have a JSON form. Were one without, its fault is as good a mark of it.
            if let Err(error) = serde_json::to_writer(&mut self.buffer, &item) {
                self.buffer.extend_from_slice(error.to_string().as_bytes());
            }
            self.buffer.push(b'\n');
            self.sha.update(&self.buffer);
        }
        self.sha.update(b"\x1e");
    }
}
