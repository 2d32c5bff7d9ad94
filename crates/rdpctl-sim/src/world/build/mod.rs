//! From the written world to the checked one: every name resolved, every id in form, every fault found.

mod nsgs;
mod things;
mod vms;
mod ways;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    path::Path,
    sync::Arc,
};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::{
    access::PolicyDocument,
    compact::{Account, AgentStrike, SecretKey, Sequences, UserKey, World},
    error::{Source, WorldError},
    file::{AccountFile, Vendor, WorldFile},
    ids::{Draw, IdKind, IdSequence, hash, hex},
    model::{AccountIndex, Tag, Text, VmIndex},
    policy::Lasting,
    ways::Ways,
};

impl World {
    /// Reads and checks the world in `path`.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, WorldError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| WorldError::Read { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Checks the world in `text`; `path` is what findings call it, and where files it names are looked for.
    pub fn parse(path: &Path, text: &str) -> Result<Self, WorldError> {
        let mut source = Source::new(path, text);
        let file: WorldFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                source.blame_parser(&error);
                return source.conclude(None);
            }
        };
        let digest = hex(&Sha256::digest(text.as_bytes()));
        let world = Builder { source: &mut source, seed: file.world.seed, accounts: Vec::new() }
            .build(file, path, digest);
        source.conclude(world)
    }
}

struct Builder<'a, 's> {
    source: &'a mut Source<'s>,
    seed: u64,
    accounts: Vec<Account>,
}

/// Whose something is, and where.
struct Home {
    account: AccountIndex,
    region: Text,
}

impl Builder<'_, '_> {
    fn build(mut self, file: WorldFile, path: &Path, digest: String) -> Option<World> {
        for (name, account) in &file.account {
            let account = self.account(name.get_ref(), account);
            self.accounts.push(account);
        }
        if self.accounts.is_empty() {
            self.source.blame(0..0, "a world needs at least one [account.NAME]");
            return None;
        }
        let groups = self.groups(&file);
        let templates = self.templates(&file);
        self.references(&file, &groups, &templates);
        let nsgs = self.nsgs(&file);
        let admins = self.admins(&file);

        let sequences = Sequences::new(self.seed);
        let mut cohorts = Vec::new();
        let mut given_ids = HashMap::new();
        let mut total = 0_u32;
        for (name, vm) in &file.vm {
            let Some(cohort) = self.cohort(name, vm, total, (&groups, &nsgs), path) else {
                continue;
            };
            if let Some(id) = &cohort.id
                && given_ids.insert(Arc::clone(id), VmIndex(total)).is_some()
            {
                self.source.blame(name.span(), format!("the id {id} is given twice"));
            }
            match total.checked_add(cohort.count).filter(|total| *total <= 4_000_000) {
                Some(sum) => total = sum,
                None => self.source.blame(name.span(), "a world holds at most 4000000 VMs"),
            }
            cohorts.push(cohort);
        }
        self.collisions(&given_ids, &sequences.instance, total, &cohorts);

        let eips = self.eips(&file);
        let disks = self.disks(&file);
        let first_disk = {
            let slots = cohorts.iter().map(|cohort| cohort.data_disks.len()).max().unwrap_or(0) + 1;
            u64::try_from(slots).unwrap_or(1) * u64::from(total)
        };
        let given_eips =
            (total..).zip(&eips).map(|(number, eip)| (Arc::clone(&eip.id), number)).collect();
        let given_disks = (first_disk..)
            .zip(&disks)
            .map(|(number, disk)| (Arc::clone(&disk.id), number))
            .collect();

        let mut world = World {
            neighbourhood: 0,
            path: path.to_owned(),
            digest,
            seed: self.seed,
            start: file.world.start.map(|moment| moment.0),
            pace: file.world.time_scale.0,
            accounts: std::mem::take(&mut self.accounts),
            cohorts,
            total,
            given_ids,
            given_eips,
            given_disks,
            groups,
            nsgs,
            admins,
            ways: Ways::default(),
            templates,
            eips,
            disks,
            secrets: file.secrets,
            policy: file.policy,
            agent_faults: Vec::new(),
            winrm_faults: Vec::new(),
            faults: file.fault,
            sequences,
        };
        for fault in &world.faults.agent {
            match world.vm_by_name(fault.vm.get_ref()) {
                Some(vm) => world.agent_faults.push(AgentStrike {
                    vm,
                    after_commands: fault.after_commands,
                    lasting: fault.lasting.map(|Lasting(lasting)| lasting),
                }),
                None => self.source.blame(fault.vm.span(), "no VM has this name"),
            }
        }
        for fault in &world.faults.winrm {
            match world.vm_by_name(fault.vm.get_ref()) {
                Some(vm) => world.winrm_faults.push((vm, fault.injection())),
                None => self.source.blame(fault.vm.span(), "no VM has this name"),
            }
        }
        // They went into the world, and are still asked whose something is.
        self.accounts.clone_from(&world.accounts);
        let declared = (&file.load_balancer, &file.bastion, &file.nat_gateway, &file.peering);
        world.ways = self.ways(declared, &world);
        (!self.source.has_findings()).then_some(world)
    }

