//! The signature of Standard Webhooks: whoever knows the secret can tell that rdpctl said this, and when.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rdpctl_model::secret::Secret;
use sha2::Sha256;

/// How a secret begins that is written in base64.
const PREFIX: &str = "whsec_";

/// Of a message with this id, at this second, with this body.
pub(super) fn signature(secret: &Secret, id: &str, second: i64, body: &str) -> Option<String> {
    let secret = secret.expose();
    let key = match secret.strip_prefix(PREFIX) {
        Some(text) => STANDARD.decode(text).ok()?,
        None => secret.as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{second}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn it_is_the_one_of_the_specification() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        assert_eq!(
            signature(
                &secret,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#
            )
            .as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }
}
