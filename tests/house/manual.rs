//! The manual's own pages: what stands behind `$` is run, what is shown below it was printed, and no step of the founding
//! documents is forgotten.

use std::path::PathBuf;

use rdpctl_model::FacetId;

use crate::tool::{Ran, Simulator, Tool, root};

fn book() -> PathBuf {
    root().join("docs/book/src")
}

/// A command of a page: its line, the exit code that the page promises, and the lines that it shows.
struct Shown {
    page: String,
    line: String,
    exits: Option<i32>,
    prints: Vec<String>,
}

impl Shown {
    /// Runs it, and holds what it says to what is shown.
    fn run(&self, tool: &Tool) -> Ran {
        let Self { page, line, exits, prints } = self;
        let (line, kept) = match line.split_once(" > ") {
            Some((line, file)) => (line, Some(file)),
            None => (line.as_str(), None),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let ran = tool.run(&words[1..]);
        let said = format!("{page}: $ {line}\n{}\n{}", ran.out, ran.err);
        match exits {
            Some(code) => assert_eq!(ran.code, Some(*code), "{said}"),
            // A cause found and a part held are answers.
            None => assert!(matches!(ran.code, Some(0 | 2 | 3)), "{said}"),
        }
        for print in prints {
            assert!(ran.out.contains(print), "`{print}` is not said by\n{said}");
        }
        if let Some(file) = kept {
            tool.write(file, &ran.out);
        }
        ran
    }
}

/// The commands of a page, in order.
fn commands(page: &str) -> Vec<Shown> {
    let text = std::fs::read_to_string(book().join(page)).unwrap();
    let mut shown: Vec<Shown> = Vec::new();
    let mut block = None;
    for line in text.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            block = fence.strip_prefix("console").map(|rest| rest.trim().parse().ok());
            continue;
        }
        let Some(exits) = block else { continue };
        match line.strip_prefix("$ ") {
            Some(command) => shown.push(Shown {
                page: page.to_owned(),
                line: command.to_owned(),
                exits,
                prints: Vec::new(),
            }),
            None => shown.last_mut().unwrap().prints.push(line.trim_end().to_owned()),
        }
    }
    shown
}

/// The pages that show commands.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = std::fs::read_dir(book())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|page| !commands(page).is_empty())
        .collect();
    pages.sort();
    pages
}

#[test]
fn what_the_manual_shows_on_the_quickstart_is_so() {
    for page in pages().iter().filter(|page| *page != "first-vm.md") {
        let tool = Tool::new();
        std::fs::create_dir_all(tool.path("examples/quickstart")).unwrap();
        for file in ["rdp.toml", "world.toml"] {
            let from = root().join("examples/quickstart").join(file);
            tool.write(
                &format!("examples/quickstart/{file}"),
                &std::fs::read_to_string(from).unwrap(),
            );
        }
        for shown in commands(page) {
            shown.run(&tool);
        }
    }
}

/// The page's own declaration and commands, with keys in the environment and a simulated account for the vendor's.
#[test]
fn the_first_real_vm_is_found_understood_and_planned_by_the_page_s_commands() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let (id, key) = simulator.keys("gz");
    std::fs::remove_file(tool.path("world.toml")).unwrap();
    let page = std::fs::read_to_string(book().join("first-vm.md")).unwrap();
    let declared = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let endpoint = simulator.endpoint();
    tool.write("rdp.toml", &format!("{declared}endpoint = \"{endpoint}\"\n"));
    let tool = tool
        .with("TENCENTCLOUD_SECRET_ID", id)
        .with("TENCENTCLOUD_SECRET_KEY", key)
        .granting(&format!("[[endpoint]]\nprovider = \"tencent\"\nurl = \"{endpoint}\"\n"));
    for shown in commands("first-vm.md") {
        let ran = shown.run(&tool);
        if shown.line.starts_with("rdpctl doctor") {
            assert!(ran.out.contains("power"), "{}", ran.out);
        }
    }
}

#[test]
fn every_step_of_the_founding_documents_has_its_row_and_every_facet_its_mention() {
    let text = std::fs::read_to_string(book().join("steps.md")).unwrap();
    let steps = (1..=12).map(|step| format!("| T{step} |"));
    for row in steps.chain((1..=18).map(|step| format!("| A{step} |"))) {
        assert_eq!(text.matches(&row).count(), 1, "{row}");
    }
    // What comes after both documents has no step of theirs.
    let beyond = [FacetId::Logon, FacetId::Licence];
    for facet in FacetId::ALL.into_iter().filter(|facet| !beyond.contains(facet)) {
        assert!(text.contains(&format!("`{facet}`")), "{facet}");
    }
}
