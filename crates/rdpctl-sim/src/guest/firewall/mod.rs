//! The Windows firewall: rule strings, profiles, and the verdict on an inbound packet.

mod rule;

use std::net::IpAddr;

pub(super) use rule::{Action, Rule};

use super::defaults::firewall::POLICY;
use super::machine::Guest;
use super::registry::{KeyPath, Value};
use super::spec::NetworkProfile;

/// The key of the device management beside the local settings.
const MANAGEMENT: &str = "Mdm";
const GROUP_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall";

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }
}

/// An inbound packet and the program that would receive it.
pub(super) struct Packet<'a> {
    pub(super) protocol: u32,
    pub(super) port: u16,
    pub(super) remote: IpAddr,
    pub(super) profile: NetworkProfile,
    pub(super) image: &'a str,
    pub(super) services: &'a [String],
}

/// Where the service's memory of a value lies: the stored key and the lower-case name.
pub(super) fn memory_slot(key: &KeyPath, name: &str) -> Box<str> {
    format!("{}\u{2}{}", key.stored, name.to_lowercase()).into()
}

fn profile_names(profile: NetworkProfile) -> (&'static str, &'static [&'static str]) {
    match profile {
        NetworkProfile::Domain => ("DomainProfile", &["DomainProfile"]),
        NetworkProfile::Private => ("StandardProfile", &["PrivateProfile", "StandardProfile"]),
        NetworkProfile::Public => ("PublicProfile", &["PublicProfile"]),
    }
}

impl Guest {
    /// The local firewall settings.
    pub(super) fn firewall_key() -> Option<KeyPath> {
        KeyPath::parse(POLICY)
    }

    /// Whether the value belongs to settings that the service holds in memory.
    pub(super) fn is_firewall_setting(key: &KeyPath) -> bool {
        Self::firewall_key().is_some_and(|policy| key.is_within(&policy.stored))
    }

    /// The registry is about to be edited behind the service's back: keep what it knows.
    pub(super) fn remember_firewall_value(&mut self, key: &KeyPath, name: &str) {
        if !Self::is_firewall_setting(key) || !self.runs("mpssvc") {
            return;
        }
        let slot = memory_slot(key, name);
        if !self.state.firewall_memory.contains_key(&slot) {
            let value = self.registry().value(key, name).map(std::borrow::Cow::into_owned);
            self.state.firewall_memory.insert(slot, value);
        }
    }

    /// The service has read the value again.
    pub(super) fn forget_firewall_value(&mut self, key: &KeyPath, name: &str) {
        let slot = memory_slot(key, name);
        self.state.firewall_memory.remove(&slot);
    }

    fn firewall_number(&self, key: &KeyPath, name: &str) -> Option<u32> {
        match self.state.firewall_memory.get(&memory_slot(key, name)) {
            Some(remembered) => remembered.as_ref().and_then(Value::as_dword),
            None => self.registry().dword(key, name),
        }
    }

    /// The rules of one key as the service knows them.
    fn rules_in(&self, key: &KeyPath) -> Vec<Rule> {
        let prefix = memory_slot(key, "");
        let remembered: Vec<(&str, &Option<Value>)> = self
            .state
            .firewall_memory
            .iter()
            .filter_map(|(slot, value)| Some((slot.strip_prefix(&*prefix)?, value)))
            .collect();
        let mut rules: Vec<Rule> = self
            .registry()
            .values(key)
            .into_iter()
            .filter(|(name, _)| {
                !remembered.iter().any(|(known, _)| name.eq_ignore_ascii_case(known))
            })
            .filter_map(|(_, value)| Rule::parse(value.as_text()?))
            .collect();
        rules.extend(
            remembered.iter().filter_map(|(_, value)| Rule::parse(value.as_ref()?.as_text()?)),
        );
        rules
    }

    /// The exception for Remote Desktop of a policy of Windows XP's time, as the rule that it amounts to.
    fn older_exception(&self, profile: &KeyPath) -> Option<Rule> {
        let key = profile.join("Services").join("RemoteDesktop");
        if self.registry().dword(&key, "Enabled") != Some(1) {
            return None;
        }
        let from = self.registry().text(&key, "RemoteAddresses").unwrap_or_else(|| "*".to_owned());
        let addresses: String = from
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty() && *one != "*")
            .map(|one| format!("RA4={one}|"))
            .collect();
        Rule::parse(&format!(
            "v2.0|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|{addresses}"
        ))
    }

    /// Whether the firewall lets an inbound connection from that address reach the port.
    #[must_use]
    pub fn firewall_allows(&self, transport: Transport, port: u16, remote: IpAddr) -> bool {
        let udp = transport == Transport::Udp;
        let socket =
            self.sockets().into_iter().find(|socket| socket.udp == udp && socket.port == port);
        let (image, services) = match socket {
            Some(socket) => (self.process_image(socket.pid), self.services_of(socket.pid)),
            None => (String::new(), Vec::new()),
        };
        self.firewall_admits(&Packet {
            protocol: transport.number(),
            port,
            remote,
            profile: self.template.active_profile,
            image: &image,
            services: &services,
        })
    }

    fn firewall_admits(&self, packet: &Packet<'_>) -> bool {
        if !self.has_network() {
            return false;
        }
        // Without the engine or the service the filters of the early boot stay: nothing gets in.
        if !self.runs("BFE") || !self.runs("mpssvc") {
            return false;
        }
        let (local, policies) = profile_names(packet.profile);
        let Some(settings) = Self::firewall_key() else { return true };
        let own = settings.join(local);
        let governed: Vec<KeyPath> = policies
            .iter()
            .filter_map(|name| Some(KeyPath::parse(GROUP_POLICY)?.join(name)))
            .collect();
        let managed: Vec<KeyPath> =
            policies.iter().map(|name| settings.join(MANAGEMENT).join(name)).collect();
        let first = |keys: &[KeyPath], name: &str| {
            keys.iter().find_map(|key| self.registry().dword(key, name))
        };
        let policy = |name: &str| first(&governed, name).or_else(|| first(&managed, name));
        let value = |name: &str| policy(name).or_else(|| self.firewall_number(&own, name));
        if value("EnableFirewall") == Some(0) {
            return true;
        }
        if value("DoNotAllowExceptions").is_some_and(|number| number != 0) {
            return false;
        }
        let mut rules = Vec::new();
        let merged = [&governed, &managed]
            .into_iter()
            .all(|keys| first(keys, "AllowLocalPolicyMerge") != Some(0));
        if merged {
            rules.extend(self.rules_in(&settings.join("FirewallRules")));
        }
        if let Some(key) = KeyPath::parse(GROUP_POLICY) {
            rules.extend(self.rules_in(&key.join("FirewallRules")));
        }
        rules.extend(self.rules_in(&settings.join(MANAGEMENT).join("FirewallRules")));
        rules.extend(governed.iter().filter_map(|key| self.older_exception(key)));
        let mut allowed = value("DefaultInboundAction") == Some(0);
        for rule in rules.iter().filter(|rule| rule.matches(packet)) {
            match rule.action {
                Action::Block => return false,
                Action::Allow => allowed = true,
            }
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::spec::GuestSpec;
    use crate::guest::{Guest, Template};

    fn allows(world: &str, port: u16) -> bool {
        let spec: GuestSpec = toml::from_str(world).unwrap();
        let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "", "");
        guest.on_power_on(1_780_000_000_000);
        guest.firewall_allows(Transport::Tcp, port, "203.0.113.7".parse().unwrap())
    }

    #[test]
    fn verdicts() {
        let policy = r"registry.'HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile'";
        for (world, port, expected) in [
            ("", 3389, true),
            ("", 445, false),
            // The public WinRM rule admits the local subnet only.
            ("", 5985, false),
            ("firewall = { active = 'domain' }", 5985, true),
            ("firewall = { remote-desktop = 'off' }", 3389, false),
            ("firewall = { remote-desktop = 'absent' }", 3389, false),
            ("firewall = { remote-desktop = 'block' }", 3389, false),
            ("firewall = { remote-desktop = 'off', profiles = { public = false } }", 3389, true),
            ("services.mpssvc.start = 'disabled'", 3389, false),
            ("services.BFE.start = 'disabled'\nfirewall.profiles.public = false", 3389, false),
            (&format!("{policy} = {{ AllowLocalPolicyMerge = 0 }}"), 3389, false),
            (
                &format!("{policy} = {{ EnableFirewall = 0 }}\nfirewall.remote-desktop = 'off'"),
                3389,
                true,
            ),
            (&format!("{policy} = {{ DoNotAllowExceptions = 1 }}"), 3389, false),
            (
                "firewall.rules = ['v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=3000-4000|']",
                3389,
                false,
            ),
            (
                "firewall.rules = ['v2.31|Action=Block|Active=TRUE|Dir=In|RA4=198.51.100.0/255.255.255.0|']",
                3389,
                true,
            ),
            (
                "firewall.rules = ['v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=445|RA4=203.0.113.1-203.0.113.9|']",
                445,
                true,
            ),
        ] {
            assert_eq!(allows(world, port), expected, "{world} {port}");
        }
    }
}
