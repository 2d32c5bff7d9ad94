//! Enough public bandwidth: the classic "it has an address, and 0 Mbps".

use std::fmt;

use rdpctl_model::action::CloudVerb;
use rdpctl_model::cloud::{BandwidthFact, ChargeType};
use rdpctl_model::step::Guarded;
use rdpctl_model::{CloudAction, FacetId, Finding, Found, Gap, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::Manual;
use crate::steps::say as step;

/// The facet.
pub struct Bandwidth;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "Written")]
pub struct Desired {
    /// The least that is healthy.
    pub at_least: Mbps,
    /// What it is raised to when it is below; never less than `at-least`.
    pub raise_to: Mbps,
}

/// What stands in a file.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    /// The least that is healthy.
    #[serde(default = "one")]
    at_least: Mbps,
    /// What it is raised to when it is below; 5 Mbps, or `at-least` where that is more.
    raise_to: Option<Mbps>,
}

impl TryFrom<Written> for Desired {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { at_least, raise_to } = written;
        match raise_to {
            Some(to) if to < at_least => Err(format!(
                "`raise-to` is {} Mbps, which is less than `at-least`, {} Mbps",
                to.0, at_least.0
            )),
            to => Ok(Self { at_least, raise_to: to.unwrap_or_else(five).max(at_least) }),
        }
    }
}

impl JsonSchema for Desired {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BandwidthDesired".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

const fn one() -> Mbps {
    Mbps(1)
}

const fn five() -> Mbps {
    Mbps(5)
}

/// Megabits per second; in a file `"5Mbps"` or the bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mbps(pub u32);

impl Serialize for Mbps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}Mbps", self.0))
    }
}

impl<'de> Deserialize<'de> for Mbps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl Visitor<'_> for Written {
            type Value = Mbps;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate such as \"5Mbps\"")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Mbps, E> {
                u32::try_from(number)
                    .map(Mbps)
                    .map_err(|_| E::custom(format!("{number} Mbps is too much")))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Mbps, E> {
                parse_mbps(text).map(Mbps).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Written)
    }
}

fn parse_mbps(text: &str) -> Result<u32, String> {
    let digits = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
    let unit = text.trim()[digits.len()..].trim();
    let number: u32 = digits
        .parse()
        .map_err(|_| format!("`{text}` is not a rate; write for example \"5Mbps\""))?;
    match unit.to_ascii_lowercase().as_str() {
        "mbps" | "" => Ok(number),
        "gbps" => number.checked_mul(1000).ok_or_else(|| format!("`{text}` is too much")),
        _ => Err(format!("`{unit}` is not a unit of bandwidth here; write Mbps or Gbps")),
    }
}

impl JsonSchema for Mbps {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mbps".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Megabits per second: \"5Mbps\", or a bare number.",
            "oneOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^[0-9]+ ?([Mm]bps|[Gg]bps)?$" }
            ]
        })
    }
}

