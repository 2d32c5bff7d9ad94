//! `proof = { logon = { user = "...", password = "env:..." } }`: what is to be proved beyond a handshake.

use rdpctl_model::declaration::LogOnProof;

use crate::diagnostic::Problems;
use crate::tree::Fields;

use super::scalar;

pub(crate) const KEYS: &[&str] = &["logon"];
pub(crate) const LOGON_KEYS: &[&str] = &["user", "password", "even-administrator"];

/// What is declared; nothing where nothing is.
pub(super) fn proof(of: &Fields<'_>, problems: &mut Problems) -> Option<LogOnProof> {
    let node = of.get("proof")?;
    let fields = Fields::open(node, node.place, "`proof`".to_owned(), KEYS, problems)?;
    let node =
        fields.need("logon", "{ user = \"ops\", password = \"env:OPS_PASSWORD\" }", problems)?;
    let fields = Fields::open(node, node.place, "`proof.logon`".to_owned(), LOGON_KEYS, problems)?;
    let user_node = fields.need("user", "\"ops\"", problems)?;
    let user = scalar::line(user_node, "user", problems)?;
    let password = fields
        .need("password", "\"env:OPS_PASSWORD\"", problems)
        .and_then(|node| scalar::secret(node, "password", problems));
    let even_administrator = fields
        .get("even-administrator")
        .and_then(|node| node.boolean("even-administrator", problems))
        .unwrap_or(false);
    if user.contains('@') {
        problems
            .error(user_node.place, "an account of a domain is not tried")
            .help("its counter cannot be read from the machine, and a wrong password would count for the whole fleet: name a local account, `ops`");
        return None;
    }
    Some(LogOnProof { user, password: Some(password?), even_administrator, closed: None })
}
