//! VMs and fleets: one `[vm.NAME]` becomes one cohort.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::Spanned;

use super::{Builder, Home, tags};
use crate::{
    guest::{GuestSpec, Template},
    world::{
        beside::beside,
        compact::{Cohort, GroupSpec, Variant, stride},
        file::{Vendor, VmFile},
        ids::{IdKind, IdSequence, hash},
        model::{Bandwidth, BornAddress, Network, Power, StopCharging, Text, VmIndex},
        nsg::NsgSpec,
        written::{AddressFile, NetworkFile},
    },
};

impl Builder<'_, '_> {
    pub(super) fn cohort(
        &mut self,
        name: &Spanned<String>,
        vm: &VmFile,
        first: u32,
        known: (&[GroupSpec], &[NsgSpec]),
        path: &Path,
    ) -> Option<Cohort> {
        let home = self.home(name.span(), vm.account.as_ref(), vm.region.as_deref())?;
        let vendor = self.accounts[usize::from(home.account.0)].vendor;
        // What guards a VM is another thing with each vendor.
        let groups: Vec<&str> = match vendor {
            Vendor::Tencent => known.0.iter().map(|group| &*group.id).collect(),
            Vendor::Azure => known.1.iter().map(|group| &*group.name).collect(),
        };
        let groups = groups.as_slice();
        let count = vm.count.as_ref().map_or(1, |count| *count.get_ref());
        if let Some(given) = vm.count.as_ref().filter(|count| *count.get_ref() == 0) {
            self.source.blame(given.span(), "a fleet has at least one member");
        }
        if let Some(id) = &vm.id {
            match vendor {
                Vendor::Tencent => self.form(id, IdKind::Instance),
                Vendor::Azure => self
                    .source
                    .blame(id.span(), "the id of an Azure VM follows from its group and name"),
            }
            if vm.count.is_some() {
                self.source.blame(id.span(), "the members of a fleet get their ids from the seed");
            }
        }
        let base = self.variant(name, vm, groups, path)?;
        let mut variants = vec![base];
        let mut drifted = Vec::new();
        let mut left = count;
        for drift in &vm.drift.0 {
            let share = *drift.share.get_ref();
            if !(0.0..=1.0).contains(&share) {
                self.source.blame(drift.share.span(), "a share is a number from 0 to 1");
                continue;
            }
            let members = portion(share, count).min(left);
            left -= members;
            let mut variant = variants[0].clone();
            if let Some(power) = drift.state {
                variant.power = power;
                variant.stop_charging = stop_charging(power, drift.stop_charging);
            }
            variant.restrict = drift.restrict_state.unwrap_or(variant.restrict);
            variant.isolated = drift.isolated.unwrap_or(variant.isolated);
            variant.agent = drift.agent.unwrap_or(variant.agent);
            if let Some(bandwidth) = drift.bandwidth {
                variant.bandwidth = bandwidth.0;
            }
            if let Some(address) = &drift.address {
                variant.address = born(address);
            }
            if let Some(names) = &drift.security_groups {
                variant.groups = self.bound_groups(names, groups);
            }
            if let Some(guest) = &drift.guest {
                variant.guest = self.guest(name, guest.clone(), path)?;
            }
            variants.push(variant);
            drifted.push(members);
        }
        let zone = vm.zone.clone().unwrap_or_else(|| format!("{}-3", home.region));
        Some(Cohort {
            name: name.get_ref().as_str().into(),
            numbered: vm.count.is_some(),
            first,
            count,
            id: vm.id.as_ref().map(|id| id.get_ref().as_str().into()),
            network: self.network(&vm.network, &home, vendor),
            account: home.account,
            resource_group: vm.group.as_str().into(),
            region: home.region,
            zone: zone.into(),
            private_ip: vm.private_ip.as_ref().map(|ip| *ip.get_ref()),
            os: vm.os.as_str().into(),
            image: vm.image.as_str().into(),
            instance_type: vm.instance_type.as_str().into(),
            cpu: vm.cpu,
            memory: vm.memory,
            project: vm.project,
            charge_type: vm.charge_type,
            expires: vm.expires.map(|moment| moment.0),
            tags: tags(&vm.tags).into(),
            system_disk: vm.system_disk.clone(),
            data_disks: vm.data_disks.clone(),
            gateway: vm.gateway.as_deref().map(Text::from),
            disk_file: self.disk_file(vm, path),
            disk_trouble: vm.disk_trouble,
            disk_network: vm.disk_network,
            variants,
            drifted,
            stride: stride(count.max(1)),
        })
    }

    /// A disk of its own, beside the world.
    fn disk_file(&mut self, vm: &VmFile, world: &Path) -> Option<PathBuf> {
        let file = vm.disk_file.as_ref()?;
        if vm.count.is_some() {
            self.source.blame(file.span(), "the members of a fleet cannot share a disk");
        }
        beside(world, file.get_ref())
            .map_err(|why| self.source.blame(file.span(), format!("disk-file: {why}")))
            .ok()
    }

