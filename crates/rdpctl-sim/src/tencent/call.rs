//! A call that passed the gate, and what serves it.

use serde::{Serialize, de::DeserializeOwned};

use super::{errors::Refusal, keys::Gate, service::Service};
use crate::{
    estate::{Accepted, Estate},
    world::{Account, AccountIndex, Text},
};

/// A call that passed the gate.
pub(crate) struct Call<'a> {
    pub(crate) estate: &'a mut Estate,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) request: Text,
    pub(crate) action: &'static str,
    /// The caller's address as the server sees it.
    pub(crate) caller: std::net::IpAddr,
    pub(crate) gate: &'a mut Gate,
}

impl Call<'_> {
    pub(crate) fn account(&self) -> &Account {
        self.estate.world.account(self.account)
    }

    /// What operations that this call begins are known by.
    pub(crate) fn accepted(&self) -> Accepted {
        Accepted { action: self.action, request: self.request.clone() }
    }

    /// Whether something belongs to the caller, here.
    pub(crate) fn owns(&self, account: AccountIndex, region: &str) -> bool {
        self.account == account && *self.region == *region
    }
}

/// An action: its parameters are the type, its documented facts the constants.
pub(crate) trait Action: DeserializeOwned {
    const SERVICE: Service;
    const NAME: &'static str;
    /// Calls per second that the vendor documents.
    const RATE: u32;
    type Answer: Serialize;

    fn serve(self, call: &mut Call<'_>) -> Result<Self::Answer, Refusal>;
}

/// The answer of actions that only say that they were accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Done {}
