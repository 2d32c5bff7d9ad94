//! Serial ports that lead to the network: one port of loopback a machine, as a hypervisor offers it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::line::{Wire, serve};
use crate::shared::Shared;
use crate::world::VmIndex;

/// Lines are kept for so many machines of a world at most: each takes a file.
const VMS: u32 = 32;

/// The lines of a world.
#[derive(Debug)]
pub(crate) struct Lines {
    places: BTreeMap<VmIndex, SocketAddr>,
    stop: CancellationToken,
    keepers: JoinSet<()>,
}

impl Lines {
    /// Opens them, and serves until `stop`.
    pub(crate) async fn open(shared: Shared, stop: CancellationToken) -> io::Result<Self> {
        let total = shared.lock().estate.world.vm_count();
        let mut lines = Self { places: BTreeMap::new(), stop, keepers: JoinSet::new() };
        for vm in (0..total.min(VMS)).map(VmIndex) {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            lines.places.insert(vm, listener.local_addr()?);
            lines.keepers.spawn(keep(listener, vm, shared.clone(), lines.stop.clone()));
        }
        Ok(lines)
    }

    /// Where a machine's port leads to.
    pub(crate) fn of(&self, vm: VmIndex) -> Option<SocketAddr> {
        self.places.get(&vm).copied()
    }

    /// Closes all of them.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        while self.keepers.join_next().await.is_some() {}
    }
}

async fn keep(listener: TcpListener, vm: VmIndex, shared: Shared, stop: CancellationToken) {
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (shared, stop) = (shared.clone(), stop.clone());
        sessions.spawn(async move {
            // Keys are sent one by one; without the option it still works.
            let _quick = stream.set_nodelay(true);
            serve(&mut Socket(stream), vm, &shared, &stop).await;
        });
    }
    while sessions.join_next().await.is_some() {}
}

struct Socket(TcpStream);

impl Wire for Socket {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = vec![0; 4096];
        let count = self.0.read(&mut chunk).await?;
        chunk.truncate(count);
        Ok(chunk)
    }
}
