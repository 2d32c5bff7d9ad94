//! Exit codes by outcome, one row each: what `plan`, `drift`, `apply` and `doctor` end with in the same world.

use crate::office::Office;
use crate::tool::Tool;

/// A world with the codes that it ends with.
struct Row {
    name: &'static str,
    /// Lines of the guest.
    guest: &'static str,
    /// What of the declaration and of the world is otherwise.
    declared: (&'static str, &'static str),
    world: (&'static str, &'static str),
    plan: i32,
    detailed: i32,
    drift: i32,
    apply: i32,
    doctor: i32,
}

const SAME: (&str, &str) = ("", "");
const TLS_OFF: &str = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0 }";

const ROWS: &[Row] = &[
    Row {
        name: "as declared",
        guest: "",
        declared: SAME,
        world: SAME,
        plan: 0,
        detailed: 0,
        drift: 0,
        apply: 0,
        doctor: 0,
    },
    Row {
        name: "something can be done",
        guest: "services.TermService = { start = 'disabled', state = 'stopped' }",
        declared: SAME,
        world: SAME,
        plan: 0,
        detailed: 2,
        drift: 2,
        apply: 0,
        doctor: 2,
    },
    Row {
        name: "what could be done is held",
        guest: TLS_OFF,
        declared: SAME,
        world: SAME,
        plan: 0,
        detailed: 2,
        drift: 2,
        apply: 3,
        // Another version answers: a difference, and no cause.
        doctor: 0,
    },
    Row {
        name: "nothing can be done: what wins over us",
        guest: "user-rights = { SeDenyNetworkLogonRight = ['*S-1-5-32-544'] }",
        declared: ("public-ip = \"any\"", "public-ip = \"any\"\nlogon = \"allowed\""),
        world: SAME,
        plan: 0,
        detailed: 2,
        drift: 2,
        apply: 3,
        doctor: 2,
    },
    Row {
        name: "the guest is not seen",
        guest: "",
        declared: SAME,
        world: ("address = \"wan\"", "address = \"wan\"\nagent = \"offline\""),
        plan: 3,
        detailed: 3,
        drift: 3,
        apply: 3,
        doctor: 3,
    },
    Row {
        name: "drift beside what is not seen",
        guest: "",
        declared: SAME,
        world: (
            "address = \"wan\"\nbandwidth = 5",
            "address = \"wan\"\nbandwidth = 0\nagent = \"offline\"",
        ),
        plan: 3,
        detailed: 2,
        drift: 2,
        apply: 3,
        doctor: 2,
    },
];

impl Row {
    fn tool(&self) -> Tool {
        let tool = Office { guest: self.guest, ..Office::default() }.open();
        for (file, (from, to)) in [("rdp.toml", self.declared), ("world.toml", self.world)] {
            let text = tool.read(file);
            assert!(text.contains(from), "{}: {text}", self.name);
            tool.write(file, &text.replacen(from, to, 1));
        }
        tool
    }
}

#[test]
fn exit_codes_tell_the_outcome_as_they_are_documented() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let tool = row.tool();
        for (arguments, expected) in [
            (&["plan"][..], row.plan),
            (&["plan", "--detailed-exitcode"], row.detailed),
            (&["drift"], row.drift),
            (&["doctor", "web-01"], row.doctor),
            (&["apply", "--auto-approve"], row.apply),
        ] {
            let ran = tool.sim(arguments);
            if ran.code != Some(expected) {
                let code = ran.code;
                wrong.push(format!(
                    "{}: {arguments:?} ends with {code:?}, not {expected}:\n{}{}",
                    row.name, ran.out, ran.err
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn where_nothing_could_be_looked_at_each_ends_with_one() {
    let tool = Office::default().open();
    let nowhere = tool.read("rdp.toml").replace(
        "[provider.gz]\n",
        "[provider.gz]\nendpoint = \"http://127.0.0.1:9\"\ncredentials = { id = \"env:GZ_ID\", key = \"env:GZ_KEY\" }\n",
    );
    tool.write("rdp.toml", &nowhere);
    let tool = tool.with("GZ_ID", "AKIDnobody").with("GZ_KEY", "opens-nothing").trusting();
    for arguments in [&["plan"][..], &["drift"], &["apply", "--auto-approve"]] {
        tool.run(arguments).exits(1);
    }
}
