//! The RDP certificate exists, parses, is in date, and its private key is there.

use jiff::Timestamp;
use rdpctl_model::action::{Binds, OwnAction};
use rdpctl_model::guest::RegData;
use rdpctl_model::said::Arg;
use rdpctl_model::step::{Check, Disruption, Setting};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};

use crate::certificate_held::{Fault, Held, InUse, SKEW, held};
use crate::certificate_shown::{Shown, Whose, shown};
pub use crate::certificate_wish::Desired;
use crate::certificate_wish::bytes;
use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::{RDP_CERTIFICATES, RDP_TCP, WINSTATIONS};
use crate::seen_from::{EITHER_SIDE, SeenFrom, from_outside, out_of_reach};
use crate::steps::say as step;

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
            "outside: the certificate that the listener shows, held against those of the guest; where the guest cannot be asked, against the one that the cloud's agent reported (Azure's rdpThumbPrint)",
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
                    | Whose::Vouched
                    | Whose::Disowned
                    | Whose::NotCompared => Finding::CertificateForeign,
                }
            }
            SeenFrom::Outside { outside, .. } if outside.whose == Whose::Disowned => {
                Finding::CertificateNotReported
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
                InUse::Faulty { fault: Fault::Keyless } => Finding::CertificateKeyless,
                InUse::Faulty { .. } => Finding::CertificateCorrupt,
                InUse::LostPin { .. } => Finding::CertificatePinned,
            },
        };
        vec![finding.into()]
    }

    fn mend(want: &Desired, seen: &Seen, at: &Context) -> Vec<Step> {
        let SeenFrom::Inside { inside: seen, outside } = seen else { return Vec::new() };
        let purpose = |seed, why| Purpose { facet: Self::ID, seed, why };
        let whose = outside.map_or(Whose::NotCompared, |shown| shown.whose);
        if whose == Whose::Former && judge_held(want, seen, whose, at).is_healthy() {
            return vec![
                purpose("Azure 2.1", step::loaded_at_start())
                    .guest(
                        GuestAction::RestartRdp { session_env: true },
                        step::former_shown(),
                        step::held_shown(),
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
                purpose("Azure 2.1", step::another_in_use())
                    .guest(
                        GuestAction::SetRegistry {
                            key: RDP_TCP.to_owned(),
                            name: "SSLCertificateSHA1Hash".to_owned(),
                            data: RegData::Binary(bytes),
                            setting: Setting::Certificate,
                        },
                        bound(was),
                        say::bound_to(&wished.0),
                    )
                    .disrupting(Disruption::RestartsRdp),
            ];
        }
        let old = match &seen.in_use {
            InUse::Dated { not_after, .. } => {
                Some(due((not_after - at.now.as_second()).div_euclid(86_400), want))
            }
            InUse::Faulty { fault } => Some(fault.said()),
            InUse::None => None,
            InUse::Sound { .. } | InUse::LostPin { .. } => return Vec::new(),
        };
        let mut steps = Vec::new();
        if !seen.store_named {
            steps.push(purpose("Azure 2.1", step::no_store_to_look()).guest(
                GuestAction::SetRegistry {
                    key: WINSTATIONS.to_owned(),
                    name: "SelfSignedCertStore".to_owned(),
                    data: RegData::Sz("Remote Desktop".to_owned()),
                    setting: Setting::Certificate,
                },
                step::no_store(),
                step::store_named(),
            ));
        }
        if let Some(fault) = old {
            steps.push(
                purpose("Azure 2.1", step::unusable_certificate())
                    .own(OwnAction::DeleteCertificate, fault, step::windows_makes_one())
                    .disrupting(Disruption::RestartsRdp),
            );
        }
        steps.push(
            purpose("Azure 2.1", step::made_at_start())
                .guest(
                    GuestAction::RestartRdp { session_env: true },
                    step::old_certificate(),
                    step::new_certificate(),
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
fn due(left: i64, want: &Desired) -> Said {
    if left < 0 { say::expired() } else { say::ends_within(want.min_days_left.0) }
}

fn bound(pinned: Option<&str>) -> Said {
    match pinned {
        None => say::none_bound(),
        Some(_) => say::another_bound(),
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
            let from = bound(pinned);
            let now = at.now.as_second();
            let obstacle = seen.offered.as_ref();
            let obstacle = obstacle.and_then(|offered| offered.obstacle(want, &from, &goal, now));
            return obstacle.unwrap_or_else(|| Verdict::drifted(from, goal));
        }
    }
    match &seen.in_use {
        InUse::None if whose == Whose::Nobody => {
            Verdict::drifted(say::none_and_none_to_show(), goal)
        }
        InUse::None => Verdict::healthy(say::none_yet()),
        InUse::Sound { .. } => Verdict::healthy(goal),
        InUse::Dated { not_before, not_after, pinned, .. } => {
            let now = at.now.as_second();
            let left = (not_after - now).div_euclid(86_400);
            if *not_before > now + SKEW {
                return Verdict::Blocked {
                    from: say::not_before(date(*not_before)),
                    to: goal,
                    by: say::a_clock(),
                    advice: say::set_the_clock(),
                };
            }
            let from = due(left, want);
            if left >= i64::from(want.min_days_left.0) {
                Verdict::healthy(ends_at(*not_after, left))
            } else if pinned.is_some() {
                Verdict::Blocked {
                    from,
                    to: goal,
                    by: say::on_purpose(),
                    advice: say::import_the_successor(),
                }
            } else {
                Verdict::drifted(from, goal)
            }
        }
        InUse::Faulty { fault } => Verdict::drifted(fault.said(), goal),
        InUse::LostPin { .. } => Verdict::Blocked {
            from: say::lost_pin(),
            to: goal,
            by: say::binding_gone(),
            advice: say::import_or_declare(),
        },
    }
}

/// What answers from outside, where nothing is wrong with what the guest holds.
fn judge_shown(held: Verdict, whose: Whose, goal: Said) -> Verdict {
    if !held.is_healthy() {
        return held;
    }
    match whose {
        Whose::Own | Whose::Nobody | Whose::Vouched | Whose::Disowned | Whose::NotCompared => held,
        Whose::Former => Verdict::drifted(say::former_shown(), goal),
        Whose::Younger => Verdict::Unknown { gap: Gap::garbled(step::younger_certificate()) },
        Whose::Stranger => Verdict::Blocked {
            from: say::stranger(),
            to: goal,
            by: say::between(),
            advice: say::find_what_ends_tls(),
        },
    }
}

fn judge_outside(want: &Desired, shown: Shown, gap: &Gap, goal: Said, at: &Context) -> Verdict {
    // Which one is bound is the guest's to say.
    if want.thumbprint.is_some() {
        return Verdict::Unknown { gap: gap.clone() };
    }
    if shown.whose == Whose::Nobody {
        return out_of_reach(say::none_to_show(), goal, gap);
    }
    if shown.whose == Whose::Disowned {
        return out_of_reach(say::not_reported(), goal, gap);
    }
    let Some(ends) = shown.ends else {
        return Verdict::healthy(from_outside(shown.vouched(goal)));
    };
    let left = (ends - at.now.as_second()).div_euclid(86_400);
    let said = ends_at(ends, left);
    if left >= i64::from(want.min_days_left.0) {
        Verdict::healthy(from_outside(shown.vouched(said)))
    } else {
        out_of_reach(said, goal, gap)
    }
}

fn ends_at(not_after: i64, left: i64) -> Said {
    if left < 0 { say::ended(date(not_after)) } else { say::ends(date(not_after), left) }
}

fn goal(want: &Desired) -> Said {
    match &want.thumbprint {
        Some(thumbprint) => say::bound(&thumbprint.0, want.min_days_left.0),
        None => say::valid_for(want.min_days_left.0),
    }
}

fn date(seconds: i64) -> Arg {
    Timestamp::from_second(seconds).map_or_else(
        |_| say::impossible_time().into(),
        |at| at.strftime("%Y-%m-%d").to_string().into(),
    )
}

rdpctl_model::says! { "certificate":
    none_to_show();
    none_bound();
    another_bound();
    none_and_none_to_show();
    none_yet();
    not_before(date);
    a_clock();
    set_the_clock();
    on_purpose();
    import_the_successor();
    lost_pin();
    binding_gone();
    import_or_declare();
    former_shown();
    stranger();
    not_reported();
    between();
    find_what_ends_tls();
    expired();
    ends_within(days);
    ended(date);
    ends(date, days);
    bound(thumbprint, days);
    valid_for(days);
    impossible_time();
    bound_to(thumbprint);
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_certificate_that_another_one_answers_for_is_a_finding_by_whose_the_other_is() {
        let at = Context::plain(
            jiff::Timestamp::UNIX_EPOCH,
            3389,
            rdpctl_model::declaration::ProviderKind::Static,
        );
        let want = serde_json::from_value(serde_json::json!({ "min-days-left": 14 })).unwrap();
        let found = |whose: Whose| {
            let inside = Held {
                in_use: InUse::Sound { pinned: None },
                store_named: true,
                template: None,
                offered: None,
            };
            let seen = SeenFrom::Inside { inside, outside: Some(Shown { whose, ends: None }) };
            let found = Certificate::findings(&want, &seen, &at);
            found.first().map(|found| found.finding)
        };
        assert_eq!(found(Whose::Own), None);
        assert_eq!(found(Whose::Former), Some(Finding::CertificateFormer));
        assert_eq!(found(Whose::Stranger), Some(Finding::CertificateForeign));
    }
}
