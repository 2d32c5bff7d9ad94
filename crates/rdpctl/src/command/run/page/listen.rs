//! Where the page is served: on this machine alone, unless its address beyond it was declared and granted, somebody holds
//! a token, and nothing goes over the network in the clear.

use std::net::SocketAddr;

use rdpctl_model::declaration::PageAt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::door::Tokens;
use super::wire::{TlsFiles, tls};
use crate::error::CliError;

/// A place that is listened at.
pub(crate) struct Open {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
}

/// Opens it.
pub(crate) async fn listen(
    at: SocketAddr,
    files: Option<&TlsFiles>,
    reached: &PageAt,
    tokens: &Tokens,
) -> Result<Open, CliError> {
    if !at.ip().is_loopback() {
        beyond(at, files, reached, tokens)?;
    }
    let tls = files.map(|files| tls(&files.certificate, &files.key)).transpose()?;
    let listener = TcpListener::bind(at).await.map_err(|error| {
        CliError::new(format!("nobody can be listened to at {at}: {error}"))
            .hint("name another port; port 0 takes a free one")
    })?;
    Ok(Open { listener, tls })
}

/// Whether others than this machine may come.
fn beyond(
    at: SocketAddr,
    files: Option<&TlsFiles>,
    reached: &PageAt,
    tokens: &Tokens,
) -> Result<(), CliError> {
    let refused = |why: &str, remedy: &str| {
        Err(CliError::new(format!("{at} is not an address of this machine alone, and {why}"))
            .hint(remedy))
    };
    if reached.url.is_none() {
        return refused(
            "nothing is declared under which others reach the page",
            "declare [page] url = \"https://rdp.example.com\" and grant it by `rdpctl trust`, or listen at one such as 127.0.0.1:9464",
        );
    }
    if reached.closed.is_some() {
        return refused("nobody granted its [page]", "`rdpctl trust` asks for it");
    }
    if files.is_none() && reached.proxies.is_empty() {
        return refused(
            "what is read there would go over the network in the clear",
            "name --tls-cert and --tls-key, or declare the proxy that speaks TLS: [page] proxies = [\"10.0.0.5\"]",
        );
    }
    if tokens.count() == 0 {
        return refused(
            "nobody holds a token to read there",
            "rdpctl trust token NAME makes one, for one person",
        );
    }
    Ok(())
}