    fn variant(
        &mut self,
        name: &Spanned<String>,
        vm: &VmFile,
        groups: &[&str],
        path: &Path,
    ) -> Option<Variant> {
        let power = vm.state.unwrap_or(Power::Running);
        let given = vm.address.as_ref().and_then(given_ip);
        if let Some(ip) = given
            && vm.count.is_some()
        {
            self.source.blame(ip.span(), "the members of a fleet cannot share an address");
        }
        let guest = self.guest(name, vm.guest.clone().unwrap_or_default(), path)?;
        Some(Variant {
            power,
            stop_charging: stop_charging(power, vm.stop_charging),
            restrict: vm.restrict_state.unwrap_or_default(),
            isolated: vm.isolated.unwrap_or_default(),
            address: vm.address.as_ref().and_then(born),
            bandwidth: vm.bandwidth.map_or_else(Bandwidth::default, |bandwidth| bandwidth.0),
            groups: self.bound_groups(vm.security_groups.as_deref().unwrap_or_default(), groups),
            agent: vm.agent.unwrap_or_default(),
            guest,
        })
    }

    /// Builds the guest that members are made from; `.reg` files are looked for beside the world.
    fn guest(
        &mut self,
        name: &Spanned<String>,
        mut spec: GuestSpec,
        path: &Path,
    ) -> Option<Arc<Template>> {
        for file in spec.reg_files.clone() {
            let applied =
                beside(path, &file).map_err(|why| format!("reg-files: {why}")).and_then(|beside| {
                    match std::fs::read_to_string(&beside) {
                        Ok(text) => {
                            spec.apply_reg_text(&file, &text).map_err(|error| error.to_string())
                        }
                        Err(error) => Err(format!("cannot read {}: {error}", beside.display())),
                    }
                });
            if let Err(message) = applied {
                self.source.blame(name.span(), message);
                return None;
            }
        }
        let seed = self.seed ^ hash(name.get_ref().as_bytes());
        match Template::build(&spec, seed) {
            Ok(template) => Some(template),
            Err(error) => {
                self.source.blame(name.span(), format!("guest: {error}"));
                None
            }
        }
    }

    fn network(&self, file: &NetworkFile, home: &Home, vendor: Vendor) -> Network {
        let made = |kind, given: &Option<String>| -> Text {
            match (given, vendor) {
                (Some(id), _) => id.as_str().into(),
                (None, Vendor::Azure) if kind == IdKind::Vpc => "vnet".into(),
                (None, Vendor::Azure) => "default".into(),
                (None, Vendor::Tencent) => {
                    IdSequence::new(self.seed, kind).encode(hash(home.region.as_bytes())).into()
                }
            }
        };
        match file {
            NetworkFile::Classic => Network::Classic,
            NetworkFile::Vpc(file) => Network::Vpc {
                vpc: made(IdKind::Vpc, &file.vpc),
                subnet: made(IdKind::Subnet, &file.subnet),
            },
        }
    }

    fn bound_groups(&mut self, names: &[Spanned<String>], groups: &[&str]) -> Arc<[Text]> {
        for name in names {
            if !groups.contains(&name.get_ref().as_str()) {
                let known = groups.iter().copied();
                self.source.blame_unknown(name.span(), "no security group has this id", known);
            }
        }
        names.iter().map(|name| Text::from(name.get_ref().as_str())).collect()
    }

    /// Ids that people chose must not be ones that the seed gives to someone else.
    pub(super) fn collisions(
        &mut self,
        given: &HashMap<Text, VmIndex>,
        sequence: &IdSequence,
        total: u32,
        cohorts: &[Cohort],
    ) {
        for id in given.keys() {
            let taken = sequence.decode(id).is_some_and(|number| {
                number < u64::from(total)
                    && cohorts.iter().any(|cohort| {
                        let first = u64::from(cohort.first);
                        cohort.id.is_none()
                            && (first..first + u64::from(cohort.count)).contains(&number)
                    })
            });
            if taken {
                self.source.blame(
                    0..0,
                    format!("the seed gives the id {id} to another VM; choose another seed"),
                );
            }
        }
    }
}

/// What being off costs, when the world does not say.
fn stop_charging(power: Power, given: Option<StopCharging>) -> StopCharging {
    given.unwrap_or(if power == Power::Stopped {
        StopCharging::KeepCharging
    } else {
        StopCharging::NotApplicable
    })
}

fn given_ip(address: &AddressFile) -> Option<&Spanned<Ipv4Addr>> {
    match address {
        AddressFile::None => None,
        AddressFile::Some(table) => table.ip.as_ref(),
    }
}

fn born(address: &AddressFile) -> Option<BornAddress> {
    match address {
        AddressFile::None => None,
        AddressFile::Some(table) => Some(BornAddress {
            kind: table.kind,
            ip: table.ip.as_ref().map(|ip| *ip.get_ref()),
            bandwidth: table.bandwidth,
            charge_type: table.charge_type,
            package: table.package.as_deref().map(Into::into),
            blocked: table.blocked,
            arrears: table.arrears,
        }),
    }
}

/// How many members a share is, to the nearest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is no larger than it"
)]
fn portion(share: f64, count: u32) -> u32 {
    (f64::from(count) * share).round() as u32
}
