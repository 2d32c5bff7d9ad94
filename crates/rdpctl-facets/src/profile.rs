//! The profiles that are built in.

use serde_json::json;

use rdpctl_model::FacetId;

use crate::table::Profile;

/// Names of the built-in profiles.
pub const BUILT_IN: [&str; 2] = ["standard", "hardened"];

/// The built-in profile of that name: the project's minimum, or the stricter one.
#[must_use]
pub fn built_in(name: &str) -> Option<Profile> {
    let standard = [
        (FacetId::Power, json!("running")),
        (FacetId::PublicIp, json!("eip")),
        (FacetId::Bandwidth, json!({ "at-least": "1Mbps", "raise-to": "5Mbps" })),
        (FacetId::Ingress, json!({ "from": ["0.0.0.0/0"] })),
        (FacetId::Boot, json!("normal")),
        (FacetId::RemoteDesktop, json!("allowed")),
        (FacetId::Service, json!("auto")),
        (FacetId::Port, json!(3389)),
        (FacetId::Firewall, json!("on")),
        (FacetId::MachineKeys, json!("healthy")),
        (FacetId::Certificate, json!({ "min-days-left": 14 })),
        (FacetId::Tls, json!(["1.0", "1.1", "1.2"])),
        (FacetId::Nla, json!(true)),
        (FacetId::GroupPolicy, json!("running")),
        (FacetId::Reachable, json!(true)),
    ];
    let hardened = [
        (FacetId::Tls, json!({ "enable": ["1.2"], "disable": ["1.0", "1.1"] })),
        (FacetId::Nla, json!(true)),
    ];
    let mut profile = Profile::default();
    for (facet, value) in standard {
        // A value that a facet refuses is a fault of this table, and the test below names it.
        if profile.declare(facet, value).is_err() {
            profile.release(facet);
        }
    }
    match name {
        "standard" => Some(profile),
        "hardened" => {
            for (facet, value) in hardened {
                if profile.declare(facet, value).is_err() {
                    profile.release(facet);
                }
            }
            // Its source range must be declared: there is no default that would be safe.
            profile.release(FacetId::Ingress);
            Some(profile)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_manage_what_they_promise() {
        let unmanaged = |name: &str| {
            let profile = built_in(name).unwrap();
            FacetId::ALL
                .into_iter()
                .filter(|facet| !crate::managed(&profile, *facet))
                .collect::<Vec<_>>()
        };
        assert_eq!(unmanaged("standard"), [FacetId::Recovery, FacetId::Logon, FacetId::Licence]);
        assert_eq!(
            unmanaged("hardened"),
            [FacetId::Ingress, FacetId::Recovery, FacetId::Logon, FacetId::Licence]
        );
    }
}
