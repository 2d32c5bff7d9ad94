//! The screens that take more than a quickstart to see, at the widths that terminals have, one file for each, to be read: a
//! fleet in which much is wrong, questions with their details, the end of a run that failed, what is remembered, errors.

use std::fmt::Write;

use crate::questions::Terminal;
use crate::tool::Tool;
use crate::widths::views;

/// Without what each run and each day makes anew: ids, thumbprints, addresses of a simulator, durations.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.lines() {
        let words = days(line);
        let mut shown: Vec<String> = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let next =
                words.get(place + 1).map_or("", |next| next.trim_end_matches([',', ')', ';']));
            let is_number =
                word.trim_start_matches('(').bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let is_own = is_number
                && word.contains(|c: char| c.is_ascii_digit())
                && ["s", "s.", "ms", "min", "API"].contains(&next);
            shown.push(if is_own { "N".to_owned() } else { own(word) });
        }
        let _ = writeln!(steady, "{}", shown.join(" ").trim_end());
    }
    steady
}

/// The words of a line, each day as the same one.
fn days(line: &str) -> Vec<&str> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words: Vec<&str> = line.split(' ').collect();
    for place in 1..words.len() {
        if MONTHS.contains(&words[place]) && words[place - 1].parse::<u8>().is_ok() {
            (words[place - 1], words[place]) = ("26", "Nov");
            if words.get(place + 1).is_some_and(|year| year.len() == 4 && year.starts_with("20")) {
                words[place + 1] = "2026";
            }
        }
        // A thumbprint as Windows shows it.
        let is_four = |word: &str| {
            word.len() == 4 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        };
        if is_four(words[place - 1]) && is_four(words[place]) {
            (words[place - 1], words[place]) = ("0F0F", "0F0F");
        }
        if words[place] == "days" && words.get(place + 1) == Some(&"left") {
            words[place - 1] = "182";
        }
    }
    words
}

/// A word, unless it is an id, a thumbprint or an address.
fn own(word: &str) -> String {
    // As the declaration names it.
    if word.contains("ins-") {
        return word.to_owned();
    }
    let begins = |c: char| !c.is_ascii_hexdigit();
    let parts = word.split_inclusive(begins).map(|part| {
        let bare = part.trim_end_matches(begins);
        let is_id = [8, 32, 40, 64].contains(&bare.len())
            && bare.bytes().any(|b| b.is_ascii_digit())
            && (bare.bytes().any(|b| b.is_ascii_alphabetic()) || !bare.starts_with("20"));
        let is_day = bare.len() == 8 && bare.starts_with("20") && bare.parse::<u32>().is_ok();
        match (is_id, is_day) {
            (true, _) => part.replace(bare, &"0f".repeat(bare.len() / 2)),
            (false, true) => part.replace(bare, "20261126"),
            (false, false) => part.to_owned(),
        }
    });
    let word: String = parts.collect();
    match word.split_once("127.") {
        Some((before, address)) => {
            let end = address.find(|c: char| c != '.' && !c.is_ascii_digit() && c != ':');
            format!("{before}HOST{}", end.map_or("", |end| &address[end..]))
        }
        None => word,
    }
}

/// One way in which a machine of a fleet is wrong.
struct Wrong {
    fleet: &'static str,
    count: usize,
    vm: &'static str,
    guest: &'static str,
}

const SHUT: &str = "address = \"eip\"\nsecurity-groups = [\"sg-shut0001\"]";
const OPEN: &str = "address = \"eip\"\nsecurity-groups = [\"sg-open0001\"]";

