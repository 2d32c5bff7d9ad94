//! A small Linux in a VM: a shell with the handful of tools that every distribution has, files, and disks as bytes.
//!
//! What it does not know it refuses as a shell would, with "not found" and 127.

mod parse;
mod program;
mod run;
mod tools;
mod words;

use std::collections::{BTreeMap, BTreeSet};

/// What a machine has.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    /// Files by their whole path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Disks by the path of their device.
    pub(crate) disks: BTreeMap<String, Vec<u8>>,
    /// Which of the files may be run.
    pub(crate) runs: BTreeSet<String>,
}

/// What a script printed.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
}

impl Machine {
    /// Runs a script as the first user.
    pub(crate) fn run(&mut self, script: &str) -> Printed {
        let parsed = parse::script(script);
        let mut shell = run::Shell::new(self);
        match parsed {
            Ok(node) => shell.script(&node),
            Err(near) => shell.complain(&format!("Syntax error: {near}")),
        }
        shell.printed()
    }

    fn content(&self, path: &str) -> Option<&Vec<u8>> {
        self.disks.get(path).or_else(|| self.files.get(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(script: &str) -> String {
        let mut machine = Machine::default();
        machine
            .disks
            .insert("/dev/x".to_owned(), (0..8_u8).flat_map(|sector| [sector; 512]).collect());
        let printed = machine.run(script);
        format!(
            "{}{}",
            String::from_utf8_lossy(&printed.out),
            String::from_utf8_lossy(&printed.err)
        )
    }

    #[test]
    fn scripts_do_what_a_shell_does_with_them() {
        for (script, printed) in [
            ("a=1; b=\"$a 2\"; echo $b '$a' \"x$a\"", "1 2 $a x1\n"),
            (
                "cat > /f <<'END'\none $x\ntwo\nEND\nwhile read -r a b; do echo \"$b-$a\"; done < /f",
                "$x-one\n-two\n",
            ),
            ("f() { echo \"$2$1\"; }; echo \"$(f a b)\" | cut -c1-1", "b\n"),
            (
                "set -e; if [ a = b ]; then echo no; elif [ -e /dev/x ]; then echo yes; fi; false || true; false; echo never",
                "yes\n",
            ),
            ("echo out; exit 3; echo never", "out\n"),
            (
                "dd if=/dev/x bs=512 skip=2 count=1 status=none | sha256sum | cut -c1-8",
                "c4d9d8e0\n",
            ),
            ("nothing 2>/dev/null || echo \"not here\"", "not here\n"),
            ("nothing", "sh: 1: nothing: not found\n"),
            (
                "cd /d; echo aGk= > f; base64 -d f; echo; sync && ! [ -b /d/f ] && echo file",
                "hi\nfile\n",
            ),
            (
                "echo x > /d/p; /d/p; chmod 700 /d/p; /d/p; /d/q",
                "sh: 1: /d/p: Permission denied\nsh: 1: /d/p: Exec format error\nsh: 1: /d/q: not found\n",
            ),
            (
                "echo x > /run/p; chmod 700 /run/p; cd /run; ./p",
                "sh: 1: /run/p: Permission denied\n",
            ),
            ("if true; then", "Syntax error: end of file unexpected\n"),
        ] {
            let printed = printed.replace("c4d9d8e0", &sum());
            assert_eq!(ran(script), printed, "{script}");
        }
    }

    #[test]
    fn a_program_that_does_not_lie_beside_us_is_not_run() {
        let mut machine = Machine::default();
        let known = std::fs::read("/bin/true").unwrap();
        assert!(known.starts_with(b"\x7fELF"));
        machine.files.insert("/d/p".to_owned(), known);
        let printed = machine.run("chmod 700 /d/p && /d/p && echo ran");
        assert_eq!(String::from_utf8_lossy(&printed.err), "sh: 1: /d/p: Exec format error\n");
        assert!(printed.out.is_empty());
    }

    fn sum() -> String {
        use sha2::{Digest, Sha256};
        Sha256::digest([2_u8; 512]).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_disk_is_written_where_it_is_told_and_nowhere_else() {
        let mut machine = Machine::default();
        machine.disks.insert("/dev/x".to_owned(), vec![0; 4096]);
        machine.files.insert("/data".to_owned(), vec![7; 1024]);
        machine.run("dd if=/data of=/dev/x bs=512 skip=1 seek=3 count=1 conv=notrunc status=none");
        let disk = &machine.disks["/dev/x"];
        assert!(disk[1536..2048].iter().all(|byte| *byte == 7));
        assert!(disk[..1536].iter().chain(&disk[2048..]).all(|byte| *byte == 0));
    }
}
