//! The JSON Schema of a declaration file, with which editors complete and check as people write.
//!
//! What facets take comes from the facets themselves; what is checked between tables (references, circles, secrets
//! in the clear) no schema can say, and `validate` does.

mod looping;
mod pieces;

use rdpctl_facets::{BUILT_IN, manual};
use rdpctl_model::FacetId;
use rdpctl_model::guest::{ChannelKind, Through};
use rdpctl_model::step::Guarded;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::decode::words;
use pieces::{named, object, one_of, secret, text};

/// The schema, as JSON.
#[must_use]
pub fn schema() -> Value {
    // Written out where it is used: an editor shows what a definition is called, which tells nobody anything.
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    let profile = profile(&mut SchemaGenerator::new(settings));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rdpctl declaration",
        "description": "Providers, profiles, instances, fleets and guards, as `rdpctl` reads them from TOML.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "provider": named("Cloud accounts with a region, and hosts without a cloud API.", &provider()),
            "profile": named("Reusable desired states.", &profile),
            "instance": named("VMs, one by one.", &instance()),
            "fleet": named("VMs by selector, from the provider's inventory.", &fleet()),
            "guard": guard(),
            "accept": {
                "description": "Drift that somebody has taken responsibility for.",
                "type": "array",
                "items": accept(),
            },
            "run": looping::run(),
            "page": looping::page(),
            "state": {
                "description": "Where the state is kept.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "url": {
                        "description": "sqlite:PATH, or postgres://HOST/DATABASE without a password.",
                        "type": "string",
                        "pattern": "^(sqlite:|postgres(ql)?://).",
                    },
                },
            },
        },
    })
}

