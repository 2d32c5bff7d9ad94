//! The RDP ports of many guests: one task for each that somebody asked about, and bounds on everything.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::door::{Door, Outside};
use super::keys::Keys;
use super::session::{Inside, meet};
use super::socket::Port;

/// Ports that may be open at once; each takes two files, and one that swallows three more.
const DOORS: usize = 8192;
/// Callers that are served at once, over all guests.
const CALLERS: usize = 2048;
/// No caller is served longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// A door that is not open is looked at again this often, since time alone may open it.
const RECHECK: Duration = Duration::from_secs(1);

/// Why a guest's port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// So many are open that the simulator would run out of files.
    #[error("more than {DOORS} simulated RDP ports at once")]
    TooMany,
    /// The system gave no port.
    #[error("cannot open a port on 127.0.0.1")]
    Port(#[from] io::Error),
}

/// The RDP ports of a world's guests, opened when first asked for.
#[derive(Debug)]
pub struct Doors {
    shared: Arc<Shared>,
    open: Mutex<Open>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Open {
    addresses: HashMap<u32, Bell>,
    tasks: JoinSet<()>,
}

/// Where a door is, and what its keeper hears.
#[derive(Debug)]
struct Bell {
    address: SocketAddr,
    look: watch::Sender<()>,
    stop: CancellationToken,
}

struct Shared {
    outside: Arc<dyn Outside>,
    keys: Keys,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Doors {
    /// No port is open yet. All close when `stop` is cancelled.
    #[must_use]
    pub fn new(outside: Arc<dyn Outside>, stop: CancellationToken) -> Self {
        let shared =
            Shared { outside, keys: Keys::default(), places: Arc::new(Semaphore::new(CALLERS)) };
        Self { shared: Arc::new(shared), open: Mutex::default(), stop }
    }

    /// The address at which a guest's RDP port is reached. The first question opens it.
    pub async fn address(&self, guest: u32) -> Result<SocketAddr, DoorError> {
        let mut open = self.open.lock().await;
        if let Some(known) = open.addresses.get(&guest) {
            return Ok(known.address);
        }
        self.begin(&mut open, guest, Port::reserve()?)
    }

    /// Opens a guest's RDP port at this address, instead of wherever it was open before.
    pub async fn open_at(&self, guest: u32, address: SocketAddr) -> Result<(), DoorError> {
        let mut open = self.open.lock().await;
        match open.addresses.get(&guest) {
            Some(known) if known.address == address => return Ok(()),
            Some(known) => known.stop.cancel(),
            None => {}
        }
        self.begin(&mut open, guest, Port::at(address)?).map(|_| ())
    }

    /// Closes a guest's RDP port, where it is open.
    pub async fn shut(&self, guest: u32) {
        if let Some(known) = self.open.lock().await.addresses.remove(&guest) {
            known.stop.cancel();
        }
    }

    fn begin(&self, open: &mut Open, guest: u32, port: Port) -> Result<SocketAddr, DoorError> {
        if open.addresses.len() >= DOORS {
            return Err(DoorError::TooMany);
        }
        let mut keeper = Keeper {
            guest,
            port,
            shown: Shown::Refused,
            shared: Arc::clone(&self.shared),
            callers: JoinSet::new(),
        };
        let address = keeper.port.address();
        // Before anybody knows the address it shows what it should.
        keeper.look()?;
        let (look, changes) = watch::channel(());
        let stop = self.stop.child_token();
        let ending = stop.clone();
        open.tasks.spawn(async move { keeper.keep(changes, ending).await });
        open.addresses.insert(guest, Bell { address, look, stop });
        Ok(address)
    }

    /// Makes those doors look at the world again: something behind them changed.
    pub async fn world_changed(&self, behind: impl Fn(u32) -> bool) {
        let open = self.open.lock().await;
        for (_, bell) in open.addresses.iter().filter(|(guest, _)| behind(**guest)) {
            bell.look.send_replace(());
        }
    }

    /// Closes every door and waits for its callers to be gone.
    pub async fn close(&self) {
        self.stop.cancel();
        let mut open = self.open.lock().await;
        while open.tasks.join_next().await.is_some() {}
        open.addresses.clear();
    }
}

/// What a port shows to callers now.
enum Shown {
    Listening(TcpListener),
    Refused,
    Swallowed,
}

/// The task behind one port.
struct Keeper {
    guest: u32,
    port: Port,
    shown: Shown,
    shared: Arc<Shared>,
    callers: JoinSet<()>,
}

enum Event {
    Caller(io::Result<(TcpStream, SocketAddr)>),
    Look,
    End,
}

impl Keeper {
    /// Makes the port show what stands behind it, and tells what that is.
    fn look(&mut self) -> io::Result<Door> {
        let door = self.shared.outside.door(self.guest);
        match (&door, &self.shown) {
            (Door::Open(_) | Door::Foreign { .. }, Shown::Listening(_))
            | (Door::Refused, Shown::Refused)
            | (Door::Filtered, Shown::Swallowed) => {}
            // Until the port has really changed it counts as one that refuses.
            (Door::Open(_) | Door::Foreign { .. }, Shown::Refused | Shown::Swallowed) => {
                self.shown = Shown::Refused;
                self.shown = Shown::Listening(self.port.listen()?);
            }
            (Door::Refused, Shown::Listening(_) | Shown::Swallowed) => {
                self.shown = Shown::Refused;
                self.port.refuse()?;
            }
            (Door::Filtered, Shown::Listening(_) | Shown::Refused) => {
                self.shown = Shown::Refused;
                self.port.swallow()?;
                self.shown = Shown::Swallowed;
            }
        }
        Ok(door)
    }

    async fn keep(mut self, mut changes: watch::Receiver<()>, stop: CancellationToken) {
        loop {
            while self.callers.try_join_next().is_some() {}
            let event = match &self.shown {
                Shown::Listening(listener) => tokio::select! {
                    caller = listener.accept() => Event::Caller(caller),
                    woken = changes.changed() => if woken.is_ok() { Event::Look } else { Event::End },
                    () = stop.cancelled() => Event::End,
                },
                Shown::Refused | Shown::Swallowed => tokio::select! {
                    () = sleep(RECHECK) => Event::Look,
                    woken = changes.changed() => if woken.is_ok() { Event::Look } else { Event::End },
                    () = stop.cancelled() => Event::End,
                },
            };
            let looked = match event {
                Event::End => return,
                Event::Look => self.look().map(|_| ()),
                Event::Caller(Ok((stream, _))) => self.admit(stream).await,
                Event::Caller(Err(error)) => Err(error),
            };
            if let Err(error) = looked {
                // Out of files, mostly: others may give theirs back.
                tracing::warn!(guest = self.guest, %error, "a simulated RDP port cannot do its work");
                sleep(RECHECK).await;
            }
        }
    }

    async fn admit(&mut self, stream: TcpStream) -> io::Result<()> {
        let place = Arc::clone(&self.shared.places).acquire_owned().await;
        // The caller meets the world as it is now, not as it was when the port was opened.
        let door = self.look()?;
        let (shared, guest) = (Arc::clone(&self.shared), self.guest);
        self.callers.spawn(async move {
            let _place = place;
            let inside = Inside { outside: &*shared.outside, guest };
            // A caller who went away or broke the protocol has nobody to complain to.
            let _served = timeout(PATIENCE, meet(stream, door, &shared.keys, inside)).await;
        });
        Ok(())
    }
}
