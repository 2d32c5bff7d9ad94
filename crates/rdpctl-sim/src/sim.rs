//! A running simulator: one world, its face on loopback, and its journal.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use serde::Serialize;
use tokio::{
    net::TcpListener,
    runtime::{Handle, Runtime},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    azure::Arm,
    clock::Clock,
    counters::Counters,
    estate::Estate,
    persist::{Journal, PersistError},
    rdp::Street,
    serial, server,
    shared::{Core, Shared},
    tencent::Gate,
    winrm,
    world::{Vendor, VmIndex, World},
};

/// How to run a world.
#[derive(Clone, Debug, Default)]
pub struct SimOptions {
    /// Where what is done to the world lasts; nowhere when not given.
    pub persist: Option<PathBuf>,
    /// The port on 127.0.0.1; any free one when not given.
    pub port: Option<u16>,
}

/// Why a world cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The threads that the world lives on could not be started.
    #[error("cannot start the simulator's threads")]
    Threads {
        /// What the system said.
        source: std::io::Error,
    },
    /// The port could not be taken.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port; 0 stands for any.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal could not be used.
    #[error(transparent)]
    Persist(#[from] PersistError),
    /// No certificates for the guests' HTTPS ports.
    #[error("cannot make certificates for simulated WinRM")]
    Winrm(#[from] winrm::TlsError),
}

/// Where a running simulator can be reached, and with which keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Endpoints {
    /// The base URL of the Tencent Cloud API, for every service.
    pub tencent: String,
    /// The base URL of Azure: directory and resource manager.
    pub azure: String,
    /// The same over HTTPS, which the vendor's own clients insist on.
    pub azure_tls: String,
    /// The certificate to trust for that, as PEM.
    pub azure_authority: String,
    /// Doors into the instances, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, InstanceEndpoints>,
    /// The certificate to trust for WinRM over HTTPS, as PEM.
    pub winrm_authority: String,
    /// Keys, by account.
    pub credentials: BTreeMap<String, Credentials>,
}

/// Doors into an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InstanceEndpoints {
    /// The URL of its WinRM listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winrm: Option<String>,
    /// Host and port of its Remote Desktop listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rdp: Option<String>,
    /// Host and port that its serial port leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// Keys of a simulated account. They open nothing outside the simulator, so they may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Credentials {
    /// The vendor.
    pub kind: &'static str,
    /// Where its things are.
    pub region: String,
    /// The public half.
    pub secret_id: String,
    /// The secret half.
    pub secret_key: String,
    /// The directory, of an Azure account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The subscription, of an Azure account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
}

/// The simulator.
#[derive(Debug)]
pub struct Sim;

impl Sim {
    /// Starts serving `world` on loopback. The world lives on threads of its own: what is heavy in it does
    /// not hold up whoever talks to it.
    pub async fn start(world: World, options: SimOptions) -> Result<RunningSim, SimError> {
        let threads = Threads::new()?;
        let port = options.port.unwrap_or(0);
        let on = threads.handle.clone();
        // Only a panic or the end of the threads is no answer; either way nobody listens.
        on.spawn(open(world, options, threads)).await.unwrap_or_else(|error| {
            Err(SimError::Listen { port, source: std::io::Error::other(error) })
        })
    }
}

