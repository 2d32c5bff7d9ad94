//! Where the key comes from, as the vendor sees it in the signature.

use rdpctl_providers::tencent::api::identity::GetCallerIdentity;
use rdpctl_providers::tencent::{Source, Surroundings};
use tokio_util::sync::CancellationToken;

use crate::peer::{Peer, keys, ok, refusal, surroundings};

const IDENTITY: &str = r#"{"Response":{"Arn":"a","RequestId":"r"}}"#;

/// An answer of the token service.
fn given(id: &str, expires: i64) -> String {
    ok(&format!(
        r#"{{"Response":{{"Credentials":{{"TmpSecretId":"{id}","TmpSecretKey":"k","Token":"token-of-{id}"}},"ExpiredTime":{expires},"RequestId":"r"}}}}"#
    ))
}

/// Who signed each call for the identity, with the token's header.
fn signers(peer: &Peer) -> Vec<(String, Option<String>)> {
    peer.seen()
        .iter()
        .filter(|request| request.header("x-tc-action") == Some("GetCallerIdentity"))
        .map(|request| {
            let proof = request.header("authorization").unwrap();
            let id = proof.split("Credential=").nth(1).unwrap().split('/').next().unwrap();
            (id.to_owned(), request.header("x-tc-token").map(str::to_owned))
        })
        .collect()
}

async fn ask(peer: &Peer, source: Source, around: Surroundings) -> Result<(), String> {
    let client = peer.client_with(source, around);
    match client.call(&GetCallerIdentity {}, &CancellationToken::new()).await {
        Ok(_) => Ok(()),
        Err(error) => Err(rdpctl_words::english(&error.said())),
    }
}

#[tokio::test]
async fn a_role_is_assumed_with_the_key_of_the_environment() {
    let peer = Peer::start(|_, request| match request.header("x-tc-action") {
        Some("AssumeRole") => given("AKIDrole", 4_102_444_800),
        _ => ok(IDENTITY),
    })
    .await;
    let arn = "qcs::cam::uin/1:roleName/rdpctl".to_owned();
    ask(&peer, Source::AssumeRole(arn), keys()).await.unwrap();
    assert_eq!(signers(&peer), [("AKIDrole".to_owned(), Some("token-of-AKIDrole".to_owned()))]);
    let assumed = &peer.seen()[0];
    assert!(assumed.header("authorization").unwrap().contains("Credential=AKIDtest/"));
    assert!(
        assumed.body.contains(r#""RoleArn":"qcs::cam::uin/1:roleName/rdpctl""#),
        "{}",
        assumed.body
    );
}

#[tokio::test]
async fn a_pod_proves_itself_with_its_token_and_no_signature() {
    let token = std::env::temp_dir().join(format!("rdpctl-token-{}", std::process::id()));
    std::fs::write(&token, "the.pod.token\n").unwrap();
    let peer = Peer::start(|_, request| match request.header("x-tc-action") {
        Some("AssumeRoleWithWebIdentity") => given("AKIDpod", 4_102_444_800),
        _ => ok(IDENTITY),
    })
    .await;
    let around = surroundings(&[
        ("TKE_REGION", "ap-seoul"),
        ("TKE_PROVIDER_ID", "cls-1"),
        ("TKE_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("TKE_ROLE_ARN", "arn"),
    ]);
    ask(&peer, Source::Role, around).await.unwrap();
    std::fs::remove_file(token).unwrap();
    assert_eq!(signers(&peer), [("AKIDpod".to_owned(), Some("token-of-AKIDpod".to_owned()))]);
    let assumed = &peer.seen()[0];
    assert_eq!(assumed.header("authorization"), Some("SKIP"));
    assert!(assumed.body.contains(r#""WebIdentityToken":"the.pod.token""#), "{}", assumed.body);
}

#[tokio::test]
async fn a_machines_role_is_asked_of_its_metadata() {
    let peer = Peer::start(|_, request| match request.line.split(' ').nth(1).unwrap() {
        "/latest/meta-data/cam/security-credentials/" => ok("ops\n"),
        "/latest/meta-data/cam/security-credentials/ops" => ok(
            r#"{"TmpSecretId":"AKIDvm","TmpSecretKey":"k","Token":"t","ExpiredTime":4102444800,"Expiration":"2100-01-01T00:00:00Z","Code":"Success"}"#,
        ),
        _ => ok(IDENTITY),
    })
    .await;
    let around = Surroundings { metadata: Some(peer.url.clone()), ..Surroundings::default() };
    ask(&peer, Source::Role, around).await.unwrap();
    assert_eq!(signers(&peer), [("AKIDvm".to_owned(), Some("t".to_owned()))]);
}

#[tokio::test]
async fn credentials_that_run_out_soon_are_renewed_for_the_next_call() {
    let peer = Peer::start(|number, request| match request.header("x-tc-action") {
        Some("AssumeRole") => given(&format!("AKIDrole{number}"), 1_700_000_000),
        _ => ok(IDENTITY),
    })
    .await;
    let client = peer.client_with(Source::AssumeRole("arn".to_owned()), keys());
    for _ in 0..2 {
        client.call(&GetCallerIdentity {}, &CancellationToken::new()).await.unwrap();
    }
    let ids: Vec<String> = signers(&peer).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["AKIDrole0", "AKIDrole2"]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let peer = Peer::start(|number, request| match (number, request.header("x-tc-action")) {
        (_, Some("AssumeRole")) => given(&format!("AKIDrole{number}"), 4_102_444_800),
        (1, _) => refusal("AuthFailure.TokenFailure"),
        _ => ok(IDENTITY),
    })
    .await;
    ask(&peer, Source::AssumeRole("arn".to_owned()), keys()).await.unwrap();
    let ids: Vec<String> = signers(&peer).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["AKIDrole0", "AKIDrole2"]);
}

#[tokio::test]
async fn without_credentials_the_error_says_where_was_looked() {
    let peer = Peer::start(|_, _| ok(IDENTITY)).await;
    let error = ask(
        &peer,
        Source::Chain,
        surroundings(&[("TENCENTCLOUD_CREDENTIALS_FILE", "/nonexistent/keys")]),
    )
    .await
    .unwrap_err();
    assert_eq!(
        error,
        "no usable credentials for GetCallerIdentity: no credentials found; \
         tried environment: TENCENTCLOUD_SECRET_ID is not set; \
         /nonexistent/keys: no such file; \
         ~/.tccli: there is no home directory; \
         pod identity: TKE_REGION is not set; \
         machine role: the metadata service does not answer; this is no machine of the cloud"
    );
    assert!(peer.seen().is_empty());
}
