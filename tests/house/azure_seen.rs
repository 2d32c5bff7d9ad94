//! What Azure alone says of a machine: the last picture of its screen, and the certificate that its agent reported.

use serde_json::Value;

use crate::azure::{OPEN, subscription};
use crate::forms::{keeps_to, schema};

/// The vendor's own picture of a screen: linked where Windows does not answer, and nowhere else.
#[test]
fn the_last_picture_of_a_screen_is_linked_where_windows_does_not_answer() {
    let mute = ("mute", "address = \"eip\"\nsecurity-groups = [\"web\"]\nagent = \"offline\"");
    let tool = subscription(&[mute], OPEN, "", "");
    let seen = tool.sim(&["doctor", "mute"]).out;
    assert!(seen.contains("What its screen showed last: http://127.0.0.1:"), "{seen}");
    assert!(seen.contains("/screens/mute.screenshot.bmp?"), "{seen}");
    // In every form, as evidence, with what the link gives away; a file of HTML leads nowhere by itself.
    let form = |form: &str| tool.sim(&["doctor", "mute", "--lang", "en", "--format", form]).out;
    let json = form("json");
    keeps_to(&schema("diagnosis.json"), &json);
    let json: Value = serde_json::from_str(&json).unwrap();
    let link = json["screen"]["link"].as_str().unwrap();
    assert!(link.contains("/screens/mute.screenshot.bmp?"), "{link}");
    let gives_away = "honours the link for an hour, and whoever has it sees the picture";
    for (form, shown) in [
        (json["screen"]["says"].to_string(), link.to_owned()),
        (form("markdown"), "showed last: <http://127.0.0.1:".to_owned()),
        (form("html"), "showed last: http://127.0.0.1:".to_owned()),
    ] {
        assert!(form.contains(gives_away) && form.contains(&shown), "{form}");
        assert!(!form.contains("href=\"http://127"), "{form}");
    }
    let answers = [("desk", "address = \"eip\"\nsecurity-groups = [\"web\"]")];
    let sound = subscription(&answers, OPEN, "", "").sim(&["doctor", "desk"]).out;
    assert!(!sound.contains("screen"), "{sound}");
    let sound =
        subscription(&answers, OPEN, "", "").sim(&["doctor", "desk", "--format", "json"]).out;
    assert!(!sound.contains("\"screen\""), "{sound}");
    // A role that lacks the action is told which.
    let action = "Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action";
    let world = tool.read("world.toml");
    let denied = format!("kind = \"azure\"\ndeny = [\"{action}\"]\n");
    tool.write("world.toml", &world.replacen("kind = \"azure\"\n", &denied, 1));
    let seen = tool.sim(&["doctor", "mute"]).out;
    assert!(
        seen.contains("What its screen showed last is not known") && seen.contains(action),
        "{seen}"
    );
    let asked = tool.sim(&["permissions", "--for", "plan"]).exits(0).out;
    assert!(asked.contains(action), "{asked}");
}

/// No list says which certificate an agent reported: whoever is among a hundred is asked for it.
#[test]
fn the_clouds_word_on_the_certificate_is_had_of_every_machine_of_a_fleet_of_forty() {
    let more = "[fleet.all]\nprovider = \"corp\"\nselect = { resource-group = \"prod\" }\nprofile = \"desk\"\nsnapshot = { first = false }\n";
    let tool = subscription(&[], OPEN, "", more);
    let world = tool.read("world.toml").replace(
        "kind = \"azure\"\n",
        "kind = \"azure\"\ndeny = [\"Microsoft.Compute/virtualMachines/runCommand/action\", \"Microsoft.Compute/virtualMachines/runCommands/write\"]\n",
    );
    let desks = "\n[vm.desk]\naccount = \"corp\"\ngroup = \"prod\"\ncount = 40\naddress = \"eip\"\nsecurity-groups = [\"web\"]\ngateway = \"rdgw.corp.example\"\n";
    tool.write("world.toml", &format!("{world}{desks}"));
    let plan = tool.sim(&["plan", "--format", "json"]).exits(3).out;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let is_another = |group: &&Value| {
        group.to_string().contains("another certificate answers than the cloud's agent reported")
    };
    let groups = plan["groups"].as_array().unwrap().iter().filter(is_another);
    let members: usize = groups.map(|group| group["members"].as_array().unwrap().len()).sum();
    assert_eq!(members, 40, "{plan:#}");
}
