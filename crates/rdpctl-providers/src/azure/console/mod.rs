//! Azure's serial console: a session that the resource manager names, over a websocket at the console's own gateway.
//!
//! A second session throws the first out, so that one that is open is left alone. The token is given to the gateway that
//! the manager named, as the first message and never in the address.

mod gateway;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_model::guest::ChannelKind;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::client::{Ask, CONSOLE, CONSOLE_STATE, Client};
use super::error::ArmError;
use super::id::ArmId;
use super::pace::Kind;
use super::refused::refused;
use crate::channel::serial::{Lines, Wire};
use crate::channel::why::say;
use rdpctl_model::Said;

/// The channel's name in messages.
const CHANNEL: ChannelKind = ChannelKind::Serial;

/// How often it is looked whether somebody has a console open: our own session before this one is told of for a moment.
const LOOKS: u32 = 5;

/// How far apart those looks are.
const BETWEEN: Duration = Duration::from_secs(1);

/// Opens the consoles of a subscription's VMs.
#[derive(Debug)]
pub struct SerialConsole {
    client: Arc<Client>,
}

/// The console service of a subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Service {
    properties: ServiceState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServiceState {
    disabled: Option<bool>,
}

/// The serial port of a VM.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Port {
    properties: PortState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PortState {
    connection_state: String,
}

/// Where a session is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    connection_string: String,
}

impl SerialConsole {
    /// Opens them over that client.
    #[must_use]
    pub const fn new(client: Arc<Client>) -> Self {
        Self { client }
    }

    /// Asks whether a console may be had, and for a session.
    async fn session(&self, id: &ArmId) -> Result<Result<String, Said>, ArmError> {
        let stop = CancellationToken::new();
        let service = format!(
            "{}/providers/Microsoft.SerialConsole/consoleServices/default",
            self.client.root()
        );
        let ask = Ask::get(&service, CONSOLE);
        let service: Service = self.client.call(&ask, &stop).await?.read()?;
        if service.properties.disabled != Some(false) {
            return Ok(Err(say::console_disabled(&self.client.subscription)));
        }
        let port = format!("{}/providers/Microsoft.SerialConsole/serialPorts/0", id.path);
        let ask = Ask::get(&port, CONSOLE_STATE);
        let mut looks = 1;
        loop {
            let state: Port = self.client.call(&ask, &stop).await?.read()?;
            if !state.properties.connection_state.eq_ignore_ascii_case("active") {
                break;
            }
            if looks == LOOKS {
                return Ok(Err(say::console_taken()));
            }
            looks += 1;
            tokio::time::sleep(BETWEEN).await;
        }
        let connect = format!("{port}/connect");
        let ask = Ask::post(&connect, CONSOLE, Kind::Once);
        let session: Session = self.client.call(&ask, &stop).await?.read()?;
        Ok(Ok(session.connection_string))
    }
}

#[async_trait]
impl Lines for SerialConsole {
    async fn open(&self, target: &GuestTarget) -> Result<Box<dyn Wire>, ChannelError> {
        let instance = || target.instance.clone();
        let unavailable = |source: Cause| ChannelError::Unavailable {
            instance: instance(),
            channel: CHANNEL,
            source,
        };
        let Some(id) = ArmId::of(&target.id) else {
            return Err(unavailable(say::no_id_of_azure().into()));
        };
        let session = self.session(&id).await.map_err(|error| refused(target, CHANNEL, error))?;
        let url = session.map_err(|why| unavailable(why.into()))?;
        let url =
            gateway::checked(&url, &self.client.places).map_err(|why| unavailable(why.into()))?;
        let token = self.client.token().await.map_err(|error| refused(target, CHANNEL, error))?;
        let socket = socket::open(&self.client.upgrading(), &url, &token).await;
        let socket = socket.map_err(|source| ChannelError::Unreachable {
            instance: instance(),
            channel: CHANNEL,
            source,
        })?;
        Ok(Box::new(socket))
    }
}
