//! Hosts without a cloud API.

use super::{Place, SerialPort, Vendor};

/// Hosts without a cloud API.
pub(crate) const HOSTS: Vendor = Vendor {
    word: "static",
    name: "hosts",
    place: Place::Somewhere,
    keys: &["kind", "proxy"],
    is: "hosts without a cloud API",
    without: "remove it; how to get into a guest is said in `guest` of the instance",
    id: "\"10.0.0.5\"",
    serial: SerialPort::Declared,
    own_domains: &[],
    answers: None,
    registers_none: None,
    apis: &[],
    steps: &[],
    closing: "",
};
