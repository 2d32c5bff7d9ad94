//! A key for looking can look, and nothing else: by commands that the vendor holds ready, under policies that the vendor
//! enforces resource by resource.

use std::fmt::Write as _;

use rdpctl_model::ProviderName;
use rdpctl_model::account::{Calls, Rates, Route, Tencent, TencentCredentials};
use rdpctl_model::secret::Secret;
use rdpctl_providers::tencent::api::Acknowledged;
use rdpctl_providers::tencent::api::tat::{CreateCommand, InvokeCommand, RunCommand};
use rdpctl_providers::tencent::{Action, CallError, Safety, Service, Surroundings, TencentCloud};
use serde::Serialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::tool::{Simulator, Tool};

const READER: (&str, &str) = ("AKIDofWhoLooks", "looks-and-no-more");
const OWNER: (&str, &str) = ("AKIDofTheOwner", "may-do-anything");

/// Three machines: one that is declared by its id, one that a fleet picks by two tags, and one that bears one of them.
fn world(policy: Option<&str>) -> String {
    let mut world = format!(
        "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [account.shop]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nsecret-id = \"{}\"\nsecret-key = \"{}\"\n\n",
        OWNER.0, OWNER.1
    );
    if let Some(policy) = policy {
        let _ = writeln!(
            world,
            "[account.shop.key.reader]\nsecret-id = \"{}\"\nsecret-key = \"{}\"\npolicy = '''{policy}'''\n",
            READER.0, READER.1
        );
    }
    world.push_str("[security-group.sg-open0001]\ningress = [\"ACCEPT all all 0.0.0.0/0\"]\n\n");
    for (name, id, tags) in [
        ("web-01", "ins-0web0001", "{ role = \"web\" }"),
        ("kiosk-01", "ins-0kiosk01", "{ role = \"kiosk\", env = \"prod\" }"),
        ("kiosk-02", "ins-0kiosk02", "{ role = \"kiosk\", env = \"test\" }"),
    ] {
        let _ = writeln!(
            world,
            "[vm.{name}]\nid = \"{id}\"\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\ntags = {tags}\n\n\
             [vm.{name}.guest]\nservices.TermService = {{ start = \"disabled\" }}\n"
        );
    }
    world
}

fn declaration(endpoint: &str, commands: &str) -> String {
    format!(
        "[provider.shop]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{endpoint}\"\n{commands}\n\
         [profile.host]\nservice = \"auto\"\nlogon = \"allowed\"\n\n\
         [instance.web-01]\nprovider = \"shop\"\nid = \"ins-0web0001\"\nprofile = \"host\"\n\n\
         [fleet.kiosks]\nprovider = \"shop\"\nselect = {{ tags = {{ role = \"kiosk\", env = \"prod\" }} }}\nprofile = \"host\"\n"
    )
}

/// A simulator of that world, with a folder for whoever holds that key.
fn served(world: &str, key: (&str, &str), commands: &str) -> (Tool, Simulator) {
    let tool =
        Tool::new().with("TENCENTCLOUD_SECRET_ID", key.0).with("TENCENTCLOUD_SECRET_KEY", key.1);
    tool.write("world.toml", world);
    let simulator = Simulator::start(&tool);
    tool.write("rdp.toml", &declaration(simulator.endpoint(), commands));
    (tool.trusting(), simulator)
}

/// The same folder in somebody else's hands.
fn held_by(tool: Tool, key: (&str, &str)) -> Tool {
    tool.with("TENCENTCLOUD_SECRET_ID", key.0).with("TENCENTCLOUD_SECRET_KEY", key.1)
}

/// The line that declares the commands, out of what registering them said.
fn declared(said: &str) -> String {
    let line = said.lines().find(|line| line.starts_with("commands = ")).unwrap();
    format!("{line}\n")
}

