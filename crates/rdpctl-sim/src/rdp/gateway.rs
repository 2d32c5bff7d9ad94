//! What ends TLS before a machine: a gateway or an inspecting firewall, which lets everything through and shows a
//! certificate of its own.

use crate::guest::{KeyMaterial, RdpListener, of_another};

/// Puts its certificate and key before those of the listener. One that cannot speak TLS is shown as it is.
pub(super) fn put_before(listener: &mut RdpListener, name: &str) {
    if matches!(listener.key, KeyMaterial::Usable(_))
        && listener.certificate.is_some()
        && let Some((certificate, key)) = of_another(name)
    {
        listener.certificate = Some(certificate);
        listener.key = KeyMaterial::Usable(key);
    }
}
