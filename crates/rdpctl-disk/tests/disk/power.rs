//! Power lost anywhere: any of the sectors between two flushes on the disk or not, some of them torn, and again while
//! recovering.

use std::collections::BTreeMap;
use std::io;
use std::sync::LazyLock;

use proptest::prelude::*;
use rdpctl_disk::change::{Change, Planner, Standing};
use rdpctl_disk::hive::Kind;
use rdpctl_disk::windows::{Disk, HiveName};
use rdpctl_disk::{Blocks, Refusal};
use rdpctl_sim::image::{FORMER_GUID, Style};

use crate::world::{KEY, LOADER, NOW, Patched, RDP, sound};

/// A disk with a cache, and so many writes of power. What was written since the last flush is there or not, sector by
/// sector, as the numbers say; a sector may end in the middle.
struct Failing<'a> {
    disk: Patched<'a>,
    cached: Vec<(u64, Vec<u8>)>,
    power: usize,
    dice: Vec<u8>,
}

impl Failing<'_> {
    /// What is on the disk once the power is gone.
    fn settle(mut self) -> BTreeMap<u64, u8> {
        let cached = std::mem::take(&mut self.cached);
        let sectors =
            cached.iter().flat_map(|(at, bytes)| (*at..).step_by(512).zip(bytes.chunks(512)));
        for ((at, sector), dice) in sectors.zip(self.dice.iter().cycle()) {
            let length = match dice % 4 {
                0 => 0,
                1 => usize::from(*dice) * 2,
                _ => 512,
            };
            self.disk.over.extend((at..).zip(sector[..length.min(sector.len())].iter().copied()));
        }
        self.disk.over
    }
}

impl Blocks for Failing<'_> {
    fn size(&self) -> u64 {
        self.disk.size()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        self.disk.read_at(at, into)?;
        for (start, bytes) in &self.cached {
            for (place, byte) in (*start..).zip(bytes) {
                if let Some(offset) =
                    place.checked_sub(at).and_then(|offset| usize::try_from(offset).ok())
                    && let Some(target) = into.get_mut(offset)
                {
                    *target = *byte;
                }
            }
        }
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.power = self.power.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        self.cached.push((at, bytes.to_vec()));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.power = self.power.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        for (at, bytes) in self.cached.drain(..) {
            self.disk.over.extend((at..).zip(bytes));
        }
        Ok(())
    }
}

/// A repair of a hive, the boot store and two key files.
fn repair(image: &[u8]) -> Change {
    let blocks = Patched { under: image, over: BTreeMap::new() };
    let disk = Disk::open(&blocks).unwrap();
    let installation = disk.installation(None).unwrap();
    let mut planner = Planner::new(&disk);
    let mut system = disk.hive(&installation, HiveName::System).unwrap().edit(NOW).unwrap();
    system.set(RDP, "UserAuthentication", Kind::Dword, &[0; 4]).unwrap();
    system.create("ControlSet001\\Services\\svc0500\\Parameters").unwrap();
    system.set("ControlSet001\\Services\\svc0500", "Long", Kind::Binary, &[3; 3000]).unwrap();
    planner.hive(&installation, HiveName::System, system.finish()).unwrap();
    let store = disk.boot_stores().unwrap().remove(0);
    let mut boot = disk.boot_hive(&store).unwrap().edit(NOW).unwrap();
    boot.delete_key(&format!("Objects\\{LOADER}\\Elements\\23000003")).unwrap();
    planner.boot_store(&store, boot.finish()).unwrap();
    let volume = disk.ntfs(&installation.partition).unwrap();
    let path = ["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys", KEY];
    let other = volume.descriptors().unwrap()[0].id;
    planner.security(&installation.partition, &path, other).unwrap();
    let leftover = format!("f686aace6942fb7f7ceb231212eef4a4_{FORMER_GUID}");
    planner.aside(&installation.partition, &path[..5], &[leftover.as_str()]).unwrap();
    planner.finish()
}

fn settled(
    change: &Change,
    image: &[u8],
    over: BTreeMap<u64, u8>,
    power: usize,
    dice: &[u8],
    act: Act,
) -> BTreeMap<u64, u8> {
    let disk = Patched { under: image, over };
    let mut failing = Failing { disk, cached: Vec::new(), power, dice: dice.to_vec() };
    // Whether it failed says how much power there was; what counts is what is left.
    let ended = match act {
        Act::Apply => change.apply(&mut failing),
        Act::Finish => change.finish(&mut failing),
        Act::PutBack => change.put_back(&mut failing),
    };
    assert!(ended.is_ok() || failing.power == 0, "{ended:?}");
    failing.settle()
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Apply,
    Finish,
    PutBack,
}

