//! The RDP certificate exists, parses, is in date, and its private key is there.

use jiff::Timestamp;
use rdpctl_model::action::{Binds, OwnAction};
use rdpctl_model::guest::RegData;
use rdpctl_model::step::{Check, Disruption, Setting};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Step, Survey, Verdict};

use crate::certificate_held::{Held, InUse, SKEW, held};
use crate::certificate_shown::{Shown, Whose, shown};
pub use crate::certificate_wish::Desired;
use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::{RDP_CERTIFICATES, RDP_TCP, WINSTATIONS};
use crate::seen_from::{EITHER_SIDE, SeenFrom, out_of_reach};

/// The facet.
pub struct Certificate;

/// What the guest holds, and what its listener shows.
pub type Seen = SeenFrom<Held, Shown>;

impl Facet for Certificate {
    const ID: FacetId = FacetId::Certificate;
    const READS: &'static [rdpctl_model::facet::World] = EITHER_SIDE;
    const CAUSES: &'static [FacetId] = &[FacetId::Power, FacetId::MachineKeys];
    const MANUAL: Manual = Manual {
        summary: "The RDP certificate exists, parses, is in date, and its private key is there.",
        declare: "certificate = { min-days-left = 14 }   (and thumbprint = \"…\" to bind one of the machine's own)",
        reads: &[
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates: every entry's blob",
            r"…\WinStations: SelfSignedCertificate, SelfSignedCertStore; …\RDP-Tcp: SSLCertificateSHA1Hash",
            "whether the key file that belongs to it is there",
            "outside: the certificate that the listener shows, held against those of the guest",
        ],
        healthy: "the entry in use is the certificate that its name promises, in date for the declared days, with its key; or there is none yet, since Windows makes one",
        sets: &[
            "exports the store, deletes the faulty entry, restarts SessionEnv and TermService: Windows makes a new one",
            "SSLCertificateSHA1Hash for a declared thumbprint, once the machine's own store holds it and it lasts",
        ],
        risk: "One restart of SessionEnv and TermService. Clients that trusted the old certificate ask once.",
        undo: "The journal keeps the way back, which imports the export and writes the former pin.",
        seed: &[
            "Azure 2.1: renew the self-signed certificate",
            "Azure 2.2: the same from another machine",
        ],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/troubleshoot-rdp-internal-error",
        ],
        errata: &[Erratum {
            says: "Remove-Item of the path made from all thumbprints in the store",
            wrong: "with two certificates the path is wrong, and a good one would be deleted as well",
            instead: "each entry is judged by itself; only a faulty one is deleted",
        }],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        match held(survey) {
            Ok((held, thumbprint)) => {
                // By a template, the domain's enrolment decides which certificate is shown.
                let outside = if held.template.is_some() {
                    None
                } else {
                    shown(survey, thumbprint.as_deref())
                };
                SeenFrom::both(Ok(held), outside)
            }
            Err(gap) => SeenFrom::both(Err(gap), shown(survey, None)),
        }
    }

    fn judge(want: &Desired, seen: &Seen, at: &Context) -> Verdict {
        match seen {
            SeenFrom::Inside { inside, outside } => {
                let whose = outside.map_or(Whose::NotCompared, |shown| shown.whose);
                judge_shown(judge_held(want, inside, whose, at), whose, goal(want))
            }
            SeenFrom::Outside { outside, gap } => {
                judge_outside(want, *outside, gap, goal(want), at)
            }
        }
    }

    fn findings(want: &Desired, seen: &Seen, at: &Context) -> Vec<Found> {
        // What is healthy or cannot be told has none.
        if !matches!(Self::judge(want, seen, at), Verdict::Drifted { .. } | Verdict::Blocked { .. })
        {
            return Vec::new();
        }
        let dated = |ends: i64| {
            if ends < at.now.as_second() {
                Finding::CertificateExpired
            } else {
                Finding::CertificateEnds
            }
        };
        let finding = match seen {
            SeenFrom::Inside { inside, outside: Some(Shown { whose, .. }) }
                if judge_held(want, inside, *whose, at).is_healthy() =>
            {
                match whose {
                    Whose::Former => Finding::CertificateFormer,
                    Whose::Own
                    | Whose::Stranger
                    | Whose::Younger
                    | Whose::Nobody
                    | Whose::NotCompared => Finding::CertificateForeign,
                }
            }
            SeenFrom::Outside { outside, .. } => match outside.ends {
                Some(ends) if outside.whose != Whose::Nobody => dated(ends),
                Some(_) | None => Finding::CertificateMissing,
            },
            SeenFrom::Inside { inside, .. } if want.thumbprint.is_some() => match &inside.in_use {
                InUse::Dated { not_after, .. } => dated(*not_after),
                InUse::None
                | InUse::Sound { .. }
                | InUse::Faulty { .. }
                | InUse::LostPin { .. } => Finding::CertificatePinned,
            },
            SeenFrom::Inside { inside, .. } => match &inside.in_use {
                InUse::None | InUse::Sound { .. } => Finding::CertificateMissing,
                InUse::Dated { not_before, not_after, .. } => {
                    if *not_before > at.now.as_second() + SKEW {
                        Finding::CertificateEarly
                    } else {
                        dated(*not_after)
                    }
                }
                InUse::Faulty { fault } if fault.contains("key") => Finding::CertificateKeyless,
                InUse::Faulty { .. } => Finding::CertificateCorrupt,
                InUse::LostPin { .. } => Finding::CertificatePinned,
            },
        };
        vec![finding.into()]
    }

    fn mend(want: &Desired, seen: &Seen, at: &Context) -> Vec<Step> {
        let SeenFrom::Inside { inside: seen, outside } = seen else { return Vec::new() };
        let purpose = |seed, why: &str| Purpose { facet: Self::ID, seed, why: why.to_owned() };
        let whose = outside.map_or(Whose::NotCompared, |shown| shown.whose);
        if whose == Whose::Former && judge_held(want, seen, whose, at).is_healthy() {
            return vec![
                purpose("Azure 2.1", "the listener loads its certificate when it starts")
                    .guest(
                        GuestAction::RestartRdp { session_env: true },
                        "former certificate shown",
                        "held certificate shown",
                    )
                    .disrupting(Disruption::RestartsRdp)
                    .irreversible(),
            ];
        }
        if let Some(wished) = &want.thumbprint {
            let bytes = bytes(&wished.0);
            let was = match &seen.in_use {
                InUse::Sound { pinned } | InUse::Dated { pinned, .. } => pinned.as_deref(),
                InUse::LostPin { thumbprint } => Some(thumbprint.as_str()),
                InUse::None | InUse::Faulty { .. } => None,
            };
            return vec![
                purpose("Azure 2.1", "another certificate than the declared one is in use")
                    .guest(
                        GuestAction::SetRegistry {
                            key: RDP_TCP.to_owned(),
                            name: "SSLCertificateSHA1Hash".to_owned(),
                            data: RegData::Binary(bytes),
                            setting: Setting::Certificate,
                        },
                        bound_words(was),
                        format!("bound to {}", wished.0),
                    )
                    .disrupting(Disruption::RestartsRdp),
            ];
        }
        let old = match &seen.in_use {
            InUse::Dated { not_after, .. } => {
                Some(due((not_after - at.now.as_second()).div_euclid(86_400), want))
            }
            InUse::Faulty { fault } => Some(fault.clone()),
            InUse::None => None,
            InUse::Sound { .. } | InUse::LostPin { .. } => return Vec::new(),
        };
        let mut steps = Vec::new();
        if !seen.store_named {
            steps.push(purpose("Azure 2.1", "Windows does not know in which store to look").guest(
                GuestAction::SetRegistry {
                    key: WINSTATIONS.to_owned(),
                    name: "SelfSignedCertStore".to_owned(),
                    data: RegData::Sz("Remote Desktop".to_owned()),
                    setting: Setting::Certificate,
                },
                "no store named",
                "store Remote Desktop",
            ));
        }
        if let Some(fault) = old {
            steps.push(
                purpose(
                    "Azure 2.1",
                    "a certificate that cannot be used is an internal error to every client",
                )
                .own(OwnAction::DeleteCertificate, fault, "deleted; Windows makes a new one")
                .disrupting(Disruption::RestartsRdp),
            );
        }
        steps.push(
            purpose("Azure 2.1", "Windows makes a new certificate when SessionEnv starts")
                .guest(
                    GuestAction::RestartRdp { session_env: true },
                    "old certificate",
                    "new certificate",
                )
                .disrupting(Disruption::RestartsRdp)
                .irreversible(),
        );
        steps
    }

    fn bind(_: &Desired, survey: &Survey, _: &Context, binds: &mut Binds) {
        let Ok(guest) = &survey.guest else { return };
        let name = "SSLCertificateSHA1Hash";
        if let Ok(pinned) = guest.registry.value(RDP_TCP, name) {
            let (key, name, data) = (RDP_TCP.to_owned(), name.to_owned(), pinned.cloned());
            binds.expects.push(Check::Registry { key, name, data });
        }
        if let Ok((_, Some(thumbprint))) = held(survey) {
            binds.certificate = Some(format!(r"{RDP_CERTIFICATES}\{thumbprint}"));
        }
    }
}

