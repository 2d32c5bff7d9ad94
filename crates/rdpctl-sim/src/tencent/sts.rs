//! STS: who the caller is, and keys that expire.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{
    call::{Action, Call},
    errors::Refusal,
    service::Service,
    wire::{Int, iso},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetCallerIdentity {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CallerIdentity {
    arn: String,
    account_id: String,
    user_id: String,
    principal_id: String,
    r#type: &'static str,
}

impl Action for GetCallerIdentity {
    const SERVICE: Service = Service::Sts;
    const NAME: &'static str = "GetCallerIdentity";
    const RATE: u32 = 20;
    type Answer = CallerIdentity;

    fn serve(self, call: &mut Call<'_>) -> Result<CallerIdentity, Refusal> {
        let uin = call.account().uin;
        Ok(CallerIdentity {
            arn: format!("qcs::cam::uin/{uin}:uin/{uin}"),
            account_id: uin.to_string(),
            user_id: uin.to_string(),
            principal_id: uin.to_string(),
            r#type: "RootAccount",
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AssumeRole {
    role_arn: String,
    role_session_name: String,
    duration_seconds: Option<Int>,
    #[serde(rename = "Policy")]
    _policy: Option<IgnoredAny>,
    #[serde(rename = "ExternalId")]
    _external_id: Option<IgnoredAny>,
    #[serde(rename = "Tags")]
    _tags: Option<IgnoredAny>,
    #[serde(rename = "SourceIdentity")]
    _source_identity: Option<IgnoredAny>,
    #[serde(rename = "SerialNumber")]
    _serial_number: Option<IgnoredAny>,
    #[serde(rename = "TokenCode")]
    _token_code: Option<IgnoredAny>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumedRole {
    credentials: Credentials,
    expired_time: i64,
    expiration: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    token: String,
    tmp_secret_id: String,
    tmp_secret_key: String,
}

impl Action for AssumeRole {
    const SERVICE: Service = Service::Sts;
    const NAME: &'static str = "AssumeRole";
    const RATE: u32 = 20;
    type Answer = AssumedRole;

    fn serve(self, call: &mut Call<'_>) -> Result<AssumedRole, Refusal> {
        let own = format!("qcs::cam::uin/{}:roleName/", call.account().uin);
        if !self.role_arn.starts_with(&own) {
            return Err(Refusal::new(
                "ResourceNotFound.RoleNotFound",
                format!("No role {}.", self.role_arn),
            ));
        }
        if !(2..=128).contains(&self.role_session_name.len()) {
            return Err(Refusal::new(
                "InvalidParameter.ParamError",
                "`RoleSessionName` has 2 to 128 characters.",
            ));
        }
        let seconds = self.duration_seconds.map_or(7200, |seconds| seconds.0);
        if !(1..=43_200).contains(&seconds) {
            return Err(Refusal::new(
                "InvalidParameter.OverTimeError",
                "`DurationSeconds` is at most 43200.",
            ));
        }
        let (id, key, token, until) = call.gate.lend(call.account, seconds);
        Ok(AssumedRole {
            credentials: Credentials { token, tmp_secret_id: id, tmp_secret_key: key },
            expired_time: until,
            expiration: jiff::Timestamp::from_second(until).map(iso).unwrap_or_default(),
        })
    }
}
