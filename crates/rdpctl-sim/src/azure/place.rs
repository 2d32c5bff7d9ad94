//! ARM paths, compared without case: what a request is about.

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) subscription: &'a str,
    pub(super) group: Option<&'a str>,
    /// Namespace and type as the vendor writes them; the type of the parent where a child is meant.
    pub(super) kind: Kind,
    pub(super) name: Option<&'a str>,
    /// What follows the name: children and verbs.
    pub(super) rest: Vec<&'a str>,
}

/// The types that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Vm,
    Nic,
    Address,
    Nsg,
    Vnet,
    Balancer,
    Bastion,
    Disk,
    Snapshot,
    /// Operations of machines and disks.
    Location,
    /// Operations of networks.
    NetworkLocation,
    /// The serial consoles of a subscription.
    Console,
    /// A namespace itself, to register it.
    Provider,
    Group,
    Subscription,
}

impl Kind {
    /// Those of which the graph has a table that is asked for here.
    pub(super) const IN_THE_GRAPH: [Self; 7] =
        [Self::Vm, Self::Nic, Self::Address, Self::Nsg, Self::Vnet, Self::Balancer, Self::Bastion];

    /// The type's name in ids and permissions.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Vm => "Microsoft.Compute/virtualMachines",
            Self::Nic => "Microsoft.Network/networkInterfaces",
            Self::Address => "Microsoft.Network/publicIPAddresses",
            Self::Nsg => "Microsoft.Network/networkSecurityGroups",
            Self::Vnet => "Microsoft.Network/virtualNetworks",
            Self::Balancer => "Microsoft.Network/loadBalancers",
            Self::Bastion => "Microsoft.Network/bastionHosts",
            Self::Disk => "Microsoft.Compute/disks",
            Self::Snapshot => "Microsoft.Compute/snapshots",
            Self::Location => "Microsoft.Compute/locations",
            Self::NetworkLocation => "Microsoft.Network/locations",
            Self::Console => "Microsoft.SerialConsole/consoleServices",
            Self::Provider => "Microsoft.Resources/providers",
            Self::Group => "Microsoft.Resources/subscriptions/resourceGroups",
            Self::Subscription => "Microsoft.Resources/subscriptions",
        }
    }

    fn of(namespace: &str, kind: &str) -> Option<Self> {
        let whole = format!("{namespace}/{kind}");
        [
            Self::Vm,
            Self::Nic,
            Self::Address,
            Self::Nsg,
            Self::Vnet,
            Self::Balancer,
            Self::Bastion,
            Self::Disk,
            Self::Snapshot,
            Self::Console,
            Self::Location,
            Self::NetworkLocation,
        ]
        .into_iter()
        .find(|known| known.name().eq_ignore_ascii_case(&whole))
    }
}

impl<'a> Place<'a> {
    /// Reads a path below `/subscriptions`.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let is = |part: Option<&str>, word: &str| {
            part.is_some_and(|part| part.eq_ignore_ascii_case(word))
        };
        if !is(parts.next(), "subscriptions") {
            return None;
        }
        let subscription = parts.next().unwrap_or_default();
        let mut whole = Self {
            subscription,
            group: None,
            kind: Kind::Subscription,
            name: None,
            rest: Vec::new(),
        };
        let mut next = parts.next();
        if is(next, "resourceGroups") {
            whole.kind = Kind::Group;
            whole.group = parts.next();
            next = parts.next();
        }
        if next.is_none() {
            return Some(whole);
        }
        if !is(next, "providers") {
            return None;
        }
        let namespace = parts.next()?;
        match parts.next() {
            None => {
                whole.kind = Kind::Provider;
                whole.name = Some(namespace);
            }
            Some(register) if register.eq_ignore_ascii_case("register") => {
                whole.kind = Kind::Provider;
                whole.name = Some(namespace);
                whole.rest.push(register);
            }
            Some(kind) => {
                whole.kind = Kind::of(namespace, kind)?;
                whole.name = parts.next();
                whole.rest = parts.collect();
            }
        }
        Some(whole)
    }

    /// Whether it is the serial port of a VM.
    pub(super) fn is_serial_port(&self) -> bool {
        let of_it = ["providers", "Microsoft.SerialConsole", "serialPorts"];
        self.kind == Kind::Vm
            && self.rest.len() >= of_it.len()
            && self.rest.iter().zip(of_it).all(|(one, word)| one.eq_ignore_ascii_case(word))
    }

    /// The permission that a request needs.
    pub(super) fn permission(&self, method: &str) -> String {
        if self.is_serial_port() {
            let port = "Microsoft.SerialConsole/serialPorts";
            return match method {
                "GET" => format!("{port}/read"),
                "POST" => format!("{port}/connect/action"),
                _ => format!("{port}/write"),
            };
        }
        let mut what = self.kind.name().to_owned();
        let child = self.rest.first().copied().unwrap_or_default();
        if self.kind == Kind::Nsg && child.eq_ignore_ascii_case("securityRules") {
            what.push_str("/securityRules");
        }
        if self.kind == Kind::Vm && child.eq_ignore_ascii_case("runCommands") {
            what.push_str("/runCommands");
        }
        if matches!(self.kind, Kind::Location | Kind::NetworkLocation)
            && child.eq_ignore_ascii_case("operations")
        {
            what.push_str("/operations");
        }
        match method {
            "GET" if child.eq_ignore_ascii_case("instanceView") => {
                format!("{what}/instanceView/read")
            }
            "GET" => format!("{what}/read"),
            "PUT" | "PATCH" => format!("{what}/write"),
            "DELETE" => format!("{what}/delete"),
            _ => format!("{what}/{}/action", canonical(child)),
        }
    }
}

/// A verb as the vendor writes it.
fn canonical(verb: &str) -> &str {
    [
        "start",
        "restart",
        "powerOff",
        "deallocate",
        "runCommand",
        "register",
        "retrieveBootDiagnosticsData",
        "beginGetAccess",
        "endGetAccess",
        "listNetworkManagerEffectiveSecurityAdminRules",
        "enableConsole",
        "disableConsole",
    ]
    .into_iter()
    .find(|known| known.eq_ignore_ascii_case(verb))
    .unwrap_or(verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_without_case_and_name_the_permission() {
        let cases = [
            (
                "GET",
                "/subscriptions/s/providers/microsoft.compute/virtualmachines",
                "Microsoft.Compute/virtualMachines/read",
            ),
            (
                "POST",
                "/Subscriptions/s/resourcegroups/RG/providers/Microsoft.Compute/virtualMachines/web/START",
                "Microsoft.Compute/virtualMachines/start/action",
            ),
            (
                "PUT",
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/n/securityRules/r",
                "Microsoft.Network/networkSecurityGroups/securityRules/write",
            ),
            (
                "GET",
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web/instanceView",
                "Microsoft.Compute/virtualMachines/instanceView/read",
            ),
        ];
        for (method, path, permission) in cases {
            assert_eq!(Place::parse(path).unwrap().permission(method), permission, "{path}");
        }
        assert_eq!(Place::parse("/providers/x"), None);
    }
}
