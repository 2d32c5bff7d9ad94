//! Scripts that are always the same lead to the same facts, whatever is wanted of the guest.

use std::collections::BTreeSet;

use rdpctl_contract::channel::Questions;
use rdpctl_guest::script::Form;
use rdpctl_model::guest::Closely;
use rdpctl_providers::channel::dialect::Looks;

use crate::inside::{guest, looked_into, observe_with};

const PIN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A guest with rules for many ports, and a certificate of its own that is bound.
const WORLD: &str = r#"
firewall.rules = [
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|App=C:\\site.exe|Name=site|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3390|Name=other|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Name=everything|",
]
registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { SSLCertificateSHA1Hash = { type = 'REG_BINARY', data = '0123456789ABCDEF0123456789ABCDEF01234567' } }
"#;

#[tokio::test]
async fn scripts_that_are_always_the_same_lead_to_the_same_facts() {
    let other = "ab".repeat(20);
    for reply in [24_576, 8_192] {
        let form = Form::Packed { reply };
        for declared in [BTreeSet::new(), BTreeSet::from([PIN.to_owned(), other.clone()])] {
            for (ports, pinned, closely) in
                [([3389].as_slice(), None, false), (&[3389, 3390], Some(PIN), true)]
            {
                let questions = Questions {
                    ports: ports.iter().copied().collect(),
                    pinned: pinned.map(str::to_owned),
                    closely: if closely { Closely::ALL.into() } else { BTreeSet::new() },
                };
                let usual = observe_with(&guest(WORLD, form), questions.clone()).await.unwrap();
                let looks = Looks::Registered(declared.clone());
                let fixed = observe_with(&looked_into(WORLD, form, looks), questions).await;
                let fixed = fixed.unwrap();
                assert_eq!(
                    format!("{fixed:#?}"),
                    format!("{usual:#?}"),
                    "{reply} {declared:?} {ports:?}"
                );
            }
        }
    }
}