static REPAIR: LazyLock<(Vec<u8>, Change)> = LazyLock::new(|| {
    let image = sound(Style::Gpt).into_bytes();
    let change = repair(&image);
    // What the next run reads is what was kept.
    (image, Change::decode(&change.encode()).unwrap())
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_repair_cut_off_anywhere_and_again_in_recovery_ends_whole(
        cuts in prop::collection::vec((0_usize..60, prop::collection::vec(any::<u8>(), 1..40)), 1..4),
        back in any::<bool>(),
    ) {
        let (image, change) = &*REPAIR;
        let mut over = BTreeMap::new();
        let mut act = Act::Apply;
        for (power, dice) in cuts {
            over = settled(change, image, over, power, &dice, act);
            act = if back { Act::PutBack } else { Act::Finish };
        }
        over = settled(change, image, over, usize::MAX, &[], act);
        let blocks = Patched { under: image, over };
        let standing = change.standing(&blocks).unwrap();
        prop_assert_eq!(standing, if back { Standing::Before } else { Standing::After });
        if back {
            prop_assert!(blocks.over.iter().all(|(at, byte)| image[usize::try_from(*at).unwrap()] == *byte));
        }
        let disk = Disk::open(&blocks).unwrap();
        let hive = disk.hive(&disk.installation(None).unwrap(), HiveName::System).unwrap();
        prop_assert_eq!(hive.check().errors, vec![]);
    }
}

#[test]
fn in_between_the_hive_is_never_taken_for_a_closed_one() {
    let image = sound(Style::Gpt).into_bytes();
    let change = repair(&image);
    let closed = change.steps[2].writes[0].at;
    let whole = |over: &BTreeMap<u64, u8>| {
        let blocks = Patched { under: &image, over: over.clone() };
        let disk = Disk::open(&blocks).unwrap();
        disk.hive(&disk.installation(None).unwrap(), HiveName::System).is_ok()
    };
    for power in 0..60 {
        // Everything that was written before the cut is on the disk.
        let over = settled(&change, &image, BTreeMap::new(), power, &[3], Act::Apply);
        let blocks = Patched { under: &image, over: over.clone() };
        let mut sector = [0; 512];
        blocks.read_at(closed, &mut sector).unwrap();
        let is_open = sector[4..8] != sector[8..12];
        assert_eq!(whole(&over), !is_open, "{power}");
    }
}

#[test]
fn what_somebody_else_wrote_since_is_neither_overwritten_nor_undone() {
    let image = sound(Style::Gpt).into_bytes();
    let change = repair(&image);
    let at = change.steps[1].writes[0].at;
    let foreign = Refusal::ChangedSince { at };
    let refused =
        |over: &BTreeMap<u64, u8>,
         act: fn(&Change, &mut dyn Blocks) -> Result<(), rdpctl_disk::Error>| {
            let mut blocks = Patched { under: &image, over: over.clone() };
            let refusal = act(&change, &mut blocks).unwrap_err().refusal().cloned();
            assert_eq!(blocks.over, *over, "nothing was written");
            refusal
        };
    let touched = BTreeMap::from([(at + 100, image[usize::try_from(at).unwrap() + 100] ^ 0x55)]);
    assert_eq!(refused(&touched, |change, blocks| change.apply(blocks)), Some(foreign.clone()));
    let mut done = settled(&change, &image, BTreeMap::new(), usize::MAX, &[], Act::Apply);
    done.insert(at + 100, image[usize::try_from(at).unwrap() + 100] ^ 0x55);
    assert_eq!(refused(&done, |change, blocks| change.put_back(blocks)), Some(foreign));
}

#[test]
fn another_disk_is_refused_and_a_journal_that_is_not_whole_is_none() {
    let image = sound(Style::Gpt).into_bytes();
    let change = repair(&image);
    let other = sound(Style::Mbr).into_bytes();
    let mut blocks = Patched { under: &other, over: BTreeMap::new() };
    let refusal = change.put_back(&mut blocks).unwrap_err().refusal().cloned();
    assert_eq!(refusal, Some(Refusal::OtherDisk));
    let journal = change.encode();
    assert_eq!(Change::decode(&journal).unwrap(), change);
    for length in (0..journal.len()).step_by(97) {
        assert!(Change::decode(&journal[..length]).is_err());
    }
}
