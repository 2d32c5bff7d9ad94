//! Errors of the state.

use rdpctl_contract::StoreError;

use super::CliError;

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let base = Self::new(error.to_string()).caused(&error);
        match &error {
            StoreError::Open { .. } => base.hint("name another place with --state PATH"),
            StoreError::Newer { .. } => base
                .so("nothing was changed")
                .hint("use the rdpctl that wrote it, or a newer one"),
            StoreError::Damaged { .. } => base.so("nothing was changed").hint(
                "move the file aside and run again: losing the state loses history, not correctness",
            ),
            StoreError::Write { .. } => base
                .so("what was saved before is intact")
                .hint("make room, or name another place with --state PATH"),
            StoreError::Unreachable { .. } => base
                .so("what was saved before is intact")
                .hint("run it again once the database answers"),
            StoreError::Untrusted { remedy, .. } => base.so("nothing in it is believed").hint(remedy),
            StoreError::Held { holding } => base.so("nothing was done").hint(format!(
                "wait for it; if it is gone for good, its lock lapses within {} seconds, or `rdpctl state unlock {}` takes it away",
                holding.ttl.as_secs(),
                holding.token
            )),
            StoreError::LeaseLost => base
                .so("nothing was written since")
                .hint("run the command again to see what is"),
            StoreError::Renumbered => {
                base.hint("somebody else tidied up at the same time; run the command again")
            }
            StoreError::Unsupported { .. } => {
                base.hint("a state is `sqlite:PATH`, just a path, or `postgres://HOST/DATABASE`")
            }
        }
    }
}
