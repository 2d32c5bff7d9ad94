//! A port on loopback that can listen, refuse and swallow, and stays the same port meanwhile.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

/// Callers who wait for their turn.
const QUEUE: i32 = 128;
/// Another program may take a port between its choice and its reservation.
const ATTEMPTS: usize = 8;

/// A reserved port.
pub(super) struct Port {
    socket: Socket,
    address: SocketAddr,
    is_listening: bool,
    /// Connections of our own that fill the queue of a port that swallows.
    fillers: Vec<Socket>,
}

impl Port {
    /// Reserves any free port of 127.0.0.1, on which nothing listens yet.
    pub(super) fn reserve() -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..ATTEMPTS {
            // A port that the system chose is given up whenever the socket stops listening; one that was asked for is not.
            let address = {
                let chooser = Socket::new(Domain::IPV4, Type::STREAM, None)?;
                chooser.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
                chooser.local_addr()?
            };
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_nonblocking(true)?;
            // Callers of before may still hold the port when it listens again.
            socket.set_reuse_address(true)?;
            match (socket.bind(&address), address.as_socket()) {
                (Ok(()), Some(address)) => {
                    return Ok(Self { socket, address, is_listening: false, fillers: Vec::new() });
                }
                (Ok(()), None) => {}
                (Err(error), _) => last = error,
            }
        }
        Err(last)
    }

    /// Reserves this address, on which nothing listens yet.
    pub(super) fn at(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        Ok(Self { socket, address, is_listening: false, fillers: Vec::new() })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Callers get through.
    pub(super) fn listen(&mut self) -> io::Result<TcpListener> {
        self.refuse()?;
        self.socket.listen(QUEUE)?;
        self.is_listening = true;
        TcpListener::from_std(self.socket.try_clone()?.into())
    }

    /// Callers are refused by the system. Every listener that was given out must be dropped.
    pub(super) fn refuse(&mut self) -> io::Result<()> {
        // Only a listening socket is shut down: on any other the mark would stay, and close what it accepts later.
        if std::mem::take(&mut self.is_listening) {
            self.socket.shutdown(Shutdown::Both)?;
        }
        self.fillers.clear();
        Ok(())
    }

    /// Callers get no answer at all: the queue is full, and the kernel drops what comes.
    pub(super) fn swallow(&mut self) -> io::Result<()> {
        self.refuse()?;
        self.socket.listen(0)?;
        self.is_listening = true;
        for _ in 0..3 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            // It is under way; whether it arrives does not matter, for what matters is that the place is taken.
            let _under_way = filler.connect(&self.address.into());
            self.fillers.push(filler);
        }
        Ok(())
    }
}
