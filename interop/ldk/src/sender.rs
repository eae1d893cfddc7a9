//! The background thread that empties the queue.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lightning::bitcoin::Txid;
use serde_json::json;

use crate::appointment::Appointment;
use crate::queue::Queue;
use crate::tower::{AppointmentReceipt, RegistrationReceipt, Tower, TowerError};

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(300);

/// What happened between the sender and the tower.
#[derive(Debug)]
pub enum Event {
    /// The tower accepted the user, or renewed the subscription.
    Registered(RegistrationReceipt),
    /// The tower watches for this commitment; the receipt is on disk.
    Sent(Txid, AppointmentReceipt),
    /// The tower will never accept the penalties for this commitment.
    Refused(Txid, String),
    /// The queue stays as it is, and is tried again after this time.
    Waiting(TowerError, Duration),
    /// The queue could not be read or written; it is tried again.
    Disk(io::Error),
}

/// Sends what is queued, from a thread of its own. Dropping it ends the thread after the request in
/// progress; what is queued stays on disk.
pub struct Sender {
    queue: Arc<Queue>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

enum Failure {
    Tower(TowerError),
    Disk(io::Error),
}

impl From<TowerError> for Failure {
    fn from(error: TowerError) -> Self {
        Failure::Tower(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Disk(error)
    }
}

impl Sender {
    /// Starts the thread, which first sends what an earlier run has left. `listener` is called on it.
    pub fn start(
        queue: Arc<Queue>,
        tower: Tower,
        listener: impl Fn(Event) + Send + 'static,
    ) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (queue, stopped) = (Arc::clone(&queue), Arc::clone(&stopped));
            move || run(&queue, &tower, &stopped, &listener)
        });
        Sender {
            queue,
            stopped,
            thread: Some(thread),
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        self.queue.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a listener that panicked has ended the thread
        }
    }
}

fn run(queue: &Queue, tower: &Tower, stopped: &AtomicBool, listener: &impl Fn(Event)) {
    let mut delay = FIRST_DELAY;
    while !stopped.load(Ordering::Acquire) {
        match send_all(queue, tower, stopped, listener) {
            Ok(()) => {
                delay = FIRST_DELAY;
                queue.wait(LONGEST_DELAY);
                continue;
            }
            Err(Failure::Tower(error)) => {
                let wait = match &error {
                    TowerError::RetryAfter(time) => (*time).clamp(FIRST_DELAY, LONGEST_DELAY),
                    _ => delay,
                };
                listener(Event::Waiting(error, wait));
                pause(wait, stopped);
            }
            Err(Failure::Disk(error)) => {
                listener(Event::Disk(error));
                pause(delay, stopped);
            }
        }
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

/// Sleeps, whatever is queued meanwhile: a tower that is down is not asked for each new state.
fn pause(time: Duration, stopped: &AtomicBool) {
    let step = Duration::from_millis(100);
    let mut left = time;
    while !left.is_zero() && !stopped.load(Ordering::Acquire) {
        thread::sleep(step.min(left));
        left = left.saturating_sub(step);
    }
}

fn send_all(
    queue: &Queue,
    tower: &Tower,
    stopped: &AtomicBool,
    listener: &impl Fn(Event),
) -> Result<(), Failure> {
    let mut bundles = match queue.registration()? {
        Some(receipt) => receipt["bundles"].as_bool().unwrap_or(false),
        None => register(queue, tower, listener)?,
    };
    for txid in queue.pending()? {
        if stopped.load(Ordering::Acquire) {
            break;
        }
        let mut result = send(queue, tower, txid, bundles, listener);
        if matches!(result, Err(Failure::Tower(TowerError::Subscription(_)))) {
            bundles = register(queue, tower, listener)?;
            result = send(queue, tower, txid, bundles, listener);
        }
        result?;
    }
    Ok(())
}

fn register(queue: &Queue, tower: &Tower, listener: &impl Fn(Event)) -> Result<bool, Failure> {
    let receipt = tower.register()?;
    queue.set_registration(&json!({
        "user_id": tower.user_id().to_string(),
        "available_slots": receipt.available_slots,
        "subscription_start": receipt.subscription_start,
        "subscription_expiry": receipt.subscription_expiry,
        "subscription_signature": receipt.subscription_signature,
        "bundles": receipt.bundles,
    }))?;
    let bundles = receipt.bundles;
    listener(Event::Registered(receipt));
    Ok(bundles)
}

fn send(
    queue: &Queue,
    tower: &Tower,
    txid: Txid,
    bundles: bool,
    listener: &impl Fn(Event),
) -> Result<(), Failure> {
    let Some(queued) = queue.get(txid)? else {
        return Ok(());
    };
    let plaintext = if bundles {
        &queued.plaintexts.bundle
    } else {
        &queued.plaintexts.single
    };
    // LDK does not tell Persist the delay: 0, and the tower assumes one.
    let Some(appointment) = Appointment::new(txid, plaintext, 0) else {
        return Err(io::Error::other("the penalties are too long to encrypt").into());
    };
    match tower.add_appointment(&appointment) {
        Ok(receipt) => {
            queue.sent(
                txid,
                &json!({
                    "user_signature": receipt.user_signature,
                    "start_block": receipt.start_block,
                    "signature": receipt.signature,
                }),
            )?;
            listener(Event::Sent(txid, receipt));
            Ok(())
        }
        Err(TowerError::Refused { code, reason }) => {
            queue.set_refused(txid, &json!({ "error_code": code, "error": reason }))?;
            listener(Event::Refused(txid, reason));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
