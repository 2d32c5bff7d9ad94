//! `certutil`: base64, hashes, the certificate stores. The exit code is an HRESULT.

mod store;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use super::Tool;
use crate::guest::files::Node;
use crate::guest::spec::OsRelease;
use crate::guest::text::fill;

const FILE_NOT_FOUND: u32 = 0x8007_0002;
const PATH_NOT_FOUND: u32 = 0x8007_0003;
const INVALID_DATA: u32 = 0x8007_000d;
const FILE_EXISTS: u32 = 0x8007_0050;
const INVALID_ARGUMENT: u32 = 0x8007_0057;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let mut force = false;
    let mut verb = None;
    let mut rest = Vec::new();
    let mut words = tool.words().into_iter();
    while let Some(word) = words.next() {
        let switch = word.strip_prefix(['-', '/']).map(str::to_ascii_lowercase);
        match switch.as_deref() {
            Some("f") => force = true,
            Some("p" | "csp") => {
                words.next();
            }
            Some("user" | "enterprise" | "silent" | "v") => {}
            Some(name) if verb.is_none() => verb = Some(name.to_owned()),
            _ => rest.push(word),
        }
    }
    let Some(verb) = verb else { return INVALID_ARGUMENT.cast_signed() };
    let result = match (verb.as_str(), &rest[..]) {
        ("encode", [from, to]) => encode(tool, from, to, force),
        ("decode", [from, to]) => decode(tool, from, to, force),
        ("hashfile", [file]) => hash(tool, file, "SHA1"),
        ("hashfile", [file, kind]) => hash(tool, file, kind),
        ("verifystore", [store]) => store::verify(tool, store, None),
        ("verifystore", [store, thumbprint, ..]) => store::verify(tool, store, Some(thumbprint)),
        ("store", [store, ..]) => store::list(tool, store),
        ("delstore", [store, thumbprint]) => store::delete(tool, store, thumbprint),
        ("delkey", [container]) => tool.guest.delete_key_container(container),
        // Personal information files are not simulated: no key comes out of one.
        ("importpfx", [_, file, ..] | [file]) => match read(tool, file) {
            Ok(_) => Err(INVALID_DATA),
            Err(error) => Err(error),
        },
        _ => Err(INVALID_ARGUMENT),
    };
    match result {
        Ok(()) => {
            tool.say(tool.texts().cert_done, &[&verb]);
            0
        }
        Err(error) => {
            let number = format!("0x{error:08x} ({})", error.cast_signed());
            tool.say(tool.texts().cert_failed, &[&verb, &number]);
            tool.line(&format!("CertUtil: {}", message(tool, error)));
            error.cast_signed()
        }
    }
}

fn message(tool: &Tool<'_>, error: u32) -> &'static str {
    match error {
        FILE_NOT_FOUND => tool.texts().error(2),
        PATH_NOT_FOUND => tool.texts().error(3),
        FILE_EXISTS => "The file exists.",
        INVALID_DATA => "The data is invalid.",
        INVALID_ARGUMENT => "The parameter is incorrect.",
        _ => "",
    }
}

fn read(tool: &Tool<'_>, name: &str) -> Result<Vec<u8>, u32> {
    let files = tool.guest.files();
    let node = files.get(&tool.path(name)).filter(|node| !node.folder);
    node.map(|node| node.data.to_vec()).ok_or(FILE_NOT_FOUND)
}

fn write(tool: &mut Tool<'_>, name: &str, bytes: &[u8], force: bool) -> Result<(), u32> {
    let path = tool.path(name);
    let files = tool.guest.files();
    if files.get(&path).is_some() && !force {
        return Err(FILE_EXISTS);
    }
    let folder = path.rsplit_once('\\').map_or("", |(folder, _)| folder);
    if !files.get(folder).is_some_and(|node| node.folder) {
        return Err(PATH_NOT_FOUND);
    }
    let file = path.rsplit('\\').next().unwrap_or(&path).to_owned();
    tool.guest.put_file(&path, Node::file(&file, bytes));
    Ok(())
}

fn lengths(tool: &Tool<'_>, input: usize, output: usize) {
    let texts = tool.texts();
    tool.line(&fill(texts.cert_input, &[&input.to_string()]));
    tool.line(&fill(texts.cert_output, &[&output.to_string()]));
}

fn encode(tool: &mut Tool<'_>, from: &str, to: &str, force: bool) -> Result<(), u32> {
    let bytes = read(tool, from)?;
    let encoded = STANDARD.encode(&bytes);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\r\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push_str("\r\n");
        rest = more;
    }
    text.push_str("-----END CERTIFICATE-----\r\n");
    write(tool, to, text.as_bytes(), force)?;
    lengths(tool, bytes.len(), text.len());
    Ok(())
}

fn decode(tool: &mut Tool<'_>, from: &str, to: &str, force: bool) -> Result<(), u32> {
    let bytes = read(tool, from)?;
    let text: String = String::from_utf8_lossy(&bytes)
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>())
        .collect();
    let decoded = STANDARD.decode(text).map_err(|_| INVALID_DATA)?;
    if decoded.is_empty() {
        return Err(INVALID_DATA);
    }
    write(tool, to, &decoded, force)?;
    lengths(tool, bytes.len(), decoded.len());
    Ok(())
}

fn hash(tool: &mut Tool<'_>, file: &str, kind: &str) -> Result<(), u32> {
    let bytes = read(tool, file)?;
    let kind = kind.to_ascii_uppercase();
    let digest = match kind.as_str() {
        "MD5" => Md5::digest(&bytes).to_vec(),
        "SHA1" => Sha1::digest(&bytes).to_vec(),
        "SHA256" => Sha256::digest(&bytes).to_vec(),
        "SHA512" => Sha512::digest(&bytes).to_vec(),
        _ => return Err(INVALID_ARGUMENT),
    };
    // Before 2016 the tool names what it hashed otherwise, and sets the bytes apart.
    let of_old = tool.guest.template.os == OsRelease::Server2012R2;
    let apart = if of_old { " " } else { "" };
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.join(apart);
    let named = if of_old { format!("file {file}") } else { file.to_owned() };
    tool.say(tool.texts().cert_hash, &[&kind, &named]);
    tool.line(&hex);
    Ok(())
}
