//! What is asked differently where the text of the questions is always the same: more is asked than any one instance
//! needs, and what was not wanted is left out when the answer is read, so that both ways lead to the same facts.

use std::collections::BTreeSet;

use crate::frame::Batch;
use crate::refusal::Unrenderable;

use super::searches::{ALWAYS, ANY_PACKET, FIREWALL_RULES, PIN, always, thumbprint};

/// Asks for the rules of every port, as there is no saying which.
pub(super) fn firewall_rules(batch: &mut Batch) -> Vec<String> {
    let always = always();
    let tag = "fwrules".to_owned();
    batch.ask(
        &tag,
        &format!(
            r#"!X!\reg.exe query {FIREWALL_RULES} /reg:64 >f 2>nul&!X!\findstr.exe /i{always} /c:"|LPort=" f 2>nul{ANY_PACKET}"#
        ),
    );
    vec![tag]
}

/// Whether a search for these ports would have found a rule that the search for all of them found.
pub(super) fn concerns(rule: &str, ports: &BTreeSet<u16>) -> bool {
    let rule = rule.to_ascii_lowercase();
    let of_a_port = rule.contains("|lport=");
    !of_a_port
        || ALWAYS.iter().any(|word| rule.contains(&word.to_ascii_lowercase()))
        || ports.iter().any(|port| rule.contains(&format!("|lport={port}|")))
}

/// The tag of a declared certificate.
pub(super) fn tag(thumbprint: &str) -> String {
    format!("{PIN}/{thumbprint}")
}

/// Asks for the declared certificates of the machine's own store, and for the one that is bound, whichever it is.
pub(super) fn certificates(
    batch: &mut Batch,
    declared: &BTreeSet<String>,
) -> Result<(), Unrenderable> {
    const STORE: &str = r"!S!\Microsoft\SystemCertificates\MY\Certificates";
    let declared: Vec<String> =
        declared.iter().map(|one| thumbprint(one)).collect::<Result<_, _>>()?;
    if !declared.is_empty() {
        let text = format!(
            r#"(for %t in ({}) do ({}&!X!\reg.exe query "{STORE}\%t" /v Blob /reg:64 2>nul&{}))"#,
            declared.join(" "),
            batch.begin(&tag("%t")),
            batch.end()
        );
        batch.segment(text, declared.iter().map(|one| tag(one)));
    }
    let text = format!(
        r#"!X!\reg.exe query "!C!\Control\Terminal Server\WinStations\RDP-Tcp" /v SSLCertificateSHA1Hash /reg:64 >p 2>nul&!X!\findstr.exe REG_BINARY p >o 2>nul&(for /f "tokens=3" %t in (o) do ({}&!X!\reg.exe query "{STORE}\%t" /v Blob /reg:64 2>nul&{}))"#,
        batch.begin(PIN),
        batch.end()
    );
    batch.segment(text, [PIN.to_owned()]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Observation, Wants};
    use crate::script::{Form, Script};

    #[test]
    fn the_text_is_the_same_whatever_is_wanted_and_names_no_port() {
        let declared = BTreeSet::from(["a1".repeat(20)]);
        let text = |ports: &[u16], pinned: Option<&str>| {
            let fixed = Observation::fixed(&declared).unwrap();
            let ports = ports.iter().copied().collect();
            let wants = Wants { ports: &ports, pinned, closely: &BTreeSet::new() };
            let fixed = fixed.wanting(&wants).unwrap();
            match fixed.batch().script(Form::Packed { reply: 24_576 }) {
                Ok(Script::Registered(text)) => text,
                other => panic!("{other:?}"),
            }
        };
        let one = text(&[3389], None);
        assert_eq!(one, text(&[3390, 4000], Some(&"b2".repeat(20))));
        assert!(!one.contains("3389") && !one.contains("3390"));
        assert!(one.contains("set NONCE=!RANDOM!"), "{one}");
    }

    #[test]
    fn a_rule_that_was_not_wanted_is_left_out() {
        let ports = BTreeSet::from([3389, 4000]);
        for (rule, wanted) in [
            ("v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=a|", true),
            ("v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|lport=4000|Name=a|", true),
            ("v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=a|", false),
            ("v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=a|", true),
            (
                "v2.31|Action=Allow|Active=FALSE|Dir=In|LPort=443|EmbedCtxt=@FirewallAPI.dll,-28752|",
                true,
            ),
            ("v2.31|Action=Allow|Active=TRUE|Dir=In|Name=everything|", true),
        ] {
            assert_eq!(concerns(rule, &ports), wanted, "{rule}");
        }
    }
}
