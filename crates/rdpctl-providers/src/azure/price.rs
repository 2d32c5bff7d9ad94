//! What the vendor asks for what rdpctl makes, by its list of retail prices.
//!
//! A sum is quoted where each of its parts is: a part of a price would be another price.

use std::time::Duration;

use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_contract::{DiskDeed, DiskWork, WorkPriced};
use rdpctl_model::ResourceId;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::plan::{Per, Price};
use rdpctl_model::repair::NoLink;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::client::{Ask, COMPUTE, Client, DISKS};
use super::id::ArmId;
use super::network;
use super::retail::Thing;
use super::small::SIZES;

/// By what the vendor divides a month into hours.
const HOURS: f64 = 730.0;

/// What has to be known of a machine's disk.
struct Disk {
    region: String,
    sku: String,
    gigabytes: u64,
    no_link: Option<NoLink>,
}

/// The price of an order; none where there is nothing to pay, or nothing is quoted.
pub(super) async fn price(
    client: &Client,
    order: &CloudOrder,
    stop: &CancellationToken,
) -> Result<Option<Price>, CloudError> {
    match order.action.verb() {
        CloudVerb::SnapshotSystemDisk => {
            let disk = disk(client, &order.instance, stop).await?;
            let each = client.prices.of(&disk.region, &Thing::Snapshot).await;
            Ok(each.and_then(|each| sum(each * disk.size(), Per::Month)))
        }
        CloudVerb::AllocateAddress => {
            let region = region(client, &order.instance, stop).await?;
            let each = client.prices.of(&region, &Thing::Address).await;
            Ok(each.and_then(|each| sum(each, Per::Hour)))
        }
        CloudVerb::Start
        | CloudVerb::Reboot
        | CloudVerb::AssociateAddress
        | CloudVerb::TransformAddress
        | CloudVerb::ReleaseAddress
        | CloudVerb::SetAddressBandwidth
        | CloudVerb::SetInstanceBandwidth
        | CloudVerb::OpenDoor
        | CloudVerb::CloseDoor => Ok(None),
    }
}

/// Why the system disk of a machine gives no link.
pub(super) async fn closed_to_links(
    client: &Client,
    vm: &ResourceId,
    stop: &CancellationToken,
) -> Result<Option<NoLink>, CloudError> {
    Ok(disk(client, vm, stop).await?.no_link)
}

/// The price of all that a work on a disk makes, and what its disk says of links.
pub(super) async fn of_work(
    client: &Client,
    work: &DiskWork,
    stop: &CancellationToken,
) -> Result<WorkPriced, CloudError> {
    let disk = disk(client, &work.vm, stop).await?;
    let price = of_time(client, &disk, work.deed, work.takes).await;
    let longer = match work.longer {
        Some(longer) => of_time(client, &disk, work.deed, longer).await,
        None => None,
    };
    Ok(WorkPriced { price, longer, no_link: disk.no_link })
}

/// Charged by the hour that was begun, a second disk for as long as it is kept.
async fn of_time(client: &Client, disk: &Disk, deed: DiskDeed, takes: Duration) -> Option<Price> {
    let region = &disk.region;
    let hours = hours(takes);
    let snapshot = client.prices.of(region, &Thing::Snapshot).await?;
    let snapshot = snapshot * disk.size() * hours / HOURS;
    let DiskDeed::Repair { keep } = deed else { return sum(snapshot, Per::Once) };
    let second = tier(&disk.sku, disk.gigabytes)?;
    // The helper's own disk: 30 GiB of a stock image.
    let own = Thing::Disk { product: "Standard HDD Managed Disks", tier: "S4", redundancy: "LRS" };
    let (second, own) =
        (client.prices.of(region, &second).await, client.prices.of(region, &own).await);
    let mut helper = None;
    for size in SIZES {
        helper = client.prices.of(region, &Thing::Machine(size)).await;
        if helper.is_some() {
            break;
        }
    }
    let (second, own, helper) = (second?, own?, helper?);
    let kept = if keep.is_zero() { hours } else { hours + self::hours(keep) };
    let dollars = snapshot + second * kept / HOURS + own * hours / HOURS + helper * hours;
    sum(dollars, Per::Once)
}

/// Hours that were begun.
#[expect(clippy::cast_precision_loss, reason = "nothing is kept for so long")]
fn hours(time: Duration) -> f64 {
    time.as_secs().div_ceil(3600).max(1) as f64
}

impl Disk {
    #[expect(clippy::cast_precision_loss, reason = "no disk is so large")]
    fn size(&self) -> f64 {
        self.gigabytes as f64
    }
}

