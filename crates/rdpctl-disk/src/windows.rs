//! Which installations of Windows there are on a disk, and the files of one by name.

use crate::blocks::{Blocks, Region};
use crate::bytes::index64;
use crate::error::Error;
use crate::hive::{self, Hive};
use crate::ntfs::Health;
use crate::refusal::NotPlain;
use crate::table::{Active, Partition, Role, Table};
use crate::volume::Sort;
use crate::{Refusal, fat, ntfs};

/// A disk with what lies in its partitions.
pub struct Disk<'a> {
    blocks: &'a dyn Blocks,
    /// Its table.
    pub table: Table,
    volumes: Vec<(Partition, Sort)>,
}

/// One Windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Counted from 1, in the order of the partitions.
    pub number: usize,
    /// The partition that it lies on.
    pub partition: Partition,
}

/// A boot store's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootStore {
    /// Whose firmware reads it.
    pub firmware: Firmware,
    /// The partition that it lies on.
    pub partition: Partition,
}

/// What starts the boot manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// UEFI: `\EFI\Microsoft\Boot\BCD` of the system partition.
    Uefi,
    /// BIOS: `\Boot\BCD` of the active partition.
    Bios,
}

/// The hives that matter for starting and reaching a Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HiveName {
    /// Services, control sets, the listener.
    System,
    /// Policies, certificates, versions.
    Software,
    /// Local accounts and groups.
    Sam,
    /// Rights of accounts.
    Security,
}

impl HiveName {
    /// The file's name in `System32\config`.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::System => "SYSTEM",
            Self::Software => "SOFTWARE",
            Self::Sam => "SAM",
            Self::Security => "SECURITY",
        }
    }
}

/// A file with all its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// A file that may be changed where it lies.
pub(crate) enum Found {
    Ntfs(ntfs::Stream),
    Fat(fat::File),
}

const CONFIG: [&str; 3] = ["Windows", "System32", "config"];

impl<'a> Disk<'a> {
    /// Reads the table, and what each partition is.
    pub fn open(blocks: &'a dyn Blocks) -> Result<Self, Error> {
        let table = Table::read(blocks)?;
        table.refuse()?;
        let mut volumes = Vec::new();
        for partition in &table.partitions {
            volumes.push((partition.clone(), Sort::of(blocks, partition.region)?));
        }
        Ok(Self { blocks, table, volumes })
    }

    /// All partitions with what they are.
    #[must_use]
    pub fn volumes(&self) -> &[(Partition, Sort)] {
        &self.volumes
    }

