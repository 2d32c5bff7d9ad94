//! What keeps people out: in words, as findings, and what a person can do.

use rdpctl_model::said::Arg;
use rdpctl_model::{Finding, Found, Said};

use crate::logon_accounts::KeptOut;
use crate::logon_rights::{Group, Right};

/// What keeps people out.
pub(crate) enum Fault {
    /// These groups are denied it.
    Denied(Right, Vec<Group>),
    /// Nobody who matters holds it.
    Missing(Right),
    /// NTLM is refused, and there is nothing else; how that shows.
    NtlmRefused(Shown),
    /// Current clients refuse the server's CredSSP; how that shows.
    Outdated(Old),
    /// No controller of the domain answers, and no local account can log on either.
    Silent,
    /// None of the local accounts that a group lets in can log on, and there are no others.
    Nobody(Vec<(String, KeptOut)>),
    /// The domain no longer knows the machine, so that none of its accounts is let in.
    Distrusted,
}

/// How it shows that CredSSP is old.
pub(crate) enum Old {
    /// Outside.
    Seen,
    /// By the build of Windows.
    Build,
}

/// How it shows that NTLM is refused.
pub(crate) enum Shown {
    /// By `RestrictReceivingNTLMTraffic`.
    Value,
    /// By what the listener answers.
    NoChallenge,
}

impl Fault {
    pub(crate) fn said(&self) -> Said {
        match self {
            Self::Denied(right, groups) => say::denies(right.name(), groups_listed(groups)),
            Self::Missing(right) => say::nobody_holds(right.name()),
            Self::NtlmRefused(Shown::Value) => {
                say::ntlm_refused("RestrictReceivingNTLMTraffic = 2")
            }
            Self::NtlmRefused(Shown::NoChallenge) => say::ntlm_refused(say::no_challenge()),
            Self::Outdated(Old::Seen) => say::old_credssp(),
            Self::Outdated(Old::Build) => say::old_credssp_by_build(),
            Self::Silent => say::no_controller(),
            Self::Nobody(kept) => {
                let kept = kept.iter().map(|(name, kept)| say::account(name, kept.said()));
                say::nobody_can(kept.collect::<Vec<_>>())
            }
            Self::Distrusted => say::distrusted(),
        }
    }

    pub(crate) fn by(&self) -> Said {
        match self {
            Self::Denied(right, _) | Self::Missing(right) => say::the_right(right.title()),
            Self::NtlmRefused(_) => say::ntlm_policy(),
            Self::Outdated(_) => say::updates_lacking(),
            Self::Silent => say::the_network(),
            Self::Nobody(_) => say::state_of_accounts(),
            Self::Distrusted => say::the_trust(),
        }
    }

    pub(crate) fn advice(&self) -> Said {
        match self {
            Self::Nobody(kept) => kept.first().map(|(_, kept)| kept.advice()).unwrap_or_default(),
            Self::Distrusted => say::repair_the_trust(),
            Self::Denied(..) => say::take_the_group_out(),
            Self::Missing(_) => say::give_the_right(),
            Self::Silent => say::look_at_the_way(),
            Self::Outdated(_) => say::install_updates(),
            Self::NtlmRefused(_) => say::allow_ntlm(),
        }
    }

    pub(crate) fn found(&self) -> Vec<Found> {
        let found = match self {
            Self::Nobody(kept) => {
                return kept.iter().map(|(name, kept)| kept.found(name)).collect();
            }
            Self::Distrusted => Finding::DomainDistrusts.into(),
            Self::Denied(right, groups) => Found::from(match right {
                Right::DenyNetwork | Right::Network => Finding::NetworkLogOnDenied,
                Right::DenyRemote | Right::Remote => Finding::RemoteLogOnDenied,
            })
            .with("groups", groups_listed(groups)),
            Self::Missing(Right::Network | Right::DenyNetwork) => {
                Finding::NetworkLogOnMissing.into()
            }
            Self::Missing(Right::Remote | Right::DenyRemote) => Finding::RemoteLogOnMissing.into(),
            Self::NtlmRefused(_) => Finding::NtlmRefused.into(),
            Self::Outdated(_) => Finding::CredsspOutdated.into(),
            Self::Silent => Finding::DomainSilent.into(),
        };
        vec![found]
    }
}

/// As Windows calls them.
fn groups_listed(groups: &[Group]) -> Arg {
    groups.iter().map(|group| group.name()).collect::<Vec<_>>().into()
}
rdpctl_model::says! { "logon":
    denies(right, groups);
    nobody_holds(right);
    ntlm_refused(shown);
    no_challenge();
    old_credssp();
    old_credssp_by_build();
    no_controller();
    the_network();
    look_at_the_way();
    nobody_can(accounts);
    account(name, kept);
    distrusted();
    the_right(title);
    ntlm_policy();
    updates_lacking();
    state_of_accounts();
    the_trust();
    repair_the_trust();
    take_the_group_out();
    give_the_right();
    install_updates();
    allow_ntlm();
}
