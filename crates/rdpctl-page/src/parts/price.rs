//! A price as people read it.

use rdpctl_model::plan::{Per, Price};
use rdpctl_model::repair::PlannedRepair;

use crate::words::Words;

/// A price in the reader's language.
pub(crate) fn says_price(words: &Words, price: &Price) -> String {
    let key = match price.per {
        Per::Once => "price.once",
        Per::Hour => "price.hour",
        Per::Month => "price.month",
        Per::Gigabyte => "price.gigabyte",
    };
    let digits = format!("{:06}", price.millionths % 1_000_000);
    let kept = digits.trim_end_matches('0').len().max(2);
    let amount = format!("{}.{}", price.millionths / 1_000_000, &digits[..kept]);
    let currency = price.currency.as_deref().unwrap_or_else(|| words.get("price.currency"));
    words.fill(key, &[("amount", &amount), ("currency", currency)])
}

/// What costs money, in the reader's language.
pub(crate) fn thing<'a>(words: &'a Words, what: &'a str) -> &'a str {
    match what {
        "elastic addresses, charged by traffic" => words.get("money.addresses"),
        "bandwidth charged by time" => words.get("money.bandwidth"),
        "instances charged again" => words.get("money.instances"),
        "other" => words.get("money.other"),
        "snapshots" => words.get("money.snapshots"),
        PlannedRepair::BILLED => words.get("money.repairs"),
        other => other,
    }
}
