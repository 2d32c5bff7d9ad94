//! Lines that a declaration names: sockets and devices to which a hypervisor or a cable leads a machine's port.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_model::declaration::SerialLine;
use rdpctl_model::guest::ChannelKind;
use tokio::net::{TcpStream, UnixStream};

use super::lines::Lines;
use super::tty::Tty;
use super::wire::{Stream, Wire};
use crate::channel::why::say;

/// How long a line may take to open.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens what is declared of each instance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared;

#[async_trait]
impl Lines for Declared {
    async fn open(&self, target: &GuestTarget) -> Result<Box<dyn Wire>, ChannelError> {
        let (instance, channel) = (target.instance.clone(), ChannelKind::Serial);
        let Some(line) = &target.access.serial else {
            let source = Cause::from(say::no_serial_line());
            return Err(ChannelError::Unavailable { instance, channel, source });
        };
        let opened = tokio::time::timeout(PATIENCE, dial(line)).await;
        let opened = opened.unwrap_or_else(|_| {
            Err(io::Error::new(io::ErrorKind::TimedOut, "nothing answers there"))
        });
        opened.map_err(|error| {
            let source = Cause::from(say::at(line.to_string(), error.to_string()));
            ChannelError::Unreachable { instance, channel, source }
        })
    }
}

async fn dial(line: &SerialLine) -> io::Result<Box<dyn Wire>> {
    Ok(match line {
        SerialLine::Unix(path) => Box::new(Stream(UnixStream::connect(path).await?)),
        SerialLine::Device(path) => Box::new(Tty::open(path)?),
        SerialLine::Tcp { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            Box::new(Stream(stream))
        }
    })
}
