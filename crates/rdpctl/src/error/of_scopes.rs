//! Somebody was named whom nobody knows.

use rdpctl_config::nearest;
use rdpctl_engine::NobodyMeant;
use rdpctl_model::{FacetId, InstanceName};

use super::CliError;

impl From<NobodyMeant> for CliError {
    fn from(nobody: NobodyMeant) -> Self {
        let Some(first) = nobody.patterns.first() else {
            return Self::new("nobody is left of --target once --exclude is taken out")
                .hint("leave one of the two out");
        };
        let all: Vec<String> = nobody.patterns.iter().map(|one| format!("`{one}`")).collect();
        let base = Self::new(format!("nobody is named {}", all.join(", nor ")));
        match meant(first, &nobody.names) {
            Some(near) => base.hint(format!("did you mean `{near}`?")),
            None => base
                .hint("names are those of `rdpctl state list`; * stands for any run of characters"),
        }
    }
}

/// What was meant by a pattern that names nobody: somebody, or somebody's facet.
fn meant(pattern: &str, names: &[InstanceName]) -> Option<String> {
    if let Some((head, last)) = pattern.rsplit_once('/')
        && names.iter().any(|name| name.as_str() == head)
    {
        let facet = nearest(last, FacetId::ALL.map(FacetId::name))?;
        return Some(format!("{head}/{facet}"));
    }
    nearest(pattern, names.iter().map(InstanceName::as_str)).map(ToOwned::to_owned)
}
