//! Drift reports: every form tells the same, and as much as was seen; what was accepted stands apart.

use serde_json::Value;

use crate::tool::Tool;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The report without the moment at which it was made.
fn steady(report: &str) -> String {
    let lines = report.lines().map(|line| match line.find(" of ") {
        Some(at) if line.starts_with("Since the report") => {
            format!("{} of …{}\n", &line[..at], &line[line.find("UTC").unwrap() + 3..])
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn a_comment_puts_what_differs_under_its_causes() {
    let drift = Tool::quickstart().sim(&["drift", "--format", "markdown"]).exits(2);
    insta::assert_snapshot!(drift.out, @r"
    ### rdpctl drift

    **Drift: 6 facets differ, 11 unknown, 0 accepted, on 2 instances.**

    2 do not answer.

    **Differs**

    | what | seen → declared | instances | more |
    |---|---|---|---|
    | power | stopped -&gt; running | 1: web-01 | shows on the way; 11 facets follow; plan would start the instance; Tencent 1 |
    | public-ip | no public address -&gt; elastic address | 1: web-01 | shows on the way; 1 facet follows; plan would obtain an elastic address with 5 Mbps, or reuse a free one of ours; bind the address; Tencent 2 |
    | bandwidth | 0 Mbps -&gt; 5 Mbps | 1: legacy-01 | shows on the way; 1 facet follows; plan would set the instance to 5 Mbps; Tencent 3 |
    | ingress | port 3389 closed -&gt; port 3389 open to 198.51.100.0/24 | 1: web-01 | shows on the way; plan would let tcp 3389 in from 198.51.100.0/24, in each machine's rule set; Tencent 4 |
    ");
}

#[test]
fn findings_are_put_together_as_asked() {
    let drift = Tool::quickstart().sim(&["drift", "--group-by", "instance"]).exits(2);
    insta::assert_snapshot!(drift.out, @r"
    2 of 2 instances do not answer RDP.

    legacy-01
      ~ bandwidth  0 Mbps → 5 Mbps                                                            Tencent 3
                   shows on the way; 1 facet follows

    web-01
      ~ power      stopped → running                                                          Tencent 1
                   shows on the way; 11 facets follow
      ~ public-ip  no public address → elastic address                                        Tencent 2
                   shows on the way; 1 facet follows
      ~ ingress    port 3389 closed → port 3389 open to 198.51.100.0/24                       Tencent 4
                   shows on the way

    In all     2 do not answer
    ");
}

#[test]
fn all_forms_count_the_same_and_end_with_the_same_code() {
    let tool = Tool::quickstart();
    let report = json(&tool.sim(&["drift", "--format", "json"]).exits(2).out);
    let findings = report["findings"].as_array().unwrap();
    let facets: usize =
        findings.iter().map(|one| one["hides"].as_array().map_or(1, Vec::len)).sum();
    let numbers = report["numbers"].as_object().unwrap();
    let added: u64 = numbers.values().map(|number| number.as_u64().unwrap()).sum();
    assert_eq!(added, report["instances"].as_u64().unwrap());

    let junit = tool.sim(&["drift", "--format", "junit"]).exits(2).out;
    assert_eq!(junit.matches("<testcase ").count(), facets, "{junit}");
    let all = format!(
        "tests=\"{facets}\" failures=\"{}\" errors=\"{}\" skipped=\"0\"",
        report["drifted"], report["unknown"]
    );
    assert!(junit.lines().nth(1).unwrap().contains(&all), "{junit}");

    let sarif = json(&tool.sim(&["drift", "--format", "sarif"]).exits(2).out);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), facets);
    // Each at the line that declares it.
    let at = &results[0]["locations"][0]["physicalLocation"];
    let line = usize::try_from(at["region"]["startLine"].as_u64().unwrap()).unwrap();
    let declared = tool.read("rdp.toml");
    assert_eq!(declared.lines().nth(line - 1).unwrap(), "[instance.legacy-01]");

    let csv = tool.sim(&["drift", "--format", "csv"]).exits(2).out;
    assert_eq!(csv.lines().count(), findings.len() + 1, "{csv}");

    let html = tool.sim(&["drift", "--format", "html"]).exits(2).out;
    for name in ["power", "public-ip", "bandwidth", "ingress"] {
        assert!(html.contains(&format!("<span class=\"facet\">{name}</span>")), "{name}: {html}");
    }
    for (name, number) in numbers {
        assert!(html.contains(&format!("<b>{number}</b>")), "{name} is {number}: {html}");
    }
}

#[test]
fn a_report_for_a_browser_loads_and_runs_nothing() {
    let html = Tool::quickstart().sim(&["drift", "--format", "html"]).exits(2).out;
    assert!(html.contains("default-src &#39;none&#39;"), "{html}");
    // A pattern of the file's own is nothing that is loaded.
    let html = html.replace("url(#hatch)", "");
    for never in ["<script", "src=", "@import", "url(", "javascript:", "onload"] {
        assert!(!html.contains(never), "{never}");
    }
}

#[test]
fn what_was_accepted_stands_apart_with_all_that_follows_from_it() {
    let tool = Tool::quickstart();
    let declared = tool.read("rdp.toml");
    let accept = |until: &str| {
        format!(
            "{declared}\n[[accept]]\ninstance = \"legacy-01\"\nfacet = \"bandwidth\"\nreason = \"the audit\"\nuntil = {until}\n"
        )
    };
    tool.write("rdp.toml", &accept("2999-12-31"));
    let report =
        json(&tool.sim(&["drift", "--target", "legacy-01", "--format", "json"]).exits(0).out);
    assert_eq!(report["drifted"], 0);
    assert_eq!(report["accepted"], 2, "the bandwidth, and that no handshake comes through");
    assert_eq!(report["numbers"]["accepted"], 1);
    let junit = tool.sim(&["drift", "--target", "legacy-01", "--format", "junit"]).exits(0).out;
    assert_eq!(
        junit.matches("<skipped message=\"accepted: the audit, until 2999-12-31\"").count(),
        2
    );

    tool.write("rdp.toml", &accept("2020-12-31"));
    let over = tool.sim(&["drift", "--target", "legacy-01"]).exits(2);
    let told = "Accepted until 2020-12-31, and no longer: legacy-01/bandwidth (the audit).";
    assert!(over.out.contains(told), "{}", over.out);
}

#[test]
fn against_an_earlier_report_only_what_changed_is_told() {
    let tool = Tool::quickstart();
    let report = tool.sim(&["drift", "--format", "json"]).exits(2).out;
    tool.write("before.json", &report);
    let same = tool.sim(&["drift", "--since", "before.json"]).exits(0);
    insta::assert_snapshot!(steady(&same.out), @r"
    Since the report of …: 0 new, 0 changed, 7 as before, 0 no longer reported.

    In all     2 do not answer
    ");

    tool.sim(&["apply", "--auto-approve", "--target", "legacy-01"]).exits(0);
    let mended = tool.sim(&["drift", "--since", "before.json"]).exits(0);
    insta::assert_snapshot!(steady(&mended.out), @r"
    Since the report of …: 0 new, 0 changed, 5 as before, 2 no longer reported.

      no longer reported: legacy-01  bandwidth
      no longer reported: legacy-01  reachable
    In all     1 does not answer, 1 as declared
    ");

    // What is told of the whole fleet says nothing of what was not looked at.
    let one = tool.sim(&["drift", "--since", "before.json", "--target", "web-01"]).exits(0);
    assert!(one.out.contains("0 no longer reported"), "{}", one.out);

    tool.write("empty.json", "{\"format\":1,\"findings\":[]}");
    let all = tool.sim(&["drift", "--since", "empty.json"]).exits(2);
    assert!(all.out.contains("~ power"), "{}", all.out);
    tool.write("wrong.json", "{\"format\":7,\"findings\":[]}");
    tool.sim(&["drift", "--since", "wrong.json"]).exits(1).complains("its format is 7");
}
