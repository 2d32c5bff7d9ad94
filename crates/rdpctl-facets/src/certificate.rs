//! The RDP certificate exists, parses, is in date, and its private key is there.

use jiff::Timestamp;
use rdpctl_model::guest::{RegData, Registry};
use rdpctl_model::handshake::{Handshake, HandshakeVerdict, Sha1};
use rdpctl_model::step::{Check, Disruption};
use rdpctl_model::{FacetId, Gap, GuestAction, Step, Survey, Verdict};
use serde::{Deserialize, Serialize};

use crate::certificate_pin::{self, Offered};
use crate::certificate_store::{self, Entry};
pub use crate::certificate_wish::Desired;
use crate::certificate_wish::MOST_DAYS;
use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::{
    CRYPTOGRAPHY, MY_CERTIFICATES, RDP_CERTIFICATES, RDP_TCP, TS_POLICY, WINSTATIONS,
};
use crate::seen_from::{SeenFrom, handshake, out_of_reach};

/// The facet.
pub struct Certificate;

/// How far a guest's clock may be ahead of ours, in seconds, before a certificate that it just made seems odd.
const SKEW: i64 = 3600;

/// What the guest holds, and what its listener shows.
pub type Seen = SeenFrom<Held, Shown>;

/// The certificate that the listener showed, without what differs between healthy machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shown {
    /// Whether it is another one than the guest holds for it.
    other: bool,
    /// When it ends, in seconds, if that is soon enough to matter to anybody.
    ends: Option<i64>,
}

/// What was found inside. Thumbprints, which differ between machines, are kept only where a step may need them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Held {
    in_use: InUse,
    /// Whether the name of the store is there.
    store_named: bool,
    /// A template by policy: enrolment is the domain's business.
    template: Option<String>,
    /// What the machine's own store holds of the certificate that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offered: Option<Offered>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum InUse {
    /// None yet: Windows makes one when it needs it.
    None,
    /// In date for longer than anybody may ask.
    Sound { pinned: Option<String> },
    /// Readable, and due soon or already; the seconds are those at which it began and ends.
    Dated { thumbprint: String, not_before: i64, not_after: i64, pinned: Option<String> },
    /// Not usable.
    Faulty { thumbprint: String, fault: String },
    /// A pin that leads nowhere.
    LostPin { thumbprint: String },
}

