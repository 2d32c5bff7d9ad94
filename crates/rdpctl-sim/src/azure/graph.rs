//! The resource graph: rows of everything, paged in the body, and as old as the world's faults make it.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    call::{Call, Served},
    kql::{Query, Table},
    memory::Answered,
    place::Kind,
    refusal::Refusal,
};
use crate::clock::later;

/// The most rows of a page.
const PAGE: usize = 1000;

/// Answers a query.
pub(super) fn answer(call: &mut Call<'_>) -> Result<Served, Refusal> {
    let asked = call.fields()?;
    let bad = |code: &str, message: String| Refusal::new(400, code, message);
    let text = asked["query"].as_str().unwrap_or_default();
    let query = Query::parse(text).map_err(|reason| {
        bad(
            "BadRequest",
            format!("Please provide below info when asking for support: InvalidQuery: {reason}"),
        )
    })?;
    let subscription = call.subscription();
    let visible = match asked["subscriptions"].as_array() {
        None => true,
        Some(named) => named
            .iter()
            .any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(&subscription))),
    };
    let options = &asked["options"];
    let top = options["$top"].as_u64().and_then(|top| usize::try_from(top).ok()).unwrap_or(PAGE);
    let skip: usize = match options["$skipToken"].as_str() {
        None => 0,
        Some(token) => STANDARD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| bad("BadRequest", "InvalidSkipToken".to_owned()))?,
    };
    let rows = if visible { rows(call, text, &query) } else { Arc::default() };
    let end = rows.len().min(skip.saturating_add(top.clamp(1, PAGE)));
    let page = rows.get(skip..end).unwrap_or_default();
    let next = if end < rows.len() {
        format!(r#","$skipToken":"{}""#, STANDARD.encode(end.to_string()))
    } else {
        String::new()
    };
    let mut served = Served::text(format!(
        r#"{{"totalRecords":{},"count":{},"resultTruncated":"false","data":[{}],"facets":[]{next}}}"#,
        rows.len(),
        page.len(),
        page.join(","),
    ));
    served.headers.push(("x-ms-user-quota-resets-after", "00:00:05".to_owned()));
    Ok(served)
}

fn rows(call: &mut Call<'_>, text: &str, query: &Query) -> Arc<Vec<String>> {
    let (now, generation) = (call.estate.now, call.estate.generation());
    let lag = call.estate.world.faults.graph_lag.map(|lag| lag.0);
    let still = call.estate.next_due().is_none();
    let account = call.account;
    let known = call.arm.graph.iter().find(|known| {
        let fresh = match lag {
            Some(lag) => now < later(known.at, lag),
            None => still && known.generation == generation,
        };
        fresh && known.account == account && known.query == text
    });
    if let Some(known) = known {
        return Arc::clone(&known.rows);
    }
    let mut resources = Vec::new();
    if query.table == Table::NetworkResources {
        resources = call.ruled_networks();
    }
    for kind in Kind::IN_THE_GRAPH {
        let wanted = query.table == Table::Resources
            && query.types().is_none_or(|types| {
                types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind.name()))
            });
        if wanted {
            resources.extend(call.resources(kind));
        }
    }
    let mut rows: Vec<Value> = resources.into_iter().filter_map(|one| query.row(one)).collect();
    rows.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    let rows = Arc::new(rows.iter().map(Value::to_string).collect::<Vec<_>>());
    let memory = &mut call.arm.graph;
    memory.retain(|known| known.account != account || known.query != text);
    memory.truncate(15);
    memory.insert(
        0,
        Answered { account, query: text.to_owned(), generation, at: now, rows: Arc::clone(&rows) },
    );
    rows
}
