//! Network security groups of Azure, as a world declares them.

use super::Builder;
use crate::world::{
    file::{Vendor, WorldFile},
    nsg::{Access, AdminSpec, NsgRule, NsgSpec},
};

impl Builder<'_, '_> {
    pub(super) fn nsgs(&mut self, file: &WorldFile) -> Vec<NsgSpec> {
        let mut nsgs = Vec::new();
        for (name, nsg) in &file.nsg {
            let Some(home) = self.home(name.span(), nsg.account.as_ref(), nsg.region.as_deref())
            else {
                continue;
            };
            if self.accounts[usize::from(home.account.0)].vendor != Vendor::Azure {
                self.source
                    .blame(name.span(), "an nsg is Azure's; elsewhere it is a security-group");
            }
            let mut rules = Vec::with_capacity(nsg.rules.len());
            for line in &nsg.rules {
                match line.get_ref().parse::<NsgRule>() {
                    Ok(rule) if rule.access == Access::AlwaysAllow => self
                        .source
                        .blame(line.span(), "always-allow is for [security-admin.NAME] alone"),
                    Ok(rule) => rules.push(rule),
                    Err(error) => self.source.blame(line.span(), error.to_string()),
                }
            }
            nsgs.push(NsgSpec {
                name: name.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                resource_group: nsg.group.as_str().into(),
                subnets: nsg.subnets.iter().map(|subnet| subnet.as_str().into()).collect(),
                rules,
            });
        }
        nsgs
    }

    pub(super) fn admins(&mut self, file: &WorldFile) -> Vec<AdminSpec> {
        let mut admins = Vec::new();
        for (name, admin) in &file.security_admin {
            let Some(home) = self.home(name.span(), admin.account.as_ref(), None) else { continue };
            let mut rules = Vec::with_capacity(admin.rules.len());
            for line in &admin.rules {
                match line.get_ref().parse::<NsgRule>() {
                    Ok(rule) => rules.push(rule),
                    Err(error) => self.source.blame(line.span(), error.to_string()),
                }
            }
            admins.push(AdminSpec {
                account: home.account,
                networks: admin.networks.iter().map(|network| network.as_str().into()).collect(),
                rules,
            });
        }
        admins
    }
}
