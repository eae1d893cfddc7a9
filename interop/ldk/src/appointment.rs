//! What a tower of dialect v2 stores: a locator, and penalties encrypted under the commitment's txid.

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use lightning::bitcoin::hashes::{hmac, sha256, Hash, HashEngine, HmacEngine};
use lightning::bitcoin::secp256k1::SecretKey;
use lightning::bitcoin::{consensus, Transaction, Txid, VarInt};

/// 0xff, "bundle" in ASCII, and version 1 of the format.
const MAGIC: [u8; 8] = *b"\xffbundle\x01";

/// What can be sent for one revoked commitment, before encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plaintexts {
    /// Raw transaction for towers that take a single one.
    pub single: Vec<u8>,
    /// All transactions, for towers with the feature `bundles`.
    pub bundle: Vec<u8>,
}

impl Plaintexts {
    /// Encodes signed penalties for the commitment `txid`, of which `single` is used alone.
    ///
    /// The bundle begins with as many bytes of padding as `single` has. Both blobs of a commitment
    /// have the same key and nonce, so without padding that nobody can guess, two towers with one
    /// blob each could decrypt both. The padding depends only on the key and the commitment, so that
    /// the same bundle is made again after a crash.
    pub fn new(
        single: &Transaction,
        all: &[Transaction],
        txid: Txid,
        user_key: &SecretKey,
    ) -> Self {
        let single = consensus::serialize(single);
        let mut bundle = MAGIC.to_vec();
        put_member(&mut bundle, &padding(single.len(), txid, user_key));
        for member in all {
            put_member(&mut bundle, &consensus::serialize(member));
        }
        Plaintexts { single, bundle }
    }
}

fn put_member(bundle: &mut Vec<u8>, member: &[u8]) {
    bundle.extend(consensus::serialize(&VarInt(member.len() as u64)));
    bundle.extend_from_slice(member);
}

fn padding(length: usize, txid: Txid, user_key: &SecretKey) -> Vec<u8> {
    let mut padding = Vec::new();
    for counter in 0u32.. {
        if padding.len() >= length {
            break;
        }
        let mut engine = HmacEngine::<sha256::Hash>::new(&user_key.secret_bytes());
        engine.input(b"teos-ldk padding");
        engine.input(txid.as_byte_array());
        engine.input(&counter.to_be_bytes());
        padding.extend(hmac::Hmac::from_engine(engine).to_byte_array());
    }
    padding.truncate(length);
    padding
}

/// An appointment of dialect v2, which uses a txid's bytes as they are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// The first 16 bytes of the commitment's txid.
    pub locator: [u8; 16],
    /// ChaCha20-Poly1305, nonce zero, with the SHA-256 of the txid as the key.
    pub encrypted_blob: Vec<u8>,
    /// Blocks; 0 is "unknown", since LDK does not tell it to `Persist`.
    pub to_self_delay: u32,
}

impl Appointment {
    /// Encrypts one of the [`Plaintexts`] under `txid`; none if it is longer than the cipher allows.
    pub fn new(txid: Txid, plaintext: &[u8], to_self_delay: u32) -> Option<Self> {
        let key = sha256::Hash::hash(txid.as_byte_array()).to_byte_array();
        let encrypted_blob = ChaCha20Poly1305::new(&key.into())
            .encrypt(&Nonce::default(), plaintext)
            .ok()?;
        Some(Appointment {
            locator: locator(txid),
            encrypted_blob,
            to_self_delay,
        })
    }

    /// The message that the user signs: locator, blob, to_self_delay (4 bytes, big-endian).
    pub fn signed_bytes(&self) -> Vec<u8> {
        [
            &self.locator[..],
            &self.encrypted_blob,
            &self.to_self_delay.to_be_bytes(),
        ]
        .concat()
    }
}

/// Returns the locator of the commitment `txid`.
pub(crate) fn locator(txid: Txid) -> [u8; 16] {
    let mut locator = [0; 16];
    locator.copy_from_slice(&txid.as_byte_array()[..16]);
    locator
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightning::bitcoin::hex::{DisplayHex, FromHex};

    const TXID: &str = "7ba4f298e2f2742c1d09d185d83a2bb93c926f7fe8263a4542ffc37bae96b177";

    /// The example in docs/bundles.md.
    #[test]
    fn encrypts_the_documented_bundle() {
        let input = "0200000001\
            77b196ae7bc3ff42453a26e87f6f923cb92b3ad885d1091d2c74f2e298f2a47b0000000000fdffffff01";
        let script = "1600141111111111111111111111111111111111111111";
        let mut bundle = MAGIC.to_vec();
        for amount in ["a086010000000000", "ac84010000000000"] {
            let member = format!("{input}{amount}{script}00000000");
            put_member(&mut bundle, &Vec::from_hex(&member).unwrap());
        }
        let appointment = Appointment::new(TXID.parse().unwrap(), &bundle, 0).unwrap();
        assert_eq!(
            appointment.locator.to_lower_hex_string(),
            "77b196ae7bc3ff42453a26e87f6f923c"
        );
        assert_eq!(
            appointment.encrypted_blob.to_lower_hex_string(),
            "17247a3833b6c7d140ff6faf0a7e240a2345e6c6de6b1cc7ba3b8d95ba5e17d17537ce6659b2954e0649693128d80413593d\
             ccde59edf30165ba255af131e56853db1fcdace628bdf9226d1812822cfc5dd6543656ef82beb684f1c3c9a36b7f2bd938d6\
             e154ac62ccf5f7737ac3fd45fe608b24d80ef5094d6c754ccf003246b25ae15ba73874d4ae9063d2017459ca3afe984236af\
             bb6cad311b870a98c83e682bcca9839fd3d933e51a8e0ad9877b4cbcce1f6acfd035725536491531"
        );
    }

    #[test]
    fn padding_depends_on_key_and_commitment() {
        let key = |byte| SecretKey::from_slice(&[byte; 32]).unwrap();
        let txid: Txid = TXID.parse().unwrap();
        let first = padding(244, txid, &key(1));
        assert_eq!(first.len(), 244);
        assert_eq!(first, padding(244, txid, &key(1)));
        assert_ne!(first, padding(244, txid, &key(2)));
    }
}