/// Words that are the same for all machines with the same fault, whenever exactly their certificates end.
fn due(left: i64, want: &Desired) -> String {
    if left < 0 {
        "expired".to_owned()
    } else {
        format!("expires in less than {} days", want.min_days_left.0)
    }
}

fn bound_words(pinned: Option<&str>) -> &'static str {
    match pinned {
        None => "no certificate bound",
        Some(_) => "another certificate bound",
    }
}

/// What the guest holds, by itself.
fn judge_held(want: &Desired, seen: &Held, whose: Whose, at: &Context) -> Verdict {
    let goal = goal(want);
    if let Some(wished) = &want.thumbprint {
        let pinned = match &seen.in_use {
            InUse::Sound { pinned } | InUse::Dated { pinned, .. } => pinned.as_deref(),
            InUse::LostPin { thumbprint } => Some(thumbprint.as_str()),
            InUse::None | InUse::Faulty { .. } => None,
        };
        if pinned != Some(wished.0.as_str()) {
            let from = bound_words(pinned).to_owned();
            let now = at.now.as_second();
            let obstacle = seen.offered.as_ref();
            let obstacle = obstacle.and_then(|offered| offered.obstacle(want, &from, &goal, now));
            return obstacle.unwrap_or_else(|| Verdict::drifted(from, goal));
        }
    }
    match &seen.in_use {
        InUse::None if whose == Whose::Nobody => {
            Verdict::drifted("none, and the listener has none to show", goal)
        }
        InUse::None => Verdict::healthy("none yet; Windows makes one"),
        InUse::Sound { .. } => Verdict::healthy(goal),
        InUse::Dated { not_before, not_after, pinned, .. } => {
            let now = at.now.as_second();
            let left = (not_after - now).div_euclid(86_400);
            if *not_before > now + SKEW {
                return Verdict::Blocked {
                    from: format!("not valid before {}", date(*not_before)).into(),
                    to: goal.into(),
                    by: "the guest's clock, or the clock of whoever made the certificate"
                        .to_owned()
                        .into(),
                    advice: "set the guest's clock right; renewing would not help"
                        .to_owned()
                        .into(),
                };
            }
            let from = due(left, want);
            if left >= i64::from(want.min_days_left.0) {
                Verdict::healthy(ends_at(*not_after, left))
            } else if pinned.is_some() {
                Verdict::Blocked {
                    from: from.into(),
                    to: goal.into(),
                    by: "a certificate that somebody bound on purpose".to_owned().into(),
                    advice: "import its successor and declare that one's thumbprint"
                        .to_owned()
                        .into(),
                }
            } else {
                Verdict::drifted(from, goal)
            }
        }
        InUse::Faulty { fault } => Verdict::drifted(fault.clone(), goal),
        InUse::LostPin { .. } => Verdict::Blocked {
            from: "bound to a certificate that is not in the machine's store".to_owned().into(),
            to: goal.into(),
            by: "a binding to a certificate that is gone".to_owned().into(),
            advice: "import the certificate, or declare the thumbprint of one that is there"
                .to_owned()
                .into(),
        },
    }
}

