//! The vendor's public list of retail prices: nobody's own, in US dollars, asked without any credential.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rdpctl_contract::Meter;
use serde::Deserialize;
use tokio::time::Instant;

/// Where the list is below its host.
const LIST: &str = "/api/retail/prices";
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read: a page of the list has a hundred lines.
const MOST: usize = 1 << 20;
/// How long what was found is as good as found now.
const AS_GOOD: Duration = Duration::from_hours(24);

/// The list. What was found in it is kept, so that it is asked for each thing once.
#[derive(Debug)]
pub(super) struct Retail {
    http: reqwest::Client,
    host: Option<String>,
    kept: Mutex<BTreeMap<String, (Instant, Option<f64>)>>,
}

/// A line of the list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    retail_price: f64,
    currency_code: String,
    #[serde(default)]
    tier_minimum_units: f64,
    arm_region_name: String,
    meter_name: String,
    product_name: String,
    sku_name: String,
    unit_of_measure: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(rename = "Items")]
    items: Vec<Line>,
}

/// Something in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// A gigabyte of a snapshot on standard disks, a month.
    Snapshot,
    /// A managed disk of a tier, a month.
    Disk { product: &'static str, tier: &'static str, redundancy: &'static str },
    /// A small Linux machine, an hour.
    Machine(&'static str),
    /// A static public address, an hour.
    Address,
}

impl Thing {
    /// By what it is found; values are ours or were looked at.
    fn filter(&self, region: &str) -> String {
        let own = match self {
            Self::Snapshot => "serviceName eq 'Storage' and productName eq 'Standard HDD Managed Disks' and skuName eq 'Snapshots LRS'".to_owned(),
            Self::Disk { product, tier, redundancy } => format!(
                "serviceName eq 'Storage' and productName eq '{product}' and skuName eq '{tier} {redundancy}'"
            ),
            Self::Machine(size) => {
                format!("serviceName eq 'Virtual Machines' and armSkuName eq '{size}'")
            }
            Self::Address => "serviceName eq 'Virtual Network' and productName eq 'IP Addresses' and meterName eq 'Standard IPv4 Static Public IP'".to_owned(),
        };
        format!("armRegionName eq '{region}' and priceType eq 'Consumption' and {own}")
    }

    /// Whether a line is of it: the list has more under the same names, such as machines with Windows, machines that may be
    /// taken away, and operations on disks.
    fn is_in(&self, line: &Line) -> bool {
        match self {
            Self::Snapshot => {
                line.meter_name == "LRS Snapshots" && line.unit_of_measure == "1 GB/Month"
            }
            Self::Disk { tier, redundancy, .. } => {
                let meters = [format!("{tier} {redundancy} Disk"), format!("{tier} Disks")];
                meters.contains(&line.meter_name) && line.unit_of_measure == "1/Month"
            }
            Self::Machine(_) => {
                let is_other =
                    ["Spot", "Low Priority"].iter().any(|word| line.sku_name.contains(word));
                !is_other
                    && !line.product_name.contains("Windows")
                    && line.unit_of_measure == "1 Hour"
            }
            Self::Address => line.unit_of_measure == "1 Hour",
        }
    }
}

impl Retail {
    /// The list at a host, over a way that takes no credential along; no host where the cloud has no list.
    pub(super) fn at(host: Option<String>, http: reqwest::Client) -> Self {
        Self { http, host, kept: Mutex::default() }
    }

    /// What the list says of one thing, in dollars; none where it does not answer, has it not, or has it twice.
    pub(super) async fn of(&self, region: &str, thing: &Thing) -> Option<f64> {
        let is_name = !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let filter = is_name.then(|| thing.filter(region))?;
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&filter).copied();
        if let Some((_, price)) = known.filter(|(at, _)| at.elapsed() < AS_GOOD) {
            return price;
        }
        match self.listed(&filter).await {
            Ok(page) => {
                let price = one_price(&page.items, region, thing);
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(filter, (Instant::now(), price));
                price
            }
            Err(why) => {
                tracing::debug!(%why, "no retail price");
                None
            }
        }
    }

    async fn listed(&self, filter: &str) -> Result<Page, String> {
        let host = self.host.as_deref().ok_or("this cloud has no list of prices")?;
        let mut url =
            reqwest::Url::parse(&format!("{host}{LIST}")).map_err(|error| error.to_string())?;
        let filter = utf8_percent_encode(filter, NON_ALPHANUMERIC);
        url.set_query(Some(&format!("$filter={filter}")));
        Meter::call();
        // No token goes along: the list is everybody's.
        let request = self.http.get(url).timeout(PATIENCE);
        let mut answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("HTTP {}", answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) =
            answer.chunk().await.map_err(|error| error.without_url().to_string())?
        {
            if body.len() + chunk.len() > MOST {
                return Err("a page that is too long".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

/// The price on which all lines agree that are of a thing.
fn one_price(lines: &[Line], region: &str, thing: &Thing) -> Option<f64> {
    let is_meant = |line: &&Line| {
        line.kind == "Consumption"
            && line.currency_code == "USD"
            && line.tier_minimum_units.abs() < f64::EPSILON
            && line.arm_region_name == region
            && thing.is_in(line)
    };
    let mut prices = lines.iter().filter(is_meant).map(|line| line.retail_price);
    let price = prices.next()?;
    prices.all(|other| (other - price).abs() < 1e-9).then_some(price)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(meter: &str, product: &str, sku: &str, price: f64) -> Line {
        Line {
            retail_price: price,
            currency_code: "USD".to_owned(),
            tier_minimum_units: 0.0,
            arm_region_name: "koreacentral".to_owned(),
            meter_name: meter.to_owned(),
            product_name: product.to_owned(),
            sku_name: sku.to_owned(),
            unit_of_measure: "1 Hour".to_owned(),
            kind: "Consumption".to_owned(),
        }
    }

    #[test]
    fn lines_that_are_of_something_else_or_contradict_each_other_are_no_price() {
        let linux = line("B1s", "Virtual Machines BS Series", "B1s", 0.0118);
        let windows = line("B1s", "Virtual Machines BS Series Windows", "B1s", 0.0158);
        let spot = line("B1s Spot", "Virtual Machines BS Series", "B1s Spot", 0.002);
        let thing = Thing::Machine("Standard_B1s");
        let one = |lines: &[Line]| one_price(lines, "koreacentral", &thing);
        assert_eq!(one(&[windows, linux, spot]), Some(0.0118));
        let other = line("B1s", "Virtual Machines BS Series", "B1s", 0.5);
        let linux = line("B1s", "Virtual Machines BS Series", "B1s", 0.0118);
        assert_eq!(one(&[linux, other]), None);
        assert_eq!(one(&[]), None);
    }
}
