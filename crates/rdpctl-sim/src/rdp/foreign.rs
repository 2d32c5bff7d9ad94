//! Another program on the RDP port: it says what such a program says to a client of Remote Desktop.

/// Programs that answer strangers in HTTP; `System` is the kernel's own web server.
const WEB: [&str; 8] = ["nginx", "httpd", "apache", "tomcat", "w3wp", "iis", "node", "system"];

/// What the program answers to bytes that mean nothing to it; `None` when it waits for more.
pub(super) fn answer(image: &str) -> Option<&'static [u8]> {
    let image = image.to_lowercase();
    let is_web = WEB.iter().any(|name| image.starts_with(name));
    is_web.then_some(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
}