const WRONG: [Wrong; 11] = [
    Wrong { fleet: "office", count: 30, vm: OPEN, guest: "" },
    Wrong { fleet: "branch-desks", count: 12, vm: SHUT, guest: "" },
    Wrong {
        fleet: "render",
        count: 9,
        vm: "address = \"none\"\nbandwidth = 0\nsecurity-groups = [\"sg-open0001\"]",
        guest: "",
    },
    Wrong {
        fleet: "build-agents",
        count: 3,
        vm: OPEN,
        guest: "firewall = { remote-desktop = \"off\" }",
    },
    Wrong { fleet: "legacy", count: 2, vm: OPEN, guest: "machine-keys = \"no-network-service\"" },
    Wrong {
        fleet: "web",
        count: 1,
        vm: "state = \"stopped\"\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]",
        guest: "",
    },
    Wrong {
        fleet: "relay",
        count: 1,
        vm: OPEN,
        guest: "ports.3389 = { image = 'nginx.exe', service = 'nginx' }",
    },
    Wrong { fleet: "kiosks", count: 8, vm: OPEN, guest: "sessions = [\"alice\"]" },
    Wrong { fleet: "desks", count: 6, vm: OPEN, guest: "certificate = \"expired\"" },
    Wrong {
        fleet: "branch",
        count: 4,
        vm: OPEN,
        guest: r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0 }
domain-policy = [{ key = 'HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services', name = 'UserAuthentication', value = 0 }]",
    },
    Wrong {
        fleet: "silent",
        count: 5,
        vm: "agent = \"offline\"\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]",
        guest: "",
    },
];

/// Fleets in each of which something else is wrong, as in the design's plan for ten thousand.
fn fleets() -> Tool {
    let mut world = "[world]\nseed = 7\ntime-scale = \"instant\"\n[policy]\nrate-limits = \"unlimited\"\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
        [security-group.sg-open0001]\ningress = [\"ACCEPT tcp 3389 198.51.100.0/24\"]\n[security-group.sg-shut0001]\ningress = [\"DROP tcp 3389 0.0.0.0/0\"]\n"
        .to_owned();
    let mut declared = "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nrates = \"unlimited\"\n\
        [guard]\nstop-service = \"deny\"\n\
        [profile.desk]\nextends = \"standard\"\ningress = { from = [\"198.51.100.0/24\"] }\n\
        [profile.tls]\nextends = \"desk\"\ntls = { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }\n"
        .to_owned();
    for Wrong { fleet, count, vm, guest } in WRONG {
        let _ = write!(
            world,
            "[vm.{fleet}]\ncount = {count}\nbandwidth = 5\n{vm}\ntags = {{ role = \"{fleet}\" }}\n[vm.{fleet}.guest]\nos = \"2022\"\n{guest}\n"
        );
        let profile = if fleet == "kiosks" { "tls" } else { "desk" };
        let _ = write!(
            declared,
            "[fleet.{fleet}]\nprovider = \"gz\"\nselect = {{ tags = {{ role = \"{fleet}\" }} }}\nprofile = \"{profile}\"\nsnapshot = {{ first = false }}\n"
        );
    }
    let world = world.replace("bandwidth = 5\naddress = \"none\"\n", "address = \"none\"\n");
    let tool = Tool::new();
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &declared);
    tool
}

#[test]
fn a_fleet_in_which_much_is_wrong_in_every_view() {
    let plan = views(&fleets(), "plan -q --sim world.toml");
    insta::assert_snapshot!("plan_fleet", steady(&plan));
}

/// The questions of a command at each width, with all their details, and none answered with yes.
fn questions(tool: &Tool, command: &str, guard: &str) -> String {
    let mut shown = String::new();
    for columns in [40, 80, 120] {
        let mut apply = Terminal::wide(tool, command, columns);
        let prompt = format!("{guard}> ");
        let question = apply.until(&prompt);
        let (_, question) = question.split_once("Question 1").unwrap();
        apply.types("d\n");
        let details = apply.until(&prompt);
        apply.types("n\n");
        let ready = apply.until("apply> ");
        apply.types("q\n");
        let (ended, nothing) = apply.ends();
        assert_eq!(ended, 1, "{nothing}");
        let _ =
            writeln!(shown, "[{columns} columns]\nQuestion 1{question}{details}{ready}{nothing}");
    }
    shown.replace('\r', "")
}

#[test]
fn a_question_about_money_with_its_details_at_each_width() {
    let shown = questions(&Tool::quickstart(), "apply -q --sim world.toml", "spend");
    insta::assert_snapshot!("question_spend", steady(&shown));
}

