//! Tencent Cloud: API 3.0 from the signature up to the contract's traits.

pub mod api;
mod batch;
mod change;
mod client;
mod cloud;
mod code;
mod credentials;
mod describe;
mod endpoint;
mod envelope;
mod error;
mod lenient;
mod limits;
mod pace;
mod pages;
mod permission;
mod price;
mod refusal;
mod retry;
mod run_command;
mod sign;
mod survey;
mod transport;

pub use client::{Action, Client};
pub use cloud::{ConnectError, TencentCloud};
pub use code::{Class, Meaning, Recovery, meaning};
pub use credentials::{Credential, CredentialError, Keychain, Miss, Source, Surroundings};
pub use endpoint::{BaseUrl, EndpointError, Endpoints, Service, Target};
pub use envelope::Answer;
pub use error::{ApiError, CallError};
pub use lenient::{List, Nested, Number, Text};
pub use limits::{Count, Limits, Pace, Rates};
pub use retry::Safety;
pub use run_command::RunCommand;
pub use sign::{Signable, authorization};
pub use transport::{Transport, TransportError};
