//! Sends one signed penalty through queue and sender, and ends when the tower's receipt is on disk.
//!
//! Arguments: the tower's URL and id, a folder, the commitment's txid, the penalty in hex.

use std::error::Error;
use std::sync::{mpsc, Arc};
use std::time::Duration;

use lightning::bitcoin::hex::FromHex;
use lightning::bitcoin::secp256k1::SecretKey;
use lightning::bitcoin::{consensus, Transaction};
use teos_ldk::{Event, Plaintexts, Queue, Queued, Sender, Tower};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, id, folder, txid, penalty] = arguments.as_slice() else {
        return Err("usage: send URL TOWER_ID FOLDER COMMITMENT_TXID PENALTY".into());
    };
    let key = SecretKey::from_slice(&[7; 32]).map_err(text)?;
    let txid = txid.parse().map_err(text)?;
    let penalty: Transaction =
        consensus::deserialize(&Vec::from_hex(penalty).map_err(text)?).map_err(text)?;
    let plaintexts = Plaintexts::new(&penalty, std::slice::from_ref(&penalty), txid, &key);
    Queue::open(folder)?.push(&Queued { txid, plaintexts })?;

    // Opened again, as after a restart: what is sent comes from the disk.
    let queue = Arc::new(Queue::open(folder)?);
    let (events, received) = mpsc::channel();
    let tower = Tower::new(url, id.parse().map_err(text)?, key);
    let sender = Sender::start(Arc::clone(&queue), tower, move |event| {
        println!("{event:?}");
        let _ = events.send(matches!(event, Event::Sent(..)));
    });
    while !received.recv_timeout(Duration::from_secs(120))? {}
    drop(sender);
    if queue.receipts()? != [txid] || !queue.pending()?.is_empty() {
        return Err("the receipt is not on disk, or the penalty is still queued".into());
    }
    println!("all as it should be");
    Ok(())
}

/// lightning uses bitcoin without its feature std, so that its errors are not standard ones.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
