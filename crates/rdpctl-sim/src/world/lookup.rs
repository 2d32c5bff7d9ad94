//! Names, ids and addresses of a world, computed from indices and back.

use std::{net::Ipv4Addr, path::Path, sync::Arc};

use super::{
    compact::{Account, Cohort, TemplateKind, TemplateSpec, World},
    file::Vendor,
    ids::Draw,
    model::{AccountIndex, Text, VmIndex},
};

impl World {
    /// The file it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A digest of the file: what was done to one world says nothing about another.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many VMs there are.
    #[must_use]
    pub fn vm_count(&self) -> u32 {
        self.total
    }

    /// Who has keys to it.
    #[must_use]
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    pub(crate) fn account(&self, index: AccountIndex) -> &Account {
        &self.accounts[usize::from(index.0)]
    }

    /// The cohort that a VM belongs to, and its place in it.
    pub(crate) fn place(&self, vm: VmIndex) -> (&Cohort, u32) {
        let after = self.cohorts.partition_point(|cohort| cohort.first <= vm.0);
        let cohort = &self.cohorts[after.saturating_sub(1)];
        (cohort, vm.0 - cohort.first)
    }

    /// The name of what ends TLS before a VM.
    pub(crate) fn gateway(&self, vm: VmIndex) -> Option<Text> {
        self.place(vm).0.gateway.clone()
    }

    /// Where a VM's system disk lies as bytes while it is off.
    pub(crate) fn disk_file(&self, vm: VmIndex) -> Option<&Path> {
        self.place(vm).0.disk_file.as_deref()
    }

    /// The VMs whose disks lie somewhere.
    pub(crate) fn with_disk_files(&self) -> Vec<VmIndex> {
        let with = self.cohorts.iter().filter(|cohort| cohort.disk_file.is_some());
        with.map(|cohort| VmIndex(cohort.first)).collect()
    }

    pub(crate) fn vm_id(&self, vm: VmIndex) -> Text {
        let (cohort, _) = self.place(vm);
        if self.account(cohort.account).vendor == Vendor::Azure {
            return self.arm_id(vm, "Microsoft.Compute/virtualMachines", &self.vm_name(vm)).into();
        }
        match &cohort.id {
            Some(id) => Arc::clone(id),
            None => self.sequences.instance.encode(u64::from(vm.0)).into(),
        }
    }

    pub(crate) fn vm_by_id(&self, id: &str) -> Option<VmIndex> {
        if id.starts_with('/') {
            let name = id.rsplit('/').next()?;
            let vm =
                self.vm_by_name(name).or_else(|| self.vm_by_name(&name.to_ascii_lowercase()))?;
            return self.vm_id(vm).eq_ignore_ascii_case(id).then_some(vm);
        }
        if let Some(vm) = self.given_ids.get(id) {
            return Some(*vm);
        }
        let number = self.sequences.instance.decode(id)?;
        let vm = u32::try_from(number).ok().filter(|number| *number < self.total).map(VmIndex)?;
        let (cohort, _) = self.place(vm);
        let derived = cohort.id.is_none() && self.account(cohort.account).vendor == Vendor::Tencent;
        derived.then_some(vm)
    }

