//! A declared certificate that the machine does not hold: blocked with advice, and nothing is bound.

use crate::tool::Tool;

const PIN: &str = "0123456789abcdef0123456789abcdef01234567";

fn declared(certificate: &str, guest: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n[profile.office]\ncertificate = {{ {certificate} }}\n\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0pin0001\"\nprofile = \"office\"\n"
        ),
    );
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 17\ntime-scale = 60\n\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
             secret-id = \"AKIDpinned00000000000000000000000000\"\nsecret-key = \"opens-nothing\"\n\n\
             [vm.web-01]\naccount = \"gz\"\nid = \"ins-0pin0001\"\nzone = \"ap-guangzhou-3\"\n\n[vm.web-01.guest]\n{guest}\n"
        ),
    );
    tool
}

#[test]
fn a_declared_certificate_that_is_not_there_is_blocked_and_not_bound() {
    let tool = declared(&format!("thumbprint = \"{PIN}\""), "os = \"2022\"");
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(3);
    insta::assert_snapshot!(applied.out, @r"
    The instance differs from what is declared.

    web-01  differs  gz  ins-0pin0001  office
      # certificate  no certificate bound → 0123456789abcdef0123456789abcdef01234567 bound, valid for 14 days
                     blocked by certificate 0123456789abcdef0123456789abcdef01234567, which is not in the machine's own store
                     what you can do: import it with its private key (certutil -importpfx MY), or declare the thumbprint of one that is there

    Plan       nothing can be done now
    Blocked    1 facet by what wins over us
    ");
}

#[test]
fn a_binding_to_a_certificate_that_is_gone_is_found() {
    let tool = declared(
        "min-days-left = 14",
        &format!(
            r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = {{ SSLCertificateSHA1Hash = {{ type = 'REG_BINARY', data = '{PIN}' }} }}"
        ),
    );
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(
        plan.out.contains("bound to a certificate that is not in the machine's store"),
        "{}",
        plan.out
    );
}