/// What answers from outside, where nothing is wrong with what the guest holds.
fn judge_shown(held: Verdict, whose: Whose, goal: String) -> Verdict {
    if !held.is_healthy() {
        return held;
    }
    match whose {
        Whose::Own | Whose::Nobody | Whose::NotCompared => held,
        Whose::Former => Verdict::drifted(
            "the listener shows another certificate of the machine than the one to use",
            goal,
        ),
        Whose::Younger => {
            let what = "the certificate that answers was made after the guest was looked into";
            Verdict::Unknown { gap: Gap::Garbled { what: format!("{what}: look again") } }
        }
        Whose::Stranger => Verdict::Blocked {
            from: "another certificate answers than the guest holds".to_owned().into(),
            to: goal.into(),
            by: "somebody who stands between, or a gateway that answers in its place".to_owned().into(),
            advice: "find out what ends TLS on the way before anybody types a password there; where nothing does, \
                     restart TermService once, which may still show what it loaded before"
                .to_owned().into(),
        },
    }
}

fn judge_outside(want: &Desired, shown: Shown, gap: &Gap, goal: String, at: &Context) -> Verdict {
    // Which one is bound is the guest's to say.
    if want.thumbprint.is_some() {
        return Verdict::Unknown { gap: gap.clone() };
    }
    if shown.whose == Whose::Nobody {
        return out_of_reach("no certificate to show".into(), goal, gap);
    }
    let Some(ends) = shown.ends else {
        return Verdict::healthy(format!("{goal}, seen from outside"));
    };
    let left = (ends - at.now.as_second()).div_euclid(86_400);
    let said = ends_at(ends, left);
    if left >= i64::from(want.min_days_left.0) {
        Verdict::healthy(format!("{said}, seen from outside"))
    } else {
        out_of_reach(said.into(), goal, gap)
    }
}

fn ends_at(not_after: i64, left: i64) -> String {
    if left < 0 {
        format!("expired {}", date(not_after))
    } else {
        format!("expires {}, in {left} days", date(not_after))
    }
}

fn goal(want: &Desired) -> String {
    match &want.thumbprint {
        Some(thumbprint) => {
            format!("{} bound, valid for {} days", thumbprint.0, want.min_days_left.0)
        }
        None => format!("valid for {} days", want.min_days_left.0),
    }
}

fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| "at an impossible time".to_owned(),
        |at| at.strftime("%Y-%m-%d").to_string(),
    )
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .filter_map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}
