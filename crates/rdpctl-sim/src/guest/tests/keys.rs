//! Keys, their lists, and certificates: what breaks TLS and what mends it.

use super::*;
use crate::guest::{KeyFault, KeyMaterial};

const RDP_TCP: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";

const KEYS: &str = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys";

#[test]
fn an_unreadable_key_breaks_tls_until_its_list_is_mended() {
    let mut guest = guest("machine-keys = 'no-network-service'");
    assert_eq!(listener(&guest).key, KeyMaterial::Unusable(KeyFault::Unreadable));
    let query = r#"wevtutil qe System /q:"*[System[Provider[@Name='Schannel']]]" /c:1 /rd:true /f:xml /e:E"#;
    let (text, _) = said(&mut guest, query);
    assert!(text.contains("<EventID>36870</EventID>"), "{text}");
    assert!(text.contains("<Data Name='ErrorCode'>0x8009030d</Data>"), "{text}");
    let key = format!(r"{KEYS}\f686aace6942fb7f7ceb231212eef4a4_{}", guest.machine_guid());
    must(&mut guest, &format!(r#"icacls "{key}" /grant *S-1-5-20:R /c /q"#), 0);
    assert_eq!(listener(&guest).key, KeyMaterial::Unusable(KeyFault::Unreadable));
    restart(&mut guest);
    assert!(matches!(listener(&guest).key, KeyMaterial::Usable(_)));
}

#[test]
fn a_denial_has_to_go_before_a_grant_helps() {
    let mut guest = guest("machine-keys = 'deny-system'");
    let key = format!(r"{KEYS}\f686aace6942fb7f7ceb231212eef4a4_{}", guest.machine_guid());
    must(&mut guest, &format!(r#"icacls "{key}" /grant *S-1-5-20:R /c /q"#), 0);
    restart(&mut guest);
    assert_eq!(listener(&guest).key, KeyMaterial::Unusable(KeyFault::Unreadable));
    must(&mut guest, &format!(r#"icacls "{key}" /remove:d *S-1-5-18 *S-1-5-20 /c /q"#), 0);
    restart(&mut guest);
    assert!(matches!(listener(&guest).key, KeyMaterial::Usable(_)));
}

#[test]
fn a_locked_key_has_to_be_taken_over_first() {
    let mut guest = guest("machine-keys = 'locked'");
    let key = format!(r"{KEYS}\f686aace6942fb7f7ceb231212eef4a4_{}", guest.machine_guid());
    must(&mut guest, &format!(r#"icacls "{key}" /save C:\Windows\Temp\k.acl /q"#), 5);
    must(&mut guest, &format!(r#"icacls "{key}" /grant *S-1-5-20:R /c /q"#), 5);
    must(&mut guest, &format!(r#"takeown /f "{key}" /a"#), 0);
    must(&mut guest, &format!(r#"icacls "{key}" /remove:d *S-1-1-0 /c /q"#), 0);
    must(&mut guest, &format!(r#"icacls "{key}" /grant *S-1-5-18:F *S-1-5-20:R /c /q"#), 0);
    must(&mut guest, &format!(r#"icacls "{key}" /setowner *S-1-5-18 /c /q"#), 0);
    restart(&mut guest);
    assert!(matches!(listener(&guest).key, KeyMaterial::Usable(_)));
}

const STORE: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";
const RENEW: &str = "net stop SessionEnv /y & sc start SessionEnv & ping -n 3 127.0.0.1";

#[test]
fn a_deleted_certificate_is_made_anew() {
    let mut guest = guest("");
    let before = listener(&guest).certificate.unwrap();
    let (text, _) = said(&mut guest, &format!(r#"reg query "{STORE}" /s"#));
    let entry = text.lines().find(|line| line.starts_with("HKEY")).unwrap().to_owned();
    must(
        &mut guest,
        &format!(r#"certutil -verifystore "Remote Desktop" {}"#, &entry[entry.len() - 40..]),
        0,
    );
    must(&mut guest, &format!(r#"reg delete "{entry}" /f"#), 0);
    must(&mut guest, RENEW, 0);
    restart(&mut guest);
    let after = listener(&guest);
    assert_ne!(after.certificate.unwrap(), before);
    assert!(matches!(after.key, KeyMaterial::Usable(_)));
    let (text, _) = said(&mut guest, r#"wevtutil qe System /q:"*[System[(EventID=1056)]]" /f:xml"#);
    assert_eq!(text.matches("<EventID>1056</EventID>").count(), 1);
    let (_, code) = said(&mut guest, &format!(r#"reg query "{entry}""#));
    assert_eq!(code, 1);
}

#[test]
fn an_expired_certificate_is_replaced_only_if_its_key_is_accessible() {
    let mut sound = guest("certificate = 'expired'");
    let (text, _) = said(&mut sound, r#"certutil -verifystore "Remote Desktop""#);
    assert!(text.contains("0x800b0101"), "{text}");
    let before = listener(&sound).certificate;
    must(&mut sound, RENEW, 0);
    restart(&mut sound);
    assert_ne!(listener(&sound).certificate, before);

    let mut denied = guest("certificate = 'expired'\nmachine-keys = 'deny-system'");
    must(&mut denied, RENEW, 0);
    let (text, _) =
        said(&mut denied, r#"wevtutil qe System /q:"*[System[(EventID=1057)]]" /f:xml"#);
    assert!(text.contains("0x80070005"), "{text}");
}

#[test]
fn without_a_usable_certificate_there_is_no_key() {
    for (world, fault) in [
        ("certificate = 'missing'", KeyFault::NoCertificate),
        ("certificate = 'corrupt'", KeyFault::CorruptCertificate),
        ("machine-keys = 'missing'", KeyFault::Missing),
    ] {
        assert_eq!(listener(&guest(world)).key, KeyMaterial::Unusable(fault), "{world}");
    }
}

#[test]
fn a_renamed_key_makes_room_for_a_new_one() {
    let mut guest = guest("machine-keys = 'deny-system'");
    let key = format!("f686aace6942fb7f7ceb231212eef4a4_{}", guest.machine_guid());
    must(&mut guest, &format!(r#"ren "{KEYS}\{key}" {key}.old"#), 0);
    let (text, _) = said(&mut guest, &format!(r#"reg query "{STORE}""#));
    let entry = text.lines().find(|line| line.starts_with("HKEY")).unwrap().to_owned();
    must(&mut guest, &format!(r#"reg delete "{entry}" /f"#), 0);
    must(&mut guest, RENEW, 0);
    restart(&mut guest);
    assert!(matches!(listener(&guest).key, KeyMaterial::Usable(_)));
}

#[test]
fn a_pinned_certificate_of_the_personal_store_is_used() {
    let mut guest = guest("[[my-certificates]]\nsubject = 'rdp.corp.example'");
    let (text, _) =
        said(&mut guest, r"reg query HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates");
    let thumbprint = text.trim().rsplit('\\').next().unwrap().to_owned();
    assert_eq!(thumbprint.len(), 40);
    let before = listener(&guest).certificate;
    must(
        &mut guest,
        &format!(
            r#"reg add "{RDP_TCP}" /v SSLCertificateSHA1Hash /t REG_BINARY /d {thumbprint} /f"#
        ),
        0,
    );
    restart(&mut guest);
    let pinned = listener(&guest);
    assert_ne!(pinned.certificate, before);
    assert!(matches!(pinned.key, KeyMaterial::Usable(_)));
    let other = "0".repeat(40);
    must(
        &mut guest,
        &format!(r#"reg add "{RDP_TCP}" /v SSLCertificateSHA1Hash /t REG_BINARY /d {other} /f"#),
        0,
    );
    restart(&mut guest);
    assert_eq!(listener(&guest).key, KeyMaterial::Unusable(KeyFault::PinnedMissing));
}
