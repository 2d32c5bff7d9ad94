//! What leaves server and client nothing to negotiate with, and who stands behind it.

use rdpctl_model::{Finding, Found, Said};

use crate::tls_mend;
use crate::tls_policy;
use crate::tls_schannel::Schannel;
use crate::tls_suites::{KeyKind, Lack, ListBy};
use crate::tls_wish::Desired;

/// What is lacking, where all declared versions were on.
pub(crate) fn lack(want: &Desired, seen: &Schannel) -> Option<Lack> {
    let mut versions = seen.offered();
    versions.extend(want.enable.iter().filter(|version| seen.supports(**version)));
    if versions.is_empty() { None } else { seen.suites.lack(&versions) }
}

/// A lack that no value of ours mends: what was found, what stands against it, what to do.
pub(crate) fn stands_against(lack: Lack, seen: &Schannel) -> Option<(Said, Said, Said)> {
    match lack {
        Lack::EmptyList(by) => {
            Some((say::no_suite(), say::set_and_empty(whose(by, seen)), say::remove_functions()))
        }
        Lack::Unfit(by, key) => {
            let (has, needs) = match key {
                KeyKind::Rsa => (Said::quoted("RSA"), "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
                KeyKind::Ecdsa => (say::elliptic(), "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            };
            Some((say::no_suite_for(has), whose(by, seen), say::add_suites(needs)))
        }
        Lack::Exchanges => {
            Some((say::no_exchange(), say::exchanges_off(), say::enable_exchanges()))
        }
        Lack::Ciphers => None,
    }
}

/// Whose list of suites it is, with the policy's name where that could be told.
fn whose(by: ListBy, seen: &Schannel) -> Said {
    match (by, tls_policy::lister(&seen.enforced)) {
        (ListBy::Policy, Some(policy)) => say::list_of_policy(policy),
        (ListBy::Policy | ListBy::Machine, _) => by.said(),
    }
}

/// The ciphers that are off, with their values.
pub(crate) fn ciphers_off(seen: &Schannel) -> Said {
    let each = seen.suites.ciphers_off.iter();
    let each: Vec<Said> =
        each.map(|(name, value)| say::cipher_off(tls_mend::cipher(name), *value)).collect();
    say::ciphers_off(each)
}

/// What is found of suites and ciphers.
pub(crate) fn findings(lack: Option<Lack>, seen: &Schannel) -> Vec<Found> {
    match lack {
        Some(Lack::EmptyList(by)) => {
            vec![Found::from(Finding::CipherSuitesNone).with("by", whose(by, seen))]
        }
        Some(Lack::Unfit(by, _)) => {
            vec![Found::from(Finding::CipherSuitesUseless).with("by", whose(by, seen))]
        }
        Some(Lack::Exchanges) => {
            let by = "SCHANNEL\\KeyExchangeAlgorithms";
            vec![Found::from(Finding::CipherSuitesUseless).with("by", by)]
        }
        Some(Lack::Ciphers) => {
            vec![Found::from(Finding::CiphersOff).with("ciphers", ciphers_off(seen))]
        }
        None => {
            let each = seen.suites.ciphers_off.iter().map(|(name, value)| {
                Found::from(Finding::CipherOff)
                    .with("cipher", tls_mend::cipher(name))
                    .with("value", value.to_string())
            });
            each.collect()
        }
    }
}

rdpctl_model::says! { "tls":
    no_suite();
    set_and_empty(by);
    remove_functions();
    no_suite_for(key);
    elliptic();
    add_suites(suite);
    no_exchange();
    exchanges_off();
    enable_exchanges();
    cipher_off(cipher, value);
    ciphers_off(ciphers);
    list_of_policy(policy);
}
