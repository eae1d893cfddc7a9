//! The wrapper around a node's own `Persist`.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use lightning::bitcoin::secp256k1::SecretKey;
use lightning::bitcoin::ScriptBuf;
use lightning::chain::chainmonitor::Persist;
use lightning::chain::channelmonitor::{ChannelMonitor, ChannelMonitorUpdate};
use lightning::chain::ChannelMonitorUpdateStatus;
use lightning::ln::chan_utils::CommitmentTransaction;
use lightning::sign::ecdsa::EcdsaChannelSigner;
use lightning::util::persist::MonitorName;

use crate::appointment::Plaintexts;
use crate::justice::{FeeRates, Revocable};
use crate::queue::{Queue, Queued};

/// Queues penalties for each revoked commitment, and then calls the node's own `Persist`.
///
/// The queue is on disk before the node's own data: after a crash in between, LDK repeats the update.
/// If the queue cannot be written, the node goes on: the commitments stay in memory, and are tried again
/// with the channel's next update. See [`TowerPersister::take_error`].
/// States that were revoked before a node began to use this wrapper are not covered.
pub struct TowerPersister<P> {
    inner: P,
    queue: Arc<Queue>,
    destination: ScriptBuf,
    rates: FeeRates,
    user_key: SecretKey,
    /// Held while the files of a channel are read and written.
    files: Mutex<Unsaved>,
}

/// What a failing disk has left in memory.
#[derive(Default)]
struct Unsaved {
    /// New commitments of each channel, by its id.
    channels: HashMap<String, Vec<Revocable>>,
    error: Option<io::Error>,
}

impl<P> TowerPersister<P> {
    /// Wraps `inner`. Penalties pay to `destination`, a script of the node's wallet. `user_key` is the
    /// key that identifies the node to its tower.
    pub fn new(
        inner: P,
        queue: Arc<Queue>,
        destination: ScriptBuf,
        rates: FeeRates,
        user_key: SecretKey,
    ) -> Self {
        TowerPersister {
            inner,
            queue,
            destination,
            rates,
            user_key,
            files: Mutex::default(),
        }
    }

    /// Returns the last failure to read or write the queue, once. A node should warn its operator: the
    /// tower lacks states until the disk works again, and a channel's next update has been persisted. A
    /// restart before that loses them, and the tower will never have them.
    pub fn take_error(&self) -> Option<io::Error> {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .error
            .take()
    }

    fn process<S: EcdsaChannelSigner>(
        &self,
        monitor: &ChannelMonitor<S>,
        commitments: &[CommitmentTransaction],
    ) {
        let channel = monitor.channel_id().to_string();
        let mut unsaved = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = unsaved.channels.remove(&channel).unwrap_or_default();
        new.extend(
            commitments
                .iter()
                .filter_map(|it| Revocable::new(it, &self.destination, &self.rates)),
        );
        if let Err(e) = self.queue_revoked(monitor, &channel, &new) {
            unsaved.channels.insert(channel, new);
            unsaved.error = Some(e);
        }
    }

    fn queue_revoked<S: EcdsaChannelSigner>(
        &self,
        monitor: &ChannelMonitor<S>,
        channel: &str,
        new: &[Revocable],
    ) -> io::Result<()> {
        let before = self.queue.revocable(channel)?;
        let mut waiting = before.clone();
        for revocable in new {
            if waiting.iter().all(|old| old.txid != revocable.txid) {
                waiting.push(revocable.clone());
            }
        }
        let mut newest_revoked = u64::MAX;
        let mut unsigned = vec![];
        for revocable in waiting {
            let Some(signed) = revocable.sign(monitor) else {
                unsigned.push(revocable);
                continue;
            };
            newest_revoked = newest_revoked.min(revocable.commitment_number);
            if let Some((single, ladder)) = signed.split_first() {
                let all = if ladder.is_empty() {
                    std::slice::from_ref(single)
                } else {
                    ladder
                };
                let plaintexts = Plaintexts::new(single, all, revocable.txid, &self.user_key);
                self.queue.push(&Queued {
                    txid: revocable.txid,
                    plaintexts,
                })?;
            }
        }
        // Older ones that cannot be signed belong to a funding output that a splice has replaced.
        unsigned.retain(|left| left.commitment_number < newest_revoked);
        if unsigned != before {
            self.queue.set_revocable(channel, &unsigned)?;
        }
        Ok(())
    }
}

impl<S: EcdsaChannelSigner, P: Persist<S>> Persist<S> for TowerPersister<P> {
    fn persist_new_channel(
        &self,
        name: MonitorName,
        monitor: &ChannelMonitor<S>,
    ) -> ChannelMonitorUpdateStatus {
        let first: Vec<_> = monitor
            .initial_counterparty_commitment_tx()
            .into_iter()
            .collect();
        self.process(monitor, &first);
        self.inner.persist_new_channel(name, monitor)
    }

    fn update_persisted_channel(
        &self,
        name: MonitorName,
        update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor<S>,
    ) -> ChannelMonitorUpdateStatus {
        let new = update.map(|update| monitor.counterparty_commitment_txs_from_update(update));
        self.process(monitor, &new.unwrap_or_default());
        self.inner.update_persisted_channel(name, update, monitor)
    }

    fn archive_persisted_channel(&self, name: MonitorName) {
        self.inner.archive_persisted_channel(name)
    }

    fn get_and_clear_completed_updates(&self) -> Vec<(lightning::ln::types::ChannelId, u64)> {
        self.inner.get_and_clear_completed_updates()
    }
}