/// The tier by which a disk is charged: the next larger one.
fn tier(sku: &str, gigabytes: u64) -> Option<Thing> {
    const UP_TO: [u64; 14] =
        [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32767];
    const PREMIUM: [&str; 14] = [
        "P1", "P2", "P3", "P4", "P6", "P10", "P15", "P20", "P30", "P40", "P50", "P60", "P70", "P80",
    ];
    const MIDDLE: [&str; 14] = [
        "E1", "E2", "E3", "E4", "E6", "E10", "E15", "E20", "E30", "E40", "E50", "E60", "E70", "E80",
    ];
    const STANDARD: [&str; 14] = [
        "S4", "S4", "S4", "S4", "S6", "S10", "S15", "S20", "S30", "S40", "S50", "S60", "S70", "S80",
    ];
    let place = UP_TO.iter().position(|size| gigabytes <= *size)?;
    let (kind, redundancy) = sku.split_once('_')?;
    let redundancy = ["LRS", "ZRS"].into_iter().find(|one| *one == redundancy)?;
    let (product, tiers) = match kind {
        "Premium" => ("Premium SSD Managed Disks", PREMIUM),
        "StandardSSD" => ("Standard SSD Managed Disks", MIDDLE),
        "Standard" => ("Standard HDD Managed Disks", STANDARD),
        _ => return None,
    };
    Some(Thing::Disk { product, tier: tiers.get(place).copied()?, redundancy })
}

async fn region(
    client: &Client,
    vm: &ResourceId,
    stop: &CancellationToken,
) -> Result<String, CloudError> {
    Ok(located(&read(client, vm.as_str(), COMPUTE, stop).await?))
}

async fn disk(
    client: &Client,
    vm: &ResourceId,
    stop: &CancellationToken,
) -> Result<Disk, CloudError> {
    let model = read(client, vm.as_str(), COMPUTE, stop).await?;
    let id = &model["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"];
    let shown = read(client, id.as_str().unwrap_or_default(), DISKS, stop).await?;
    Ok(Disk {
        region: located(&model),
        sku: shown["sku"]["name"].as_str().unwrap_or_default().to_owned(),
        gigabytes: shown["properties"]["diskSizeGB"].as_u64().unwrap_or(0),
        no_link: network::no_link(&shown["properties"]),
    })
}

fn located(model: &Value) -> String {
    let text = model["location"].as_str().unwrap_or_default();
    text.chars().filter(|letter| *letter != ' ').collect::<String>().to_ascii_lowercase()
}

async fn read(
    client: &Client,
    id: &str,
    version: &str,
    stop: &CancellationToken,
) -> Result<Value, CloudError> {
    let path = ArmId::parse(id).map(|at| at.path).unwrap_or_default();
    Ok(client.call(&Ask::get(&path, version), stop).await?.read()?)
}

/// Dollars as a price; none where the sum is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is looked at before"
)]
fn sum(dollars: f64, per: Per) -> Option<Price> {
    // What is paid once for several things is told in cents, and what is less than that as far as it is seen.
    let step = match per {
        Per::Once if dollars >= 0.1 => 1e2,
        Per::Once => 1e4,
        Per::Hour | Per::Month | Per::Gigabyte => 1e6,
    };
    let dollars = (dollars * step).round() / step;
    let millionths = (dollars > 0.0 && dollars < 1e9).then(|| (dollars * 1e6).round() as u64)?;
    Some(Price { millionths, currency: Some("USD".to_owned()), per })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_charged_by_the_next_larger_tier_of_its_kind() {
        for (sku, gigabytes, expected) in [
            ("Premium_LRS", 127, Some("P10")),
            ("Premium_ZRS", 129, Some("P15")),
            ("StandardSSD_LRS", 32, Some("E4")),
            ("Standard_LRS", 30, Some("S4")),
            ("PremiumV2_LRS", 127, None),
            ("UltraSSD_LRS", 127, None),
            ("Premium_LRS", 40_000, None),
        ] {
            let found = match tier(sku, gigabytes) {
                Some(Thing::Disk { tier, .. }) => Some(tier),
                Some(_) | None => None,
            };
            assert_eq!(found, expected, "{sku} {gigabytes}");
        }
    }

    #[test]
    fn what_is_no_sum_is_no_price() {
        for dollars in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(sum(dollars, Per::Once), None);
        }
        assert_eq!(sum(6.35, Per::Month).unwrap().millionths, 6_350_000);
    }
}
