//! One estate in which everything stands that can: the page, `drift` and `plan` count it alike, machine by machine and facet
//! by facet.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::page::Page;
use crate::tool::{Simulator, Tool, against};

/// Machines beside the quickstart's two: name, what the cloud says of it, and what its Windows has.
const MORE: [(&str, &str, &str); 8] = [
    ("good", "", ""),
    (
        "kept",
        "",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }",
    ),
    (
        "rule",
        "",
        r"domain-policy = [{ key = 'HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services', name = 'fDenyTSConnections', value = 1, source = 'setting' }]",
    ),
    ("mute", "agent = \"offline\"", ""),
    ("off1", "", "services.TermService = { start = \"disabled\" }"),
    ("dark", "agent = \"offline\"", "services.TermService = { start = \"disabled\" }"),
    ("boot", "", "boot = \"selective\""),
    (
        "tls0",
        "",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0 }",
    ),
];

/// The quickstart's estate and these, one of them accepted as it is.
fn mixed() -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    let (mut world, mut declared) = (tool.read("world.toml"), tool.read("rdp.toml"));
    for (name, cloud, guest) in MORE {
        write!(
            world,
            "\n[vm.{name}]\naccount = \"gz-legacy\"\nid = \"ins-0{name}001\"\nzone = \"ap-guangzhou-3\"\n\
             os = \"Windows Server 2019 Datacenter 64bit\"\naddress = \"wan\"\n{cloud}\n\
             bandwidth = {{ charge-type = \"TRAFFIC_POSTPAID_BY_HOUR\", max-out = 10 }}\n\
             security-groups = [\"sg-lega0001\"]\n[vm.{name}.guest]\nos = \"2019\"\n{guest}\n"
        )
        .unwrap();
        write!(
            declared,
            "\n[instance.{name}]\nprovider = \"gz-legacy\"\nid = \"ins-0{name}001\"\n\
             profile = \"office-legacy\"\n"
        )
        .unwrap();
    }
    declared += "\n[[accept]]\ninstance = \"kept\"\nreason = \"the audit\"\nuntil = 2999-12-31\n";
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &declared);
    let simulator = Simulator::start(&tool);
    (against(tool, &simulator), simulator)
}

