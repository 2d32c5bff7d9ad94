//! The estate: the world as it stands now, after calls and time have worked on it.
//!
//! Untouched VMs and their addresses are shown from the compact world; only what was touched is stored
//! here. Whatever takes time is an entry in the agenda, and happens in the order of simulated time.

mod address;
mod agenda;
mod audit;
mod command;
mod deed;
mod deliver;
mod disk;
mod extra;
mod fault;
mod group;
mod guests;
mod nsg;
mod path;
mod perform;
mod record;
#[cfg(test)]
mod tests;
mod view;
mod vm;
mod volumes;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

pub(crate) use self::{
    address::{Eip, EipStatus, EipTask, EipWork, VpcTask},
    agenda::Due,
    audit::{Audit, Audited},
    command::{Command, Ending, Invocation, Phase, Script, Task},
    deed::Deed,
    disk::{Disk, DiskTask, DiskWork, Snapshot},
    extra::{Card, Extra, Helper, Label, ManagedCommand, Volume},
    fault::Mishap,
    group::Group,
    nsg::Nsg,
    perform::Accepted,
    record::{Entry, Token},
    vm::{Operation, VmState, Work},
};
use self::{
    agenda::Agenda,
    fault::Counts,
    guests::Guests,
    record::{Changes, Object},
    view::Listing,
};
use crate::{
    clock::Clock,
    world::{Cohort, Draw, IdKind, IdSequence, Text, VmIndex, World},
};

/// The world as it stands.
#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) world: Arc<World>,
    pub(crate) clock: Clock,
    /// The simulated moment at which the call in hand is served.
    pub(crate) now: Timestamp,
    born: Timestamp,
    sequence: u64,
    vms: HashMap<VmIndex, VmState>,
    pub(crate) eips: BTreeMap<u32, Eip>,
    pub(crate) groups: BTreeMap<Text, Group>,
    pub(crate) nsgs: BTreeMap<Text, Nsg>,
    pub(crate) disks: BTreeMap<u64, Disk>,
    pub(crate) snapshots: BTreeMap<Text, Snapshot>,
    pub(crate) extras: BTreeMap<Text, Extra>,
    pub(crate) tokens: HashMap<(u16, String), Token>,
    pub(crate) tasks: BTreeMap<u64, VpcTask>,
    pub(crate) invocations: BTreeMap<u64, Invocation>,
    pub(crate) commands: BTreeMap<u64, Command>,
    guests: Guests,
    agenda: Agenda,
    counts: Counts,
    changed: Changes,
    listings: [Listing; 4],
    output_kept: usize,
    ids: Ids,
    /// Planted programs that somebody ran.
    pub(crate) sprung: Vec<String>,
    /// What was done by those who call.
    pub(crate) deeds: deed::Deeds,
    /// The vendors' own logs.
    pub(crate) audited: Audit,
}

/// Sequences for what is made while the simulator runs.
#[derive(Debug)]
pub(crate) struct Ids {
    pub(crate) snapshot: IdSequence,
    pub(crate) group: IdSequence,
    pub(crate) command: IdSequence,
    pub(crate) invocation: IdSequence,
    pub(crate) task: IdSequence,
}

impl Estate {
    /// The estate of `world` as the file says it is, at `now`.
    pub(crate) fn new(world: Arc<World>, clock: Clock) -> Self {
        let born = clock.now();
        let groups = world
            .groups
            .iter()
            .map(|spec| (Arc::clone(&spec.id), Group::declared(spec, born)))
            .collect();
        let nsgs =
            world.nsgs.iter().map(|spec| (Arc::clone(&spec.name), Nsg::declared(spec))).collect();
        let sequence = |kind| IdSequence::new(world.seed, kind);
        let mut estate = Self {
            ids: Ids {
                snapshot: sequence(IdKind::Snapshot),
                group: sequence(IdKind::SecurityGroup),
                command: sequence(IdKind::Command),
                invocation: sequence(IdKind::Invocation),
                task: sequence(IdKind::InvocationTask),
            },
            now: born,
            born,
            sequence: 0,
            vms: HashMap::new(),
            eips: BTreeMap::new(),
            groups,
            nsgs,
            disks: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            extras: BTreeMap::new(),
            tokens: HashMap::new(),
            tasks: BTreeMap::new(),
            invocations: BTreeMap::new(),
            commands: BTreeMap::new(),
            guests: Guests::default(),
            agenda: Agenda::default(),
            counts: Counts::default(),
            changed: Changes::default(),
            listings: Default::default(),
            output_kept: 0,
            sprung: Vec::new(),
            deeds: deed::Deeds::default(),
            audited: Audit::new(),
            clock,
            world,
        };
        estate.declare();
        estate
    }

