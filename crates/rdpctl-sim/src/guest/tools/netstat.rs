//! `netstat -ano`.

use super::Tool;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let texts = tool.texts();
    tool.took += 40;
    let sockets = tool.guest.sockets();
    let mut out = format!("\r\n{}\r\n\r\n{}\r\n", texts.netstat_title, texts.netstat_heading);
    for (wildcard, none) in [("0.0.0.0", "0.0.0.0:0"), ("[::]", "[::]:0")] {
        for socket in sockets.iter().filter(|socket| !socket.udp) {
            let local = format!("{wildcard}:{}", socket.port);
            out.push_str(&row("TCP", &local, none, texts.listening, socket.pid));
        }
    }
    for wildcard in ["0.0.0.0", "[::]"] {
        for socket in sockets.iter().filter(|socket| socket.udp) {
            let local = format!("{wildcard}:{}", socket.port);
            out.push_str(&row("UDP", &local, "*:*", "", socket.pid));
        }
    }
    tool.text(&out);
    0
}

fn row(protocol: &str, local: &str, foreign: &str, state: &str, pid: u32) -> String {
    format!("  {protocol:<6} {local:<22} {foreign:<22} {state:<15} {pid}\r\n")
}