    /// The id of something of Azure that is in a VM's group.
    pub(crate) fn arm_id(&self, vm: VmIndex, kind: &str, name: &str) -> String {
        let (cohort, _) = self.place(vm);
        let subscription = &self.account(cohort.account).subscription;
        let group = &cohort.resource_group;
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}")
    }

    pub(crate) fn vm_uuid(&self, vm: VmIndex) -> String {
        Draw::new(self.seed ^ u64::from(vm.0).rotate_left(24)).uuid().to_string()
    }

    pub(crate) fn vm_name(&self, vm: VmIndex) -> Text {
        let (cohort, offset) = self.place(vm);
        if cohort.numbered {
            format!("{}-{:05}", cohort.name, offset + 1).into()
        } else {
            Arc::clone(&cohort.name)
        }
    }

    /// The VM of this name, as the world file knows it.
    #[must_use]
    pub(crate) fn vm_by_name(&self, name: &str) -> Option<VmIndex> {
        let position =
            |name: &str| self.cohorts.binary_search_by(|cohort| (*cohort.name).cmp(name)).ok();
        if let Some(cohort) = position(name).map(|position| &self.cohorts[position])
            && !cohort.numbered
        {
            return Some(VmIndex(cohort.first));
        }
        let (stem, number) = name.rsplit_once('-')?;
        let cohort = &self.cohorts[position(stem)?];
        let number: u32 = number.parse().ok()?;
        let vm =
            VmIndex(cohort.first + number.checked_sub(1).filter(|offset| *offset < cohort.count)?);
        (cohort.numbered && *self.vm_name(vm) == *name).then_some(vm)
    }

    pub(crate) fn private_ip(&self, vm: VmIndex) -> Ipv4Addr {
        self.place(vm).0.private_ip.unwrap_or_else(|| spread(Ipv4Addr::new(10, 0, 0, 0), vm.0))
    }

    pub(crate) fn interface_id(&self, vm: VmIndex) -> Text {
        self.sequences.interface.encode(u64::from(vm.0)).into()
    }

    pub(crate) fn vm_by_interface(&self, id: &str) -> Option<VmIndex> {
        u32::try_from(self.sequences.interface.decode(id)?)
            .ok()
            .filter(|number| *number < self.total)
            .map(VmIndex)
    }

    /// The id of the address with this number: a VM's own has the VM's index, the others follow.
    pub(crate) fn eip_id(&self, number: u32) -> Text {
        let declared = number
            .checked_sub(self.total)
            .and_then(|place| self.eips.get(usize::try_from(place).ok()?));
        match declared {
            Some(spec) => Arc::clone(&spec.id),
            None => self.sequences.address.encode(u64::from(number)).into(),
        }
    }

    pub(crate) fn eip_by_id(&self, id: &str) -> Option<u32> {
        match self.given_eips.get(id) {
            Some(number) => Some(*number),
            None => u32::try_from(self.sequences.address.decode(id)?).ok(),
        }
    }

    /// The address that goes with a number when the world does not say otherwise.
    ///
    /// The internet of a simulated world is the loopback range, so that a client meets a VM's port at the VM's own
    /// address. Each world that runs has a neighbourhood of its own there.
    pub(crate) fn public_ip(&self, number: u32) -> Ipv4Addr {
        let first = u32::from(Ipv4Addr::new(127, 64, 0, 0));
        spread(Ipv4Addr::from(first + (u32::from(self.neighbourhood % 0x7fff) << 8)), number)
    }

    /// The number of a VM's disk: the system disk is slot 0, data disks follow.
    pub(crate) fn disk_number(&self, vm: VmIndex, slot: usize) -> u64 {
        u64::try_from(slot).unwrap_or(0) * u64::from(self.total) + u64::from(vm.0)
    }

    pub(crate) fn disk_id(&self, number: u64) -> Text {
        let declared = number
            .checked_sub(self.first_free_disk())
            .and_then(|place| self.disks.get(usize::try_from(place).ok()?));
        match declared {
            Some(spec) => Arc::clone(&spec.id),
            None => self.sequences.disk.encode(number).into(),
        }
    }

    pub(crate) fn disk_by_id(&self, id: &str) -> Option<u64> {
        self.given_disks.get(id).copied().or_else(|| self.sequences.disk.decode(id))
    }

    /// Declared disks are numbered behind every slot that any VM has.
    pub(crate) fn first_free_disk(&self) -> u64 {
        let slots =
            self.cohorts.iter().map(|cohort| cohort.data_disks.len()).max().unwrap_or(0) + 1;
        u64::try_from(slots).unwrap_or(1) * u64::from(self.total)
    }

    /// What a template lists, through groups of templates.
    pub(crate) fn template_members(&self, id: &str) -> Vec<Text> {
        match self.template(id) {
            None => Vec::new(),
            Some(template) => match template.kind {
                TemplateKind::Addresses | TemplateKind::Services => template.members.clone(),
                TemplateKind::AddressGroup | TemplateKind::ServiceGroup => template
                    .members
                    .iter()
                    .filter_map(|member| self.template(member))
                    .flat_map(|member| member.members.iter().cloned())
                    .collect(),
            },
        }
    }

    pub(crate) fn template(&self, id: &str) -> Option<&TemplateSpec> {
        self.templates.iter().find(|template| *template.id == *id)
    }
}

/// The address `number` places into a block, leaving out what ends in 0 to 3 and 254 to 255.
fn spread(block: Ipv4Addr, number: u32) -> Ipv4Addr {
    Ipv4Addr::from(
        u32::from(block).wrapping_add((number / 250) << 8).wrapping_add(number % 250 + 4),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_addresses_leave_out_the_ends_of_each_network() {
        let block = Ipv4Addr::new(127, 64, 0, 0);
        assert_eq!(spread(block, 0).to_string(), "127.64.0.4");
        assert_eq!(spread(block, 249).to_string(), "127.64.0.253");
        assert_eq!(spread(block, 250).to_string(), "127.64.1.4");
    }
}
