//! Who may read and change what in the registry: Windows' own lists where they are narrower than usual, and the world's.

use std::sync::LazyLock;

use super::acl::{Acl, Sid, service_sid};
use super::registry::KeyPath;

/// What somebody wants of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Its values and the names below it.
    Read,
    /// To change its values, or to make keys below it.
    Change,
    /// To delete it.
    Delete,
}

impl Access {
    /// Rights to a key, in the numbers of lists.
    const fn mask(self) -> u32 {
        match self {
            Self::Read => 0x9,
            Self::Change => 0x6,
            Self::Delete => 0x1_0000,
        }
    }
}

/// Keys whose lists are narrower than that of the hive. What a list says of a key holds for all below it.
const NARROW: [(&str, &str); 3] = [
    // An administrator may take them over, and no more.
    ("hklm\x01sam\x01sam", "D:P(A;;0xf003f;;;SY)(A;;0x60000;;;BA)"),
    ("hklm\x01security", "D:P(A;;0xf003f;;;SY)(A;;0x60000;;;BA)"),
    (
        "hklm\x01system\x01controlset001\x01control\x01terminal server\x01rcm\x01graceperiod",
        "D:P(A;;0xf003f;;;NS)(A;;0x20019;;;SY)(A;;0x20019;;;BA)",
    ),
];

static LISTS: LazyLock<Vec<(&str, Acl)>> = LazyLock::new(|| {
    NARROW.into_iter().filter_map(|(key, list)| Some((key, Acl::parse_sddl(list)?))).collect()
});

/// Who runs a service that looks into the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// `TermService`, as NETWORK SERVICE.
    TermService,
    /// `SessionEnv`, as SYSTEM.
    SessionEnv,
}

impl Reader {
    fn sids(self) -> Vec<Sid> {
        let (account, name) = match self {
            Self::TermService => (Sid::network_service(), "TermService"),
            Self::SessionEnv => (Sid::system(), "SessionEnv"),
        };
        let mut sids = vec![
            account,
            service_sid(name),
            Sid::everyone(),
            Sid::authenticated(),
            Sid::service_logon(),
        ];
        if self == Self::SessionEnv {
            sids.push(Sid::administrators());
        }
        sids
    }
}

/// A world's lists, by the keys as they are stored.
pub(super) type Lists = [(String, Acl)];

/// Whether somebody may do that with a key. Where no list is narrower, SYSTEM and administrators have everything, and
/// everybody else reads.
pub(super) fn admits(lists: &Lists, holder: &[Sid], key: &KeyPath, access: Access) -> bool {
    let administers = || holder.contains(&Sid::system()) || holder.contains(&Sid::administrators());
    list_of(lists, key).map_or_else(
        || access == Access::Read || administers(),
        |list| list.allows(holder, access.mask()),
    )
}

/// Whether a service may; where no list is narrower, it may what it does.
pub(super) fn admits_service(
    lists: &Lists,
    service: Reader,
    key: &KeyPath,
    access: Access,
) -> bool {
    list_of(lists, key).is_none_or(|list| list.allows(&service.sids(), access.mask()))
}

/// The list of the nearest key that has one of its own.
fn list_of<'a>(lists: &'a Lists, key: &KeyPath) -> Option<&'a Acl> {
    let own = lists.iter().filter(|(prefix, _)| key.is_within(prefix));
    let own = own.max_by_key(|(prefix, _)| prefix.len()).map(|(_, list)| list);
    own.or_else(|| LISTS.iter().find(|(prefix, _)| key.is_within(prefix)).map(|(_, list)| list))
}

#[cfg(test)]
mod tests {
    use crate::guest::{Command, Ctx, Guest, GuestSpec, Template};

    const LISTENER: &str =
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";

    fn guest(world: &str) -> Guest {
        let spec: GuestSpec = toml::from_str(world).unwrap();
        let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "", "");
        guest.on_power_on(1_780_000_000_000);
        guest
    }

    fn exit(guest: &mut Guest, ctx: &Ctx, line: &str) -> i32 {
        guest.run(&Command::Line(line.to_owned()), ctx).exit
    }

    #[test]
    fn lists_of_the_world_and_of_windows_decide_who_reads_and_who_writes() {
        let system = Ctx::system(1_780_000_100_000);
        let admin = Ctx::administrator(1_780_000_100_000, "boss");
        let mut guest = guest(&format!(
            "registry-lists = {{ '{LISTENER}' = 'D:P(A;;0xf003f;;;SY)(A;;0x20019;;;BA)(A;;0x20019;;;NS)' }}"
        ));
        let query = format!("reg query \"{LISTENER}\"");
        let write = format!("reg add \"{LISTENER}\" /v x /t REG_DWORD /d 1 /f");
        assert_eq!(exit(&mut guest, &admin, &query), 0);
        assert_eq!(exit(&mut guest, &admin, &write), 1);
        assert_eq!(exit(&mut guest, &system, &write), 0);
        let sam = r"reg query HKLM\SAM\SAM\Domains\Account\Users";
        assert_eq!(exit(&mut guest, &admin, sam), 1);
        assert_eq!(exit(&mut guest, &system, sam), 0);
        let grace = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod" /v x /d 1 /f"#;
        assert_eq!(exit(&mut guest, &admin, grace), 1);
    }

    #[test]
    fn a_service_that_may_not_read_its_settings_opens_no_listener() {
        let denied = format!(
            "registry-lists = {{ '{LISTENER}' = 'D:P(D;;0xf003f;;;NS)(A;;0xf003f;;;SY)(A;;0xf003f;;;BA)' }}"
        );
        assert!(guest(&denied).open_port().is_none());
        assert!(guest("").open_port().is_some());
    }

    #[test]
    fn where_nobody_may_write_the_store_no_certificate_is_made() {
        let store = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop";
        let world = format!(
            "certificate = 'expired'\nregistry-lists = {{ '{store}' = 'D:P(A;;0x20019;;;WD)' }}"
        );
        let mut guest = guest(&world);
        let ctx = Ctx::system(1_780_000_100_000);
        let line = "net stop SessionEnv /y&net start SessionEnv";
        exit(&mut guest, &ctx, &format!("cmd /c \"{line}\""));
        let events = guest.events_of("System");
        let failed = events.iter().any(|(_, event)| {
            event.id == 1057 && event.data.iter().any(|(_, data)| &**data == "0x80070005")
        });
        assert!(failed);
    }
}