fn provider() -> Value {
    let mut table = object(
        &["kind"],
        &json!({
            "kind": one_of("Which vendor.", &words::PROVIDER_KINDS),
            "region": text("Tencent Cloud's id of the region, for example ap-guangzhou."),
            "subscription": {
                "description": "The id of the Azure subscription.",
                "type": "string",
                "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            },
            "tenant": text("Azure's tenant, by its id or one of its domains."),
            "cloud": one_of("Which of Azure's clouds.", &words::CLOUDS),
            "credentials": {
                "description": "Where the credentials come from.",
                "anyOf": [
                    { "type": "string", "pattern": "^(env|role|role:.+|profile:.+|cli|(managed|workload)-identity(:.+)?)$" },
                    object(&["id", "key"], &json!({ "id": secret("The key's id"), "key": secret("The key") })),
                    application("client-secret", &json!({ "client-secret": secret("The application's secret") })),
                    application("client-certificate", &json!({
                        "client-certificate": text("The application's certificate and key as PEM: a file, or a reference (env:NAME, cmd:PROGRAM)."),
                    })),
                    application("token-file", &json!({ "token-file": text("The file of the token that a cluster issues.") })),
                ],
            },
            "commands": {
                "description": "The ids of the registered commands by which alone guests are looked into; `rdpctl permissions --register` says them.",
                "type": "array",
                "items": { "type": "string", "pattern": "^cmd-[a-z0-9]+$" },
                "minItems": 1,
            },
            "endpoint": {
                "description": "One base URL in place of the vendor's hosts.",
                "type": "string",
                "pattern": "^https?://[^@]+$",
            },
            "proxy": {
                "description": "The proxy through which the vendor's API is reached; none, to go past that of the environment.",
                "anyOf": [{ "const": "none" }, { "type": "string", "pattern": "^https?://[^@]+$" }],
            },
            "rates": {
                "description": "Client-side rate limits: as documented, none, or the documented ones multiplied.",
                "anyOf": [
                    { "enum": ["documented", "unlimited"] },
                    { "type": "number", "exclusiveMinimum": 0 },
                ],
            },
        }),
    );
    let of = |kind: &str, required: &[&str], strange: &[&str]| {
        let none: Map<String, Value> =
            strange.iter().map(|key| ((*key).to_owned(), Value::Bool(false))).collect();
        json!({
            "if": { "properties": { "kind": { "const": kind } } },
            "then": { "required": required, "properties": none },
        })
    };
    table["allOf"] = json!([
        of("tencent", &["region"], &["subscription", "tenant", "cloud"]),
        of("azure", &["subscription"], &["region", "commands"]),
        of(
            "static",
            &[],
            &[
                "region",
                "subscription",
                "tenant",
                "cloud",
                "credentials",
                "commands",
                "endpoint",
                "rates",
            ],
        ),
    ]);
    table
}

/// An application of Azure with what it proves itself by.
fn application(required: &str, proof: &Value) -> Value {
    let mut table = object(&["client-id", required], proof);
    table["properties"]["client-id"] = text("The application's id.");
    table
}

fn profile(generator: &mut SchemaGenerator) -> Value {
    let mut properties = Map::new();
    let built_in = BUILT_IN.join(" and ");
    properties.insert(
        "extends".to_owned(),
        text(&format!("The profile whose facets are taken over; {built_in} are built in.")),
    );
    for facet in FacetId::ALL {
        let mut value = rdpctl_facets::schema(facet, generator);
        // What the facet is about is said by the key.
        value.remove("description");
        let summary = manual(facet).summary;
        let value = json!({
            "description": format!("{summary} \"unmanaged\" releases an inherited wish."),
            "anyOf": [value, { "const": words::UNMANAGED }],
        });
        properties.insert(facet.name().to_owned(), value);
    }
    object(&[], &Value::Object(properties))
}

fn guest() -> Value {
    // A disk is no way into a running Windows.
    let ways: Vec<&str> = ChannelKind::ALL
        .into_iter()
        .filter(|kind| kind.way().through != Through::Disk)
        .map(ChannelKind::name)
        .collect();
    object(
        &[],
        &json!({
            "via": {
                "description": "Channels in order of preference.",
                "type": "array",
                "uniqueItems": true,
                "items": { "enum": ways },
            },
            "user": text("The account for channels that log on."),
            "password": secret("Its password"),
            "winrm": object(&[], &json!({
                "endpoint": text("One URL in place of the address and the default port."),
                "tls": { "description": "Over TLS and in no other way, or without it; where nothing is said, TLS wins if it answers.", "type": "boolean" },
                "plain": one_of("Where a sealed log-on may cross plain HTTP.", &words::PLAIN),
                "port": { "description": "The port, when not the default.", "type": "integer", "minimum": 1, "maximum": 65535 },
                "auth": one_of("How to log on.", &words::AUTH),
                "ca-file": text("A file of authorities that are trusted, and no others; relative to the declaration."),
                "pin-sha256": {
                    "description": "The SHA-256 of the one certificate to trust.",
                    "type": "string",
                    "pattern": "^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$",
                },
                "client-certificate": text("A file with the client's certificate."),
                "client-key": text("A file with the client's key."),
                "bootstrap": {
                    "description": "Whether WinRM may be set up, over TLS, through run-command when it does not answer.",
                    "type": "boolean",
                },
            })),
            "serial": object(&[], &json!({
                "unix": text("A socket that leads to the serial port, as hypervisors offer."),
                "device": text("A serial port of this machine."),
                "tcp": text("Host and port that lead to it, in clear."),
            })),
        }),
    )
}

fn instance() -> Value {
    let mut table = object(
        &["provider", "profile"],
        &json!({
            "provider": text("The name of its provider."),
            "id": text("The vendor's id of the VM."),
            "address": text("The name or IP address of a host without a cloud API."),
            "profile": text("The name of its desired state."),
            "guest": guest(),
            "snapshot": snapshot(),
            "disk": text("Its system disk, an image or a device, for when nothing in its Windows answers (hosts without a cloud API)."),
            "offline": offline(),
            "proof": proof(),
            "installation": { "description": "Which Windows on that disk, counted from 1, where it has several.", "type": "integer", "minimum": 1, "maximum": 16 },
        }),
    );
    table["oneOf"] = json!([{ "required": ["id"] }, { "required": ["address"] }]);
    table
}

fn fleet() -> Value {
    object(
        &["provider", "select", "profile"],
        &json!({
            "provider": text("The name of its provider."),
            "select": {
                "description": "Which instances; all conditions must hold.",
                "type": "object",
                "additionalProperties": false,
                "minProperties": 1,
                "properties": {
                    "tags": {
                        "description": "Tags with their values.",
                        "type": "object",
                        "additionalProperties": { "type": "string" },
                    },
                    "names": {
                        "description": "Names, with `*` for any run of characters.",
                        "type": "array",
                        "items": { "type": "string", "minLength": 1 },
                    },
                    "resource-group": text("The resource group (Azure)."),
                },
            },
            "profile": text("The name of their desired state."),
            "guest": guest(),
            "snapshot": snapshot(),
            "offline": offline(),
            "proof": proof(),
        }),
    )
}

fn proof() -> Value {
    let logon = object(
        &["user", "password"],
        &json!({
            "user": text("A local account, best one of its own with a long random password."),
            "password": text("Where its password is found: env:NAME, file:PATH or cmd:PROGRAM ARGS."),
            "even-administrator": { "description": "Whether it may be the built-in administrator.", "type": "boolean" },
        }),
    );
    object(&["logon"], &json!({ "logon": logon }))
}

fn snapshot() -> Value {
    object(
        &[],
        &json!({
            "first": { "description": "Whether the system disk is copied before the first step that is irreversible or reboots; it is, unless said otherwise.", "type": "boolean" },
            "keep": { "description": "How long the copy is kept: \"12h\", \"7d\".", "type": "string", "pattern": "^[0-9]+ ?[mhd]$" },
        }),
    )
}

fn offline() -> Value {
    object(
        &[],
        &json!({
            "keep": { "description": "How long the disk that it had before is kept: \"12h\", \"7d\".", "type": "string", "pattern": "^[0-9]+ ?[mhd]$" },
            "hold": { "description": "Whether the copy stays attached to the machine that helps, for a person's hands.", "type": "boolean" },
        }),
    )
}

fn guard() -> Value {
    let mut properties = Map::new();
    for guarded in Guarded::ALL {
        let answer = one_of("What needs permission.", &words::ANSWERS);
        properties.insert(guarded.name().to_owned(), answer);
    }
    properties.insert(
        "max-disrupted".to_owned(),
        json!({
            "description": "How many instances may reboot or restart RDP at once: 5, or \"10%\".",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%?$" },
            ],
        }),
    );
    let window = json!({
        "description": "Days, hours and time zone: Sat 02:00-05:00 Asia/Seoul.",
        "type": "string",
    });
    properties.insert(
        "windows".to_owned(),
        json!({
            "description": "When disruption is allowed; always, if not given.",
            "anyOf": [window, { "type": "array", "items": window }],
        }),
    );
    object(&[], &Value::Object(properties))
}

