//! The folder with what is still to be sent, and with the receipts. Each file is replaced as a whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use lightning::bitcoin::hex::{DisplayHex, FromHex};
use lightning::bitcoin::{consensus, Txid};
use serde_json::{json, Value};

use crate::appointment::Plaintexts;
use crate::files::{corrupt, read, remove, write};
use crate::justice::Revocable;

/// Signed penalties that wait for the tower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The revoked commitment.
    pub txid: Txid,
    /// Its penalties.
    pub plaintexts: Plaintexts,
}

/// Everything on disk for one tower: `channels` (commitments that are not revoked yet), `queue`,
/// `receipts`, `refused`, and `registration.json`.
#[derive(Debug)]
pub struct Queue {
    folder: PathBuf,
    changed: Mutex<bool>,
    wake: Condvar,
}

impl Queue {
    /// Opens or creates a folder, which must be used by one node and for one tower only.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref().to_path_buf();
        for name in ["channels", "queue", "receipts", "refused"] {
            fs::create_dir_all(folder.join(name))?;
        }
        Ok(Queue {
            folder,
            changed: Mutex::new(false),
            wake: Condvar::new(),
        })
    }

    /// Adds penalties, and wakes the sender; nothing happens if the tower has signed for them.
    pub fn push(&self, queued: &Queued) -> io::Result<()> {
        let name = file(queued.txid);
        if self.folder.join("receipts").join(&name).exists() {
            return Ok(());
        }
        let content = json!({
            "commitment_txid": queued.txid.to_string(),
            "single": queued.plaintexts.single.to_lower_hex_string(),
            "bundle": queued.plaintexts.bundle.to_lower_hex_string(),
        });
        write(&self.folder.join("queue"), &name, &content)?;
        self.wake();
        Ok(())
    }

    /// Returns the commitments for which there are penalties to send.
    pub fn pending(&self) -> io::Result<Vec<Txid>> {
        names(&self.folder.join("queue"))
    }

    /// Returns the commitments for which the tower has signed a receipt.
    pub fn receipts(&self) -> io::Result<Vec<Txid>> {
        names(&self.folder.join("receipts"))
    }

    /// Returns the commitments whose penalties the tower has refused for good.
    pub fn refused(&self) -> io::Result<Vec<Txid>> {
        names(&self.folder.join("refused"))
    }

    /// Returns queued penalties, or none if they are no longer in the queue.
    pub fn get(&self, txid: Txid) -> io::Result<Option<Queued>> {
        let Some(content) = read(&self.folder.join("queue"), &file(txid))? else {
            return Ok(None);
        };
        let single = bytes(&content["single"])?;
        let bundle = bytes(&content["bundle"])?;
        Ok(Some(Queued {
            txid,
            plaintexts: Plaintexts { single, bundle },
        }))
    }

    /// Keeps the receipt, then takes the penalties off the queue.
    pub(crate) fn sent(&self, txid: Txid, receipt: &Value) -> io::Result<()> {
        self.settle("receipts", txid, receipt)
    }

    /// Keeps the tower's refusal, then takes the penalties off the queue.
    pub(crate) fn set_refused(&self, txid: Txid, refusal: &Value) -> io::Result<()> {
        self.settle("refused", txid, refusal)
    }

    fn settle(&self, to: &str, txid: Txid, content: &Value) -> io::Result<()> {
        write(&self.folder.join(to), &file(txid), content)?;
        remove(&self.folder.join("queue"), &file(txid))
    }

    pub(crate) fn registration(&self) -> io::Result<Option<Value>> {
        read(&self.folder, "registration.json")
    }

    pub(crate) fn set_registration(&self, receipt: &Value) -> io::Result<()> {
        write(&self.folder, "registration.json", receipt)
    }

    /// Returns the commitments of a channel that are not revoked yet, in their order.
    pub(crate) fn revocable(&self, channel: &str) -> io::Result<Vec<Revocable>> {
        let name = format!("{channel}.json");
        let Some(content) = read(&self.folder.join("channels"), &name)? else {
            return Ok(vec![]);
        };
        content
            .as_array()
            .ok_or_else(|| corrupt("channel"))?
            .iter()
            .map(decode)
            .collect()
    }

    pub(crate) fn set_revocable(&self, channel: &str, all: &[Revocable]) -> io::Result<()> {
        let content = all.iter().map(encode).collect();
        write(
            &self.folder.join("channels"),
            &format!("{channel}.json"),
            &content,
        )
    }

    /// Ends a wait of [`Queue::wait`].
    pub(crate) fn wake(&self) {
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    /// Waits until something is added, and `time` at most.
    pub(crate) fn wait(&self, time: Duration) {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut changed, _) = self
            .wake
            .wait_timeout_while(changed, time, |changed| !*changed)
            .unwrap_or_else(PoisonError::into_inner);
        *changed = false;
    }
}

fn file(txid: Txid) -> String {
    format!("{txid}.json")
}

fn names(folder: &Path) -> io::Result<Vec<Txid>> {
    let mut txids = vec![];
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let txid: Option<Txid> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".json")?.parse().ok());
        txids.extend(txid);
    }
    Ok(txids)
}

fn bytes(hex: &Value) -> io::Result<Vec<u8>> {
    hex.as_str()
        .and_then(|hex| Vec::from_hex(hex).ok())
        .ok_or_else(|| corrupt("hex"))
}

fn encode(revocable: &Revocable) -> Value {
    let unsigned: Vec<_> = revocable
        .raw()
        .iter()
        .map(|raw| raw.to_lower_hex_string())
        .collect();
    json!({
        "commitment_txid": revocable.txid.to_string(),
        "commitment_number": revocable.commitment_number,
        "value": revocable.value,
        "unsigned": unsigned,
    })
}

fn decode(content: &Value) -> io::Result<Revocable> {
    let number = |name: &str| content[name].as_u64().ok_or_else(|| corrupt(name));
    let unsigned = content["unsigned"]
        .as_array()
        .ok_or_else(|| corrupt("transactions"))?;
    let txid = content["commitment_txid"]
        .as_str()
        .and_then(|txid| txid.parse().ok());
    Ok(Revocable {
        txid: txid.ok_or_else(|| corrupt("txid"))?,
        commitment_number: number("commitment_number")?,
        value: number("value")?,
        unsigned: unsigned
            .iter()
            .map(|raw| consensus::deserialize(&bytes(raw)?).map_err(|_| corrupt("transaction")))
            .collect::<io::Result<_>>()?,
    })
}
