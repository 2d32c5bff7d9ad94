//! Looking at the estate: listings, and disks that nobody touched.

use std::{borrow::Cow, sync::Arc};

use super::{Disk, Estate};
use crate::world::{AccountIndex, VmIndex};

/// The last listing that was made, so that the pages of one do not each make it anew.
#[derive(Debug, Default)]
pub(super) struct Listing {
    key: String,
    generation: u64,
    numbers: Arc<[u32]>,
}

impl Estate {
    /// Numbers that `make` finds, remembered under `key` until something changes. What is under way may
    /// change by itself, so nothing is remembered then.
    pub(crate) fn listing(
        &mut self,
        key: String,
        make: impl FnOnce(&Self) -> Vec<u32>,
    ) -> Arc<[u32]> {
        let generation = self.changed.generation();
        let still = self.next_due().is_none();
        if let Some(known) = self
            .listings
            .iter()
            .find(|known| still && known.generation == generation && known.key == key)
        {
            return Arc::clone(&known.numbers);
        }
        let numbers: Arc<[u32]> = make(self).into();
        self.listings.rotate_right(1);
        self.listings[0] = Listing { key, generation, numbers: Arc::clone(&numbers) };
        numbers
    }

    /// Every VM of an account in a region, in the order of the world.
    pub(crate) fn vms_in(
        &self,
        account: AccountIndex,
        region: &str,
    ) -> impl Iterator<Item = VmIndex> {
        self.world
            .cohorts
            .iter()
            .filter(move |cohort| cohort.account == account && *cohort.region == *region)
            .flat_map(|cohort| (cohort.first..cohort.first + cohort.count).map(VmIndex))
    }

    /// The number of every address of an account in a region: those that VMs were born with, then the others.
    pub(crate) fn eips_in(&self, account: AccountIndex, region: &str) -> Vec<u32> {
        let now = self.now;
        let born = self.vms_in(account, region).filter(|vm| {
            let (cohort, offset) = self.world.place(*vm);
            match self.eips.get(&vm.0) {
                Some(eip) => eip.is_listed(now),
                None => cohort.variant(offset).address.is_some(),
            }
        });
        let others = self.eips.range(self.world.total..).filter(|(_, eip)| {
            eip.account == account && *eip.region == *region && eip.is_listed(now)
        });
        born.map(|vm| vm.0).chain(others.map(|(number, _)| *number)).collect()
    }

    /// A disk as it stands; `None` when no disk has this number.
    pub(crate) fn disk(&self, number: u64) -> Option<Cow<'_, Disk>> {
        match self.disks.get(&number) {
            Some(disk) => Some(Cow::Borrowed(disk)),
            None => self.born_disk(number).map(Cow::Owned),
        }
    }

    /// A disk that a VM was born with, before anything touched it.
    pub(super) fn born_disk(&self, number: u64) -> Option<Disk> {
        let total = u64::from(self.world.total);
        let slot = usize::try_from(number.checked_div(total)?).ok()?;
        let vm = VmIndex(u32::try_from(number % total).ok()?);
        let (cohort, _) = self.world.place(vm);
        let shape = match slot {
            0 => &cohort.system_disk,
            slot => cohort.data_disks.get(slot - 1)?,
        };
        Some(Disk {
            account: cohort.account,
            region: Arc::clone(&cohort.region),
            zone: Arc::clone(&cohort.zone),
            system: slot == 0,
            size: shape.size,
            make: Arc::clone(&shape.make),
            attached: Some(vm),
            last_attached: None,
            delete_with_instance: slot == 0,
            created: self.born(),
            task: None,
        })
    }

    /// The numbers of the data disks that a VM has.
    pub(crate) fn data_disks_of(&self, vm: VmIndex) -> Vec<u64> {
        let (cohort, _) = self.world.place(vm);
        let born = (1..=cohort.data_disks.len()).map(|slot| self.world.disk_number(vm, slot));
        let mut numbers: Vec<u64> = born
            .filter(|number| self.disks.get(number).is_none_or(|disk| disk.attached == Some(vm)))
            .collect();
        let own = numbers.clone();
        let others = self.disks.iter().filter(|(number, disk)| {
            disk.attached == Some(vm) && !disk.system && !own.contains(number)
        });
        numbers.extend(others.map(|(number, _)| *number));
        numbers
    }

    /// Every disk of an account in a region.
    pub(crate) fn disks_in(&self, account: AccountIndex, region: &str) -> Vec<u64> {
        let mut numbers = Vec::new();
        for vm in self.vms_in(account, region) {
            let (cohort, _) = self.world.place(vm);
            numbers
                .extend((0..=cohort.data_disks.len()).map(|slot| self.world.disk_number(vm, slot)));
        }
        let free = self.disks.range(self.world.first_free_disk()..);
        numbers.extend(
            free.filter(|(_, disk)| disk.account == account && *disk.region == *region)
                .map(|(number, _)| *number),
        );
        numbers
    }

    /// How many VMs have a security group, without looking at each.
    pub(crate) fn members(&self, group: &str) -> usize {
        let has = |groups: &[crate::world::Text]| groups.iter().any(|bound| **bound == *group);
        let mut members: usize = 0;
        for cohort in &self.world.cohorts {
            let drifted: u32 = cohort.drifted.iter().sum();
            let counts =
                std::iter::once(cohort.count - drifted).chain(cohort.drifted.iter().copied());
            for (variant, count) in cohort.variants.iter().zip(counts) {
                if has(&variant.groups) {
                    members += usize::try_from(count).unwrap_or(0);
                }
            }
        }
        for (vm, state) in self.touched() {
            let (cohort, offset) = self.world.place(vm);
            match (has(&cohort.variant(offset).groups), has(&state.groups)) {
                (true, false) => members -= 1,
                (false, true) => members += 1,
                (true, true) | (false, false) => {}
            }
        }
        members
    }
}
