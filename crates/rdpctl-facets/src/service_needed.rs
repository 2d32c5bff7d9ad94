//! The services on which Remote Desktop rests.

use rdpctl_model::step::StartType;

/// A service that RDP needs, with the start type it is given when it was disabled.
pub(crate) struct Needed {
    pub(crate) name: &'static str,
    pub(crate) start: StartType,
    /// Whether it must run now; the others are started by Windows when they are wanted.
    pub(crate) runs: bool,
    /// Whether it is part of Windows' base: when it does not run, starting it by hand is hopeless.
    pub(crate) base: bool,
}

const fn needed(name: &'static str, start: StartType, runs: bool, base: bool) -> Needed {
    Needed { name, start, runs, base }
}

pub(crate) const NEEDED: &[Needed] = &[
    needed("RpcSs", StartType::Auto, true, true),
    needed("RpcEptMapper", StartType::Auto, false, true),
    needed("DcomLaunch", StartType::Auto, false, true),
    needed("LSM", StartType::Auto, false, true),
    needed("BFE", StartType::Auto, true, false),
    needed("mpsdrv", StartType::Manual, false, false),
    needed("MpsSvc", StartType::Auto, true, false),
    needed("CryptSvc", StartType::Auto, true, false),
    needed("KeyIso", StartType::Manual, false, false),
    needed("CertPropSvc", StartType::Manual, false, false),
    needed("nsi", StartType::Auto, false, false),
    needed("Dhcp", StartType::Auto, false, false),
    needed("LanmanWorkstation", StartType::Auto, false, false),
    needed("SessionEnv", StartType::Manual, false, false),
    needed("TermService", StartType::Auto, true, false),
    needed("UmRdpService", StartType::Manual, false, false),
];
