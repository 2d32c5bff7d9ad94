//! What the vendor asks for a change, where it quotes a price.

use rdpctl_contract::cloud::CloudOrder;
use rdpctl_model::CloudAction;
use rdpctl_model::plan::{Per, Price};
use tokio_util::sync::CancellationToken;

use super::api::addresses::{
    DescribeAddresses, InquiryPriceAllocateAddresses, InquiryPriceModifyAddressesBandwidth,
};
use super::api::instances::{
    InquiryPriceResetInstancesInternetMaxBandwidth, ItemPrice, NetworkCharge, WantedBandwidth,
};
use super::client::Client;
use super::error::CallError;

/// What a quoted price is per, where the vendor's own unit misleads.
enum Unit {
    /// Traffic: answers say `HOUR` although the unit is a gigabyte.
    Gigabyte,
    /// As the answer says.
    AsSaid,
}

/// The price of an order, in the account's own currency; none where there is nothing to pay, or nothing is quoted.
pub(super) async fn price(
    client: &Client,
    order: &CloudOrder,
    stop: &CancellationToken,
) -> Result<Option<Price>, CallError> {
    match quoted(client, order, stop).await {
        // Whatever the vendor has against quoting, the change itself may still be made.
        Err(CallError::Api(error)) => {
            tracing::debug!(%error, "no price quoted");
            Ok(None)
        }
        other => other,
    }
}

async fn quoted(
    client: &Client,
    order: &CloudOrder,
    stop: &CancellationToken,
) -> Result<Option<Price>, CallError> {
    match &order.action {
        CloudAction::AllocateAddress { mbps } => {
            let request = InquiryPriceAllocateAddresses {
                internet_charge_type: "TRAFFIC_POSTPAID_BY_HOUR",
                internet_max_bandwidth_out: *mbps,
            };
            let answer = client.call(&request, stop).await?.fields;
            Ok(read(&answer.price.0.address_price.0, &Unit::Gigabyte))
        }
        CloudAction::SetAddressBandwidth { mbps } => {
            let Some(address) = &order.handles.address_id else { return Ok(None) };
            let request = InquiryPriceModifyAddressesBandwidth {
                address_ids: vec![address.as_str().to_owned()],
                internet_max_bandwidth_out: *mbps,
            };
            let listing = DescribeAddresses {
                address_ids: request.address_ids.clone(),
                limit: 1,
                ..DescribeAddresses::default()
            };
            let (answer, listed) =
                tokio::join!(client.call(&request, stop), client.call(&listing, stop));
            let by_traffic = listed?
                .fields
                .address_set
                .iter()
                .any(|address| address.internet_charge_type == NetworkCharge::Traffic);
            let per = if by_traffic { Unit::Gigabyte } else { Unit::AsSaid };
            Ok(read(&answer?.fields.price.0.address_price.0, &per))
        }
        CloudAction::SetInstanceBandwidth { mbps } => {
            let request = InquiryPriceResetInstancesInternetMaxBandwidth {
                instance_ids: vec![order.instance.as_str().to_owned()],
                internet_accessible: WantedBandwidth { internet_max_bandwidth_out: *mbps },
            };
            let answer = client.call(&request, stop).await?.fields;
            Ok(read(&answer.price.0.bandwidth_price.0, &Unit::AsSaid))
        }
        CloudAction::Start
        | CloudAction::AssociateAddress
        | CloudAction::TransformAddress
        | CloudAction::OpenDoor { .. }
        | CloudAction::CloseDoor { .. }
        | CloudAction::SnapshotSystemDisk
        | CloudAction::Reboot
        | CloudAction::ReleaseAddress { .. } => Ok(None),
    }
}

/// As the vendor says it, who does not name the currency. A unit that nobody knows is no price.
fn read(price: &ItemPrice, unit: &Unit) -> Option<Price> {
    let of =
        |amount: f64, per| Some(Price { millionths: millionths(amount)?, currency: None, per });
    if let Some(amount) = price.unit_price_discount.or(price.unit_price) {
        let said = |name: &str| {
            let known = [("gb", Per::Gigabyte), ("hour", Per::Hour), ("month", Per::Month)];
            known.into_iter().find(|(it, _)| name.eq_ignore_ascii_case(it)).map(|(_, per)| per)
        };
        return match unit {
            Unit::Gigabyte => of(amount, Per::Gigabyte),
            Unit::AsSaid => of(amount, said(price.charge_unit.given()?)?),
        };
    }
    of(price.discount_price.or(price.original_price)?, Per::Once)
}

/// An amount that a vendor may ask, as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is looked at before"
)]
fn millionths(amount: f64) -> Option<u64> {
    (0.0..=1e9).contains(&amount).then(|| (amount * 1e6).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_by_what_it_is_per() {
        for (json, unit, expected) in [
            (
                r#"{"UnitPrice":0.8,"ChargeUnit":"GB"}"#,
                Unit::AsSaid,
                Some((800_000, Per::Gigabyte)),
            ),
            (
                r#"{"UnitPrice":0.8,"ChargeUnit":"HOUR"}"#,
                Unit::Gigabyte,
                Some((800_000, Per::Gigabyte)),
            ),
            (
                r#"{"UnitPrice":0.063,"UnitPriceDiscount":0.05,"ChargeUnit":"HOUR"}"#,
                Unit::AsSaid,
                Some((50_000, Per::Hour)),
            ),
            (
                r#"{"OriginalPrice":100,"DiscountPrice":80}"#,
                Unit::AsSaid,
                Some((80_000_000, Per::Once)),
            ),
            (r#"{"UnitPrice":0.8,"ChargeUnit":"FORTNIGHT"}"#, Unit::AsSaid, None),
            (r#"{"UnitPrice":-1,"ChargeUnit":"GB"}"#, Unit::AsSaid, None),
            ("{}", Unit::AsSaid, None),
        ] {
            let price: ItemPrice = serde_json::from_str(json).unwrap();
            let read = read(&price, &unit).map(|price| (price.millionths, price.per));
            assert_eq!(read, expected, "{json}");
        }
    }
}
