//! Numbers in the text form of Prometheus, by its conventions: base units, `_total` for what only grows.

use std::fmt::{Display, Write};

use tokio::time::Instant;

use super::numbers::{ENDS, Histogram, Numbers, Phase};

/// Families under construction.
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (place, (label, said)) in labels.iter().enumerate() {
            let open = if place == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escaped(said));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], histogram: &Histogram) {
        let bucket = format!("{name}_bucket");
        for (count, end) in histogram.counts.iter().zip(ENDS) {
            let end = end.to_string();
            self.sample(&bucket, &[labels, &[("le", &end)]].concat(), count);
        }
        self.sample(&bucket, &[labels, &[("le", "+Inf")]].concat(), histogram.count);
        self.sample(&format!("{name}_sum"), labels, histogram.sum);
        self.sample(&format!("{name}_count"), labels, histogram.count);
    }
}

/// What stands in a label's value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The whole page.
pub(super) fn render(numbers: &Numbers, now: Instant) -> String {
    let mut page = Page(String::new());
    page.family("rdpctl_build_info", "gauge", "The version that runs; always 1.");
    page.sample("rdpctl_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    of_the_fleet(&mut page, numbers);
    of_the_looks(&mut page, numbers, now);
    of_the_runs(&mut page, numbers);
    of_the_source(&mut page, numbers);
    of_the_process(&mut page);
    page.0
}

fn of_the_fleet(page: &mut Page, numbers: &Numbers) {
    let leads = matches!(numbers.phase, Phase::Looking | Phase::Watching);
    page.family(
        "leader_election_master_status",
        "gauge",
        "Whether this process schedules (1) or stands by (0).",
    );
    page.sample("leader_election_master_status", &[("name", "rdpctl")], u8::from(leads));
    page.family("rdpctl_instances", "gauge", "Managed instances by whether they are as declared.");
    let differing = numbers.instances.saturating_sub(numbers.as_declared);
    page.sample("rdpctl_instances", &[("as_declared", "true")], numbers.as_declared);
    page.sample("rdpctl_instances", &[("as_declared", "false")], differing);
    page.family(
        "rdpctl_findings",
        "gauge",
        "Facets of instances that are not as declared and that nobody accepted, by verdict.",
    );
    for ((facet, verdict), count) in &numbers.findings {
        page.sample("rdpctl_findings", &[("facet", facet.name()), ("verdict", *verdict)], count);
    }
    page.family(
        "rdpctl_accepted_findings",
        "gauge",
        "Facets of instances that are not as declared and that somebody accepted.",
    );
    for (facet, count) in &numbers.accepted {
        page.sample("rdpctl_accepted_findings", &[("facet", facet.name())], count);
    }
    page.family(
        "rdpctl_orphaned",
        "gauge",
        "Things that rdpctl made for those who are declared no more, by kind; a person releases them.",
    );
    for (kind, count) in &numbers.orphaned {
        page.sample("rdpctl_orphaned", &[("kind", kind.name())], count);
    }
    page.family(
        "rdpctl_turns_total",
        "counter",
        "Facets of instances that turned, by what they turned to; without what somebody accepted.",
    );
    for ((facet, verdict), count) in &numbers.turns {
        page.sample("rdpctl_turns_total", &[("facet", facet.name()), ("verdict", *verdict)], count);
    }
}

fn of_the_looks(page: &mut Page, numbers: &Numbers, now: Instant) {
    let age =
        numbers.oldest.map_or(0.0, |since| now.saturating_duration_since(since).as_secs_f64());
    page.gauge(
        "rdpctl_oldest_unreconciled_seconds",
        "How long the subject has been due that waits longest for its turn.",
        age,
    );
    page.family("workqueue_depth", "gauge", "Subjects that are due and wait for their turn.");
    page.sample("workqueue_depth", &[("name", "rdpctl")], numbers.waiting);
    page.family(
        "rdpctl_looks_total",
        "counter",
        "Looks by provider, by what was looked at and what came of it.",
    );
    for ((provider, what, looked), count) in &numbers.looks {
        let labels =
            [("provider", provider.as_str()), ("result", looked.name()), ("what", what.name())];
        page.sample("rdpctl_looks_total", &labels, count);
    }
    page.family("rdpctl_look_duration_seconds", "histogram", "How long looks took.");
    for (what, histogram) in &numbers.look_seconds {
        page.histogram("rdpctl_look_duration_seconds", &[("what", what.name())], histogram);
    }
    page.family(
        "rdpctl_judge_duration_seconds",
        "histogram",
        "How long judging all that is known took.",
    );
    page.histogram("rdpctl_judge_duration_seconds", &[], &numbers.judge_seconds);
    page.family("rdpctl_machines", "gauge", "Machines that are looked at, by provider.");
    for (provider, count) in &numbers.machines {
        page.sample("rdpctl_machines", &[("provider", provider.as_str())], count);
    }
    page.family(
        "rdpctl_machine_interval_seconds",
        "gauge",
        "How often each machine of a provider is looked at.",
    );
    for (provider, every) in &numbers.interval {
        let labels = [("provider", provider.as_str())];
        page.sample("rdpctl_machine_interval_seconds", &labels, every.as_secs());
    }
    page.family("rdpctl_provider_silent", "gauge", "Whether a provider does not answer (1).");
    for (provider, silent) in &numbers.silent {
        page.sample(
            "rdpctl_provider_silent",
            &[("provider", provider.as_str())],
            u8::from(*silent),
        );
    }
}

fn of_the_runs(page: &mut Page, numbers: &Numbers) {
    page.family(
        "rdpctl_runs_total",
        "counter",
        "Runs that the loop began by itself, by how they ended.",
    );
    for (end, count) in &numbers.runs {
        page.sample("rdpctl_runs_total", &[("end", *end)], count);
    }
    page.family(
        "rdpctl_asking_instances",
        "gauge",
        "Instances with steps that wait for a person, by guard.",
    );
    for (guard, count) in &numbers.asks {
        page.sample("rdpctl_asking_instances", &[("guard", guard.name())], count);
    }
    page.counter(
        "rdpctl_damped_total",
        "Facets that somebody put back so often that they are left alone.",
        numbers.damped,
    );
}

fn of_the_source(page: &mut Page, numbers: &Numbers) {
    page.counter(
        "rdpctl_source_readings_total",
        "Declarations that were read whole.",
        numbers.readings,
    );
    page.counter(
        "rdpctl_source_errors_total",
        "Declarations that could not be read or were held back, so that the last was kept.",
        numbers.unreadable,
    );
    page.gauge(
        "rdpctl_source_readable",
        "Whether the last declaration was read (1), or an older one is kept (0).",
        u8::from(numbers.is_readable),
    );
    if let Some(commit) = &numbers.commit {
        page.family("rdpctl_source_info", "gauge", "The commit that is in force; always 1.");
        page.sample("rdpctl_source_info", &[("commit", commit.as_str())], 1);
    }
    if let Some(pulled) = numbers.pulled {
        page.gauge(
            "rdpctl_source_pulled_timestamp_seconds",
            "When somebody last fetched into the checkout.",
            pulled,
        );
    }
}

fn of_the_process(page: &mut Page) {
    if let Some(seconds) = busy() {
        page.counter(
            "process_cpu_seconds_total",
            "Processor time that this process used.",
            seconds,
        );
    }
    if let Some(bytes) = resident() {
        page.gauge("process_resident_memory_bytes", "Memory that this process holds.", bytes);
    }
}

/// By what the system says of this process, where it does.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Processor time, by the scheduler's own count of every thread, in nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a process fit")]
fn busy() -> Option<f64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let of_one = |thread: std::fs::DirEntry| {
        let said = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        said.split_whitespace().next()?.parse::<u64>().ok()
    };
    let nanoseconds: u64 = threads.flatten().filter_map(of_one).sum();
    Some(nanoseconds as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdpctl_model::{FacetId, ProviderName};

    use super::super::numbers::{Looked, What};
    use super::*;

    #[test]
    fn numbers_are_told_by_the_conventions_and_labels_are_quoted() {
        let mut numbers = Numbers { instances: 7, as_declared: 5, ..Numbers::default() };
        numbers.findings.insert((FacetId::Nla, "drifted"), 2);
        let provider = ProviderName::new("a\"b");
        numbers.looks.insert((provider, What::Cloud, Looked::Silent), 3);
        numbers.look_seconds.entry(What::Cloud).or_default().add(0.2);
        let now = Instant::now();
        numbers.oldest = Some(now);
        let page = render(&numbers, now + Duration::from_secs(4));
        for line in [
            "rdpctl_instances{as_declared=\"false\"} 2",
            "rdpctl_findings{facet=\"nla\",verdict=\"drifted\"} 2",
            "rdpctl_looks_total{provider=\"a\\\"b\",result=\"silent\",what=\"cloud\"} 3",
            "rdpctl_look_duration_seconds_bucket{what=\"cloud\",le=\"0.1\"} 0",
            "rdpctl_look_duration_seconds_bucket{what=\"cloud\",le=\"0.5\"} 1",
            "rdpctl_look_duration_seconds_bucket{what=\"cloud\",le=\"+Inf\"} 1",
            "rdpctl_oldest_unreconciled_seconds 4",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
        let types: Vec<&str> = page.lines().filter(|line| line.starts_with("# TYPE")).collect();
        let mut once = types.clone();
        once.dedup();
        assert_eq!(types, once, "a family stands together");
        for line in types {
            let mut words = line.split(' ').skip(2);
            let (name, kind) = (words.next().expect("a name"), words.next().expect("a kind"));
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        }
    }
}
