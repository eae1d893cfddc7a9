//! Justice transactions for `to_local`, at several fee rates.

use lightning::bitcoin::transaction::Version;
use lightning::bitcoin::{
    consensus, Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, Txid, Witness,
};
use lightning::chain::channelmonitor::ChannelMonitor;
use lightning::ln::chan_utils::CommitmentTransaction;
use lightning::sign::ecdsa::EcdsaChannelSigner;

/// Script of the anchor of zero-fee commitments (P2A), which anyone can spend.
const P2A: [u8; 4] = [0x51, 0x02, 0x4e, 0x73];

/// Weight units of another input with an empty witness: 41 bytes, and the witness's length.
const ANCHOR_INPUT_WEIGHT: u64 = 4 * 41 + 1;

/// Fee rates of the justice transactions, in satoshi per 1,000 weight units (250 are 1 sat/vB).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRates {
    /// All rates, from the lowest; towers with bundles climb from one to the next.
    pub ladder: Vec<u32>,
    /// Rate for towers that take a single transaction: enough on a bad day.
    pub single: u32,
    /// Rates whose fee takes a larger part of the output, in percent, are left out.
    pub max_percent: u64,
}

impl Default for FeeRates {
    /// 1.5 to 900 sat/vB in steps of about two and a half, and 60 sat/vB alone.
    fn default() -> Self {
        FeeRates {
            ladder: vec![375, 1_000, 2_500, 6_250, 15_000, 37_500, 93_750, 225_000],
            single: 15_000,
            max_percent: 50,
        }
    }
}

/// A commitment of the counterparty with its unsigned justice transactions. These can be signed once
/// the commitment has been revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocable {
    /// The commitment's txid.
    pub txid: Txid,
    /// LDK's number of the commitment, which counts down.
    pub commitment_number: u64,
    /// Satoshi in `to_local`.
    pub value: u64,
    /// Unsigned; input 0 spends `to_local`. The first is the one for towers without bundles.
    pub unsigned: Vec<Transaction>,
}

impl Revocable {
    /// Builds the justice transactions, which pay to `destination`. Returns none if the commitment has
    /// no `to_local`, or less in it than a penalty costs.
    pub fn new(
        commitment: &CommitmentTransaction,
        destination: &ScriptBuf,
        rates: &FeeRates,
    ) -> Option<Self> {
        let trusted = commitment.trust();
        let built = &trusted.built_transaction().transaction;
        let index = trusted.revokeable_output_index()?;
        let value = built.output.get(index)?.value;
        let least = Amount::from_sat(
            value
                .to_sat()
                .saturating_mul(100 - rates.max_percent.min(100))
                / 100,
        )
        .max(destination.minimal_non_dust());
        let affordable = |rate: u32| {
            let penalty = trusted
                .build_to_local_justice_tx(rate.into(), destination.clone())
                .ok()?;
            (penalty.output.first()?.value >= least).then_some((rate, penalty))
        };
        let ladder: Vec<_> = rates
            .ladder
            .iter()
            .copied()
            .filter_map(affordable)
            .collect();
        let (_, single) = affordable(rates.single).or_else(|| ladder.last().cloned())?;
        let anchor = anchor(built, trusted.txid());
        let mut unsigned = vec![single];
        for (rate, penalty) in ladder {
            if built.version.0 == 3 {
                // Unconfirmed, such a commitment may have a child of version 3 only; a node that
                // relays no version 3 takes version 2 after the commitment's block.
                let mut third = penalty.clone();
                third.version = Version(3);
                let with_anchor = anchor
                    .as_ref()
                    .and_then(|(outpoint, value)| spending_anchor(&third, *outpoint, *value, rate));
                unsigned.extend(with_anchor.filter(|t| t.output[0].value >= least));
                unsigned.push(third);
            }
            unsigned.push(penalty);
        }
        Some(Revocable {
            txid: trusted.txid(),
            commitment_number: commitment.commitment_number(),
            value: value.to_sat(),
            unsigned,
        })
    }

    /// Signs all transactions; none while the commitment has not been revoked.
    pub fn sign<S: EcdsaChannelSigner>(
        &self,
        monitor: &ChannelMonitor<S>,
    ) -> Option<Vec<Transaction>> {
        self.unsigned
            .iter()
            .map(|unsigned| {
                monitor
                    .sign_to_local_justice_tx(
                        unsigned.clone(),
                        0,
                        self.value,
                        self.commitment_number,
                    )
                    .ok()
            })
            .collect()
    }

    /// Encodes the unsigned transactions, without witnesses.
    pub(crate) fn raw(&self) -> Vec<Vec<u8>> {
        self.unsigned.iter().map(consensus::serialize).collect()
    }
}

/// Returns the anchor of a zero-fee commitment.
fn anchor(commitment: &Transaction, txid: Txid) -> Option<(OutPoint, Amount)> {
    let index = commitment
        .output
        .iter()
        .position(|o| o.script_pubkey.as_bytes() == P2A)?;
    let vout = u32::try_from(index).ok()?;
    Some((OutPoint { txid, vout }, commitment.output[index].value))
}

/// Returns `penalty` with the anchor as another input, at the same fee rate.
fn spending_anchor(
    penalty: &Transaction,
    anchor: OutPoint,
    value: Amount,
    rate: u32,
) -> Option<Transaction> {
    let mut spending = penalty.clone();
    spending.input.push(TxIn {
        previous_output: anchor,
        script_sig: ScriptBuf::new(),
        sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
        witness: Witness::new(),
    });
    let more = Amount::from_sat((ANCHOR_INPUT_WEIGHT * u64::from(rate)).div_ceil(1_000));
    let output = spending.output.first_mut()?;
    output.value = (output.value + value).checked_sub(more)?;
    Some(spending)
}