/// The API in somebody's hands, without rdpctl before it.
fn api(simulator: &Simulator, key: (&str, &str)) -> TencentCloud {
    let mut around = Surroundings::of_process();
    around.variables.clear();
    around.variables.insert("TENCENTCLOUD_SECRET_ID", Secret::new(key.0.to_owned()));
    around.variables.insert("TENCENTCLOUD_SECRET_KEY", Secret::new(key.1.to_owned()));
    let account = Tencent {
        region: "ap-guangzhou".to_owned(),
        credentials: TencentCredentials::Chain,
        commands: Vec::new(),
        calls: Calls {
            endpoint: Some(simulator.endpoint().to_owned()),
            route: Route::Direct,
            rates: Rates::Unlimited,
        },
    };
    TencentCloud::connect(&ProviderName::new("shop"), &account, around).unwrap()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ModifyCommand {
    command_id: String,
    content: String,
}

impl Action for ModifyCommand {
    const NAME: &'static str = "ModifyCommand";
    const SERVICE: Service = Service::Tat;
    const RATE: u32 = 20;
    const SAFETY: Safety = Safety::Write;
    type Reply = Acknowledged;
}

/// What comes of a call, in a word: done, or the vendor's code.
fn came<A: Action>(cloud: &TencentCloud, request: &A) -> String {
    match call(cloud, request) {
        Ok(_) => "done".to_owned(),
        Err(error) => {
            let said = format!("{error:?}");
            let refused = said.contains("UnauthorizedOperation");
            if refused { "refused".to_owned() } else { said }
        }
    }
}

fn call<A: Action>(cloud: &TencentCloud, request: &A) -> Result<A::Reply, CallError> {
    let (client, stop) = (cloud.client(), CancellationToken::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.call(request, &stop)).map(|answer| answer.fields)
}

/// `echo hi`, which is nobody's look.
const ANYTHING: &str = "ZWNobyBoaQ==";

fn invoke(command: &str, instance: &str) -> InvokeCommand {
    InvokeCommand {
        command_id: command.to_owned(),
        instance_ids: vec![instance.to_owned()],
        timeout: 60,
    }
}

#[test]
fn with_a_key_for_looking_a_plan_is_made_and_nothing_else_can_be_run() {
    // The owner registers the commands and writes down what a key for looking needs.
    let (tool, simulator) = served(&world(None), OWNER, "");
    let registered = tool.run(&["permissions", "--register"]).exits(0).out;
    let usual = tool.run(&["plan"]).exits(0).out;
    let again = tool.run(&["permissions", "--register"]).exits(0).out;
    assert_eq!(declared(&registered), declared(&again), "{again}");
    assert!(again.contains("is registered") && !again.contains("was registered"), "{again}");
    let commands = declared(&registered);
    tool.write("rdp.toml", &declaration(simulator.endpoint(), &commands));
    let policy =
        tool.run(&["permissions", "--for", "plan", "--format", "json", "--provider", "shop"]);
    let policy = policy.exits(0).out;
    assert!(!policy.contains("tat:RunCommand"), "{policy}");
    drop(simulator);

    // The same world, with somebody who holds that key.
    let (tool, simulator) = served(&world(Some(&policy)), OWNER, "");
    let registered = tool.run(&["permissions", "--register"]).exits(0).out;
    assert_eq!(declared(&registered), commands);
    tool.write("rdp.toml", &declaration(simulator.endpoint(), &commands));
    let tool = held_by(tool, READER);
    let looked = tool.run(&["plan"]).exits(0).out;
    // What comparing the commands costs is all that differs.
    let seen = |plan: &str| {
        plan.lines().filter(|line| !line.contains("API calls")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(seen(&looked), seen(&usual));
    let calls = simulator.counters().to_string();
    assert!(calls.contains("InvokeCommand") && !calls.contains("RunCommand"), "{calls}");

    // He tries more.
    let ids: Vec<&str> = commands.split('"').filter(|word| word.starts_with("cmd-")).collect();
    let (owner, reader) = (api(&simulator, OWNER), api(&simulator, READER));
    let create = CreateCommand {
        command_name: "nightly".to_owned(),
        content: ANYTHING.to_owned(),
        command_type: "BAT",
        description: "",
        enable_parameter: false,
    };
    let other = call(&owner, &create).unwrap();
    let other = other.command_id.as_str().to_owned();
    let run = RunCommand {
        content: ANYTHING.to_owned(),
        instance_ids: vec!["ins-0web0001".to_owned()],
        command_type: "BAT",
        timeout: 60,
        command_name: "x",
    };
    let modify = ModifyCommand { command_id: ids[0].to_owned(), content: ANYTHING.to_owned() };
    let tried = json!({
        "to run anything": came(&reader, &run),
        "to run somebody's command": came(&reader, &invoke(&other, "ins-0web0001")),
        "to make a command": came(&reader, &create),
        "to change ours": came(&reader, &modify),
        "to look into a machine that bears one of two tags": came(&reader, &invoke(ids[0], "ins-0kiosk02")),
        "to look into one that bears both": came(&reader, &invoke(ids[0], "ins-0kiosk01")),
        "to look into the declared one": came(&reader, &invoke(ids[0], "ins-0web0001")),
    });
    insta::assert_snapshot!(serde_json::to_string_pretty(&tried).unwrap(), @r#"
    {
      "to change ours": "refused",
      "to look into a machine that bears one of two tags": "refused",
      "to look into one that bears both": "done",
      "to look into the declared one": "done",
      "to make a command": "refused",
      "to run anything": "refused",
      "to run somebody's command": "refused"
    }
    "#);
    tool.run(&["permissions", "--register"]).exits(1).complains("tat:CreateCommand");
    // Without the declared commands he would have to run what he likes.
    tool.write("rdp.toml", &declaration(simulator.endpoint(), ""));
    let blind = tool.run(&["plan"]);
    assert!(blind.out.contains("UnauthorizedOperation"), "{}{}", blind.out, blind.err);
}

#[test]
fn a_registered_command_that_somebody_changed_is_never_run() {
    let (tool, simulator) = served(&world(None), OWNER, "");
    let registered = tool.run(&["permissions", "--register"]).exits(0).out;
    let commands = declared(&registered);
    tool.write("rdp.toml", &declaration(simulator.endpoint(), &commands));
    let owner = api(&simulator, OWNER);
    for id in commands.split('"').filter(|word| word.starts_with("cmd-")) {
        let modify = ModifyCommand { command_id: id.to_owned(), content: ANYTHING.to_owned() };
        assert_eq!(came(&owner, &modify), "done");
    }
    let plan = tool.run(&["plan"]);
    assert!(
        plan.out.contains("was changed by somebody, and is not run"),
        "{}{}",
        plan.out,
        plan.err
    );
    let calls = simulator.counters().to_string();
    assert!(!calls.contains("InvokeCommand") && !calls.contains("RunCommand"), "{calls}");
    // Registering says so, and registers its like anew.
    let again = tool.run(&["permissions", "--register"]).exits(0).out;
    assert!(again.contains("was changed by somebody, and is not used"), "{again}");
    tool.write("rdp.toml", &declaration(simulator.endpoint(), &declared(&again)));
    tool.run(&["plan"]).exits(0);
}

/// What is compared before each look is in the promise, too.
#[test]
fn a_run_by_registered_commands_costs_what_its_plan_promised() {
    let (tool, simulator) = served(&world(None), OWNER, "");
    let cost = |tool: &Tool, commands: &str| {
        tool.write("rdp.toml", &declaration(simulator.endpoint(), commands));
        let plan = tool.run(&["plan", "--format", "json"]).exits(0).out;
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        plan["budget"]["api_calls"].as_u64().unwrap()
    };
    let usual = cost(&tool, "");
    let registered = tool.run(&["permissions", "--register"]).exits(0).out;
    let promised = cost(&tool, &declared(&registered));
    assert!(promised > usual, "{promised} calls are promised, and {usual} without comparing");
    let applied = tool.run(&["apply", "--auto-approve", "--format", "json"]).exits(0).out;
    let end: serde_json::Value = serde_json::from_str(applied.lines().last().unwrap()).unwrap();
    let paid = end["cost"]["api_calls"].as_u64().unwrap();
    assert!(
        promised * 2 <= paid * 3 && paid * 2 <= promised * 3,
        "{promised} promised, {paid} paid"
    );
}

#[test]
fn commands_that_are_none_are_an_error_at_their_place() {
    let tool = Tool::new();
    for (commands, said) in [
        ("commands = []\n", "`commands` names none"),
        ("commands = [\"rdpctl-look\"]\n", "`rdpctl-look` is not the id of a command"),
    ] {
        tool.write("rdp.toml", &declaration("http://127.0.0.1:9", commands));
        tool.run(&["validate"]).exits(1).complains(said);
    }
}
