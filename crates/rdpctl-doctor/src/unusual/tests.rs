//! Rows hold together, and say nothing of a machine as it is delivered.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::{ChannelKind, Registry};

use super::*;
use crate::library::Library;
use crate::texts::Language;

fn guest(keys: &[(&str, &str, RegData)]) -> GuestSurvey {
    let mut registry = Registry::default();
    for (key, name, data) in keys {
        let answer = registry
            .keys
            .entry(key.to_ascii_lowercase())
            .or_insert_with(|| KeyAnswer::Present(BTreeMap::new()));
        if let KeyAnswer::Present(values) = answer {
            values.insert(name.to_ascii_lowercase(), data.clone());
        }
    }
    GuestSurvey {
        via: ChannelKind::Winrm,
        passed_over: Vec::new(),
        registry,
        services: BTreeMap::new(),
        callers: Vec::new(),
        listeners: Err(Gap::NotAsked),
        processes: Err(Gap::NotAsked),
        firewall_rules: Ok(BTreeMap::from([(
            "ban".to_owned(),
            "v2.31|Action=Block|Active=TRUE|Dir=In|RA4=203.0.113.9|Name=bans|".to_owned(),
        )])),
        acl_folder: Err(Gap::NotAsked),
        acl_keys: Err(Gap::NotAsked),
        key_mend: rdpctl_model::guest::KeyMend::List,
        boot_names: Err(Gap::NotAsked),
        booted: Err(Gap::NotAsked),
        boot_nonce: Err(Gap::NotAsked),
        events: Err(Gap::NotAsked),
        floods: Vec::new(),
        own_policy: Err(Gap::NotAsked),
        policies: Err(Gap::NotAsked),
        rights: Err(Gap::NotAsked),
        accounts: Err(Gap::NotAsked),
        grace: Err(Gap::NotAsked),
        refusals: Err(Gap::NotAsked),
        left: Err(Gap::NotAsked),
        sessions: Err(Gap::NotAsked),
        winrm_certificate: Err(Gap::NotAsked),
    }
}

fn ids(guest: &GuestSurvey, found: &[Finding]) -> Vec<String> {
    let library = Library::read(Language::English).unwrap();
    let unusual = library.usual.unusual(guest, found, &library.texts);
    unusual.into_iter().map(|one| one.id).collect()
}

const LSA: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa";
const AES: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers\AES 128/128";
const VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const TLS13: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.3\Server";

#[test]
fn what_differs_from_the_defaults_is_listed_by_stage_unless_a_facet_says_it() {
    let seen = guest(&[
        (LSA, "LmCompatibilityLevel", RegData::Dword(5)),
        (AES, "Enabled", RegData::Dword(1)),
        (LSA, "LimitBlankPasswordUse", RegData::Dword(1)),
    ]);
    assert_eq!(ids(&seen, &[]), ["blocked-addresses", "cipher", "lm-compatibility"]);
    let judged = [Finding::CipherOff, Finding::FirewallBlockedSource];
    assert_eq!(ids(&seen, &judged), ["lm-compatibility"]);
}

#[test]
fn defaults_are_those_of_the_build() {
    let with = |build: &str| {
        ids(
            &guest(&[
                (VERSION, "CurrentBuildNumber", RegData::Sz(build.to_owned())),
                (TLS13, "Enabled", RegData::Dword(1)),
            ]),
            &[Finding::FirewallBlockRule],
        )
    };
    assert_eq!(with("17763"), ["tls-13-early"]);
    assert!(with("20348").is_empty());
}