fn accept() -> Value {
    object(
        &["instance", "reason"],
        &json!({
            "instance": text("The instance or fleet."),
            "facet": one_of("The facet; all of them, if not given.", &FacetId::ALL.map(FacetId::name)),
            "reason": text("Why."),
            "owner": text("Who takes responsibility."),
            "until": { "description": "Until when.", "type": "string", "format": "date" },
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::keys;

    fn keys_of(schema: &Value, path: &str) -> Vec<String> {
        let table = schema.pointer(path).and_then(Value::as_object).expect("a table of properties");
        let mut keys: Vec<String> = table.keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_schema_knows_the_keys_that_the_decoder_knows() {
        let schema = schema();
        let guards: Vec<&str> = Guarded::ALL
            .iter()
            .map(|guard| guard.name())
            .chain(keys::GUARD.iter().copied())
            .collect();
        let instance = "/properties/instance/additionalProperties/properties";
        let fleet = "/properties/fleet/additionalProperties/properties";
        for (path, known) in [
            ("/properties", &crate::parse::SECTIONS[..]),
            ("/properties/provider/additionalProperties/properties", keys::PROVIDER),
            (instance, keys::INSTANCE),
            (&format!("{instance}/guest/properties"), keys::GUEST),
            (&format!("{instance}/snapshot/properties"), keys::SNAPSHOT),
            (&format!("{instance}/offline/properties"), keys::OFFLINE),
            (&format!("{instance}/guest/properties/winrm/properties"), keys::WINRM),
            (&format!("{instance}/guest/properties/serial/properties"), keys::SERIAL),
            (&format!("{instance}/proof/properties"), keys::PROOF),
            (&format!("{instance}/proof/properties/logon/properties"), keys::LOGON),
            (fleet, keys::FLEET),
            (&format!("{fleet}/select/properties"), keys::SELECT),
            ("/properties/guard/properties", &guards),
            ("/properties/accept/items/properties", keys::ACCEPT),
            ("/properties/state/properties", keys::STATE),
            ("/properties/run/properties", keys::RUN),
            ("/properties/page/properties", keys::PAGE),
            ("/properties/run/properties/webhook/items/properties", keys::WEBHOOK),
        ] {
            let mut known: Vec<&str> = known.to_vec();
            known.sort_unstable();
            assert_eq!(keys_of(&schema, path), known, "{path}");
        }
    }
}
