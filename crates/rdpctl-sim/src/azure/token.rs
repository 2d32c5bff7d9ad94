//! The directory: tokens for applications, and for the machine's own identity.

use serde_json::{Value, json};

use super::{
    assertion,
    memory::Arm,
    refusal::Refusal,
    request::{Reply, Request},
};
use crate::{
    estate::Estate,
    world::{AccountIndex, Vendor},
};

/// How long a token lasts.
const LASTS: i64 = 3599;

/// Answers what is no resource's: the directory, the machine's metadata. None for anything else.
pub(super) fn answer(arm: &mut Arm, estate: &Estate, request: &Request<'_>) -> Option<Reply> {
    let path = request.path.trim_matches('/');
    if path == "metadata/identity/oauth2/token" {
        return Some(machine(arm, estate, request));
    }
    if path == "metadata/endpoints" {
        return Some(Reply::json(200, &endpoints(request)));
    }
    let (tenant, rest) = path.split_once('/')?;
    match rest {
        "v2.0/.well-known/openid-configuration" => {
            let base = &request.base;
            Some(Reply::json(
                200,
                &json!({
                    "issuer": format!("{base}/{tenant}/v2.0"),
                    "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
                    "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
                    "device_authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/devicecode"),
                    "tenant_region_scope": "AS",
                }),
            ))
        }
        "oauth2/v2.0/token" => Some(issue(arm, estate, tenant, request)),
        _ => None,
    }
}

fn endpoints(request: &Request<'_>) -> Value {
    let base = &request.base;
    json!({
        "name": "AzureCloud",
        "resourceManager": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": [base],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": { "storage": "core.windows.net" },
    })
}

fn issue(arm: &mut Arm, estate: &Estate, tenant: &str, request: &Request<'_>) -> Reply {
    let form = form(request.body);
    let field = |name: &str| {
        form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let refused = |status, error: &str, code: u32, words: &str| {
        Reply::json(
            status,
            &json!({
                "error": error,
                "error_description": format!("AADSTS{code}: {words}"),
                "error_codes": [code],
                "correlation_id": uuid::Uuid::new_v4().to_string(),
            }),
        )
    };
    let world = &estate.world;
    let azure = || {
        (0_u16..)
            .zip(&world.accounts)
            .filter(|(_, account)| account.vendor == Vendor::Azure)
            .map(|(index, account)| (AccountIndex(index), account))
    };
    if !azure().any(|(_, account)| account.tenant.eq_ignore_ascii_case(tenant)) {
        return refused(400, "invalid_request", 90002, "Tenant not found.");
    }
    if field("grant_type") != "client_credentials" {
        return refused(400, "unsupported_grant_type", 70003, "The grant is not supported.");
    }
    if !field("scope").ends_with("/.default") {
        return refused(400, "invalid_scope", 1_002_012, "The scope must end in /.default.");
    }
    let known = azure().find(|(_, account)| {
        account.secret_id.eq_ignore_ascii_case(field("client_id"))
            && account.tenant.eq_ignore_ascii_case(tenant)
    });
    let Some((index, account)) = known else {
        return refused(400, "unauthorized_client", 700_016, "The application was not found.");
    };
    // A pipeline's token says whose it is; here it says so in plain words.
    let federated = field("client_assertion") == format!("federated-{}", account.secret_id);
    if !field("client_assertion").is_empty() && !federated {
        if field("client_assertion_type") != assertion::TYPE {
            return refused(400, "invalid_request", 900_144, "client_assertion_type is missing.");
        }
        let audience = format!("{}/{tenant}/oauth2/v2.0/token", request.base);
        let now = jiff::Timestamp::now().as_second();
        match assertion::check(account, field("client_assertion"), &audience, now) {
            Ok(id) if arm.is_first_shown(&id, now) => {}
            Ok(_) => {
                return refused(401, "invalid_client", 50013, "The assertion was shown before.");
            }
            Err((code, words)) => return refused(401, "invalid_client", code, words),
        }
    } else if field("client_secret") != account.secret_key.0 && !federated {
        return refused(401, "invalid_client", 7_000_215, "Invalid client secret provided.");
    }
    let token = arm.lend(index, LASTS);
    Reply::json(
        200,
        &json!({
            "token_type": "Bearer",
            "expires_in": LASTS,
            "ext_expires_in": LASTS,
            "access_token": token,
        }),
    )
}

/// The identity of a machine of the first account.
fn machine(arm: &mut Arm, estate: &Estate, request: &Request<'_>) -> Reply {
    if request.header("metadata") != Some("true") {
        let body = json!({ "error": "bad_request_102", "error_description": "Required metadata header not specified" });
        return Reply::json(400, &body);
    }
    let account = estate.world.accounts.iter().position(|one| one.vendor == Vendor::Azure);
    let Some(index) = account.and_then(|index| u16::try_from(index).ok()) else {
        let body = json!({ "error": "invalid_request", "error_description": "Identity not found" });
        return Reply::json(400, &body);
    };
    let token = arm.lend(AccountIndex(index), LASTS);
    let expires = jiff::Timestamp::now().as_second() + LASTS;
    Reply::json(
        200,
        &json!({
            "access_token": token,
            "expires_on": expires.to_string(),
            "expires_in": LASTS.to_string(),
            "resource": "https://management.azure.com",
            "token_type": "Bearer",
        }),
    )
}

/// Who a token was given to.
pub(super) fn bearer(arm: &Arm, request: &Request<'_>) -> Result<AccountIndex, Refusal> {
    let failed = |code: &str, words: &str| Err(Refusal::new(401, code, words));
    let Some(token) =
        request.header("authorization").and_then(|header| header.strip_prefix("Bearer "))
    else {
        return failed(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        );
    };
    match arm.lent(token) {
        None => failed("InvalidAuthenticationToken", "The access token is invalid."),
        Some((_, until)) if until <= jiff::Timestamp::now().as_second() => {
            failed("ExpiredAuthenticationToken", "The access token expiry UTC time has passed.")
        }
        Some((account, _)) => Ok(account),
    }
}

/// The fields of a form.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

/// What percent signs and plus signs stand for.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let number = std::str::from_utf8(&digits).ok();
                bytes.extend(number.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
