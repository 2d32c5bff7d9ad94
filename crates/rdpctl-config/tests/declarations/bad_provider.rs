//! Providers that cannot be used as they are written.

use crate::said;

#[test]
fn a_zone_is_not_a_region() {
    insta::assert_snapshot!(said("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou-3\"\n"), @r#"
    error: `ap-guangzhou-3` is an availability zone
     --> fleet.toml:3:10
      |
    3 | region = "ap-guangzhou-3"
      |          ^^^^^^^^^^^^^^^^
      |
      = help: its region is `ap-guangzhou`
    "#);
}

#[test]
fn credentials_in_the_clear() {
    insta::assert_snapshot!(
        said("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul\"\ncredentials = { id = \"env:ID\", key = \"Gu5t9xGARNpq86cd98joQYCN3EXAMPLE\" }\n"),
        @r#"
    error: `key` seems to hold the secret itself
     --> fleet.toml:4:38
      |
    4 | credentials = { id = "env:ID", key = "********************************" }
      |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write where it is found: `key = "env:NAME"`, "file:PATH", "cmd:PROGRAM ARGS" or "keyring:SERVICE/USER"; and change the secret, now that it stood in a file
    "#
    );
}

#[test]
fn credentials_of_an_unknown_kind() {
    insta::assert_snapshot!(said("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul\"\ncredentials = \"profil:work\"\n"), @r#"
    error: these are no credentials that rdpctl knows
     --> fleet.toml:4:15
      |
    4 | credentials = "profil:work"
      |               ^^^^^^^^^^^^^
      |
      = help: write "env", "profile:NAME", "role", "role:ARN", or { id = "env:…", key = "env:…" }; did you mean `profile`?
    "#);
}

#[test]
fn an_endpoint_that_is_no_url() {
    insta::assert_snapshot!(
        said("[provider.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\nendpoint = \"127.0.0.1:8080\"\n[provider.b]\nkind = \"tencent\"\nregion = \"ap-seoul\"\nendpoint = \"http://user:pass@127.0.0.1\"\n"),
        @r#"
        error: `127.0.0.1:8080` is not an http or https URL
         --> fleet.toml:4:12
          |
        4 | endpoint = "127.0.0.1:8080"
          |            ^^^^^^^^^^^^^^^^
          |
          = help: for example `endpoint = "https://127.0.0.1:8443"`

        error: the URL of `endpoint` holds a user or a password
         --> fleet.toml:8:12
          |
        8 | endpoint = "**************************"
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: remove it from the URL; credentials have keys of their own
        "#
    );
}

#[test]
fn rates_below_nothing() {
    insta::assert_snapshot!(said("[provider.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\nrates = -1\n"), @"
    error: `rates` as a number multiplies the documented limits: above 0
     --> fleet.toml:4:9
      |
    4 | rates = -1
      |         ^^
      |
      = help: for example 2 for an account whose quota was doubled, 0.5 to leave room for others
    ");
}

#[test]
fn azure_credentials_that_do_not_hold_together() {
    let text = r#"
[provider.a]
kind = "azure"
region = "koreacentral"
[provider.b]
kind = "azure"
subscription = "my subscription"
credentials = "managed"
[provider.c]
kind = "azure"
subscription = "0a1b2c3d-0000-4000-8000-0123456789ab"
credentials = { client-id = "0a1b2c3d-0000-4000-8000-0123456789ab", client-secret = "env:APP" }
[provider.d]
kind = "azure"
subscription = "0a1b2c3d-0000-4000-8000-0123456789ab"
tenant = "contoso"
credentials = { client-id = "0a1b2c3d-0000-4000-8000-0123456789ab", password = "env:P" }
"#;
    insta::assert_snapshot!(said(text), @r#"
    error: provider `a` has no `subscription`
     --> fleet.toml:2:11
      |
    2 | [provider.a]
      |           ^
      |
      = help: add `subscription = "00000000-0000-0000-0000-000000000000"`

    error: `region` means nothing for a subscription of Azure
     --> fleet.toml:4:10
      |
    4 | region = "koreacentral"
      |          ^^^^^^^^^^^^^^
      |
      = help: remove it; an id of Azure says where its VM is

    error: `my subscription` cannot be the id for `subscription`
     --> fleet.toml:7:16
      |
    7 | subscription = "my subscription"
      |                ^^^^^^^^^^^^^^^^^
      |
      = help: it has 32 hexadecimal digits in five groups; `az account show` prints it

    error: these are no credentials that rdpctl knows
     --> fleet.toml:8:15
      |
    8 | credentials = "managed"
      |               ^^^^^^^^^
      |
      = help: write "env", "cli", "managed-identity", "workload-identity", either with ":CLIENT-ID", or { client-id = "…", client-secret = "env:…" }; did you mean `managed-identity`?

    error: this application is one of a tenant, and provider `c` names none
      --> fleet.toml:12:15
       |
    12 | credentials = { client-id = "0a1b2c3d-0000-4000-8000-0123456789ab", client-secret = "env:APP" }
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: add `tenant = "…"`: the directory's id, or one of its domains

    error: `contoso` cannot be a tenant
      --> fleet.toml:16:10
       |
    16 | tenant = "contoso"
       |          ^^^^^^^^^
       |
       = help: write its id, or one of its domains, for example "contoso.onmicrosoft.com"

    error: the application has nothing to prove itself by
      --> fleet.toml:17:15
       |
    17 | credentials = { client-id = "0a1b2c3d-0000-4000-8000-0123456789ab", password = "env:P" }
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: add one of `client-secret = "env:…"`, `client-certificate = "PATH"`, `token-file = "PATH"`

    error: `password` unlocks the file of a certificate, and there is none
      --> fleet.toml:17:80
       |
    17 | credentials = { client-id = "0a1b2c3d-0000-4000-8000-0123456789ab", password = "env:P" }
       |                                                                                ^^^^^^^
       |
       = help: remove it; an application's secret is `client-secret`
    "#);
}
