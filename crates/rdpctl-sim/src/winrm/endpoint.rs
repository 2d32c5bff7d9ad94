//! Listeners: one server plays any number of hosts, each at its own loopback port or address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::accepts::Accepts;
use super::counters::Counters;
use super::http::Connection;
use super::inject::Injection;
use super::machine::Machine;
use super::quota::Quotas;
use super::service::Service;
use super::tls::Tls;

/// The most hosts of one server.
const HOSTS: usize = 20_000;
/// The most connections of one server.
const CONNECTIONS: usize = 8_192;
/// The largest head of a request.
const HEAD_LIMIT: usize = 64 * 1024;
/// How long a TLS handshake or a request's head may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a host is reached and what it takes.
#[derive(Clone)]
pub struct Endpoint {
    /// The computer's name.
    pub name: String,
    /// A loopback address.
    pub address: IpAddr,
    /// A port; 0 for any free one.
    pub port: u16,
    /// HTTPS, or plain HTTP without.
    pub tls: Option<Tls>,
    /// The ways to log on.
    pub accepts: Accepts,
    /// The limits.
    pub quotas: Quotas,
}

impl Endpoint {
    /// A stock host: plain HTTP at any free port of 127.0.0.1.
    #[must_use]
    pub fn stock(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            tls: None,
            accepts: Accepts::default(),
            quotas: Quotas::default(),
        }
    }

    /// The same over HTTPS, with Basic as well.
    #[must_use]
    pub fn https(name: &str, tls: Tls) -> Self {
        let accepts = Accepts { basic: true, ..Accepts::default() };
        Self { tls: Some(tls), accepts, ..Self::stock(name) }
    }
}

/// Why a host could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Simulated hosts are for this machine only.
    #[error("{address} is not a loopback address")]
    NotLoopback {
        /// The address.
        address: IpAddr,
    },
    /// The server plays as many hosts as it can.
    #[error("a server plays at most {HOSTS} hosts")]
    TooMany,
    /// The port cannot be bound.
    #[error("cannot listen at {address}:{port}")]
    Bind {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
}

/// A server of any number of hosts. They close when it is dropped.
pub struct Server {
    listeners: Mutex<JoinSet<()>>,
    connections: Arc<Semaphore>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listeners: Mutex::default(), connections: Arc::new(Semaphore::new(CONNECTIONS)) }
    }
}

impl Server {
    /// A server without hosts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a host. Its tasks run on the runtime that this is called from.
    pub async fn open(
        &self,
        endpoint: Endpoint,
        machine: Arc<dyn Machine>,
    ) -> Result<Host, OpenError> {
        let Endpoint { name, address, port, tls, accepts, quotas } = endpoint;
        if !address.is_loopback() {
            return Err(OpenError::NotLoopback { address });
        }
        let bind = |source| OpenError::Bind { address, port, source };
        let listener = TcpListener::bind((address, port)).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let service = Arc::new(Service::new(name, machine, quotas));
        let closed = CancellationToken::new();
        let host = Host {
            address,
            https: tls.is_some(),
            service: Arc::clone(&service),
            closed: closed.clone(),
        };
        let room = Arc::clone(&self.connections);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        while listeners.try_join_next().is_some() {}
        if listeners.len() >= HOSTS {
            return Err(OpenError::TooMany);
        }
        let listening = listen(listener, service, accepts, tls, room);
        listeners
            .spawn(async move { closed.run_until_cancelled(listening).await.unwrap_or_default() });
        Ok(host)
    }
}

/// An open host.
#[derive(Clone)]
pub struct Host {
    address: SocketAddr,
    https: bool,
    service: Arc<Service>,
    closed: CancellationToken,
}

impl Host {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}/wsman", if self.https { "https" } else { "http" }, self.address)
    }

    /// Stops listening and drops its connections.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// What it has seen.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.service.counters()
    }

    /// Lets something go wrong.
    pub fn inject(&self, injection: Injection) {
        self.service.inject(injection);
    }

    /// Forgets all shells, as a reboot does.
    pub fn lose_shells(&self) {
        self.service.lose_shells();
    }
}

async fn listen(
    listener: TcpListener,
    service: Arc<Service>,
    accepts: Accepts,
    tls: Option<Tls>,
    room: Arc<Semaphore>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Out of file descriptors, most likely; the connections under way free some.
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let full = connections.len() >= service.quotas().connections;
                let Some(place) = Arc::clone(&room).try_acquire_owned().ok().filter(|_| !full) else { continue };
                let Some(accepts) = service.machine().lets_in(accepts) else { continue };
                service.count(|counters| counters.connections += 1);
                let (service, tls) = (Arc::clone(&service), tls.clone());
                connections.spawn(async move {
                    connect(stream, service, accepts, tls).await;
                    drop(place);
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(stream: TcpStream, service: Arc<Service>, accepts: Accepts, tls: Option<Tls>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = tls else {
        return exchange(stream, Connection::new(service, accepts, None, None)).await;
    };
    let acceptor = TlsAcceptor::from(Arc::clone(&tls.config));
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await else {
        return;
    };
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certified = certificate.and_then(|certificate| tls.clients.user(certificate));
    exchange(stream, Connection::new(service, accepts, Some(tls), certified)).await;
}

async fn exchange(stream: impl AsyncRead + AsyncWrite + Unpin, connection: Connection) {
    let connection = Arc::new(tokio::sync::Mutex::new(connection));
    let serve = service_fn(move |request| {
        let connection = Arc::clone(&connection);
        async move { connection.lock().await.answer(request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), serve)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
