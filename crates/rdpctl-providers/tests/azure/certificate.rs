//! An application that proves itself by a certificate, against a directory that checks the proof.

use std::path::{Path, PathBuf};

use rdpctl_contract::cloud::CloudReader;
use rdpctl_model::secret::Secret;
use rdpctl_words::english;
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, connect};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/house/keys").join(name)
}

/// A subscription whose application has that certificate registered.
async fn registered(name: &str) -> Estate {
    let text = std::fs::read_to_string(file(name)).unwrap();
    let end = "-----END CERTIFICATE-----";
    let (from, to) = (text.find("-----BEGIN CERT").unwrap(), text.find(end).unwrap() + end.len());
    let certificate = &text[from..to];
    Estate::start(&format!("certificates = ['''\n{certificate}\n''']\n[vm.web]\n")).await
}

/// Who that is, by the certificate in a file that the environment names.
async fn identity(estate: &Estate, name: &str) -> Result<String, (String, String)> {
    let cloud = connect(&estate.sim, |around| {
        around.variables.remove("AZURE_CLIENT_SECRET");
        let path = file(name).to_str().unwrap().to_owned();
        around.variables.insert("AZURE_CLIENT_CERTIFICATE_PATH", Secret::new(path));
    });
    let asked = cloud.identity(&CancellationToken::new()).await;
    asked.map_err(|error| (english(&error.said()), english(&error.advice())))
}

#[tokio::test]
async fn a_certificate_that_is_registered_gives_a_token_in_both_forms_of_its_key() {
    let estate = registered("application.pem").await;
    for name in ["application.pem", "application-pkcs1.pem"] {
        assert!(identity(&estate, name).await.unwrap().contains("corp"), "{name}");
    }
}

#[tokio::test]
async fn a_certificate_that_the_directory_does_not_know_is_refused_with_the_cure() {
    let estate = registered("elliptic.pem").await;
    // The same certificate, so that its key is known; then another application's.
    assert!(identity(&estate, "application.pem").await.is_ok());
    let stranger = registered("expired.pem").await;
    let (said, advice) = identity(&stranger, "application.pem").await.unwrap_err();
    assert!(said.contains("AADSTS700027"), "{said}");
    assert!(advice.contains("register this certificate"), "{advice}");
}

#[tokio::test]
async fn what_cannot_prove_anybody_is_not_sent_and_no_other_place_is_tried() {
    let estate = registered("application.pem").await;
    for (name, why) in [
        ("expired.pem", "the certificate ended on 2021-01-01 00:00 UTC"),
        ("mismatched.pem", "its private key is not that of any certificate in it"),
        ("elliptic.pem", "not an RSA key"),
        ("locked.pem", "locked with a password"),
        ("absent.pem", "cannot read"),
    ] {
        let (said, _) = identity(&estate, name).await.unwrap_err();
        assert!(said.contains(why), "{name}: {said}");
        assert!(!said.contains("az login"), "{name}: {said}");
    }
    assert_eq!(estate.calls("token"), 0);
}
