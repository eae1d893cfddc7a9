//! Requests of dialect v2. Each receipt is verified with the tower's id.

use std::time::Duration;

use lightning::bitcoin::hex::DisplayHex;
use lightning::bitcoin::secp256k1::{PublicKey, Secp256k1, SecretKey};
use lightning::util::message_signing;
use serde_json::{json, Value};

use crate::appointment::Appointment;

/// Longest response that is read, in bytes.
const MAX_RESPONSE: u64 = 1 << 20;

/// Time for a whole request: over a rate limit, a tower may respond after 20 seconds.
const TIMEOUT: Duration = Duration::from_secs(60);

const INVALID_SIGNATURE_OR_SUBSCRIPTION: i64 = 7;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TowerError {
    /// No response, or one that is not a tower's.
    Unreachable(String),
    /// The tower is busy or starting; nothing was stored.
    RetryAfter(Duration),
    /// The user is unknown, has no slots, or the subscription has ended: register again.
    Subscription(String),
    /// The tower refuses this request for good.
    Refused {
        /// Code of dialect v2.
        code: i64,
        /// The tower's reason.
        reason: String,
    },
    /// The response is not signed by the tower, or does not say what it must.
    Misbehaving(String),
}

/// Signed promise of slots and of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationReceipt {
    /// Slots that the user has.
    pub available_slots: u32,
    /// Height at which the subscription began.
    pub subscription_start: u32,
    /// Height at which the subscription ends.
    pub subscription_expiry: u32,
    /// The tower's signature.
    pub subscription_signature: String,
    /// Whether the tower takes bundles; not signed.
    pub bundles: bool,
}

/// Signed promise to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentReceipt {
    /// The user's signature of the appointment.
    pub user_signature: String,
    /// Height of the first block that the tower watches.
    pub start_block: u32,
    /// The tower's signature of both.
    pub signature: String,
    /// Slots that the user has left.
    pub available_slots: u32,
}

/// A tower, and the user's key.
#[derive(Clone)]
pub struct Tower {
    url: String,
    id: PublicKey,
    user_key: SecretKey,
    agent: ureq::Agent,
}

impl Tower {
    /// A tower at `url` (such as `http://HOST:9814`), whose receipts the key `id` signs.
    pub fn new(url: &str, id: PublicKey, user_key: SecretKey) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build()
            .new_agent();
        Tower {
            url: url.trim_end_matches('/').to_owned(),
            id,
            user_key,
            agent,
        }
    }

    /// The user's public key, by which the tower knows the user.
    pub fn user_id(&self) -> PublicKey {
        self.user_key.public_key(&Secp256k1::signing_only())
    }

    /// Registers, or renews the subscription.
    pub fn register(&self) -> Result<RegistrationReceipt, TowerError> {
        let user = self.user_id();
        let response = self.post("register", &json!({ "user_id": user.to_string() }))?;
        let receipt = RegistrationReceipt {
            available_slots: u32_field(&response, "available_slots")?,
            subscription_start: u32_field(&response, "subscription_start")?,
            subscription_expiry: u32_field(&response, "subscription_expiry")?,
            subscription_signature: text_field(&response, "subscription_signature")?,
            bundles: response["features"]
                .as_array()
                .is_some_and(|features| features.iter().any(|feature| feature == "bundles")),
        };
        let signed = [
            &user.serialize()[..],
            &receipt.available_slots.to_be_bytes(),
            &receipt.subscription_start.to_be_bytes(),
            &receipt.subscription_expiry.to_be_bytes(),
        ]
        .concat();
        self.verify(&signed, &receipt.subscription_signature)?;
        Ok(receipt)
    }

    /// Sends an appointment. When this returns a receipt, the tower has it on disk.
    pub fn add_appointment(
        &self,
        appointment: &Appointment,
    ) -> Result<AppointmentReceipt, TowerError> {
        let user_signature = message_signing::sign(&appointment.signed_bytes(), &self.user_key);
        let body = json!({
            "appointment": {
                "locator": appointment.locator.to_lower_hex_string(),
                "encrypted_blob": appointment.encrypted_blob.to_lower_hex_string(),
                "to_self_delay": appointment.to_self_delay,
            },
            "signature": user_signature,
        });
        let response = self.post("add_appointment", &body)?;
        let receipt = AppointmentReceipt {
            start_block: u32_field(&response, "start_block")?,
            signature: text_field(&response, "signature")?,
            available_slots: u32_field(&response, "available_slots")?,
            user_signature,
        };
        let signed = [
            receipt.user_signature.as_bytes(),
            &receipt.start_block.to_be_bytes(),
        ]
        .concat();
        self.verify(&signed, &receipt.signature)?;
        Ok(receipt)
    }

    fn verify(&self, message: &[u8], signature: &str) -> Result<(), TowerError> {
        match message_signing::recover_pk(message, signature) {
            Ok(key) if key == self.id => Ok(()),
            _ => Err(TowerError::Misbehaving(
                "the receipt is not signed by the tower".into(),
            )),
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, TowerError> {
        let unreachable = |e: ureq::Error| TowerError::Unreachable(e.to_string());
        let mut response = self
            .agent
            .post(format!("{}/{path}", self.url))
            .content_type("application/json")
            .send(body.to_string())
            .map_err(unreachable)?;
        let status = response.status().as_u16();
        let retry = response
            .headers()
            .get("retry-after")
            .and_then(|v| v.to_str().ok()?.parse().ok());
        if status == 503 || status == 429 {
            return Err(TowerError::RetryAfter(Duration::from_secs(
                retry.unwrap_or(5),
            )));
        }
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_RESPONSE)
            .read_to_string()
            .map_err(unreachable)?;
        let content: Value = serde_json::from_str(&text)
            .map_err(|_| TowerError::Unreachable(format!("status {status} without JSON")))?;
        if status == 200 {
            return Ok(content);
        }
        let reason = content["error"].as_str().unwrap_or_default().to_owned();
        match content["error_code"].as_i64() {
            Some(INVALID_SIGNATURE_OR_SUBSCRIPTION) => Err(TowerError::Subscription(reason)),
            Some(code) if status < 500 => Err(TowerError::Refused { code, reason }),
            _ => Err(TowerError::Unreachable(format!(
                "status {status}: {reason}"
            ))),
        }
    }
}

fn u32_field(response: &Value, name: &str) -> Result<u32, TowerError> {
    let number = response[name]
        .as_u64()
        .and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| TowerError::Misbehaving(format!("no {name} in the response")))
}

fn text_field(response: &Value, name: &str) -> Result<String, TowerError> {
    let text = response[name].as_str().map(str::to_owned);
    text.ok_or_else(|| TowerError::Misbehaving(format!("no {name} in the response")))
}