impl Facet for Bandwidth {
    const ID: FacetId = FacetId::Bandwidth;
    const CAUSES: &'static [FacetId] = &[FacetId::PublicIp];
    const ASKS: &'static [CloudVerb] =
        &[CloudVerb::SetAddressBandwidth, CloudVerb::SetInstanceBandwidth];
    const MANUAL: Manual = Manual {
        summary: "Enough public bandwidth, wherever it lives.",
        declare: "bandwidth = { at-least = \"1Mbps\", raise-to = \"5Mbps\" }",
        reads: &[],
        healthy: "at least `at-least`",
        sets: &[],
        risk: "Bandwidth charged by the hour or the month costs more at once; charged by traffic it does not.",
        undo: "The journal keeps the way back, which sets the former bandwidth, except where it was paid in advance.",
        seed: &["Tencent 3: is the public bandwidth 0 Mbps?"],
        pages: &["https://intl.cloud.tencent.com/document/product/213/15517"],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = BandwidthFact;

    fn read(survey: &Survey) -> Result<BandwidthFact, Gap> {
        survey.cloud.as_ref().map(|cloud| cloud.bandwidth.clone()).map_err(Clone::clone)
    }

    fn judge(want: &Desired, seen: &BandwidthFact, _: &Context) -> Verdict {
        let at_least = want.at_least.0;
        let to = say::at_least(at_least);
        let blocked = |mbps: u32, by: Said, advice: Said| Verdict::Blocked {
            from: say::mbps(mbps),
            to: to.clone(),
            by,
            advice,
        };
        match seen {
            BandwidthFact::NoAddress if at_least == 0 => Verdict::healthy(say::no_address_needed()),
            BandwidthFact::NoAddress => Verdict::drifted(say::no_address(), to),
            BandwidthFact::Unmetered => Verdict::NotApplicable { reason: say::unmetered() },
            BandwidthFact::Package { mbps, cap } => {
                let effective = cap.map_or(*mbps, |cap| cap.min(*mbps));
                if effective >= at_least {
                    Verdict::healthy(say::mbps_in_a_package(effective))
                } else if cap.is_some_and(|cap| cap < at_least) {
                    blocked(effective, say::package_cap(), say::raise_the_package())
                } else {
                    Verdict::drifted(say::mbps(effective), raised(*want))
                }
            }
            BandwidthFact::Address { mbps, charge } | BandwidthFact::Instance { mbps, charge } => {
                if *mbps >= at_least {
                    return Verdict::healthy(say::mbps(*mbps));
                }
                let on_instance = matches!(seen, BandwidthFact::Instance { .. });
                match charge {
                    ChargeType::PrepaidBandwidth if on_instance => {
                        blocked(*mbps, say::prepaid(), say::raise_or_change())
                    }
                    ChargeType::MonthlyPostpaid => {
                        blocked(*mbps, say::monthly(), say::change_the_charge())
                    }
                    ChargeType::Traffic
                    | ChargeType::HourlyBandwidth
                    | ChargeType::PrepaidBandwidth
                    | ChargeType::Package
                    | ChargeType::Other(_) => Verdict::drifted(say::mbps(*mbps), raised(*want)),
                }
            }
        }
    }

    fn findings(want: &Desired, seen: &BandwidthFact, _: &Context) -> Vec<Found> {
        let at_least = want.at_least.0;
        let mbps = match seen {
            BandwidthFact::NoAddress => 0,
            BandwidthFact::Unmetered => return Vec::new(),
            BandwidthFact::Package { mbps, cap } => cap.map_or(*mbps, |cap| cap.min(*mbps)),
            BandwidthFact::Address { mbps, .. } | BandwidthFact::Instance { mbps, .. } => *mbps,
        };
        match mbps {
            _ if mbps >= at_least => Vec::new(),
            0 => vec![Finding::BandwidthNone.into()],
            _ => vec![Finding::BandwidthLow.into()],
        }
    }

    fn mend(want: &Desired, seen: &BandwidthFact, at: &Context) -> Vec<Step> {
        let mbps = want.raise_to.max(want.at_least).0;
        let after = say::mbps(mbps);
        let purpose = Purpose {
            facet: Self::ID,
            seed: at.provider.vendor().step(FacetId::Bandwidth),
            why: step::too_narrow(want.at_least.0),
        };
        match seen {
            // The address that is obtained brings its bandwidth along; only an unusual wish needs more.
            BandwidthFact::NoAddress if mbps == crate::public_ip::DEFAULT_MBPS => Vec::new(),
            BandwidthFact::NoAddress => {
                vec![
                    purpose
                        .cloud(CloudAction::SetAddressBandwidth { mbps }, step::no_address(), after)
                        .guarded(Guarded::Spend),
                ]
            }
            BandwidthFact::Unmetered => Vec::new(),
            BandwidthFact::Package { mbps: now, .. } => {
                vec![purpose.cloud(
                    CloudAction::SetAddressBandwidth { mbps },
                    say::mbps(*now),
                    after,
                )]
            }
            BandwidthFact::Address { mbps: now, charge } => {
                let step = purpose.cloud(
                    CloudAction::SetAddressBandwidth { mbps },
                    say::mbps(*now),
                    after,
                );
                vec![if costs(charge) { step.guarded(Guarded::Spend) } else { step }]
            }
            BandwidthFact::Instance { mbps: now, charge } => {
                let step = purpose.cloud(
                    CloudAction::SetInstanceBandwidth { mbps },
                    say::mbps(*now),
                    after,
                );
                vec![if costs(charge) { step.guarded(Guarded::Spend) } else { step }]
            }
        }
    }
}

fn raised(want: Desired) -> Said {
    say::mbps(want.raise_to.max(want.at_least).0)
}

const fn costs(charge: &ChargeType) -> bool {
    match charge {
        ChargeType::Traffic | ChargeType::Package => false,
        ChargeType::HourlyBandwidth
        | ChargeType::PrepaidBandwidth
        | ChargeType::MonthlyPostpaid
        | ChargeType::Other(_) => true,
    }
}

rdpctl_model::says! { "bandwidth":
    at_least(mbps);
    mbps(mbps);
    mbps_in_a_package(mbps);
    no_address_needed();
    no_address();
    unmetered();
    package_cap();
    raise_the_package();
    prepaid();
    raise_or_change();
    monthly();
    change_the_charge();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_carry_units_or_are_megabits() {
        assert_eq!(parse_mbps("5Mbps"), Ok(5));
        assert_eq!(parse_mbps("5 mbps"), Ok(5));
        assert_eq!(parse_mbps("1Gbps"), Ok(1000));
        assert_eq!(parse_mbps("7"), Ok(7));
        assert_eq!(
            parse_mbps("5MB/s").unwrap_err(),
            "`5MB/s` is not a rate; write for example \"5Mbps\""
        );
        assert_eq!(
            parse_mbps("5kbps").unwrap_err(),
            "`kbps` is not a unit of bandwidth here; write Mbps or Gbps"
        );
    }
}
