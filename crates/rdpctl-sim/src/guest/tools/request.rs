//! What a policy file of `certreq` asks for. Of the kinds of requests only `Cert` is simulated, which asks nobody.

use std::collections::BTreeMap;

use crate::guest::certificate::DAY;
use crate::guest::wsman::Wanted;

const INVALID_DATA: u32 = 0x8007_000d;
const INVALID_ARGUMENT: u32 = 0x8007_0057;

/// The purpose of a server, as policy files and certificates write it.
const SERVER_AUTHENTICATION: &str = "1.3.6.1.5.5.7.3.1";

/// A policy file: sections of keys and values, by their names in lower case.
pub(super) struct Policy(BTreeMap<String, Vec<(String, String)>>);

impl Policy {
    pub(super) fn read(text: &str) -> Self {
        let mut sections: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut section = String::new();
        for line in text.lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name.to_ascii_lowercase();
            } else if let Some((key, value)) =
                line.split_once('=').filter(|_| !line.starts_with(';'))
            {
                let value = value.trim().trim_matches('"').to_owned();
                sections
                    .entry(section.clone())
                    .or_default()
                    .push((key.trim().to_ascii_lowercase(), value));
            }
        }
        Self(sections)
    }

    fn value(&self, key: &str) -> Option<&str> {
        let request = self.0.get("newrequest")?;
        request.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.value(key).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// What is asked for; what is not simulated is refused.
    pub(super) fn wanted(&self) -> Result<Wanted, u32> {
        if !self.is("requesttype", "cert") {
            return Err(INVALID_ARGUMENT);
        }
        let subject = self.value("subject").ok_or(INVALID_DATA)?;
        let named = subject.split(',').find_map(|part| part.trim().strip_prefix("CN="));
        let units: u64 = match self.value("validityperiodunits") {
            Some(number) => number.parse().map_err(|_| INVALID_DATA)?,
            None => 1,
        };
        let one = match self.value("validityperiod").map(str::to_ascii_lowercase).as_deref() {
            None | Some("years") => 365 * DAY,
            Some("months") => 30 * DAY,
            Some("weeks") => 7 * DAY,
            Some("days") => DAY,
            Some(_) => return Err(INVALID_DATA),
        };
        let purposes = self.0.get("enhancedkeyusageextension");
        Ok(Wanted {
            common_name: named.ok_or(INVALID_DATA)?.to_owned(),
            lasts: units * one,
            serves: purposes.is_some_and(|all| {
                all.iter().any(|(key, oid)| key == "oid" && oid == SERVER_AUTHENTICATION)
            }),
            for_machine: self.is("machinekeyset", "true"),
            container: self.value("keycontainer").map(str::to_owned),
        })
    }
}
