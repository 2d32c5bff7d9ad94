//! `kind = "azure"`: a subscription of Microsoft Azure.

use std::path::PathBuf;

use rdpctl_model::ResourceId;
use rdpctl_model::account::{Azure, AzureCloud, AzureCredentials};
use rdpctl_model::secret::SecretRef;

use crate::diagnostic::Problems;
use crate::source::Place;
use crate::tree::{Fields, Node};

use super::calls::{calls, unknown_credentials};
use super::scalar::{line, secret};

pub(super) const CLOUDS: [(&str, AzureCloud); 3] = [
    ("public", AzureCloud::Public),
    ("china", AzureCloud::China),
    ("us-government", AzureCloud::UsGovernment),
];

/// The keys of an application that proves itself.
const APPLICATION: &[&str] =
    &["client-id", "client-secret", "client-certificate", "password", "token-file"];

const FORMS: &str = r#""env", "cli", "managed-identity", "workload-identity", either with ":CLIENT-ID", or { client-id = "…", client-secret = "env:…" }"#;

pub(super) fn decode(fields: &Fields<'_>, problems: &mut Problems) -> Option<Azure> {
    let subscription = fields
        .need("subscription", "\"00000000-0000-0000-0000-000000000000\"", problems)
        .and_then(|node| guid(node, "subscription", "`az account show` prints it", problems));
    let tenant = fields.optional("tenant", |node| tenant(node, problems));
    let cloud = fields.optional("cloud", |node| node.choice("cloud", &CLOUDS, problems));
    let credentials = fields.optional("credentials", |node| {
        let credentials = credentials(node, problems)?;
        needs_a_tenant(&credentials, fields, node.place, problems);
        Some(credentials)
    });
    let calls = calls(fields, problems);
    Some(Azure {
        cloud: cloud.ok()?.unwrap_or_default(),
        tenant: tenant.ok()?,
        subscription: subscription?,
        credentials: credentials.ok()?.unwrap_or(AzureCredentials::Chain),
        calls: calls.ok()?,
    })
}

/// Ids of subscriptions and applications.
fn guid(node: Node<'_>, key: &str, found: &str, problems: &mut Problems) -> Option<String> {
    let text = node.text(key, problems)?;
    if is_guid(text) {
        return Some(text.to_ascii_lowercase());
    }
    problems
        .error(node.place, format!("`{text}` cannot be the id for `{key}`"))
        .help(format!("it has 32 hexadecimal digits in five groups; {found}"));
    None
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// A tenant by its id or by one of its domains.
fn tenant(node: Node<'_>, problems: &mut Problems) -> Option<String> {
    let text = node.text("tenant", problems)?;
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if is_guid(text) || (text.contains('.') && text.split('.').all(label)) {
        return Some(text.to_ascii_lowercase());
    }
    problems
        .error(node.place, format!("`{text}` cannot be a tenant"))
        .help("write its id, or one of its domains, for example \"contoso.onmicrosoft.com\"");
    None
}

fn credentials(node: Node<'_>, problems: &mut Problems) -> Option<AzureCredentials> {
    if node.value.is_table() {
        return application(node, problems);
    }
    let text = node.text("credentials", problems)?;
    let client = |id: &str| is_guid(id).then(|| Some(id.to_ascii_lowercase()));
    let known = match text.split_once(':') {
        None => match text {
            "env" => Some(AzureCredentials::Chain),
            "cli" => Some(AzureCredentials::Cli),
            "managed-identity" => Some(AzureCredentials::ManagedIdentity { client: None }),
            "workload-identity" => {
                Some(AzureCredentials::WorkloadIdentity { client: None, token_file: None })
            }
            _ => None,
        },
        Some(("managed-identity", id)) => {
            client(id).map(|client| AzureCredentials::ManagedIdentity { client })
        }
        Some(("workload-identity", id)) => {
            client(id).map(|client| AzureCredentials::WorkloadIdentity { client, token_file: None })
        }
        Some(_) => None,
    };
    if known.is_none() {
        let words = ["env", "cli", "managed-identity", "workload-identity"];
        unknown_credentials(node, text, words, FORMS, problems);
    }
    known
}

/// An application with what it proves itself by: exactly one of a secret, a certificate and a token.
fn application(node: Node<'_>, problems: &mut Problems) -> Option<AzureCredentials> {
    let what = "`credentials`".to_owned();
    let fields = Fields::open(node, node.place, what, APPLICATION, problems)?;
    let client = fields
        .need("client-id", "\"00000000-0000-0000-0000-000000000000\"", problems)
        .and_then(|node| guid(node, "client-id", "the application's page shows it", problems));
    let key = fields.optional("client-secret", |node| secret(node, "client-secret", problems));
    let certificate = fields.optional("client-certificate", |node| certificate(node, problems));
    let token_file =
        fields.optional("token-file", |node| line(node, "token-file", problems).map(PathBuf::from));
    let (key, certificate, token_file) = (key.ok()?, certificate.ok()?, token_file.ok()?);
    if let Some(node) = fields.get("password") {
        problems
            .error(node.place, "keys that are locked with a password are not read")
            .help("keep the key as PEM that only you may read: `openssl pkcs12 -in FILE -nodes -out FILE.pem`, `openssl pkcs8 -in FILE -out FILE.pem`; an application's secret is `client-secret`");
    }
    match (key, certificate, token_file) {
        (Some(secret), None, None) => {
            Some(AzureCredentials::ClientSecret { client: client?, secret })
        }
        (None, Some(certificate), None) => {
            Some(AzureCredentials::ClientCertificate { client: client?, certificate })
        }
        (None, None, Some(token)) => {
            Some(AzureCredentials::WorkloadIdentity { client, token_file: Some(token) })
        }
        (None, None, None) => {
            problems
                .error(node.place, "the application has nothing to prove itself by")
                .help("add one of `client-secret = \"env:…\"`, `client-certificate = \"PATH\"`, `token-file = \"PATH\"`");
            None
        }
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
            problems
                .error(node.place, "the application proves itself in more than one way")
                .help("keep one of `client-secret`, `client-certificate` and `token-file`");
            None
        }
    }
}

