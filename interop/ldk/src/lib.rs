//! A watchtower client for LDK.
//!
//! [`TowerPersister`] wraps the [`Persist`](lightning::chain::chainmonitor::Persist) of a node. For
//! each commitment that the counterparty revokes, it signs justice transactions at several fee rates
//! and puts them into a [`Queue`] on disk. A [`Sender`] thread registers with the [`Tower`], sends what
//! is queued, and keeps the tower's signed receipts. `Persist` never waits for the network.
//!
//! ```no_run
//! use std::sync::Arc;
//! use lightning::bitcoin::{secp256k1::SecretKey, ScriptBuf};
//! use lightning::sign::InMemorySigner;
//! use lightning::chain::chainmonitor::Persist;
//! use teos_ldk::{FeeRates, Queue, Sender, Tower, TowerPersister};
//!
//! # fn example<P: Persist<InMemorySigner>>(
//! #     own: P, user_key: SecretKey, tower_id: lightning::bitcoin::secp256k1::PublicKey,
//! #     wallet: ScriptBuf,
//! # ) -> std::io::Result<()> {
//! let queue = Arc::new(Queue::open("/var/lib/node/tower")?);
//! let tower = Tower::new("http://tower.example:9814", tower_id, user_key);
//! let persister = TowerPersister::new(own, Arc::clone(&queue), wallet, FeeRates::default(), user_key);
//! let sender = Sender::start(queue, tower, |event| eprintln!("tower: {event:?}"));
//! // give `persister` to the ChainMonitor, and keep `sender` until the node stops
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod appointment;
mod files;
mod justice;
mod persister;
mod queue;
mod sender;
mod tower;

pub use appointment::{Appointment, Plaintexts};
pub use justice::{FeeRates, Revocable};
pub use persister::TowerPersister;
pub use queue::{Queue, Queued};
pub use sender::{Event, Sender};
pub use tower::{AppointmentReceipt, RegistrationReceipt, Tower, TowerError};