/// Machine, facet, and what of it: `differs` (by itself, as a consequence, or by a policy) or `unknown`.
type Marks = BTreeSet<(String, String, &'static str)>;

fn named(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// As a plan's groups say it.
fn of_plan(plan: &Value) -> Marks {
    let mut marks = Marks::new();
    for group in plan["groups"].as_array().unwrap() {
        for member in group["members"].as_array().unwrap() {
            for finding in group["facets"].as_array().unwrap() {
                let is = match finding["verdict"].as_str().unwrap() {
                    "unknown" => "unknown",
                    "drifted" | "blocked" => "differs",
                    _ => continue,
                };
                marks.insert((named(&member["name"]), named(&finding["facet"]), is));
            }
        }
    }
    marks
}

/// As the matrix shows it.
fn of_matrix(matrix: &Value) -> Marks {
    let mut marks = Marks::new();
    for row in matrix["rows"].as_array().unwrap() {
        for cell in row["cells"].as_array().unwrap() {
            let is = match cell["is"].as_str().unwrap() {
                "unknown" => "unknown",
                "shuts" | "differs" | "follows" | "blocked" => "differs",
                _ => continue,
            };
            marks.insert((named(&row["name"]), named(&cell["facet"]), is));
        }
    }
    marks
}

/// First causes as `drift` finds them, that nobody accepted: how many of each facet, blocked ones among them.
fn firsts<'a>(drift: &'a Value, facet: &'a str) -> usize {
    let findings = drift["findings"].as_array().unwrap().iter();
    let firsts = findings.filter(|one| {
        one["follows-from"].is_null()
            && one["accepted"].is_null()
            && one["facet"] == facet
            && one["verdict"] != "unknown"
    });
    firsts.count()
}

/// Members of all groups by first cause.
fn members(fleet: &Value) -> u64 {
    let causes = fleet["causes"].as_array().unwrap().iter();
    causes.map(|one| one["instances"].as_u64().unwrap()).sum()
}

/// The five numbers add up to all, and where it breaks is what the groups say.
fn of_one_mind(fleet: &Value) {
    let numbers = fleet["numbers"].as_object().unwrap().values();
    let all: u64 = numbers.map(|number| number.as_u64().unwrap()).sum();
    assert_eq!(all, fleet["instances"].as_u64().unwrap(), "{fleet}");
    for one in fleet["breaks"].as_array().unwrap() {
        for (kind, verdict) in
            [("differ", "drifted"), ("blocked", "blocked"), ("unknown", "unknown")]
        {
            let causes = fleet["causes"].as_array().unwrap().iter();
            let of_it = causes.filter(|cause| {
                cause["verdict"] == verdict
                    && cause["accepted"].is_null()
                    && cause["facets"].as_array().unwrap().contains(&one["facet"])
            });
            let counted: u64 = of_it.map(|cause| cause["instances"].as_u64().unwrap()).sum();
            assert_eq!(one[kind].as_u64(), Some(counted), "{kind} {}: {fleet}", one["facet"]);
        }
    }
}

#[test]
fn of_a_mixed_estate_the_page_drift_and_plan_give_the_same_numbers_machine_by_machine() {
    let (tool, simulator) = mixed();
    let mut page = Page::of(tool, simulator);
    let json = |args: &[&str], code| -> Value {
        serde_json::from_str(&page.tool().run(args).exits(code).out).unwrap()
    };
    let drift = json(&["drift", "--format", "json"], 2);
    let plan = json(&["plan", "--format", "json"], 3);
    let numbers = &drift["numbers"];
    let findings = drift["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|one| one["follows-from"].is_null()).count();
    // From the first snapshot on, in which little is known yet, each is of one mind with itself.
    let fleet = page.until("/fleet.json", |fleet| {
        of_one_mind(fleet);
        &fleet["numbers"] == numbers && members(fleet) == findings as u64
    });

    // Each of the five is somebody, and together they are all.
    let five = ["not-reachable", "differ", "unknown", "accepted", "as-declared"];
    let five = five.map(|one| numbers[one].as_u64().unwrap());
    assert!(five.iter().all(|one| *one > 0), "{numbers}");
    assert_eq!(five.iter().sum::<u64>(), 10, "{numbers}");
    assert_eq!(fleet["instances"], 10);
    assert_eq!(plan["healthy"], numbers["as-declared"]);
    assert_eq!(plan["instances"], fleet["instances"]);

    // Where it breaks are first causes, what a policy decides among them, as `drift` finds them.
    for one in fleet["breaks"].as_array().unwrap() {
        let facet = one["facet"].as_str().unwrap();
        let counted = one["differ"].as_u64().unwrap() + one["blocked"].as_u64().unwrap();
        assert_eq!(counted, firsts(&drift, facet) as u64, "{facet}: {fleet}\n{drift}");
        // Of whom nobody could look into the guest, the silence follows from what is not known there.
        assert!(facet != "reachable" || counted == 0, "{fleet}");
    }
    let dark = drift["findings"].as_array().unwrap().iter();
    let mut dark = dark.filter(|one| one["instance"] == "dark" && one["facet"] == "reachable");
    let follows = &dark.next().unwrap()["follows-from"];
    assert!(follows.is_string(), "{drift}");
    let shut = fleet["causes"].as_array().unwrap().iter();
    let mut shut = shut.filter(|one| {
        one["section"] == "not-reachable" && one["facets"].as_array().unwrap().contains(follows)
    });
    assert!(shut.any(|one| one["verdict"] == "unknown"), "{fleet}");
    let blocked = fleet["breaks"].as_array().unwrap().iter();
    assert_eq!(blocked.map(|one| one["blocked"].as_u64().unwrap()).sum::<u64>(), 1, "{fleet}");

    // The matrix has in its cells what the plan says of each machine's facets, and each row stands where it is counted.
    let matrix = page.until("/fleet.json?view=matrix", |matrix| &matrix["numbers"] == numbers);
    assert_eq!(of_matrix(&matrix), of_plan(&plan), "{matrix}");
    // Who is as declared takes no room in it.
    let standings = ["not-reachable", "differs", "unknown", "accepted"];
    for (standing, number) in standings.into_iter().zip(five) {
        let rows = matrix["rows"].as_array().unwrap().iter();
        let rows = rows.filter(|row| row["standing"] == standing).count();
        assert_eq!(rows as u64, number, "{standing}: {matrix}");
    }

    // Who could not be looked into may be among those, too: the first sentence is no more than what is known.
    let (_, html) = page.get("/");
    let says = format!(
        "<h1>At least {} of 10 instances are not reachable as declared; {} are unknown.</h1>",
        five[0], five[2]
    );
    assert!(html.contains(&says), "{html}");
    assert_eq!(page.ends(), Some(0));
}