async fn open(
    mut world: World,
    options: SimOptions,
    threads: Threads,
) -> Result<RunningSim, SimError> {
    world.neighbourhood = neighbourhood(options.persist.as_deref());
    let world = Arc::new(world);
    let origin = world.start.unwrap_or_else(Timestamp::now);
    let mut estate = Estate::new(Arc::clone(&world), Clock::start(origin, world.pace));
    let journal = match &options.persist {
        Some(directory) => Some(Journal::open(directory, &world, &mut estate)?),
        None => None,
    };
    estate.resume();
    estate.lay_out_disks();
    let gate = Gate::new(&estate);
    let port = options.port.unwrap_or(0);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| SimError::Listen { port, source })?;
    let address = listener.local_addr().map_err(|source| SimError::Listen { port, source })?;
    let mut core = Core {
        estate,
        gate,
        arm: Arm::new(),
        counters: Counters::default(),
        winrm: winrm::Opened::default(),
        consoles: serial::Consoles::default(),
        journal,
    };
    core.record()?;
    let shared = Shared(Arc::new(Mutex::new(core)));
    let stop = CancellationToken::new();
    let failed = |source| SimError::Listen { port: 0, source };
    let secure = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let secured = secure.local_addr().map_err(failed)?;
    let authority = winrm::Authority::new()?;
    let tls = authority.issue(
        &["127.0.0.1", "localhost"],
        winrm::Validity::Good,
        winrm::Binding::Relaxed,
    )?;
    let faces = (secure, tls.acceptor());
    let served = server::serve_both(listener, faces, shared.clone(), stop.clone());
    let server = tokio::spawn(served);
    let winrm = winrm::Doors::open(shared.clone(), stop.child_token()).await?;
    let street = Street::open(shared.clone(), stop.child_token()).await;
    let lines = serial::Lines::open(shared.clone(), stop.child_token()).await.map_err(failed)?;
    let endpoints = endpoints(
        &world,
        &shared,
        address,
        winrm.authority(),
        (secured, authority.pem().to_owned()),
        &lines,
    );
    Ok(RunningSim { endpoints, shared, winrm, street, lines, stop, server, threads })
}

/// The threads that a world lives on. They end when this is dropped, and everything on them.
#[derive(Debug)]
struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    fn new() -> Result<Self, SimError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("rdpctl-sim")
            .enable_all()
            .build()
            .map_err(|source| SimError::Threads { source })?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for the threads is not allowed where others' tasks run.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A world that lasts keeps its addresses; one that does not takes any.
fn neighbourhood(persist: Option<&Path>) -> u16 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    match persist {
        Some(directory) => std::path::absolute(directory)
            .unwrap_or_else(|_| directory.to_owned())
            .hash(&mut hasher),
        None => uuid::Uuid::new_v4().hash(&mut hasher),
    }
    u16::try_from(hasher.finish() % u64::from(u16::MAX)).unwrap_or(0)
}

/// So many instances are named with their doors when the simulator starts.
const NAMED: u32 = 2048;

fn instances(
    world: &World,
    shared: &Shared,
    lines: &serial::Lines,
) -> BTreeMap<String, InstanceEndpoints> {
    let core = shared.lock();
    (0..world.total.min(NAMED))
        .map(VmIndex)
        .map(|vm| {
            let address = core.estate.public_address(vm);
            let rdp = address.map(|ip| format!("{ip}:3389"));
            let serial = lines.of(vm).map(|line| line.to_string());
            (
                world.vm_name(vm).to_string(),
                InstanceEndpoints { rdp, winrm: address.map(winrm::Doors::url), serial },
            )
        })
        .collect()
}

fn endpoints(
    world: &World,
    shared: &Shared,
    address: SocketAddr,
    winrm_authority: &str,
    azure: (SocketAddr, String),
    lines: &serial::Lines,
) -> Endpoints {
    let credentials = world.accounts().iter().map(|account| {
        let azure = account.vendor == Vendor::Azure;
        let credentials = Credentials {
            kind: account.vendor.name(),
            region: account.region.to_string(),
            secret_id: account.secret_id.to_string(),
            secret_key: account.secret_key.0.clone(),
            tenant: azure.then(|| account.tenant.to_string()),
            subscription: azure.then(|| account.subscription.to_string()),
        };
        (account.name.to_string(), credentials)
    });
    Endpoints {
        tencent: format!("http://{address}"),
        azure: format!("http://{address}"),
        azure_tls: format!("https://{}", azure.0),
        azure_authority: azure.1,
        instances: instances(world, shared, lines),
        winrm_authority: winrm_authority.to_owned(),
        credentials: credentials.collect(),
    }
}

