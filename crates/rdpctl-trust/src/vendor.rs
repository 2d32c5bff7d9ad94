//! What a vendor is called in a grant.

use rdpctl_model::declaration::ProviderKind;

/// The word for a vendor in a grant.
pub(crate) const fn word(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Tencent => "tencent",
        ProviderKind::Azure => "azure",
        ProviderKind::Static => "static",
    }
}