#[test]
fn a_question_about_sessions_with_its_details_at_each_width() {
    let tool = crate::sessions::peopled("");
    let stopped =
        "\n[instance.web-02]\nprovider = \"gz\"\nid = \"ins-0abc1235\"\nprofile = \"office\"\n";
    tool.write("rdp.toml", &(tool.read("rdp.toml") + stopped));
    let second = "\n[vm.web-02]\nid = \"ins-0abc1235\"\nstate = \"stopped\"\naddress = \"wan\"\nbandwidth = 5\nsecurity-groups = [\"sg-web00001\"]\n[vm.web-02.guest]\nos = \"2022\"\n";
    tool.write("world.toml", &(tool.read("world.toml") + second));
    let shown = questions(&tool, "apply -q --sim world.toml", "reboot");
    insta::assert_snapshot!("question_reboot", steady(&shown));
}

#[test]
fn the_end_of_a_run_that_failed_at_each_width() {
    let mut shown = String::new();
    for columns in [40, 80, 120] {
        let tool = crate::build_servers::world();
        let apply = "apply -q --auto-approve --sim world.toml";
        let said = crate::terminal::seen(&tool, columns, apply);
        let end = said.find("1 failed").or_else(|| said.find("It failed")).unwrap();
        let from = said[..end].rfind("\n\n").unwrap_or(0);
        // What it cost is told to the second, and wraps as long as that is.
        let (before, cost) = said[from..].split_once("\nCost ").unwrap();
        let (_, after) = cost.split_once("\nRun ").unwrap();
        let _ = writeln!(shown, "[{columns} columns]{before}\nRun {after}");
    }
    let shown = crate::widths::steady(&shown);
    insta::assert_snapshot!("apply_failed", steady(&shown));
}

#[test]
fn what_is_remembered_in_every_view() {
    let tool = Tool::quickstart();
    let world = tool.read("world.toml").replace("time-scale = 60 ", "time-scale = \"instant\" ");
    tool.write("world.toml", &world);
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    insta::assert_snapshot!("show", steady(&views(&tool, "show -q web-01")));
    insta::assert_snapshot!("state_list", steady(&views(&tool, "state list")));
    // How many calls it took, and how long, is of each run.
    let runs = steady(&views(&tool, "state history"));
    let of_run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let is_number =
            |word: &&&str| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit());
        let is_of_run =
            words.iter().find(|word| !word.is_empty()).is_some_and(|first| *first != "26");
        let calls = words.iter().filter(is_number).find(|word| !["26", "09"].contains(*word));
        match calls {
            Some(calls) if is_of_run => line.replacen(&format!(" {calls}"), " NN", 1),
            Some(_) | None => line.to_owned(),
        }
    };
    let runs: Vec<String> = runs.lines().map(of_run).collect();
    insta::assert_snapshot!("history_list", runs.join("\n"));
    let steps = views(&tool, "state history --instance legacy-01");
    insta::assert_snapshot!("history_instance", steady(&steps));
    let history = tool.run(&["state", "history"]).exits(0).out;
    let run = history.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    insta::assert_snapshot!("history_run", steady(&views(&tool, &format!("show -q {run}"))));
}

#[test]
fn an_endpoint_and_a_port_that_nobody_answers_at_in_every_view() {
    let tool = Tool::new().with("ID", "AKIDnobody").with("KEY", "opens-nothing");
    let quickstart = Tool::quickstart().read("rdp.toml");
    let dead = "region = \"ap-guangzhou\"\nendpoint = \"http://127.0.0.1:9\"\ncredentials = { id = \"env:ID\", key = \"env:KEY\" }";
    tool.write("rdp.toml", &quickstart.replace("region = \"ap-guangzhou\"", dead));
    let tool = tool.trusting();
    insta::assert_snapshot!("error_endpoint", steady(&views(&tool, "plan -q")));
    insta::assert_snapshot!("probe_refused", steady(&views(&tool, "probe -q 127.0.0.1:9")));
}