/// A simulator that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningSim {
    endpoints: Endpoints,
    shared: Shared,
    winrm: winrm::Doors,
    street: Street,
    lines: serial::Lines,
    stop: CancellationToken,
    server: JoinHandle<()>,
    threads: Threads,
}

impl RunningSim {
    /// Where to reach it.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The certificate that the VMs' WinRM over HTTPS is to be trusted by, as PEM.
    #[must_use]
    pub fn winrm_authority(&self) -> &str {
        self.winrm.authority()
    }

    /// What a reference such as `env:NAME` leads to in this world: what the world says of it, else the password of that
    /// account in the named VM, or in the first that has it.
    #[must_use]
    pub fn secret(&self, reference: &str, vm: Option<&str>, user: Option<&str>) -> Option<String> {
        let core = self.shared.lock();
        let world = &core.estate.world;
        let name = reference.strip_prefix("env:").unwrap_or(reference);
        if let Some(said) = world.secrets.get(reference).or_else(|| world.secrets.get(name)) {
            return Some(said.reveal().to_owned());
        }
        let user = user?.rsplit('\\').next()?;
        let of = |guest: &crate::guest::Template| {
            let account = guest.users.iter().find(|(name, _)| name.eq_ignore_ascii_case(user));
            account.map(|(_, password)| password.reveal().to_owned())
        };
        let at = |address: std::net::Ipv4Addr| {
            (0..world.total)
                .map(VmIndex)
                .find(|vm| core.estate.public_address(*vm) == Some(address))
        };
        let named = |vm: &str| {
            world
                .vm_by_name(vm)
                .or_else(|| world.vm_by_id(vm))
                .or_else(|| vm.parse().ok().and_then(at))
        };
        match vm.and_then(named) {
            Some(vm) => {
                let (cohort, offset) = world.place(vm);
                of(&cohort.variant(offset).guest)
            }
            None => world
                .cohorts
                .iter()
                .flat_map(|cohort| &cohort.variants)
                .find_map(|variant| of(&variant.guest)),
        }
    }

    /// The VM that is called so, or that has this public address: its name and its address.
    #[must_use]
    pub fn host(&self, called: &str) -> Option<(String, std::net::IpAddr)> {
        let core = self.shared.lock();
        let world = &core.estate.world;
        let vm = match called.parse::<std::net::Ipv4Addr>() {
            Ok(address) => (0..world.total).map(VmIndex).find(|vm| {
                core.estate.public_address(*vm) == Some(address) || world.private_ip(*vm) == address
            })?,
            Err(_) => world.vm_by_name(called)?,
        };
        let address = core.estate.public_address(vm)?;
        Some((world.vm_name(vm).to_string(), address.into()))
    }

    /// Where the serial port of the VM of that name leads to; nothing where the world has too many for that.
    #[must_use]
    pub fn serial_line(&self, name: &str) -> Option<SocketAddr> {
        let vm = self.shared.lock().estate.world.vm_by_name(name)?;
        self.lines.of(vm)
    }

    /// Whether a file is the disk of one of the world's machines.
    #[must_use]
    pub fn holds_disk(&self, path: &Path) -> bool {
        let core = self.shared.lock();
        let world = &core.estate.world;
        let same = |other: &Path| match (other.canonicalize(), path.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
        };
        world.with_disk_files().into_iter().filter_map(|vm| world.disk_file(vm)).any(same)
    }

    /// What it was asked so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.lock().counters.clone()
    }

    /// Finishes the calls in hand and stops. What was done is on disk when this returns.
    pub async fn stop(self) -> Result<(), PersistError> {
        self.stop.cancel();
        self.street.close().await;
        self.winrm.close().await;
        self.lines.close().await;
        // A server task that panicked has nothing left to finish.
        if self.server.await.is_err() {
            return Ok(());
        }
        drop(self.threads);
        let mut core = self.shared.lock();
        core.record()?;
        match &core.journal {
            Some(journal) => journal.sync(),
            None => Ok(()),
        }
    }
}
