//! One VM of an office, healthy and reachable, for tests that break one thing of it.

use crate::tool::Tool;

/// What is special about it; all else is as it should be.
#[derive(Clone, Copy, Default)]
pub(crate) struct Office<'a> {
    /// Lines of the profile beside the standard.
    pub(crate) profile: &'a str,
    /// Lines of the guard.
    pub(crate) guard: &'a str,
    /// Lines of the guest.
    pub(crate) guest: &'a str,
    /// What its security group says of the rule that lets the office in.
    pub(crate) rule: &'a str,
}

impl Office<'_> {
    /// The folder with its declaration and its world.
    pub(crate) fn open(self) -> Tool {
        let Self { profile, guard, guest, rule } = self;
        let tool = Tool::new();
        tool.write(
            "rdp.toml",
            &format!(
                r#"
[provider.gz]
kind   = "tencent"
region = "ap-guangzhou"

[profile.office]
extends   = "standard"
public-ip = "any"
ingress   = {{ from = ["198.51.100.0/24"] }}
{profile}

[guard]
{guard}

[instance.web-01]
provider = "gz"
id       = "ins-0abc1234"
profile  = "office"
"#
            ),
        );
        tool.write(
            "world.toml",
            &format!(
                r#"
[world]
seed = 7
time-scale = 60

[account.gz]
kind = "tencent"
region = "ap-guangzhou"

[vm.web-01]
id = "ins-0abc1234"
address = "wan"
bandwidth = 5
security-groups = ["sg-web00001"]

[vm.web-01.guest]
os = "2022"
{guest}

[security-group.sg-web00001]
name = "web"
ingress = ["ACCEPT tcp 3389 198.51.100.0/24 {rule}"]
egress = ["ACCEPT all all 0.0.0.0/0"]
"#
            ),
        );
        tool
    }
}