    /// Free addresses and disks exist from the beginning.
    fn declare(&mut self) {
        let world = Arc::clone(&self.world);
        for (number, spec) in (world.total..).zip(&world.eips) {
            let eip = Eip {
                id: Arc::clone(&spec.id),
                account: spec.account,
                region: Arc::clone(&spec.region),
                name: Arc::clone(&spec.name),
                kind: crate::world::AddressKind::Eip,
                ip: spec.ip.unwrap_or_else(|| world.public_ip(number)),
                bound: None,
                task: None,
                bandwidth: spec.bandwidth,
                charge_type: spec.charge_type,
                package: spec.package.clone(),
                arrears: spec.arrears,
                blocked: spec.blocked,
                created: self.born,
                paid_until: None,
                tags: spec.tags.clone(),
                released: false,
            };
            self.eips.insert(number, eip);
        }
        for (number, spec) in (world.first_free_disk()..).zip(&world.disks) {
            let disk = Disk {
                account: spec.account,
                region: Arc::clone(&spec.region),
                zone: Arc::clone(&spec.zone),
                system: false,
                size: spec.size,
                make: "CLOUD_PREMIUM".into(),
                attached: None,
                last_attached: None,
                delete_with_instance: false,
                created: self.born,
                task: None,
            };
            self.disks.insert(number, disk);
        }
    }

    /// When the world began.
    pub(crate) fn born(&self) -> Timestamp {
        self.born
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The next number in the one sequence from which everything new is numbered.
    pub(crate) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// An id for a request: unique in this world's whole history, and the same when it is replayed.
    pub(crate) fn request_id(&mut self) -> Text {
        let number = self.next();
        Draw::new(self.world.seed ^ number.rotate_left(32)).uuid().to_string().into()
    }

    /// A VM as it stands.
    pub(crate) fn vm(&self, vm: VmIndex) -> Cow<'_, VmState> {
        if let Some(state) = self.vms.get(&vm) {
            return Cow::Borrowed(state);
        }
        let (cohort, offset) = self.world.place(vm);
        Cow::Owned(VmState::born(cohort.variant(offset)))
    }

    /// A VM, to change it.
    pub(crate) fn vm_mut(&mut self, vm: VmIndex) -> &mut VmState {
        self.changed.insert(Object::Vm(vm));
        let world = &self.world;
        self.vms.entry(vm).or_insert_with(|| {
            let (cohort, offset) = world.place(vm);
            VmState::born(cohort.variant(offset))
        })
    }

