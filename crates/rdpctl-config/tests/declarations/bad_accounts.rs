//! Accounts whose keys do not hold together.

use crate::said;

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

    error: keys that are locked with a password are not read
      --> fleet.toml:17:80
       |
    17 | credentials = { client-id = "0a1b2c3d-0000-4000-8000-0123456789ab", password = "env:P" }
       |                                                                                ^^^^^^^
       |
       = help: keep the key as PEM that only you may read: `openssl pkcs12 -in FILE -nodes -out FILE.pem`, `openssl pkcs8 -in FILE -out FILE.pem`; an application's secret is `client-secret`
    "#);
}
