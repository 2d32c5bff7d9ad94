//! Writes the disk of a simulated Windows: `disk-image OUT gpt|mbr`.

use rdpctl_sim::image::{Data, DiskImage, HiveKey, HiveShape, Style, hive};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (out, style) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [out, "gpt"] => (*out, Style::Gpt),
        [out, "mbr"] => (*out, Style::Mbr),
        _ => return Err("disk-image OUT gpt|mbr".into()),
    };
    let mut image = DiskImage::new(style);
    image.put("Windows/System32/config/SYSTEM", &hive(&system(), HiveShape::new(1 << 20)));
    Ok(std::fs::write(out, image.bytes())?)
}

fn system() -> HiveKey {
    let mut root = HiveKey::new("ROOT");
    let terminal = "ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp";
    root.set("Select", "Current", Data::Dword(1)).set("Select", "Default", Data::Dword(1));
    root.set(terminal, "PdDLL", Data::Sz("tdtcp".to_owned())).set(
        terminal,
        "UserAuthentication",
        Data::Dword(1),
    );
    for number in 0..700 {
        root.set(&format!("ControlSet001\\Services\\service{number}"), "Start", Data::Dword(3));
    }
    root
}
