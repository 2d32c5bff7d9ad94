//! A host by its name: what the name led to when it was judged is where the log-on goes.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tool::Tool;

/// A declaration of one static host, with this password, this way to log on and this host.
fn host(id: &str, password: &str, winrm: &str) -> String {
    format!(
        "[provider.shop]\nkind = \"static\"\n\n[profile.host]\nservice = \"auto\"\n\n\
         [instance.till-01]\nprovider = \"shop\"\nid = \"{id}\"\nprofile = \"host\"\n\
         guest = {{ via = [\"winrm\"], user = \"Administrator\", password = \"{password}\", winrm = {{ {winrm} }} }}\n"
    )
}

/// A name server that says one address the first time that it is asked, and another one ever after.
fn name_server(at: &str, first: [u8; 4], later: [u8; 4]) {
    let socket = std::net::UdpSocket::bind((at, 53)).unwrap();
    std::thread::spawn(move || {
        let mut packet = [0; 512];
        let mut asked = 0;
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let question = &packet[..length];
            let of = question[12..].iter().position(|byte| *byte == 0).unwrap() + 13;
            let is_v4 = question[of..of + 2] == [0, 1];
            let answers = u8::from(is_v4);
            let mut answer = question[..2].to_vec();
            answer.extend([0x81, 0x80, 0, 1, 0, answers, 0, 0, 0, 0]);
            answer.extend(&question[12..of + 4]);
            if is_v4 {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
                answer.extend(if asked == 0 { first } else { later });
                asked += 1;
            }
            socket.send_to(&answer, from).unwrap();
        }
    });
}

#[test]
fn what_a_name_was_judged_by_is_what_is_dialled_wherever_it_leads_a_moment_later() {
    let peer = |address: &str| {
        let listener = TcpListener::bind((address, 5985)).unwrap();
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]);
            }
        });
        came
    };
    name_server("127.9.8.1", [127, 9, 8, 2], [127, 9, 8, 3]);
    let (judged, elsewhere) = (peer("127.9.8.2"), peer("127.9.8.3"));
    let tool = Tool::new().with("TILL_PASSWORD", "x");
    tool.write("resolv.conf", "nameserver 127.9.8.1\n");
    let endpoint = "endpoint = \"http://till.shop.test:5985\"";
    tool.write("rdp.toml", &host("till.shop.test", "env:TILL_PASSWORD", endpoint));
    let tool = tool.trusting();
    let inner = tool.command(&["plan"]);
    let mut plan = std::process::Command::new("unshare");
    plan.args(["--map-root-user", "--mount", "sh", "-c"])
        .arg("mount --bind resolv.conf /etc/resolv.conf && exec \"$@\"")
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(tool.path(""))
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let plan: crate::tool::Ran = plan.output().unwrap().into();
    let (judged, elsewhere) = (judged.load(Ordering::SeqCst), elsewhere.load(Ordering::SeqCst));
    assert!(judged >= 1, "{}{}", plan.out, plan.err);
    assert_eq!(elsewhere, 0, "{}{}", plan.out, plan.err);
}
