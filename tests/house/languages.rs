//! What runs in English runs in every display language of Windows: policy around TLS, moving the port, a declared
//! certificate.

use crate::office::Office;
use crate::tool::{Simulator, pointed_at};

/// Languages whose words, order and code pages have nothing in common.
const LANGUAGES: [&str; 3] = ["ko", "de", "ja"];

fn each(scenario: impl Fn(&str) + Sync) {
    let scenario = &scenario;
    std::thread::scope(|scope| {
        for language in LANGUAGES {
            scope.spawn(move || scenario(language));
        }
    });
}

#[test]
fn policy_is_held_around_tls_and_believed_about_what_it_puts_back_in_every_language() {
    const SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";
    let allowed = ["apply", "--auto-approve", "--allow", "reboot,spend,weaken"];
    each(|language| {
        let open = |policy: &str, more: &str| {
            let guest = format!(
                "language = '{language}'\n{more}registry.'{SERVER}' = {{ Enabled = 0, DisabledByDefault = 1 }}\n[[vm.web-01.guest.domain-policy]]\n{policy}"
            );
            Office { profile: "tls = [\"1.2\"]", guest: &guest, ..Office::default() }.open()
        };
        let harmless = "key = 'HKLM\\SOFTWARE\\Policies\\Corp'\nname = 'Hardened'\nvalue = 1\n";
        let applied = open(harmless, "").sim(&allowed).exits(0);
        assert!(applied.out.contains("No changes"), "{language}: {}", applied.out);
        // Told by an element without words, and by none at all.
        for (source, said) in [
            ("security-option", "blocked by the group policy “Server hardening”"),
            ("preference", "blocked by the group policy “Server hardening”"),
            ("local", "registry.pol"),
        ] {
            // The machine's own policy does not make it a domain's.
            let domain = if source == "local" { "domain = 'joined'\n" } else { "" };
            let hostile =
                format!("key = '{SERVER}'\nname = 'Enabled'\nvalue = 0\nsource = '{source}'\n");
            let plan = open(&hostile, domain).sim(&["plan"]).exits(0).out;
            assert!(plan.contains(said), "{language}, {source}: {plan}");
        }
        let script = format!("key = '{SERVER}'\nname = 'Enabled'\nvalue = 0\nsource = 'script'\n");
        let applied = open(&script, "").sim(&allowed).exits(3);
        assert!(
            applied.out.contains("a policy of the domain put the change back: Enabled is 0"),
            "{language}: {}",
            applied.out
        );
    });
}

#[test]
fn the_port_is_moved_in_every_language() {
    each(|language| {
        let guest = format!(
            "language = '{language}'\n[vm.web-01.guest.ports]\n3389 = {{ image = 'nginx.exe', service = 'nginx' }}\n"
        );
        let tool = Office {
            profile: "port = { number = 3389, else = 3390 }",
            guard: "move-port = \"allow\"",
            guest: &guest,
            rule: "# rdpctl: RDP 3389",
        }
        .open();
        let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
        assert!(applied.out.contains("No changes"), "{language}: {}", applied.out);
    });
}

#[test]
fn a_declared_certificate_is_bound_in_every_language() {
    each(|language| {
        let guest = format!(
            "language = '{language}'\nmy-certificates = [{{ subject = \"rdp.example.com\" }}]\n"
        );
        let tool = Office { guest: &guest, ..Office::default() }.open();
        let simulator = Simulator::start(&tool);
        let found = simulator.behind(
            "web-01",
            r"reg query HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates",
        );
        let keys = found["stdout"].as_str().unwrap();
        let thumbprint = keys.trim().rsplit('\\').next().unwrap().trim().to_owned();
        assert_eq!(thumbprint.len(), 40, "{keys}");
        let declared = tool.read("rdp.toml").replace(
            "extends   = \"standard\"",
            &format!("extends   = \"standard\"\ncertificate = {{ thumbprint = \"{thumbprint}\" }}"),
        );
        tool.write("rdp.toml", &pointed_at(&declared, simulator.endpoint()));
        let (id, key) = simulator.keys("gz");
        let tool = tool.with("GZ_ID", id).with("GZ_KEY", key).trusting();
        let applied =
            tool.run(&["apply", "--auto-approve", "--allow", "spend,stop-service"]).exits(0);
        assert!(applied.out.contains("No changes"), "{language}: {}", applied.out);
        let bound = simulator.behind(
            "web-01",
            r#"reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp" /v SSLCertificateSHA1Hash"#,
        );
        assert!(bound["stdout"].as_str().unwrap().contains(&thumbprint), "{language}: {bound}");
    });
}
