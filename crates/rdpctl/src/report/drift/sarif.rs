//! A drift report as SARIF 2.1.0: a rule for each facet, a result for each finding, at the line that declares it.

use std::collections::BTreeSet;

use rdpctl_config::Declaration;
use rdpctl_model::{FacetId, Verdict};
use serde_json::{Value, json};

use super::{Finding, Report};
use crate::error::CliError;
use crate::out::safe;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Report {
    /// As SARIF. What was accepted is there, and suppressed with its reason.
    pub(crate) fn sarif(&self, declaration: &Declaration) -> Result<String, CliError> {
        let facets: BTreeSet<FacetId> =
            self.shown().flat_map(|finding| finding.facets.iter().copied()).collect();
        let rules: Vec<Value> = facets.iter().map(|facet| rule(*facet)).collect();
        let results: Vec<Value> = self
            .shown()
            .flat_map(|finding| {
                finding.facets.iter().map(|facet| result(finding, *facet, declaration))
            })
            .collect();
        let unseen: Vec<Value> = self
            .basis
            .unseen
            .iter()
            .map(|unseen| {
                json!({
                    "level": "error",
                    "message": { "text": safe(&format!("fleet {}: its members are unknown: {}", unseen.fleet, rdpctl_words::english(&unseen.gap.said()))) },
                })
            })
            .collect();
        let sarif = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "rdpctl",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": unseen.is_empty() && self.unknown == 0,
                    "toolExecutionNotifications": unseen,
                }],
                "results": results,
            }],
        });
        serde_json::to_string_pretty(&sarif)
            .map(|text| format!("{text}\n"))
            .map_err(|error| CliError::from_error(&error))
    }
}

fn rule(facet: FacetId) -> Value {
    let manual = rdpctl_facets::manual(facet);
    let mut rule = json!({
        "id": facet.name(),
        "shortDescription": { "text": manual.summary },
        "fullDescription": { "text": manual.healthy },
        "help": { "text": format!("rdpctl explain {facet}") },
    });
    if let (Some(page), Some(object)) = (manual.pages.first(), rule.as_object_mut()) {
        object.insert("helpUri".to_owned(), json!(page));
    }
    rule
}

fn result(finding: &Finding, facet: FacetId, declaration: &Declaration) -> Value {
    let level = match &finding.verdict {
        Verdict::Unknown { .. } => "warning",
        Verdict::Drifted { .. }
        | Verdict::Blocked { .. }
        | Verdict::Healthy { .. }
        | Verdict::NotApplicable { .. } => "error",
    };
    let mut location = json!({
        "logicalLocations": [{ "fullyQualifiedName": safe(&format!("{}/{facet}", finding.instance)), "kind": "resource" }],
    });
    if let (Some(origin), Some(object)) =
        (declaration.origin(&finding.instance), location.as_object_mut())
    {
        object.insert(
            "physicalLocation".to_owned(),
            json!({
                "artifactLocation": { "uri": uri(&origin.file.to_string_lossy()) },
                "region": { "startLine": origin.line },
            }),
        );
    }
    let mut result = json!({
        "ruleId": facet.name(),
        "level": level,
        "message": { "text": safe(&format!("{}: {facet} {}", finding.instance, finding.words)) },
        "locations": [location],
        "partialFingerprints": { "rdpctl/v1": format!("{}/{facet}", finding.instance) },
    });
    if let Some(object) = result.as_object_mut() {
        if let Some(accepted) = &finding.accepted {
            object.insert(
                "suppressions".to_owned(),
                json!([{ "kind": "external", "status": "accepted", "justification": safe(&accepted.words()) }]),
            );
        }
        let mut properties = serde_json::Map::new();
        if let Some(stage) = finding.stage {
            properties.insert("shows-at".to_owned(), json!(stage));
        }
        if let Some(suspect) = &finding.changed_by {
            properties.insert("changed-by".to_owned(), json!(safe(&suspect.words())));
        }
        if !properties.is_empty() {
            object.insert("properties".to_owned(), properties.into());
        }
        if finding.change.is_some() {
            object.insert("baselineState".to_owned(), json!(baseline(finding)));
        }
    }
    result
}

fn baseline(finding: &Finding) -> &'static str {
    match finding.change {
        Some(super::Change::New) | None => "new",
        Some(super::Change::Changed) => "updated",
        Some(super::Change::Stays) => "unchanged",
    }
}

/// A relative reference of RFC 3986: all that is not plain is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