    /// The NTFS volume of a partition.
    pub fn ntfs(&self, partition: &Partition) -> Result<ntfs::Volume<'a>, Error> {
        ntfs::Volume::open(self.blocks, partition.region)
    }

    /// All installations. Where there is none, the error says what may hide one.
    pub fn installations(&self) -> Result<Vec<Installation>, Error> {
        let mut found = Vec::new();
        let mut failed = None;
        for (partition, sort) in &self.volumes {
            // A recovery environment has a Windows of its own inside of an image, not as files.
            if *sort != Sort::Ntfs || partition.role == Role::Recovery {
                continue;
            }
            let path = [CONFIG.as_slice(), &["SYSTEM"]].concat();
            match self.ntfs(partition).and_then(|volume| volume.find(&path)) {
                Ok(Some(_)) => {
                    found.push(Installation {
                        number: found.len() + 1,
                        partition: partition.clone(),
                    });
                }
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        if let Some(hidden) = self.volumes.iter().find_map(|(_, sort)| sort.hides()) {
            return Err(hidden.into());
        }
        Err(failed.unwrap_or_else(|| Refusal::NoWindows.into()))
    }

    /// The one that was asked for, or the only one.
    pub fn installation(&self, number: Option<usize>) -> Result<Installation, Error> {
        let all = self.installations()?;
        let of = all.len();
        match number {
            None if of > 1 => Err(Refusal::SeveralWindows(of).into()),
            None => all.into_iter().next().ok_or_else(|| Refusal::NoWindows.into()),
            Some(asked) => {
                let found = all.into_iter().find(|one| one.number == asked);
                found.ok_or_else(|| Refusal::NoSuchInstallation { asked, of }.into())
            }
        }
    }

    /// The boot stores, those of UEFI first. A partition that cannot be read has none.
    pub fn boot_stores(&self) -> Result<Vec<BootStore>, Error> {
        let mut found = Vec::new();
        for firmware in [Firmware::Uefi, Firmware::Bios] {
            for (partition, _) in &self.volumes {
                let fits = match firmware {
                    Firmware::Uefi => partition.role == Role::EfiSystem || partition.guid.is_none(),
                    Firmware::Bios => partition.guid.is_none(),
                };
                let store = BootStore { firmware, partition: partition.clone() };
                if fits && self.find(partition, &store.path("BCD"))?.is_some() {
                    found.push(store);
                }
            }
        }
        // Of several, the active partition's is the one that is read.
        found.sort_by_key(|store| {
            (store.firmware == Firmware::Bios, store.partition.active == Active::No)
        });
        Ok(found)
    }

    /// A boot store's hive.
    pub fn boot_hive(&self, store: &BootStore) -> Result<Hive, Error> {
        self.hive_at(&store.partition, &store.path("BCD"))
    }

    /// A registry hive of an installation; nothing where it has none of that name.
    pub fn hive(&self, installation: &Installation, name: HiveName) -> Result<Hive, Error> {
        self.hive_at(&installation.partition, &hive_path(name))
    }

    /// The same, of which no more is read than what `ask` looks at, where the hive is a large one and was closed. What
    /// comes back answers those questions and no others.
    pub fn hive_for(
        &self,
        installation: &Installation,
        name: HiveName,
        ask: impl FnMut(&Hive),
    ) -> Result<Hive, Error> {
        let (partition, path) = (&installation.partition, hive_path(name));
        if let Some(Found::Ntfs(stream)) = self.find(partition, &path)?
            && stream.not_plain().is_none()
        {
            let length = stream.size().min(stream.initialized());
            let volume = self.ntfs(partition)?;
            let read = |at, length| stream.read(&volume, at, length);
            if (SMALL..=hive::MOST).contains(&length)
                && let Some(hive) = Hive::by_parts(length, read, ask)?
            {
                return Ok(hive);
            }
        }
        self.hive_at(partition, &path)
    }

    /// Whether the volume of an installation may be changed.
    pub fn health(&self, installation: &Installation) -> Result<Health, Error> {
        self.ntfs(&installation.partition)?.health()
    }

    /// Where a file lies, as far as its volume is one that is read here.
    pub(crate) fn find(
        &self,
        partition: &Partition,
        path: &[&str],
    ) -> Result<Option<Found>, Error> {
        let sort = self.volumes.iter().find(|(own, _)| own.number == partition.number);
        match sort.map(|(_, sort)| *sort) {
            Some(Sort::Ntfs) => {
                let volume = self.ntfs(partition)?;
                let Some(file) = volume.find(path)? else { return Ok(None) };
                Ok(volume.data(&file)?.map(Found::Ntfs))
            }
            Some(Sort::Fat) => {
                let volume = fat::Volume::open(self.blocks, partition.region)?;
                Ok(volume.find(path)?.map(Found::Fat))
            }
            Some(Sort::BitLocker | Sort::ReFs | Sort::Other) | None => Ok(None),
        }
    }

    fn content(&self, partition: &Partition, found: &Found, most: u64) -> Result<Vec<u8>, Error> {
        match found {
            Found::Ntfs(stream) => {
                let volume = self.ntfs(partition)?;
                let mut bytes = stream.read_all(&volume, most)?;
                // What was never written is no room to grow into either.
                bytes.truncate(index64(stream.initialized()));
                Ok(bytes)
            }
            Found::Fat(file) => {
                file.read_all(&fat::Volume::open(self.blocks, partition.region)?, most)
            }
        }
    }

    fn hive_at(&self, partition: &Partition, path: &[&str]) -> Result<Hive, Error> {
        let found = self.find(partition, path)?.ok_or(Refusal::NoWindows)?;
        if let Found::Ntfs(stream) = &found
            && let Some(why) = stream.not_plain()
        {
            return Err(Refusal::NotPlain(why).into());
        }
        let bytes = self.content(partition, &found, hive::MOST)?;
        let logs = self.logs(partition, path)?;
        let logs: Vec<&[u8]> = logs.iter().map(|log| log.content.as_slice()).collect();
        Hive::recover(bytes, &logs)
    }

    /// The logs beside a hive.
    fn logs(&self, partition: &Partition, path: &[&str]) -> Result<Vec<Whole>, Error> {
        let mut logs = Vec::new();
        for extension in [".LOG", ".LOG1", ".LOG2"] {
            let name = path.last().map(|name| format!("{name}{extension}")).unwrap_or_default();
            let mut beside: Vec<&str> = path.to_vec();
            beside.pop();
            beside.push(&name);
            if let Some(log) = self.find(partition, &beside)? {
                let content = self.content(partition, &log, hive::MOST_LOG)?;
                logs.push(Whole { name, content });
            }
        }
        Ok(logs)
    }

    /// A registry hive's file and the logs beside it, as they lie on the disk.
    pub fn whole_hive(
        &self,
        installation: &Installation,
        name: HiveName,
    ) -> Result<Vec<Whole>, Error> {
        self.whole(&installation.partition, &hive_path(name))
    }

    /// The same of a boot store.
    pub fn whole_boot_store(&self, store: &BootStore) -> Result<Vec<Whole>, Error> {
        self.whole(&store.partition, &store.path("BCD"))
    }

    fn whole(&self, partition: &Partition, path: &[&str]) -> Result<Vec<Whole>, Error> {
        let found = self.find(partition, path)?.ok_or(Refusal::NoWindows)?;
        let name = path.last().copied().unwrap_or_default().to_owned();
        let content = self.content(partition, &found, hive::MOST)?;
        let mut all = vec![Whole { name, content }];
        all.extend(self.logs(partition, path)?);
        Ok(all)
    }

    /// Where bytes of a file lie on the disk, for changing them.
    pub(crate) fn locate(
        &self,
        partition: &Partition,
        path: &[&str],
        at: u64,
        length: u64,
    ) -> Result<Vec<Region>, Error> {
        match self.find(partition, path)?.ok_or(Refusal::NoWindows)? {
            Found::Ntfs(stream) => {
                let volume = self.ntfs(partition)?;
                stream.locate(&volume, at, length)
            }
            Found::Fat(file) => {
                let regions = file.locate(at, length);
                Ok(regions.ok_or(Refusal::NotPlain(NotPlain::Uninitialized))?)
            }
        }
    }

    pub(crate) fn blocks(&self) -> &'a dyn Blocks {
        self.blocks
    }
}

/// A hive that is smaller is read whole: that takes two requests where the disk is far away.
const SMALL: u64 = 16 << 20;

pub(crate) fn hive_path(name: HiveName) -> [&'static str; 4] {
    [CONFIG[0], CONFIG[1], CONFIG[2], name.file()]
}

impl BootStore {
    /// The path of a file beside the store.
    pub(crate) fn path(&self, name: &'static str) -> Vec<&'static str> {
        match self.firmware {
            Firmware::Uefi => vec!["EFI", "Microsoft", "Boot", name],
            Firmware::Bios => vec!["Boot", name],
        }
    }
}
