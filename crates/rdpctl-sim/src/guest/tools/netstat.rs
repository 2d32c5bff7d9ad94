//! `netstat -ano`.

use super::Tool;
use crate::guest::network::Socket;

/// Where Windows is managed from afar.
const WINRM: [u16; 2] = [5985, 5986];

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
    // Others' connections to what listens, one that is over (which nobody owns any more), and a socket of one address.
    let others = |socket: &&Socket| !socket.udp && !WINRM.contains(&socket.port);
    for (at, socket) in sockets.iter().filter(others).take(4).enumerate() {
        let local = format!("10.0.0.4:{}", socket.port);
        let foreign = format!("198.51.100.{}:{}", 20 + at, 50_000 + at);
        out.push_str(&row("TCP", &local, &foreign, "ESTABLISHED", socket.pid));
        out.push_str(&row("TCP", &local, &format!("{foreign}1"), "TIME_WAIT", 0));
    }
    // Whoever asks over the network is connected while it asks.
    if !tool.user.is_system() {
        for socket in
            sockets.iter().filter(|socket| !socket.udp && WINRM.contains(&socket.port)).take(1)
        {
            let local = format!("10.0.0.4:{}", socket.port);
            out.push_str(&row("TCP", &local, "198.51.100.1:51515", "ESTABLISHED", socket.pid));
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