/// A file by its path, or a reference to where the whole text is found.
fn certificate(node: Node<'_>, problems: &mut Problems) -> Option<SecretRef> {
    const KEY: &str = "client-certificate";
    let is_reference = |text: &str| {
        text.split_once(':').is_some_and(|(scheme, _)| ["env", "file", "cmd"].contains(&scheme))
    };
    if node.value.as_str().is_some_and(is_reference) {
        return secret(node, KEY, problems);
    }
    if node.value.as_str().is_some_and(|text| text.contains("-----BEGIN")) {
        problems.hide(node.place);
        problems
            .error(node.place, "`client-certificate` seems to hold the key itself")
            .help("write where it is found: a path, or \"env:NAME\"; and change the key, now that it stood in a file");
        return None;
    }
    line(node, KEY, problems).map(|path| SecretRef::File(PathBuf::from(path)))
}

/// A secret and a certificate are an application's in one tenant.
fn needs_a_tenant(
    credentials: &AzureCredentials,
    fields: &Fields<'_>,
    place: Place,
    problems: &mut Problems,
) {
    let needs = match credentials {
        AzureCredentials::ClientSecret { .. } | AzureCredentials::ClientCertificate { .. } => true,
        AzureCredentials::Chain
        | AzureCredentials::WorkloadIdentity { .. }
        | AzureCredentials::ManagedIdentity { .. }
        | AzureCredentials::Cli => false,
    };
    if needs && fields.lacks("tenant") {
        problems
            .error(
                place,
                format!("this application is one of a tenant, and {} names none", fields.what),
            )
            .help("add `tenant = \"…\"`: the directory's id, or one of its domains");
    }
}

/// The id of a machine of it.
pub(super) fn id(node: Node<'_>, problems: &mut Problems) -> Option<ResourceId> {
    let text = node.text("id", problems)?;
    let parts: Vec<&str> = text.split('/').collect();
    // ARM compares without case.
    let is = |index: usize, word: &str| {
        parts.get(index).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    let named = |index: usize| parts.get(index).is_some_and(|part| !part.is_empty());
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"?#%\\\"'<>".contains(&b));
    let vm = parts.len() == 9
        && is(0, "")
        && is(1, "subscriptions")
        && named(2)
        && is(3, "resourceGroups")
        && named(4)
        && is(5, "providers")
        && is(6, "Microsoft.Compute")
        && is(7, "virtualMachines")
        && named(8);
    if vm && plain {
        return Some(ResourceId::new(text));
    }
    let help = if text.starts_with("ins-") {
        "that is a Tencent Cloud id, and this provider's kind is \"azure\""
    } else {
        "write the whole resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/NAME"
    };
    problems
        .error(node.place, format!("`{text}` cannot be the id of an Azure virtual machine"))
        .help(help);
    None
}
