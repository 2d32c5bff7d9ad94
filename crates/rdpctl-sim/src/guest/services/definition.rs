//! What is installed: a service's name, where it lives, and what it needs.

use std::borrow::Cow;

use super::kind::{Host, SafeBoot};
use crate::guest::defaults::services::{self as table, Row};
use crate::guest::spec::{GuestSpec, OsRelease, ServiceSpec, StateSpec};

/// What becomes of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Sound,
    /// It never ends.
    Hangs,
    /// The process dies.
    Crashes,
}

impl Health {
    fn of(spec: Option<&ServiceSpec>) -> Self {
        match spec {
            Some(spec) if spec.crash => Self::Crashes,
            Some(spec) if spec.hang => Self::Hangs,
            _ => Self::Sound,
        }
    }
}

/// What is unlike others about what it says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Odd {
    pub(crate) checkpoint: u32,
    pub(crate) wait_hint: Option<u32>,
    pub(crate) moves: bool,
    pub(crate) exit: Option<u32>,
    pub(crate) service_exit: u32,
    pub(crate) mute: bool,
}

impl Odd {
    fn of(spec: Option<&ServiceSpec>) -> Self {
        spec.map_or_else(Self::default, |spec| Self {
            checkpoint: spec.checkpoint.unwrap_or(0),
            wait_hint: spec.wait_hint,
            moves: spec.moves,
            exit: spec.exit,
            service_exit: spec.service_exit,
            mute: spec.mute,
        })
    }
}

/// One installed service or driver.
#[derive(Clone, Debug)]
pub(crate) struct ServiceDefinition {
    pub(crate) name: Cow<'static, str>,
    pub(crate) display: Cow<'static, str>,
    pub(crate) host: Host,
    /// The image of an own process.
    pub(crate) image: Cow<'static, str>,
    /// Services of one group share a process.
    pub(crate) shares: bool,
    pub(crate) stoppable: bool,
    pub(crate) safe: SafeBoot,
    pub(crate) demanded: bool,
    pub(crate) health: Health,
    pub(crate) odd: Odd,
    pub(crate) declared: Option<StateSpec>,
}

impl ServiceDefinition {
    fn of_row(row: &Row, os: OsRelease, spec: Option<&ServiceSpec>) -> Self {
        let image = match row.host {
            Host::Image(image) => image,
            Host::Group(_) => "svchost.exe",
            Host::Driver | Host::Own => "",
        };
        let shares = match row.host {
            Host::Group(group) => table::group_shares_process(group, os),
            Host::Image(_) => true,
            Host::Driver | Host::Own => false,
        };
        // Its own group, for this one release.
        let own_group = row.name == "TermService" && os == OsRelease::Server2016;
        let host = if own_group && matches!(row.host, Host::Group(_)) {
            Host::Group("termsvcs")
        } else {
            row.host
        };
        Self {
            name: row.name.into(),
            display: row.display.into(),
            host,
            image: image.into(),
            shares,
            stoppable: row.stoppable,
            safe: row.safe,
            demanded: row.demanded,
            health: Health::of(spec),
            odd: Odd::of(spec),
            declared: spec.and_then(|spec| spec.state),
        }
    }

    fn own(name: &str, image: &str, spec: &ServiceSpec) -> Self {
        Self {
            name: name.to_owned().into(),
            display: spec.display.clone().unwrap_or_else(|| name.to_owned()).into(),
            host: Host::Own,
            image: image.to_owned().into(),
            shares: false,
            stoppable: true,
            safe: SafeBoot::Never,
            demanded: false,
            health: Health::of(Some(spec)),
            odd: Odd::of(Some(spec)),
            declared: spec.state,
        }
    }

    pub(crate) fn is_driver(&self) -> bool {
        self.host == Host::Driver
    }

    /// Everything installed on a guest: Windows' own services and those of the world.
    pub(crate) fn all(spec: &GuestSpec) -> Vec<Self> {
        let named = |name: &str| {
            spec.services.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, s)| s)
        };
        let mut all: Vec<Self> = table::ROWS
            .iter()
            .filter(|row| table::belongs(row, spec.os))
            .map(|row| Self::of_row(row, spec.os, named(row.name)))
            .collect();
        for (name, service) in &spec.services {
            if !all.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
                let image = service.image.clone().unwrap_or_else(|| format!("{name}.exe"));
                all.push(Self::own(name, &image, service));
            }
        }
        for port in spec.ports.values() {
            if let Some(name) = &port.service
                && !all.iter().any(|known| known.name.eq_ignore_ascii_case(name))
            {
                all.push(Self::own(name, &port.image, &ServiceSpec::default()));
            }
        }
        all
    }
}
