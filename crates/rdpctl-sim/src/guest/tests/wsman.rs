//! Certificates that a policy file asks for, and listeners, which Windows makes for those that fit.

use super::{guest, said};

const CREATE: &str = r"cscript //nologo C:\Windows\System32\winrm.vbs create winrm/config/Listener?Address=*+Transport=HTTPS";
const STORE: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
const GOOD: &[&str] = &[
    "[NewRequest]",
    "RequestType=Cert",
    "Subject=\"CN=WEB-01\"",
    "MachineKeySet=TRUE",
    "KeyContainer=\"mine\"",
    "[EnhancedKeyUsageExtension]",
    "OID=1.3.6.1.5.5.7.3.1",
];

/// Asks for a certificate by these lines: what is said, and the thumbprint of what then lies in the machine's store.
fn ask(guest: &mut super::Guest, lines: &[&str]) -> ((String, i32), Option<String>) {
    let lines: Vec<String> = lines.iter().map(|line| format!("echo {line}")).collect();
    let policy = format!(r"({})>C:\Tools\c.inf", lines.join("&"));
    said(guest, &policy);
    let asked = said(guest, r"certreq -new -q -f C:\Tools\c.inf C:\Tools\c.cer");
    let (store, _) = said(guest, &format!("reg query {STORE} 2>nul"));
    let last = store.trim().rsplit('\\').next().map(str::to_owned);
    (asked, last.filter(|text| text.len() == 40))
}

fn without(line: &str) -> Vec<&'static str> {
    GOOD.iter().copied().filter(|known| !known.starts_with(line)).collect()
}

#[test]
fn a_policy_file_makes_a_certificate_of_the_machine_with_its_key() {
    let mut guest = guest("");
    let ((text, exit), thumbprint) = ask(&mut guest, GOOD);
    assert!(exit == 0 && text.contains("Certificate Created and Installed"), "{text}");
    let hash = r"certutil -f -decode C:\Tools\c.cer C:\Tools\c.der >nul&certutil -hashfile C:\Tools\c.der SHA1";
    let (hashed, _) = said(&mut guest, hash);
    assert!(hashed.to_uppercase().contains(&thumbprint.unwrap()), "{hashed}");
    // A key of that name is there already.
    let ((text, exit), _) = ask(&mut guest, GOOD);
    assert!(exit != 0 && text.contains("0x8009000f"), "{text}");
    assert_eq!(said(&mut guest, "certutil -csp x -delkey mine").1, 0);
    assert_eq!(ask(&mut guest, GOOD).0.1, 0);
}

#[test]
fn what_is_no_machine_s_lies_where_no_service_looks_and_what_is_no_request_is_refused() {
    let mut guest = guest("");
    assert_eq!(ask(&mut guest, &without("MachineKeySet")).1, None);
    for line in ["[NewRequest]", "RequestType", "Subject"] {
        let ((text, exit), made) = ask(&mut guest, &without(line));
        assert!(exit != 0 && made.is_none(), "{line}: {text}");
    }
    assert_eq!(said(&mut guest, r"certreq -new -q C:\absent C:\Tools\x").1, -2_147_024_894);
}

#[test]
fn a_listener_is_made_for_a_certificate_that_fits_and_refused_with_windows_own_numbers() {
    let listener = |guest: &mut super::Guest, name: &str, thumbprint: &str| {
        said(
            guest,
            &format!("{CREATE} @{{Hostname=\"{name}\";CertificateThumbprint=\"{thumbprint}\"}}"),
        )
    };
    let mut plain = guest("");
    let (_, made) = ask(&mut plain, GOOD);
    let thumbprint = made.unwrap();
    for (name, certificate, number) in
        [("web-02", &*thumbprint, "0x803380E9"), ("web-01", &*"00".repeat(20), "0x80338082")]
    {
        let (text, exit) = listener(&mut plain, name, certificate);
        assert!(exit == 1 && text.contains(number), "{name}: {text}");
    }
    assert_eq!(listener(&mut plain, "web-01", &thumbprint).1, 0);
    let (text, _) = said(&mut plain, "netstat -ano");
    assert!(text.contains("0.0.0.0:5986 "), "{text}");
    let (text, exit) = listener(&mut plain, "web-01", &thumbprint);
    assert!(exit == 1 && text.contains("0x80338033"), "{text}");
    let shows = |guest: &super::Guest| guest.winrm_face(super::NOW).unwrap().shows;
    assert!(shows(&plain).is_some());
    // Without its key it is shown to nobody, and a new listener is not made for it.
    said(&mut plain, "certutil -csp x -delkey mine");
    let face = plain.winrm_face(super::NOW).unwrap();
    assert_eq!((face.https, face.shows), (None, None));
    said(&mut plain, &CREATE.replace("create", "delete"));
    let (text, _) = listener(&mut plain, "web-01", &thumbprint);
    assert!(text.contains("0x80070520"), "{text}");

    let mut no_server = guest("");
    let (_, made) = ask(&mut no_server, &without("OID"));
    let (text, _) = listener(&mut no_server, "web-01", &made.unwrap());
    assert!(text.contains("0x803380EE"), "{text}");
    let mut stopped = guest("");
    said(&mut stopped, "net stop WinRM /y");
    let (text, _) = listener(&mut stopped, "web-01", "00");
    assert!(text.contains("0x80338012"), "{text}");
}
