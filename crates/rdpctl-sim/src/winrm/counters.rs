//! What an endpoint has seen, so that tests can prove what did and did not happen.

use std::collections::BTreeMap;

/// Distinct command lines that are told apart; more are counted together under an empty line.
const LINES: usize = 10_000;

/// Counts since the endpoint was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// HTTP requests, those of log-ons included.
    pub requests: u64,
    /// TCP connections.
    pub connections: u64,
    /// Log-ons that succeeded: NTLM handshakes, or requests with Basic or a client certificate.
    pub log_ons: u64,
    /// Log-ons that were refused.
    pub refused_log_ons: u64,
    /// SOAP messages that came unsealed over plain HTTP.
    pub clear_text_bodies: u64,
    /// Shells opened.
    pub creates: u64,
    /// Shells closed by their owner.
    pub deletes: u64,
    /// Shells open now.
    pub open_shells: usize,
    /// The most shells that were ever open at once.
    pub most_shells: usize,
    /// Commands told to end.
    pub terminates: u64,
    /// The longest idle time that a shell was opened with, in seconds.
    pub longest_idle: u64,
    /// How often each line was run.
    pub executions: BTreeMap<String, u64>,
}

impl Counters {
    /// How often a line was run.
    #[must_use]
    pub fn executed(&self, line: &str) -> u64 {
        self.executions.get(line).copied().unwrap_or(0)
    }

    pub(super) fn ran(&mut self, line: &str) {
        let line = if self.executions.len() < LINES || self.executions.contains_key(line) {
            line
        } else {
            ""
        };
        *self.executions.entry(line.to_owned()).or_insert(0) += 1;
    }
}
