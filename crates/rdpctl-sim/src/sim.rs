//! A running simulator: one world, its face on loopback, and its journal.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
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
    endpoints::{Endpoints, endpoints},
    estate::Estate,
    persist::{Journal, PersistError},
    rdp::Street,
    serial, server,
    shared::{Core, Shared},
    tencent::Gate,
    winrm,
    world::{VmIndex, World},
};

/// How to run a world.
#[derive(Clone, Debug, Default)]
pub struct SimOptions {
    /// Where what is done to the world lasts; nowhere when not given.
    pub persist: Option<PathBuf>,
    /// The port on 127.0.0.1; any free one when not given.
    pub port: Option<u16>,
    /// Whose threads the world lives on.
    pub lives: Lives,
}

/// Whose threads a world lives on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lives {
    /// Its own: what is heavy in it does not hold up whoever talks to it.
    #[default]
    Apart,
    /// The caller's runtime: where that has one thread, and time that stands still while nothing happens, world and caller
    /// share it, and weeks pass in minutes.
    WithCaller,
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

/// The simulator.
#[derive(Debug)]
pub struct Sim;

impl Sim {
    /// Starts serving `world` on loopback.
    pub async fn start(world: World, options: SimOptions) -> Result<RunningSim, SimError> {
        let threads = match options.lives {
            Lives::Apart => Threads::new()?,
            Lives::WithCaller => Threads { handle: Handle::current(), runtime: None },
        };
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
        let of = |guest: &crate::guest::Template| guest.password_of(user);
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