    fn account(&mut self, name: &str, file: &AccountFile) -> Account {
        let mut draw = Draw::new(self.seed ^ hash(name.as_bytes()));
        if file.kind == Vendor::Tencent {
            self.region(file.region.get_ref(), file.region.span());
        }
        let derived_id = match file.kind {
            Vendor::Tencent => format!("AKID{}", draw.letters(32)),
            Vendor::Azure => draw.uuid().to_string(),
        };
        let derived_key = draw.letters(32);
        let secret_id = file.secret_id.as_ref().map_or(derived_id, |id| id.get_ref().clone());
        if let Some(given) = &file.secret_id
            && self.accounts.iter().any(|other| *other.secret_id == *secret_id)
        {
            self.source.blame(given.span(), "another account has this secret-id");
        }
        let keys =
            file.key.values().filter_map(|key| match PolicyDocument::parse(key.policy.get_ref()) {
                Ok(document) => Some(UserKey {
                    id: key.secret_id.as_str().into(),
                    key: SecretKey(key.secret_key.clone()),
                    document,
                }),
                Err(why) => {
                    self.source.blame(key.policy.span(), why);
                    None
                }
            });
        let keys = keys.collect();
        let mut certificates = Vec::new();
        for given in &file.certificates {
            match CertificateDer::from_pem_slice(given.get_ref().as_bytes()) {
                Ok(der) => certificates.push(der.to_vec()),
                Err(_) => {
                    self.source.blame(given.span(), "this is no certificate as PEM writes one");
                }
            }
        }
        // Of their own, so that keys stay what they were before there was Azure.
        let mut tenant = Draw::new(self.seed ^ hash(name.as_bytes()).rotate_left(17));
        Account {
            name: name.into(),
            vendor: file.kind,
            secret_id: secret_id.into(),
            secret_key: SecretKey(file.secret_key.clone().unwrap_or(derived_key)),
            tenant: file.tenant.clone().unwrap_or_else(|| tenant.uuid().to_string()).into(),
            subscription: file
                .subscription
                .clone()
                .unwrap_or_else(|| tenant.uuid().to_string())
                .into(),
            uin: file.uin.unwrap_or_else(|| 100_000_000_000 + draw.below(1_000_000_000)),
            region: file.region.get_ref().as_str().into(),
            network: file.network_account_type,
            balance: file.balance,
            quotas: file.quotas.clone(),
            deny: file.deny.clone(),
            keys,
            certificates,
            serial_console_off: file.serial_console_off,
        }
    }

    fn region(&mut self, region: &str, span: Range<usize>) {
        let formed = region.contains('-')
            && region.split('-').all(|part| {
                !part.is_empty()
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            });
        if !formed {
            self.source.blame(span, "a region looks like ap-guangzhou");
        }
    }

    /// Resolves the account and region that something belongs to.
    fn home(
        &mut self,
        owner: Range<usize>,
        account: Option<&Spanned<String>>,
        region: Option<&str>,
    ) -> Option<Home> {
        let found = match account {
            Some(name) => self.accounts.iter().position(|known| *known.name == **name.get_ref()),
            None if self.accounts.len() == 1 => Some(0),
            None => {
                self.source.blame(owner, "with several accounts, each thing says its `account`");
                return None;
            }
        };
        let (Some(position), span) = (found, account.map_or(owner, Spanned::span)) else {
            let names: Vec<Text> =
                self.accounts.iter().map(|known| Arc::clone(&known.name)).collect();
            let span = account.map_or(0..0, Spanned::span);
            self.source.blame_unknown(
                span,
                "no account has this name",
                names.iter().map(|name| &**name),
            );
            return None;
        };
        let region = match region {
            Some(region) => {
                if self.accounts[position].vendor == Vendor::Tencent {
                    self.region(region, span);
                }
                region.into()
            }
            None => Arc::clone(&self.accounts[position].region),
        };
        Some(Home { account: AccountIndex(u16::try_from(position).ok()?), region })
    }

    fn form(&mut self, id: &Spanned<String>, kind: IdKind) {
        if !kind.is_form_of(id.get_ref()) {
            let example = IdSequence::new(self.seed, kind).encode(hash(id.get_ref().as_bytes()));
            let message = format!(
                "an id of this kind looks like {example}: eight of a-z and 0-9 after the prefix"
            );
            self.source.blame(id.span(), message);
        }
    }
}

/// Tags in the order of their keys.
fn tags(written: &BTreeMap<String, String>) -> Vec<Tag> {
    written
        .iter()
        .map(|(key, value)| Tag { key: key.as_str().into(), value: value.as_str().into() })
        .collect()
}
