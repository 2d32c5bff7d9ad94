//! Why a guest's description cannot be built.

/// What is wrong with a guest's description, and under which key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuestSpecError {
    /// A registry key with an unknown root.
    #[error("registry.{key:?}: a key starts with HKLM, HKCU, HKCR, HKU or HKCC")]
    Key {
        /// The key as written.
        key: String,
    },
    /// An access list of a registry key that cannot be read.
    #[error("registry-lists.{key:?}: {reason}")]
    List {
        /// The key as written.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// Registry data that does not fit its type.
    #[error("registry.{key:?}.{name:?}: {reason}")]
    Value {
        /// The key as written.
        key: String,
        /// The value's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A `.reg` file that cannot be read.
    #[error("reg-files: {file} line {line}: {reason}")]
    RegFile {
        /// The file.
        file: String,
        /// The line in it, from one.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A `.reg` file whose text nobody supplied.
    #[error("reg-files: {file} has not been read")]
    RegFileMissing {
        /// The file.
        file: String,
    },
    /// A port that is no number from 1 to 65535.
    #[error("ports.{port:?}: a port is a number from 1 to 65535")]
    Port {
        /// The port as written.
        port: String,
    },
    /// A firewall rule that does not parse.
    #[error("firewall.rules[{index}]: {reason}")]
    Rule {
        /// Which rule, from zero.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// The simulated certificate could not be made.
    #[error("certificate: {reason}")]
    Certificate {
        /// What is wrong.
        reason: String,
    },
}
