//! Key paths: how a caller spells a key, and the one form under which it is stored.

/// Between the names of a stored path. It sorts before every character that a name may hold, so
/// that a key's descendants follow it directly and its direct children can be found by skipping.
pub(crate) const SEPARATOR: char = '\x01';

const ROOTS: [(&str, &str); 5] = [
    ("HKLM", "HKEY_LOCAL_MACHINE"),
    ("HKCU", "HKEY_CURRENT_USER"),
    ("HKCR", "HKEY_CLASSES_ROOT"),
    ("HKU", "HKEY_USERS"),
    ("HKCC", "HKEY_CURRENT_CONFIG"),
];

/// The control set that `CurrentControlSet` is a link to.
const CURRENT_SET: &str = "controlset001";

/// A key as a caller named it and as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPath {
    /// The caller's spelling with the root written out, as `reg` echoes it.
    pub(crate) shown: String,
    /// Lower-case names joined by [`SEPARATOR`], links resolved.
    pub(crate) stored: String,
}

impl KeyPath {
    /// Parses a key; `None` when the root is unknown.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('\\');
        let (root, rest) = text.split_once('\\').unwrap_or((text, ""));
        let (short, long) = ROOTS.iter().find(|(short, long)| {
            root.eq_ignore_ascii_case(short) || root.eq_ignore_ascii_case(long)
        })?;
        let mut shown = String::with_capacity(long.len() + 1 + rest.len());
        shown.push_str(long);
        let mut stored = String::with_capacity(short.len() + 1 + rest.len());
        stored.push_str(&short.to_ascii_lowercase());
        for (depth, name) in rest.split('\\').filter(|name| !name.is_empty()).enumerate() {
            shown.push('\\');
            shown.push_str(name);
            stored.push(SEPARATOR);
            let link = depth == 1
                && name.eq_ignore_ascii_case("CurrentControlSet")
                && stored == "hklm\x01system\x01";
            if link {
                stored.push_str(CURRENT_SET);
            } else if name.is_ascii() {
                stored.extend(name.chars().map(|c| c.to_ascii_lowercase()));
            } else {
                stored.push_str(&name.to_lowercase());
            }
        }
        Some(Self { shown, stored })
    }

    /// The last name as the caller spelt it.
    pub(crate) fn name(&self) -> &str {
        self.shown.rsplit('\\').next().unwrap_or(&self.shown)
    }

    /// A key below this one.
    pub(crate) fn join(&self, name: &str) -> Self {
        Self {
            shown: format!("{}\\{name}", self.shown),
            stored: format!("{}{SEPARATOR}{}", self.stored, name.to_lowercase()),
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        !self.stored.contains(SEPARATOR)
    }

    /// Whether this key is `prefix` or lies below it.
    pub(crate) fn is_within(&self, prefix: &str) -> bool {
        within(&self.stored, prefix)
    }

    /// The same key as a 32-bit program reaches it.
    #[must_use]
    pub(crate) fn in_32_bit_view(&self) -> Self {
        const SOFTWARE: &str = "hklm\x01software";
        const SHARED: [&str; 3] = [
            "hklm\x01software\x01policies",
            "hklm\x01software\x01microsoft\x01systemcertificates",
            "hklm\x01software\x01wow6432node",
        ];
        if !self.is_within(SOFTWARE) || SHARED.iter().any(|shared| self.is_within(shared)) {
            return self.clone();
        }
        Self {
            shown: self.shown.clone(),
            stored: format!("{SOFTWARE}\x01wow6432node{}", &self.stored[SOFTWARE.len()..]),
        }
    }
}

/// Whether the stored path is `prefix` or lies below it.
pub(crate) fn within(stored: &str, prefix: &str) -> bool {
    stored.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_control_set_is_a_link_and_is_shown_as_asked() {
        let path = KeyPath::parse(r"hklm\SYSTEM\CurrentControlSet\Control").unwrap();
        assert_eq!(path.shown, r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control");
        assert_eq!(
            path,
            KeyPath { stored: "hklm\x01system\x01controlset001\x01control".into(), ..path.clone() }
        );
    }

    #[test]
    fn a_32_bit_program_sees_its_own_software_but_shared_policies() {
        let own = KeyPath::parse(r"HKLM\SOFTWARE\Microsoft\Shared Tools").unwrap();
        assert_eq!(
            own.in_32_bit_view().stored,
            "hklm\x01software\x01wow6432node\x01microsoft\x01shared tools"
        );
        let shared = KeyPath::parse(r"HKLM\SOFTWARE\Policies\Microsoft").unwrap();
        assert_eq!(shared.in_32_bit_view(), shared);
    }
}
