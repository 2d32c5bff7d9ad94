//! One machine of a [`super::World`]: what its cloud, its guest and its port would say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, ChargeType, CloudSurvey, Handles, PowerFact, PowerState,
};
use rdpctl_model::guest::{
    ChannelKind, GuestSurvey, KeyAnswer, RegData, Registry, RunState, ServiceState,
};
use rdpctl_model::handshake::Handshake;
use rdpctl_model::rules::{Doors, RuleAction};
use rdpctl_model::{Gap, ResourceId};

/// A machine with everything that is true of it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What the cloud says.
    pub cloud: CloudSurvey,
    /// What the guest says while it runs.
    pub guest: GuestSurvey,
    /// What a handshake shows while it runs.
    pub outside: Result<Handshake, Gap>,
    /// Ways in that do not answer.
    pub silent: BTreeSet<ChannelKind>,
    /// Why whatever is done to it fails, if it does.
    pub fails: Option<String>,
}

impl Machine {
    /// A machine that runs at this address, with a guest that was asked nothing yet.
    #[must_use]
    pub fn running(id: &str, address: IpAddr) -> Self {
        let cloud = CloudSurvey {
            id: ResourceId::new(id),
            name: id.to_owned(),
            power: PowerFact { state: PowerState::Running, blocker: None },
            address: AddressFact::Elastic { blocker: None },
            bandwidth: BandwidthFact::Address { mbps: 10, charge: ChargeType::Traffic },
            doors: Doors::without_stages(RuleAction::Accept),
            agent: AgentFact::Online,
            rdp_certificate: None,
            handles: Handles { public_ip: Some(address), ..Handles::default() },
        };
        let guest = GuestSurvey {
            via: ChannelKind::RunCommand,
            passed_over: Vec::new(),
            registry: Registry::default(),
            services: BTreeMap::new(),
            callers: Vec::new(),
            listeners: Ok(Vec::new()),
            processes: Ok(Vec::new()),
            firewall_rules: Ok(BTreeMap::new()),
            acl_folder: Err(Gap::NotAsked),
            acl_keys: Err(Gap::NotAsked),
            key_mend: rdpctl_model::guest::KeyMend::List,
            boot_names: Err(Gap::NotAsked),
            booted: Err(Gap::NotAsked),
            boot_nonce: Ok(None),
            events: Ok(Vec::new()),
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
        };
        Self { cloud, guest, outside: Err(Gap::NotAsked), silent: BTreeSet::new(), fails: None }
    }

    /// The same machine, stopped.
    #[must_use]
    pub fn stopped(mut self) -> Self {
        self.cloud.power.state = PowerState::Stopped;
        self
    }

    /// The same machine with a registry value.
    #[must_use]
    pub fn value(mut self, key: &str, name: &str, data: RegData) -> Self {
        self.values(key).insert(name.to_ascii_lowercase(), data);
        self
    }

    /// The same machine with a registry key that was looked for and is not there.
    #[must_use]
    pub fn without_key(mut self, key: &str) -> Self {
        self.guest.registry.keys.insert(key.to_ascii_lowercase(), KeyAnswer::Absent);
        self
    }

    /// The same machine with a service in that state.
    #[must_use]
    pub fn service(mut self, name: &str, run: RunState) -> Self {
        let state = ServiceState { run, pid: 0, win32_exit: 0, pending: None };
        self.guest.services.insert(name.to_ascii_lowercase(), Ok(state));
        self
    }

    /// The same machine, silent over one way in.
    #[must_use]
    pub fn silent(mut self, kind: ChannelKind) -> Self {
        self.silent.insert(kind);
        self
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.cloud.power.state == PowerState::Running
    }

    /// A key's values, for writing: the key is made when it is not there.
    pub(super) fn values(&mut self, key: &str) -> &mut BTreeMap<String, RegData> {
        let answer = self
            .guest
            .registry
            .keys
            .entry(key.to_ascii_lowercase())
            .or_insert_with(|| KeyAnswer::Present(BTreeMap::new()));
        let known = match answer {
            KeyAnswer::Present(values) => std::mem::take(values),
            KeyAnswer::Value(name, data) => {
                std::mem::take(data).map(|data| (name.clone(), data)).into_iter().collect()
            }
            KeyAnswer::Absent | KeyAnswer::Gap(_) => BTreeMap::new(),
        };
        *answer = KeyAnswer::Present(known);
        match answer {
            KeyAnswer::Present(values) => values,
            KeyAnswer::Value(..) | KeyAnswer::Absent | KeyAnswer::Gap(_) => unreachable!(),
        }
    }
}
