//! What `gpresult` and `registry.pol` say of policies, each in the form that its kind of policy has there.

use std::fmt::Write as _;

use super::registry::{KeyPath, Value};
use super::spec::PolicySource;

/// A value that the domain enforces.
#[derive(Clone, Debug)]
pub(super) struct Enforced {
    pub(super) key: KeyPath,
    pub(super) name: String,
    /// `None` enforces absence.
    pub(super) value: Option<Value>,
    /// By what means it is written: how `gpresult` tells of it.
    pub(super) source: PolicySource,
}

/// The one group policy object of a simulated domain.
const POLICY_OBJECT: &str = "{31b2f340-016d-11d2-945f-00c04fb984f9}";

/// The report. What comes before the settings (names, links, kilobytes of events) has their element names, too.
pub(super) fn report(policies: &[Enforced]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<Rsop xmlns=\"http://www.microsoft.com/GroupPolicy/Rsop\">\r\n  <ReadTime>2026-01-01T00:00:00Z</ReadTime>\r\n  <ComputerResults>\r\n    <Version>2228230</Version>\r\n    <Name>CORP\\GUEST$</Name>\r\n    <EventsDetails>\r\n      <SinglePassEventsDetails ActivityId=\"{00000000-0000-0000-0000-000000000000}\">\r\n        <EventRecord>\r\n          <EventXml>&lt;Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'&gt;&lt;System&gt;&lt;Provider Name='Microsoft-Windows-GroupPolicy'/&gt;&lt;/System&gt;&lt;/Event&gt;</EventXml>\r\n        </EventRecord>\r\n      </SinglePassEventsDetails>\r\n    </EventsDetails>\r\n    <ExtensionData>\r\n      <Extension xmlns:q1=\"http://www.microsoft.com/GroupPolicy/Settings/Registry\" xsi:type=\"q1:RegistrySettings\">\r\n".to_owned();
    for enforced in policies {
        let path = enforced.key.shown.split_once('\\').map_or("", |(_, rest)| rest);
        let name = &enforced.name;
        // Writing to a string cannot fail.
        let _ = match enforced.source {
            PolicySource::Setting => write!(
                text,
                "        <q1:RegistrySetting>\r\n{}          <q1:KeyPath>{path}</q1:KeyPath>\r\n          <q1:AdmSetting>false</q1:AdmSetting>\r\n          <q1:Value>\r\n            <q1:Name>{name}</q1:Name>\r\n          </q1:Value>\r\n        </q1:RegistrySetting>\r\n",
                object()
            ),
            PolicySource::Template | PolicySource::Local => write!(
                text,
                "        <q1:Policy>\r\n{}          <q1:Name>Display name of {name}</q1:Name>\r\n          <q1:State>Enabled</q1:State>\r\n          <q1:Supported>At least Windows Server 2008</q1:Supported>\r\n        </q1:Policy>\r\n",
                object()
            ),
            PolicySource::SecurityOption => write!(
                text,
                "        <q1:SecurityOptions>\r\n{}          <q1:KeyName>MACHINE\\{path}\\{name}</q1:KeyName>\r\n          <q1:SettingNumber>1</q1:SettingNumber>\r\n          <q1:Display>\r\n            <q1:Name>Display name of {name}</q1:Name>\r\n            <q1:Units />\r\n          </q1:Display>\r\n        </q1:SecurityOptions>\r\n",
                object()
            ),
            PolicySource::Preference => write!(
                text,
                "        <q1:RegistrySettings clsid=\"{{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}}\">\r\n{}          <q1:Registry clsid=\"{{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}}\" name=\"{name}\" status=\"{name}\">\r\n            <q1:Properties action=\"U\" displayDecimal=\"1\" default=\"0\" hive=\"HKEY_LOCAL_MACHINE\" key=\"{path}\" name=\"{name}\" type=\"REG_DWORD\" value=\"00000001\"/>\r\n          </q1:Registry>\r\n        </q1:RegistrySettings>\r\n",
                object()
            ),
            PolicySource::Script => Ok(()),
        };
    }
    text.push_str(
        "      </Extension>\r\n    </ExtensionData>\r\n  </ComputerResults>\r\n</Rsop>\r\n",
    );
    text
}

fn object() -> String {
    format!(
        "          <GPO xmlns=\"http://www.microsoft.com/GroupPolicy/Settings/Base\">\r\n            <Identifier xmlns=\"http://www.microsoft.com/GroupPolicy/Types\">{POLICY_OBJECT}</Identifier>\r\n          </GPO>\r\n          <Precedence xmlns=\"http://www.microsoft.com/GroupPolicy/Settings/Base\">1</Precedence>\r\n"
    )
}

/// The machine's own policy file; `None` where it has no policy of its own.
pub(super) fn own_file(policies: &[Enforced]) -> Option<Vec<u8>> {
    let own: Vec<&Enforced> =
        policies.iter().filter(|enforced| enforced.source == PolicySource::Local).collect();
    if own.is_empty() {
        return None;
    }
    let mut file = b"PReg\x01\0\0\0".to_vec();
    for enforced in own {
        let path = enforced.key.shown.split_once('\\').map_or("", |(_, rest)| rest);
        let number = enforced.value.as_ref().and_then(Value::as_dword).unwrap_or(0);
        let mut units: Vec<u16> =
            format!("[{path}\0;{}\0;", enforced.name).encode_utf16().collect();
        units.extend([4, 0, u16::from(b';'), 4, 0, u16::from(b';')]);
        file.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        file.extend(number.to_le_bytes());
        file.extend(u16::from(b']').to_le_bytes());
    }
    Some(file)
}
