//! Which library `TermService` loads, and whether connections are refused: what several facets ask of its keys.

use rdpctl_model::guest::Registry;
use rdpctl_model::{Gap, Said};
use serde::{Deserialize, Serialize};

use crate::paths::{TERM_SERVICE_PARAMETERS, TERMINAL_SERVER, TS_POLICY};

/// Windows' own library, as it is written.
pub(crate) const OWN: &str = r"%SystemRoot%\System32\termsrv.dll";
/// The value that names it.
pub(crate) const SERVICE_DLL: &str = "ServiceDll";

/// The library that `TermService` loads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Library {
    /// Windows' own, or it was not asked for.
    #[default]
    Own,
    /// None is named; carries what was found.
    None(Option<String>),
    /// Another; carries its path, which is untrusted text.
    Foreign(String),
}

impl Library {
    pub(crate) fn read(registry: &Registry) -> Result<Self, Gap> {
        let named = match registry.text(TERM_SERVICE_PARAMETERS, SERVICE_DLL) {
            Err(Gap::NotAsked) => return Ok(Self::Own),
            named => named?,
        };
        Ok(match named {
            None => Self::None(None),
            Some(path) if path.trim().is_empty() => Self::None(Some(path.to_owned())),
            Some(path) if is_own(path) => Self::Own,
            Some(path) => Self::Foreign(path.to_owned()),
        })
    }
}

fn is_own(path: &str) -> bool {
    let path = path.trim().trim_matches('"').to_ascii_lowercase();
    let Some(folder) = path.strip_suffix(r"\system32\termsrv.dll") else { return false };
    let drive = folder.strip_suffix(r":\windows");
    matches!(folder, "%systemroot%" | "%windir%") || drive.is_some_and(|letter| letter.len() == 1)
}

/// Whether connections are refused: the value by policy wins, and an absent one refuses.
pub(crate) fn refuses(registry: &Registry) -> Result<bool, Gap> {
    let policy = registry.dword(TS_POLICY, "fDenyTSConnections")?;
    let own = registry.dword(TERMINAL_SERVER, "fDenyTSConnections")?;
    Ok(policy.or(own).unwrap_or(1) != 0)
}

/// What somebody put in the place of Windows' own library, and what the user can do.
pub(crate) fn foreign(path: &str) -> (Said, Said) {
    (say::foreign_library(path), say::replace_the_library())
}

rdpctl_model::says! { "common":
    foreign_library(path);
    replace_the_library();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_own_library_is_known_in_every_spelling() {
        for path in [OWN, r"C:\Windows\system32\termsrv.dll", r"%windir%\System32\TERMSRV.DLL"] {
            assert!(is_own(path), "{path}");
        }
        for path in [
            "",
            r"C:\Program Files\RDP Wrapper\rdpwrap.dll",
            r"%SystemRoot%\System32\x\termsrv.dll",
        ] {
            assert!(!is_own(path), "{path}");
        }
    }
}
