//! What is sent, and what becomes of answers good and bad.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdpctl_contract::cloud::{CloudAsk, CloudError, CloudNeeds, CloudReader, Which};
use rdpctl_contract::{Leave, MayChange};
use rdpctl_model::{ProviderName, ResourceId};
use rdpctl_providers::tencent::api::addresses::{AllocateAddresses, AssociateAddress};
use rdpctl_providers::tencent::api::identity::GetCallerIdentity;
use rdpctl_providers::tencent::{CallError, Class, Source, TencentCloud};
use tokio_util::sync::CancellationToken;

use crate::peer::{Peer, client_of, keys, ok, refusal};

const IDENTITY: &str =
    r#"{"Response":{"Arn":"qcs::cam::uin/1:uin/1","AccountId":"1","RequestId":"r-2"}}"#;

fn associate() -> AssociateAddress {
    AssociateAddress { address_id: "eip-1".to_owned(), instance_id: "ins-1".to_owned() }
}

#[tokio::test]
async fn a_request_carries_the_headers_that_the_vendor_asks_for() {
    let peer = Peer::start(|_, _| ok(IDENTITY)).await;
    let answer =
        peer.client().call(&GetCallerIdentity {}, &CancellationToken::new()).await.unwrap();
    assert_eq!((&*answer.request_id, answer.fields.account_id.as_str()), ("r-2", "1"));

    let request = &peer.seen()[0];
    assert_eq!((request.line.as_str(), request.body.as_str()), ("POST / HTTP/1.1", "{}"));
    for (name, value) in [
        ("host", peer.url.trim_start_matches("http://")),
        ("content-type", "application/json"),
        ("x-tc-action", "GetCallerIdentity"),
        ("x-tc-version", "2018-08-13"),
        ("x-tc-region", "ap-seoul"),
        ("x-tc-language", "en-US"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_eq!(request.header("x-tc-token"), None);
    let proof = request.header("authorization").unwrap();
    assert!(proof.starts_with("TC3-HMAC-SHA256 Credential=AKIDtest/"), "{proof}");
    assert!(
        proof.contains("/sts/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature="),
        "{proof}"
    );
}

#[tokio::test]
async fn a_clock_that_is_off_is_corrected_once_by_the_vendors() {
    let peer = Peer::start(|number, _| match number {
        0 => refusal("AuthFailure.SignatureExpire")
            .replace("200 OK\r\n", "200 OK\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"),
        _ => ok(IDENTITY),
    })
    .await;
    peer.client().call(&GetCallerIdentity {}, &CancellationToken::new()).await.unwrap();
    let seen = peer.seen();
    let sent: i64 = seen[1].header("x-tc-timestamp").unwrap().parse().unwrap();
    assert!((1_700_000_000..1_700_000_060).contains(&sent), "{sent}");
    assert!(seen[1].header("authorization").unwrap().contains("/2023-11-14/sts/"));
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_an_error_that_says_so() {
    let peer = Peer::start(|_, _| {
        refusal("AuthFailure.SignatureExpire")
            .replace("200 OK\r\n", "200 OK\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\n")
    })
    .await;
    let error =
        peer.client().call(&GetCallerIdentity {}, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.class(), Class::Clock);
    assert_eq!(peer.seen().len(), 2);
}

#[tokio::test]
async fn a_throttled_write_is_sent_again_and_a_failed_one_is_not() {
    let peer = Peer::start(|number, _| match number {
        0 => refusal("RequestLimitExceeded"),
        _ => refusal("InternalError"),
    })
    .await;
    let client = peer.client();
    let error = client.call(&associate(), &CancellationToken::new()).await.unwrap_err();
    assert!(error.effect_unknown(), "{error}");
    assert_eq!(peer.seen().len(), 2);
    let count = client.counts()["AssociateAddress"];
    assert_eq!((count.sent, count.throttled, count.repeated), (2, 1, 1));
}

/// Gives leave once.
struct Once(AtomicBool);

#[async_trait::async_trait]
impl MayChange for Once {
    async fn may_change(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_throttled_write_is_not_sent_again_once_its_leave_is_gone() {
    let peer = Peer::start(|_, _| refusal("RequestLimitExceeded")).await;
    let (client, stop) = (peer.client(), CancellationToken::new());
    let leave = Leave::of(Arc::new(Once(AtomicBool::new(true))));
    let error = leave.during(client.call(&associate(), &stop)).await.unwrap_err();
    assert!(matches!(error, CallError::Cancelled { .. }), "{error}");
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn a_write_with_a_client_token_is_sent_again_as_it_was() {
    let peer = Peer::start(|number, _| match number {
        // The connection breaks after the request has arrived.
        0 => String::new(),
        _ => ok(r#"{"Response":{"AddressSet":["eip-1"],"TaskId":null,"RequestId":"r"}}"#),
    })
    .await;
    let request = AllocateAddresses {
        address_count: 1,
        internet_charge_type: None,
        internet_max_bandwidth_out: None,
        tags: Vec::new(),
        client_token: "token-1".to_owned(),
    };
    let answer = peer.client().call(&request, &CancellationToken::new()).await.unwrap();
    assert_eq!(answer.fields.address_set.0[0].as_str(), "eip-1");
    let seen = peer.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].body, seen[1].body);
    assert!(seen[0].body.contains(r#""ClientToken":"token-1""#), "{}", seen[0].body);
}

#[tokio::test]
async fn bad_answers_are_told_apart() {
    let endless = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 64 * 1024 * 1024);
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
            .to_owned();
    for (answer, expected) in [
        (ok("<html>a proxy's page</html>"), "the answer could not be understood"),
        (ok(""), "the answer could not be understood"),
        (endless, "the answer exceeds 16777216 bytes"),
        (redirect, "answered with HTTP status 302"),
        (refusal("Some.NewCode"), "refused with Some.NewCode: no (request r-1)"),
    ] {
        let peer = Peer::start(move |_, _| answer.clone()).await;
        let error =
            peer.client().call(&GetCallerIdentity {}, &CancellationToken::new()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(peer.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_stopped_run_sends_nothing_more() {
    let peer = Peer::start(|_, _| ok(IDENTITY)).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let error = peer.client().call(&GetCallerIdentity {}, &stop).await.unwrap_err();
    assert!(matches!(error, CallError::Cancelled { .. }), "{error}");
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_on_is_unreachable_by_name() {
    let client = client_of("http://127.0.0.1:1", Source::Chain, keys());
    let cloud = TencentCloud::new(ProviderName::new("gz"), Arc::new(client));
    let (pages, _received) = tokio::sync::mpsc::channel(1);
    let which = Which::Ids(vec![ResourceId::new("ins-00000001")]);
    let ask = CloudAsk::anew(which, CloudNeeds::default());
    let error = cloud.survey(ask, pages, &CancellationToken::new()).await.unwrap_err();
    assert!(
        matches!(&error, CloudError::Unreachable { endpoint, .. } if endpoint.quote() == Some("127.0.0.1:1")),
        "{error}"
    );
}
