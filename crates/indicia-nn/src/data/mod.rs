//! Data for training: labelled pictures of a table, decoded, cut, changed and made tensors on other threads.
//!
//! [`Images`] holds the items of one split. A picture goes through one pass: decode, cut and scale to the size
//! of the network (`resample`), change (`augment`), compress by a law that does not know the label
//! ([`Equalise`]). What is random follows from the item's name, the seed and the number of the pass
//! ([`random`]), so that neither threads nor order nor a resumed run change it.
//! [`Loader`] runs any such work ahead of its consumer, in order.

mod augment;
mod config;
mod images;
mod loader;
mod random;
mod resample;
mod sampler;
mod table;
#[cfg(test)]
mod tests;

use indicia_core::Result;

pub use augment::{Augment, change};
pub use config::{Equalise, ImageConfig, Range, Sizing};
pub use images::{Images, Sample};
pub use loader::Loader;
pub use random::{random, seed_of};
pub use resample::{Cut, Turn, cut};
pub use sampler::{Balance, Sampler, Slot};
pub use table::{Census, Entry, Masks, Needs, Splits, open, read};

/// Items that a [`Learner`](crate::train::Learner) learns from.
pub trait Data: Send + Sync + 'static {
    /// What one item becomes.
    type Sample: Send + 'static;

    /// Number of items.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Class and domain of an item, each from 0: what batches are balanced by.
    fn stratum(&self, index: usize) -> (u32, u32);

    /// What an item is called in messages.
    fn name(&self, index: usize) -> String;

    /// Reads an item. `pass` is how often it was drawn before in training, which decides how it is changed; for
    /// `None` it is not changed.
    ///
    /// # Errors
    /// When it cannot be read.
    fn load(&self, index: usize, pass: Option<u64>) -> Result<Self::Sample>;
}