impl Facet for Certificate {
    const ID: FacetId = FacetId::Certificate;
    const CAUSES: &'static [FacetId] = &[FacetId::Power, FacetId::MachineKeys];
    const MANUAL: Manual = Manual {
        summary: "The RDP certificate exists, parses, is in date, and its private key is there.",
        declare: "certificate = { min-days-left = 14 }   (and thumbprint = \"…\" to bind one of the machine's own)",
        reads: &[
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates: every entry's blob",
            r"…\WinStations: SelfSignedCertificate, SelfSignedCertStore; …\RDP-Tcp: SSLCertificateSHA1Hash",
            "whether the key file that belongs to it is there",
            "outside: the certificate that the listener shows",
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
        let goal = goal(want);
        let (seen, outside) = match seen {
            SeenFrom::Inside { inside, outside } => (inside, *outside),
            SeenFrom::Outside { outside, gap } => {
                return judge_outside(want, *outside, gap, goal, at);
            }
        };
        if let Some(wished) = &want.thumbprint {
            let pinned = match &seen.in_use {
                InUse::Sound { pinned } | InUse::Dated { pinned, .. } => pinned.as_deref(),
                InUse::LostPin { thumbprint } => Some(thumbprint.as_str()),
                InUse::None | InUse::Faulty { .. } => None,
            };
            if pinned != Some(wished.0.as_str()) {
                let from = pinned.map_or_else(
                    || "no certificate bound".to_owned(),
                    |pinned| format!("bound to {pinned}"),
                );
                let now = at.now.as_second();
                let obstacle = seen.offered.as_ref();
                let obstacle =
                    obstacle.and_then(|offered| offered.obstacle(want, &from, &goal, now));
                return obstacle.unwrap_or_else(|| Verdict::drifted(from, goal));
            }
        }
        match &seen.in_use {
            InUse::None if outside.is_some_and(|shown| shown.other) => {
                Verdict::drifted("none, and the listener has none to show", goal)
            }
            InUse::None => Verdict::healthy("none yet; Windows makes one"),
            InUse::Sound { .. } if outside.is_some_and(|shown| shown.other) => Verdict::drifted(
                "the listener shows another certificate than its store holds",
                goal,
            ),
            InUse::Sound { .. } => Verdict::healthy(goal),
            InUse::Dated { not_before, not_after, pinned, .. } => {
                let now = at.now.as_second();
                let left = (not_after - now).div_euclid(86_400);
                if *not_before > now + SKEW {
                    return Verdict::Blocked {
                        from: format!("not valid before {}", date(*not_before)),
                        to: goal,
                        by: "the guest's clock, or the clock of whoever made the certificate"
                            .to_owned(),
                        advice: "set the guest's clock right; renewing would not help".to_owned(),
                    };
                }
                let from = ends_at(*not_after, left);
                if left >= i64::from(want.min_days_left.0) {
                    Verdict::healthy(from)
                } else if pinned.is_some() {
                    Verdict::Blocked {
                        from,
                        to: goal,
                        by: "a certificate that somebody bound on purpose".to_owned(),
                        advice: "import its successor and declare that one's thumbprint".to_owned(),
                    }
                } else {
                    Verdict::drifted(from, goal)
                }
            }
            InUse::Faulty { fault, .. } => Verdict::drifted(fault.clone(), goal),
            InUse::LostPin { thumbprint } => Verdict::Blocked {
                from: format!("bound to {thumbprint}, which is not in the machine's store"),
                to: goal,
                by: "a binding to a certificate that is gone".to_owned(),
                advice: "import the certificate, or declare the thumbprint of one that is there"
                    .to_owned(),
            },
        }
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let SeenFrom::Inside { inside: seen, outside } = seen else { return Vec::new() };
        let purpose = |seed, why: &str| Purpose { facet: Self::ID, seed, why: why.to_owned() };
        let bound = |held: &Held| match (&want.thumbprint, &held.in_use) {
            (None, _) => true,
            (Some(wished), InUse::Sound { pinned }) => pinned.as_ref() == Some(&wished.0),
            (Some(_), _) => false,
        };
        if matches!(seen.in_use, InUse::Sound { .. })
            && bound(seen)
            && outside.is_some_and(|shown| shown.other)
        {
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
                InUse::Sound { pinned } | InUse::Dated { pinned, .. } => pinned.clone(),
                InUse::LostPin { thumbprint } => Some(thumbprint.clone()),
                InUse::None | InUse::Faulty { .. } => None,
            };
            return vec![
                purpose("Azure 2.1", "another certificate than the declared one is in use")
                    .guest(
                        GuestAction::SetRegistry {
                            key: RDP_TCP.to_owned(),
                            name: "SSLCertificateSHA1Hash".to_owned(),
                            data: RegData::Binary(bytes),
                        },
                        was.clone().map_or_else(
                            || "no certificate bound".to_owned(),
                            |was| format!("bound to {was}"),
                        ),
                        format!("bound to {}", wished.0),
                    )
                    .disrupting(Disruption::RestartsRdp)
                    .expecting(vec![Check::Registry {
                        key: RDP_TCP.to_owned(),
                        name: "SSLCertificateSHA1Hash".to_owned(),
                        data: was.map(|was| RegData::Binary(self::bytes(&was))),
                    }]),
            ];
        }
        let old = match &seen.in_use {
            InUse::Dated { thumbprint, not_after, .. } => {
                Some((thumbprint, format!("ends {}", date(*not_after))))
            }
            InUse::Faulty { thumbprint, fault } => Some((thumbprint, fault.clone())),
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
                },
                "no store named",
                "store Remote Desktop",
            ));
        }
        if let Some((thumbprint, fault)) = old {
            let key = format!(r"{RDP_CERTIFICATES}\{thumbprint}");
            steps.push(
                purpose(
                    "Azure 2.1",
                    "a certificate that cannot be used is an internal error to every client",
                )
                .guest(
                    GuestAction::DeleteRegistryKey { key },
                    fault,
                    "deleted; Windows makes a new one",
                )
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
}

/// What the guest holds, and the thumbprint by which its listener should be known.
fn held(survey: &Survey) -> Result<(Held, Option<String>), Gap> {
    let guest = survey.guest.as_ref().map_err(Clone::clone)?;
    let registry = &guest.registry;
    registry.key(RDP_CERTIFICATES)?;
    let pinned = match registry.value(RDP_TCP, "SSLCertificateSHA1Hash")? {
        Some(RegData::Binary(bytes)) if bytes.len() == 20 => Some(hex(bytes)),
        Some(_) => Some("not a thumbprint".to_owned()),
        None => None,
    };
    let (in_use, thumbprint) = match pinned {
        Some(pinned) => (pinned_entry(registry, pinned.clone()), Some(pinned)),
        None => {
            own_entry(registry, guest.acl_keys.as_ref().ok().map(Vec::as_slice), survey.taken_at)?
        }
    };
    let held = Held {
        in_use,
        store_named: registry.text(WINSTATIONS, "SelfSignedCertStore")?.is_some(),
        template: registry.text(TS_POLICY, "CertTemplateName")?.map(str::to_owned),
        offered: certificate_pin::offered(registry),
    };
    Ok((held, thumbprint))
}

fn shown(survey: &Survey, held: Option<&str>) -> Option<Shown> {
    let refused = |outside: &Handshake| outside.verdict == HandshakeVerdict::CertMissing;
    if held.is_none() && survey.outside.as_ref().is_ok_and(refused) {
        return Some(Shown { other: true, ends: None });
    }
    let outside = handshake(survey)?;
    let certificate = outside.certificate?;
    let ends = certificate.not_after?;
    let left = ends.as_second() - survey.taken_at.as_second();
    Some(Shown {
        other: held.is_some_and(|held| held.parse() != Ok::<Sha1, _>(certificate.sha1)),
        ends: (left <= i64::from(MOST_DAYS + 1) * 86_400).then_some(ends.as_second()),
    })
}

fn judge_outside(want: &Desired, shown: Shown, gap: &Gap, goal: String, at: &Context) -> Verdict {
    // Which one is bound is the guest's to say.
    if want.thumbprint.is_some() {
        return Verdict::Unknown { gap: gap.clone() };
    }
    if shown.other {
        return out_of_reach("no certificate to show".to_owned(), goal, gap);
    }
    let Some(ends) = shown.ends else {
        return Verdict::healthy(format!("{goal}, seen from outside"));
    };
    let left = (ends - at.now.as_second()).div_euclid(86_400);
    let said = ends_at(ends, left);
    if left >= i64::from(want.min_days_left.0) {
        Verdict::healthy(format!("{said}, seen from outside"))
    } else {
        out_of_reach(said, goal, gap)
    }
}

fn ends_at(not_after: i64, left: i64) -> String {
    if left < 0 {
        format!("expired {}", date(not_after))
    } else {
        format!("expires {}, in {left} days", date(not_after))
    }
}

fn pinned_entry(registry: &Registry, pinned: String) -> InUse {
    let key = format!(r"{MY_CERTIFICATES}\{pinned}");
    match registry.value(&key, "Blob") {
        Ok(Some(RegData::Binary(blob))) => match certificate_store::read(&pinned, blob) {
            Ok(entry) => InUse::Dated {
                thumbprint: pinned.clone(),
                not_before: entry.not_before,
                not_after: entry.not_after,
                pinned: Some(pinned),
            },
            Err(_) => InUse::LostPin { thumbprint: pinned },
        },
        Ok(_) => InUse::LostPin { thumbprint: pinned },
        // The machine's own store was not asked for in this survey; what is bound is taken as bound.
        Err(_) => InUse::Sound { pinned: Some(pinned) },
    }
}

fn own_entry(
    registry: &Registry,
    keys: Option<&[(String, String)]>,
    taken_at: Timestamp,
) -> Result<(InUse, Option<String>), Gap> {
    let named = match registry.value(WINSTATIONS, "SelfSignedCertificate")? {
        Some(RegData::Binary(bytes)) if bytes.len() == 20 => Some(hex(bytes)),
        Some(_) | None => None,
    };
    let entries: Vec<(String, Result<Entry, certificate_store::Broken>)> = registry
        .below(RDP_CERTIFICATES)
        .filter_map(|(key, values)| {
            let thumbprint = key.rsplit('\\').next()?.to_owned();
            match values.get("blob") {
                Some(RegData::Binary(blob)) => {
                    Some((thumbprint.clone(), certificate_store::read(&thumbprint, blob)))
                }
                _ => None,
            }
        })
        .collect();
    let chosen = named
        .and_then(|named| entries.iter().find(|(thumbprint, _)| *thumbprint == named))
        .or_else(|| entries.first());
    let Some((thumbprint, entry)) = chosen else { return Ok((InUse::None, None)) };
    let fault = match entry {
        Err(certificate_store::Broken::Mismatch | certificate_store::Broken::Unreadable) => {
            "the certificate does not parse"
        }
        Err(certificate_store::Broken::Records | certificate_store::Broken::NoCertificate) => {
            "the store's entry is corrupt"
        }
        Ok(entry) => {
            if entry.classic_key && keys.is_some_and(|keys| !has_own_key(registry, keys)) {
                "its private key is gone"
            } else {
                let left = entry.not_after - taken_at.as_second();
                let in_use = if left > i64::from(MOST_DAYS + 1) * 86_400
                    && entry.not_before <= taken_at.as_second() + SKEW
                {
                    InUse::Sound { pinned: None }
                } else {
                    InUse::Dated {
                        thumbprint: thumbprint.clone(),
                        not_before: entry.not_before,
                        not_after: entry.not_after,
                        pinned: None,
                    }
                };
                return Ok((in_use, Some(thumbprint.clone())));
            }
        }
    };
    let faulty = InUse::Faulty { thumbprint: thumbprint.clone(), fault: fault.to_owned() };
    Ok((faulty, Some(thumbprint.clone())))
}

/// Only the key with the machine's present guid counts; others are leftovers of a cloned image.
fn has_own_key(registry: &Registry, keys: &[(String, String)]) -> bool {
    match registry.text(CRYPTOGRAPHY, "MachineGuid") {
        Ok(Some(guid)) => keys
            .iter()
            .any(|(file, _)| file.to_ascii_lowercase().ends_with(&guid.to_ascii_lowercase())),
        Ok(None) | Err(_) => true,
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .filter_map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}
