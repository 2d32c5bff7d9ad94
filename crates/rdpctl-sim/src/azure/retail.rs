//! The public list of retail prices: asked by nobody in particular. Whoever sends a token along has shown it to strangers.

use serde_json::{Value, json};

use super::{
    request::{Reply, Request},
    token::decoded,
};
use crate::{counters::Counters, estate::Estate, estate::Mishap};

/// Where the list is.
const PATH: &str = "/api/retail/prices";
/// Under which a question is counted and struck by faults.
const READ: &str = "prices.azure.com/read";
/// Lines on a page.
const PAGE: usize = 100;

/// Some lines of the list, as they are in most regions: service, product, sku, meter, unit, name in the resource manager, and
/// dollars. There are more under the same names than anybody wants.
const LINES: &str = "\
Storage|Standard HDD Managed Disks|Snapshots LRS|LRS Snapshots|1 GB/Month||0.05
Storage|Standard HDD Managed Disks|Snapshots ZRS|ZRS Snapshots|1 GB/Month||0.05
Storage|Premium SSD Managed Disks|Snapshots LRS|LRS Snapshots|1 GB/Month||0.132
Storage|Standard HDD Managed Disks|S4 LRS|S4 LRS Disk|1/Month|Standard_HDD_Managed_Disk_S4|1.69
Storage|Standard HDD Managed Disks|S4 LRS|S4 LRS Disk Operations|10K||0.0005
Storage|Standard SSD Managed Disks|E10 LRS|E10 LRS Disk|1/Month|Standard_SSD_Managed_Disk_E10|9.6
Storage|Premium SSD Managed Disks|P4 LRS|P4 LRS Disk|1/Month|Premium_SSD_Managed_Disk_P4|5.28
Storage|Premium SSD Managed Disks|P6 LRS|P6 LRS Disk|1/Month|Premium_SSD_Managed_Disk_P6|10.21
Storage|Premium SSD Managed Disks|P6 LRS|P6 LRS Disk Mount|1/Month||1.02
Storage|Premium SSD Managed Disks|P10 LRS|P10 LRS Disk|1/Month|Premium_SSD_Managed_Disk_P10|19.71
Storage|Premium SSD Managed Disks|P10 LRS|P10 LRS Disk Mount|1/Month||2.18
Storage|Premium SSD Managed Disks|P10 ZRS|P10 ZRS Disk|1/Month||29.57
Virtual Machines|Virtual Machines BS Series|B1s|B1s|1 Hour|Standard_B1s|0.0118
Virtual Machines|Virtual Machines BS Series Windows|B1s|B1s|1 Hour|Standard_B1s|0.0158
Virtual Machines|Virtual Machines BS Series|B1s Spot|B1s Spot|1 Hour|Standard_B1s|0.0024
Virtual Machines|Virtual Machines BS Series|B1s Low Priority|B1s Low Priority|1 Hour|Standard_B1s|0.003
Virtual Machines|Virtual Machines BS Series|B1ms|B1ms|1 Hour|Standard_B1ms|0.0236
Virtual Machines|Virtual Machines BS Series|B2s|B2s|1 Hour|Standard_B2s|0.0472
Virtual Network|IP Addresses|Standard|Standard IPv4 Static Public IP|1 Hour||0.005
Virtual Network|IP Addresses|Basic|Basic IPv4 Static Public IP|1 Hour||0.0036";

/// Answers a question to the list; nothing where it is for something else.
pub(super) fn answer(
    estate: &mut Estate,
    counters: &mut Counters,
    request: &Request<'_>,
) -> Option<Reply> {
    if request.path.trim_end_matches('/') != PATH {
        return None;
    }
    counters.called("azure", READ, request.header("host").unwrap_or_default());
    if request.header("authorization").is_some() {
        return Some(refused(400, "The list takes no credential."));
    }
    let held = estate.world.faults.latency.of(READ);
    let mut reply = match estate.mishap(READ) {
        None => listed(request),
        Some(Mishap::Error { message, .. }) => refused(503, &message),
        Some(Mishap::Reset { .. }) => Reply { reset: true, ..refused(503, "") },
        Some(Mishap::PowerCut { .. }) => Reply { cut: true, ..refused(503, "") },
    };
    reply.held = held;
    Some(reply)
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "Error": { "Code": "BadRequest", "Message": message } }))
}

fn listed(request: &Request<'_>) -> Reply {
    let filter = request.query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (decoded(key) == "$filter").then(|| decoded(value))
    });
    let conditions = filter.as_deref().map_or(Some(Vec::new()), conditions);
    let Some(conditions) = conditions else {
        return refused(400, "Invalid OData parameters supplied");
    };
    // A name is the same in the same letters alone.
    let region = conditions.iter().find(|(name, _)| name == "armRegionName");
    let region = region.map_or("koreacentral", |(_, region)| region.as_str());
    let lines = LINES.lines().filter_map(|line| shown(line, region));
    let fits = |line: &Value| {
        conditions.iter().all(|(name, value)| {
            let name = if name == "priceType" { "type" } else { name.as_str() };
            line[name].as_str() == Some(value.as_str())
        })
    };
    let items: Vec<Value> = lines.filter(fits).take(PAGE).collect();
    Reply::json(
        200,
        &json!({
            "BillingCurrency": "USD", "CustomerEntityId": "Default", "CustomerEntityType": "Retail",
            "Count": items.len(), "Items": items, "NextPageLink": null,
        }),
    )
}

/// The few conditions that are known here: equalities, all of them.
fn conditions(filter: &str) -> Option<Vec<(String, String)>> {
    let one = |part: &str| {
        let (name, value) = part.trim().split_once(" eq ")?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some((name.trim().to_owned(), value.to_owned()))
    };
    filter.split(" and ").map(one).collect()
}

fn shown(line: &str, region: &str) -> Option<Value> {
    let fields: [&str; 7] = line.split('|').collect::<Vec<_>>().try_into().ok()?;
    let [service, product, sku, meter, unit, arm, dollars] = fields;
    let dollars: f64 = dollars.parse().ok()?;
    Some(json!({
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": dollars, "unitPrice": dollars,
        "armRegionName": region, "location": region, "effectiveStartDate": "2023-01-01T00:00:00Z",
        "meterName": meter, "productName": product, "skuName": sku, "serviceName": service,
        "unitOfMeasure": unit, "type": "Consumption", "isPrimaryMeterRegion": true, "armSkuName": arm,
    }))
}
