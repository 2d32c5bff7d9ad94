//! Everything a world declares beside its VMs: groups, templates, free addresses and disks.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{Builder, tags};
use crate::world::{
    compact::{DiskSpec, EipSpec, GroupSpec, TemplateKind, TemplateSpec},
    file::{TemplateFile, WorldFile},
    ids::IdKind,
    rules::{Peer, Rule, Traffic},
};

impl Builder<'_, '_> {
    fn rules(&mut self, lines: &[Spanned<String>]) -> Vec<Rule> {
        let mut rules = Vec::with_capacity(lines.len());
        for line in lines {
            match line.get_ref().parse::<Rule>() {
                Ok(rule) => rules.push(rule),
                Err(error) => self.source.blame(line.span(), error.to_string()),
            }
        }
        rules
    }

    pub(super) fn groups(&mut self, file: &WorldFile) -> Vec<GroupSpec> {
        let mut groups = Vec::new();
        for (id, group) in &file.security_group {
            self.form(id, IdKind::SecurityGroup);
            let Some(home) = self.home(id.span(), group.account.as_ref(), group.region.as_deref())
            else {
                continue;
            };
            groups.push(GroupSpec {
                id: id.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                name: group.name.as_ref().unwrap_or(id.get_ref()).as_str().into(),
                description: group.description.as_str().into(),
                project: group.project,
                ingress: self.rules(&group.ingress),
                egress: self.rules(&group.egress),
                tags: tags(&group.tags),
                locked: group.locked,
            });
        }
        groups
    }

    pub(super) fn templates(&mut self, file: &WorldFile) -> Vec<TemplateSpec> {
        let sections: [(TemplateKind, &BTreeMap<Spanned<String>, TemplateFile>); 4] = [
            (TemplateKind::Addresses, &file.address_template),
            (TemplateKind::AddressGroup, &file.address_template_group),
            (TemplateKind::Services, &file.service_template),
            (TemplateKind::ServiceGroup, &file.service_template_group),
        ];
        let mut templates = Vec::new();
        for (kind, section) in sections {
            for (id, template) in section {
                if !id.get_ref().starts_with(kind.prefix()) {
                    self.source.blame(
                        id.span(),
                        format!("the id of such a template begins with {}", kind.prefix()),
                    );
                }
                let home =
                    self.home(id.span(), template.account.as_ref(), template.region.as_deref());
                let Some(home) = home else { continue };
                templates.push(TemplateSpec {
                    id: id.get_ref().as_str().into(),
                    kind,
                    account: home.account,
                    region: home.region,
                    name: template.name.as_ref().unwrap_or(id.get_ref()).as_str().into(),
                    members: template
                        .members
                        .iter()
                        .map(|member| member.get_ref().as_str().into())
                        .collect(),
                });
            }
        }
        templates
    }

    /// Rules and template groups may only name what exists.
    pub(super) fn references(
        &mut self,
        file: &WorldFile,
        groups: &[GroupSpec],
        templates: &[TemplateSpec],
    ) {
        let known: Vec<&str> = groups
            .iter()
            .map(|group| &*group.id)
            .chain(templates.iter().map(|template| &*template.id))
            .collect();
        for section in [&file.address_template_group, &file.service_template_group] {
            for member in section.values().flat_map(|template| &template.members) {
                if !known.contains(&member.get_ref().as_str()) {
                    self.source.blame_unknown(
                        member.span(),
                        "no template has this id",
                        known.iter().copied(),
                    );
                }
            }
        }
        for line in
            file.security_group.values().flat_map(|group| group.ingress.iter().chain(&group.egress))
        {
            let Ok(rule) = line.get_ref().parse::<Rule>() else { continue };
            let service = match &rule.traffic {
                Traffic::Service(id) | Traffic::ServiceGroup(id) => Some(id),
                Traffic::Ports(..) => None,
            };
            let peer = match &rule.peer {
                Peer::Group(id) | Peer::Template(id) | Peer::TemplateGroup(id) => Some(id),
                Peer::V4(_) | Peer::V6(_) => None,
            };
            for id in service.into_iter().chain(peer) {
                if !known.contains(&&**id) {
                    self.source
                        .blame(line.span(), format!("nothing in this world has the id {id}"));
                }
            }
        }
    }

    pub(super) fn eips(&mut self, file: &WorldFile) -> Vec<EipSpec> {
        let mut eips = Vec::new();
        for (id, eip) in &file.eip {
            self.form(id, IdKind::Address);
            let Some(home) = self.home(id.span(), eip.account.as_ref(), eip.region.as_deref())
            else {
                continue;
            };
            eips.push(EipSpec {
                id: id.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                name: eip.name.as_deref().unwrap_or_default().into(),
                ip: eip.ip.as_ref().map(|ip| *ip.get_ref()),
                bandwidth: eip.bandwidth,
                charge_type: eip.charge_type,
                package: eip.package.as_deref().map(Into::into),
                blocked: eip.blocked,
                arrears: eip.arrears,
                tags: tags(&eip.tags),
            });
        }
        eips
    }

    pub(super) fn disks(&mut self, file: &WorldFile) -> Vec<DiskSpec> {
        let mut disks = Vec::new();
        for (id, disk) in &file.disk {
            self.form(id, IdKind::Disk);
            let Some(home) = self.home(id.span(), disk.account.as_ref(), disk.region.as_deref())
            else {
                continue;
            };
            let zone = disk.zone.clone().unwrap_or_else(|| format!("{}-3", home.region));
            disks.push(DiskSpec {
                id: id.get_ref().as_str().into(),
                account: home.account,
                region: home.region,
                zone: zone.into(),
                size: disk.size,
            });
        }
        disks
    }
}
