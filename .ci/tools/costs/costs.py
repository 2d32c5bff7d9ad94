"""What it costs to add something: adds a throw-away facet, action and channel to a copy of the tree and compiles it.

    costs.py COPY         (a copy of the tree, which is changed; `.ci/step/costs` makes one)

Every addition names the files that it makes or changes, and that is all that it may touch: the compiler says whether
anything was forgotten, in any crate, test or example. CONTRIBUTING.md says the same numbers, which is checked, too.
"""

import os
import pathlib
import re
import subprocess
import sys

ADDITIONS = {}


def apart(root):
    """Cargo names what it makes of a crate by its profile, and not by the folder in which the crate lies: under the tree's
    own profile the throw-aways would be taken for the tree afterwards. What is not ours is not compiled anew."""
    members = sorted(manifest.parent.name for manifest in (root / "crates").glob("*/Cargo.toml"))
    return [word for name in members for word in ("--config", f"profile.dev.package.{name}.debug=false")]


def addition(name, most):
    """Registers a function that makes an addition, with the most files that it may touch."""
    def register(function):
        ADDITIONS[name] = (function, most)
        return function
    return register


class Tree:
    """A copy of the sources, and what was touched in it."""

    def __init__(self, root):
        self.root, self.touched = root, set()

    def make(self, path, text):
        assert not (self.root / path).exists(), f"{path} is there already"
        (self.root / path).write_text(text)
        self.touched.add(path)

    def words(self, section, texts):
        """Texts are not counted: every language has its file of a facet's."""
        for language in ("en", "ko"):
            (self.root / f"crates/rdpctl-words/texts/{language}/{section}.toml").write_text(texts)

    def put(self, path, text, *, before=None, after=None):
        """Puts a text before or after the one place where another stands."""
        anchor = before or after
        whole = (self.root / path).read_text()
        if whole.count(anchor) != 1:
            sys.exit(f"{path} has {anchor!r} {whole.count(anchor)} times: costs.py has to learn where things stand now")
        new = text + anchor if before else anchor + text
        (self.root / path).write_text(whole.replace(anchor, new))
        self.touched.add(path)


@addition("facet", 3)
def facet(tree):
    here = pathlib.Path(__file__).parent
    tree.make("crates/rdpctl-facets/src/throwaway.rs", (here / "facet.rs.txt").read_text())
    tree.words("throwaway", 'shared = "shared"\ndeclared = "the clipboard is declared as shared"\nvalue = "fDisableClip = {value}"\n')
    row = '            reachable Reachable "reachable" 16 Outside Tls;\n'
    tree.put("crates/rdpctl-model/src/facet.rs",
             '            /// The clipboard is shared.\n            throwaway Throwaway "throwaway" 99 Guest Session;\n', after=row)
    tree.put("tests/house/quickstart.rs", '''
#[test]
fn a_throw_away_facet_has_a_manual() {
    let ran = Tool::new().run(&["explain", "throwaway"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}
''', after=(tree.root / "tests/house/quickstart.rs").read_text()[-200:])


@addition("guest action", 4)
def guest_action(tree):
    action = "crates/rdpctl-model/src/action/guest.rs"
    tree.put(action, "    /// A throw-away.\n    Throwaway,\n",
             before="    /// Enables Windows' own rule group for Remote Desktop.\n    EnableRemoteDesktopRules,\n")
    for after in ("            | Self::StopService { .. }\n            | Self::RestartRdp { .. }\n",
                  "            Self::RestartRdp { .. }\n"):
        tree.put(action, "            | Self::Throwaway\n", after=after)
    tree.put(action, "    GuestAction::Throwaway => GuestAction::Throwaway,\n",
             before="    GuestAction::EnableRemoteDesktopRules => GuestAction::EnableRemoteDesktopRules,\n")
    tree.put("crates/rdpctl-model/src/action/traits/table.rs", "            Self::Throwaway => GUEST,\n",
             before="            Self::EnableRemoteDesktopRules => Traits {\n")
    tree.put("crates/rdpctl-guest/src/perform/action.rs", "        GuestAction::Throwaway => Row::new(Vec::new()),\n",
             before="        GuestAction::EnableRemoteDesktopRules => Row::new(firewall::enable_group())\n")
    tree.put("crates/rdpctl-words/src/title.rs", "        GuestAction::Throwaway => say::enable_rules(),\n",
             before="        GuestAction::EnableRemoteDesktopRules => say::enable_rules(),\n")


@addition("channel", 4)
def channel(tree):
    kinds = "crates/rdpctl-model/src/guest.rs"
    tree.put(kinds, "    /// A throw-away.\n    Throwaway,\n", after="    /// The disk, mounted elsewhere.\n    Offline,\n")
    tree.put(kinds, '            Self::Throwaway => ("throwaway", Through::Network, LogOn::Account, RunsAs::Account),\n',
             after='            Self::Offline => ("offline", Through::Disk, LogOn::Nobody, RunsAs::System),\n')
    whole = (tree.root / kinds).read_text()
    count = int(re.search(r"pub const ALL: \[Self; (\d+)\]", whole)[1])
    whole = whole.replace(f"pub const ALL: [Self; {count}] = [", f"pub const ALL: [Self; {count + 1}] = [Self::Throwaway, ")
    (tree.root / kinds).write_text(whole)
    here = pathlib.Path(__file__).parent
    tree.make("crates/rdpctl-providers/src/channel/throwaway.rs", (here / "channel.rs.txt").read_text())
    tree.put("crates/rdpctl-providers/src/channel/mod.rs", "pub mod throwaway;\n", after="pub mod dialect;\n")
    wiring = "crates/rdpctl/src/wiring.rs"
    insertion = "            channels.insert((provider.name.clone(), ChannelKind::Winrm), Arc::clone(winrm));\n"
    tree.put(wiring, "            channels.insert(\n                (provider.name.clone(), ChannelKind::Throwaway),\n"
             "                Arc::new(Dialect::new(rdpctl_providers::channel::throwaway::Throwaway)),\n            );\n",
             after=insertion)


def main():
    root = pathlib.Path(sys.argv[1])
    contributing = (root / "CONTRIBUTING.md").read_text()
    wrong = []
    for name, (add, most) in ADDITIONS.items():
        tree = Tree(root)
        add(tree)
        print(f"a {name}: {len(tree.touched)} files, at most {most}")
        for path in sorted(tree.touched):
            print(f"    {path}")
        if len(tree.touched) > most:
            wrong.append(f"a {name} touches {len(tree.touched)} files, and {most} are promised")
        if not re.search(rf"^\| {name} \|.*\| {len(tree.touched)} \|$", contributing, re.M):
            wrong.append(f"CONTRIBUTING.md does not say {len(tree.touched)} for a {name}")
    if wrong:
        sys.exit("\n".join(wrong))
    if "--count" in sys.argv:
        return
    sys.exit(subprocess.run(
        ["cargo", "check", "--ignore-rust-version", "--workspace", "--all-targets", "--quiet", "--keep-going",
         *apart(root)],
        cwd=root, env={**os.environ, "CARGO_INCREMENTAL": "0"}).returncode)


main()