    /// Every VM that calls have touched.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (VmIndex, &VmState)> {
        self.vms.iter().map(|(vm, state)| (*vm, state))
    }

    pub(crate) fn place(&self, vm: VmIndex) -> (&Cohort, u32) {
        self.world.place(vm)
    }

    /// A VM's present name.
    pub(crate) fn vm_name(&self, vm: VmIndex) -> Text {
        match self.vms.get(&vm).and_then(|state| state.name.as_ref()) {
            Some(name) => Arc::clone(name),
            None => self.world.vm_name(vm),
        }
    }

    /// An address as it stands; `None` when no address has this number.
    pub(crate) fn eip(&self, number: u32) -> Option<Cow<'_, Eip>> {
        match self.eips.get(&number) {
            Some(eip) => Some(Cow::Borrowed(eip)),
            None => self.born_eip(number).map(Cow::Owned),
        }
    }

    /// The address that a VM was born with, before anything touched it.
    fn born_eip(&self, number: u32) -> Option<Eip> {
        if number >= self.world.total {
            return None;
        }
        let vm = VmIndex(number);
        let (cohort, offset) = self.world.place(vm);
        let address = cohort.variant(offset).address.as_ref()?;
        Some(Eip {
            id: self.world.eip_id(number),
            account: cohort.account,
            region: Arc::clone(&cohort.region),
            name: "".into(),
            kind: address.kind,
            ip: address.ip.unwrap_or_else(|| self.world.public_ip(number)),
            bound: Some(vm),
            task: None,
            bandwidth: address.bandwidth,
            charge_type: address.charge_type,
            package: address.package.clone(),
            arrears: address.arrears,
            blocked: address.blocked,
            created: self.born,
            paid_until: None,
            tags: Vec::new(),
            released: false,
        })
    }

    /// An address, to change it.
    pub(crate) fn eip_mut(&mut self, number: u32) -> Option<&mut Eip> {
        if !self.eips.contains_key(&number) {
            let born = self.born_eip(number)?;
            self.eips.insert(number, born);
        }
        self.changed.insert(Object::Eip(number));
        self.eips.get_mut(&number)
    }

    /// Adds an address and says its number.
    pub(crate) fn add_eip(&mut self, eip: impl FnOnce(u32) -> Eip) -> u32 {
        let first = self.world.total + u32::try_from(self.world.eips.len()).unwrap_or(0);
        let number = self.eips.last_key_value().map_or(first, |(last, _)| first.max(last + 1));
        self.eips.insert(number, eip(number));
        self.changed.insert(Object::Eip(number));
        number
    }

    /// The number of the address that a VM holds, or is about to.
    pub(crate) fn address_of(&self, vm: VmIndex) -> Option<u32> {
        match self.vm(vm).address {
            crate::world::PublicAddress::None => None,
            crate::world::PublicAddress::Born => Some(vm.0),
            crate::world::PublicAddress::Numbered(number) => Some(number),
        }
    }

    pub(crate) fn group_mut(&mut self, id: &str) -> Option<&mut Group> {
        let (id, group) = self.groups.iter_mut().find(|(known, _)| ***known == *id)?;
        self.changed.insert(Object::Group(Arc::clone(id)));
        Some(group)
    }

    pub(crate) fn nsg_mut(&mut self, name: &str) -> Option<&mut Nsg> {
        let (name, nsg) =
            self.nsgs.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        self.changed.insert(Object::Nsg(Arc::clone(name)));
        nsg.version += 1;
        Some(nsg)
    }

    pub(crate) fn add_group(&mut self, id: Text, group: Group) {
        self.changed.insert(Object::Group(Arc::clone(&id)));
        self.groups.insert(id, group);
    }

    pub(crate) fn add_snapshot(&mut self, id: Text, snapshot: Snapshot) {
        self.changed.insert(Object::Snapshot(Arc::clone(&id)));
        self.snapshots.insert(id, snapshot);
    }

    pub(crate) fn snapshot_mut(&mut self, id: &str) -> Option<&mut Snapshot> {
        self.changed.insert(Object::Snapshot(id.into()));
        self.snapshots.get_mut(id)
    }

    pub(crate) fn drop_snapshot(&mut self, id: &str) {
        self.changed.insert(Object::Snapshot(id.into()));
        self.snapshots.remove(id);
    }

    pub(crate) fn add_invocation(&mut self, number: u64, invocation: Invocation) {
        self.changed.insert(Object::Invocation(number));
        self.invocations.insert(number, invocation);
        self.forget_old_invocations();
    }

    /// Holds a script ready, or another in the place of one.
    pub(crate) fn hold_command(&mut self, number: u64, command: Command) {
        self.changed.insert(Object::Command(number));
        self.commands.insert(number, command);
    }

    pub(crate) fn invocation_mut(&mut self, number: u64) -> Option<&mut Invocation> {
        self.changed.insert(Object::Invocation(number));
        self.invocations.get_mut(&number)
    }

    /// Remembers what a client token led to.
    pub(crate) fn remember_token(&mut self, account: u16, token: String, outcome: Token) {
        self.changed.insert(Object::Token(account, token.clone()));
        self.tokens.insert((account, token), outcome);
    }

    /// Opens a task of the network service over `left` addresses.
    pub(crate) fn open_task(&mut self, account: crate::world::AccountIndex, left: u32) -> u64 {
        let id = self.next();
        self.changed.insert(Object::Task(id));
        self.tasks.insert(id, VpcTask { account, left, failed: false });
        id
    }
}
