//! One log-on for a witness: `log-on ADDRESS:PORT CERTIFICATE.pem COMPUTER USER`, with the password on standard input.
//!
//! It prints what came of it, and is no part of the tool: there a log-on is a step of a plan.

use std::error::Error;
use std::io::Write as _;

use rdpctl_model::secret::Secret;
use rdpctl_probe::ProbeOptions;
use rdpctl_probe::logon::{Towards, approach};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, certificate, computer, user] = words.as_slice() else {
        return Err("log-on ADDRESS:PORT CERTIFICATE.pem COMPUTER USER".into());
    };
    let certificate = CertificateDer::from_pem_file(certificate)?.to_vec();
    let towards = Towards { address: address.parse()?, certificate, computer: computer.clone() };
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = Secret::new(password.trim_end().to_owned());
    let said = match approach(towards, &ProbeOptions::default()).await {
        Ok(threshold) => format!("{:?}", threshold.cross(user, &password).await),
        Err(not_tried) => format!("NotTried({not_tried})"),
    };
    writeln!(std::io::stdout(), "{said}")?;
    Ok(())
}
