//! The usual form: what changes, what does not, and that it means the same.

use proptest::prelude::*;
use rdpctl_config::{Source, format, parse};

fn formatted(text: &str) -> String {
    match format(&Source::new("fleet.toml", text)) {
        Ok(text) => text,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

#[test]
fn keys_of_a_block_line_up_and_comments_stay() {
    let text = r#"

# The south.
[provider . gz]   # main account
kind="tencent"    # tencent | azure | static
region   =   "ap-guangzhou" # Guangzhou
credentials = {id="env:ID" ,key =  "env:KEY"}


endpoint = "http://127.0.0.1:8080"
[guard]
windows = ["Sat 02:00-05:00 Asia/Seoul" , "Sun 02:00-05:00 Asia/Seoul"]
reboot='ask'
# Nobody needs that.
spend = "deny"
[profile.p]
ingress = { from = [ # who connects
"10.0.0.0/8",   # the office
      # "192.0.2.0/24",
  "203.0.113.0/24" ] }
"quoted key" = []
    [[accept]]
    instance = "a" "#
        .trim_end();
    insta::assert_snapshot!(formatted(text), @r#"
    # The south.
    [provider.gz] # main account
    kind        = "tencent"      # tencent | azure | static
    region      = "ap-guangzhou" # Guangzhou
    credentials = { id = "env:ID", key = "env:KEY" }

    endpoint = "http://127.0.0.1:8080"

    [guard]
    windows = ["Sat 02:00-05:00 Asia/Seoul", "Sun 02:00-05:00 Asia/Seoul"]
    reboot  = 'ask'
    # Nobody needs that.
    spend = "deny"

    [profile.p]
    ingress = { from = [
        # who connects
        "10.0.0.0/8", # the office
        # "192.0.2.0/24",
        "203.0.113.0/24",
    ] }
    "quoted key" = []

    [[accept]]
    instance = "a"
    "#);
}

#[test]
fn a_key_of_unusual_length_does_not_tear_its_block_apart() {
    let text =
        "os = 1 # one\nregistry.\"HKLM\\\\SYSTEM\\\\Setup\".x = 2 # two\nlanguage = 3 # three\n";
    insta::assert_snapshot!(formatted(text), @r#"
    os       = 1 # one
    registry."HKLM\\SYSTEM\\Setup".x = 2 # two
    language = 3 # three
    "#);
}

#[test]
fn strings_over_several_lines_numbers_and_dates_stay_as_written() {
    let text = "a = \"\"\"\n  one = 1\n[not a header]\n\"\"\"\nb = 0x_F\nc = 1_000.5e3\nd = 1979-05-27 07:32:00Z\ne = '''x'''\n";
    let text = text.replace("0x_F", "0xF");
    let kept = formatted(&text);
    for part in [
        "\"\"\"\n  one = 1\n[not a header]\n\"\"\"",
        "0xF",
        "1_000.5e3",
        "1979-05-27 07:32:00Z",
        "'''x'''",
    ] {
        assert!(kept.contains(part), "{part} in\n{kept}");
    }
}

#[test]
fn windows_line_ends_stay() {
    assert_eq!(formatted("[guard]\r\nreboot=\"ask\"\r\n"), "[guard]\r\nreboot = \"ask\"\r\n");
}

#[test]
fn what_is_no_toml_is_not_touched() {
    let refused = format(&Source::new("fleet.toml", "kind = tencent")).expect_err("it is no TOML");
    assert_eq!(refused.errors(), 1);
}

/// A valid declaration, written by somebody in a hurry.
fn scribbled() -> impl Strategy<Value = String> {
    let gap = || prop::sample::select(vec!["", " ", "  ", "\t"]);
    let note = || prop::sample::select(vec!["", "# note", "  # \"quoted\" = [1, {"]);
    let blank = || prop::sample::select(vec!["", "\n", "\n\n\n", "# alone\n", "\n# alone\n\n"]);
    let line = (gap(), gap(), gap(), note(), blank());
    let lines = prop::collection::vec(line, 13);
    (lines, 0..3_usize, any::<bool>()).prop_map(|(lines, networks, open)| {
        let mut lines = lines.into_iter().cycle();
        let mut text: Vec<String> = Vec::new();
        let mut put = |key: &str, value: &str| {
            let Some((indent, before, after, note, blank)) = lines.next() else { return };
            text.push(if key.starts_with('[') {
                format!("{blank}{indent}{key}{after}{note}\n")
            } else {
                format!("{blank}{indent}{key}{before}={after}{value}{before}{note}\n")
            });
        };
        let from: Vec<String> = (0..networks).map(|n| format!("\"10.{n}.0.0/16\"")).collect();
        let from = if open {
            format!("[ # networks\n {},\n\t# none more\n]", from.join(" ,\n"))
        } else {
            format!("[{}]", from.join(" ,"))
        };
        put("[provider.gz]", "");
        put("kind", "'tencent'");
        put("region", "\"ap-guangzhou\"");
        put("[profile . \"p\"]", "");
        put("extends", "\"standard\"");
        put(
            "ingress",
            &format!("{{from={}}}", if networks == 0 { "[\"10.0.0.0/8\"]" } else { &from }),
        );
        put("bandwidth", "{ at-least=2,raise-to = \"5Mbps\" }");
        put("tls", "[\"1.2\",'1.1']");
        put("[guard]", "");
        put("reboot", "\"\"\"allow\"\"\"");
        put("max-disrupted", "0x0A");
        put("[instance.\"web.01\"]", "");
        put("provider", "\"gz\"");
        put("id", "\"ins-00000001\"");
        put("profile", "\"p\"");
        put("guest", "{via=[ \"winrm\" , 'serial'],user=\"a\",password=\"env:P\"}");
        text.concat()
    })
}

proptest! {
    #[test]
    fn the_usual_form_means_the_same_and_is_its_own_usual_form(text in scribbled()) {
        let meaning = |text: &str| {
            let declaration = parse(vec![Source::new("fleet.toml", text)]);
            declaration.map(|declaration| declaration.digest()).map_err(|all| all.to_string())
        };
        let once = formatted(&text);
        let meant = meaning(&text);
        prop_assert!(meant.is_ok(), "{:?}\n{}", meant, text);
        prop_assert_eq!(meaning(&once), meant);
        prop_assert_eq!(formatted(&once), once);
    }

    #[test]
    fn no_text_makes_the_parser_or_the_formatter_fall_over(text in "[\\[\\]{}=,.#\"'a-c1\\-\n \\\\é]{0,60}") {
        let _ = parse(vec![Source::new("fleet.toml", text.clone())]).map_err(|all| all.to_string());
        if let Ok(once) = format(&Source::new("fleet.toml", text)) {
            prop_assert_eq!(formatted(&once), once);
        }
    }
}
