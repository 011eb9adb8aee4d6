//! Which items a step sees.

use std::collections::BTreeMap;
use std::sync::Mutex;

use indicia_core::{Error, Result};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::random;

/// What batches hold equal numbers of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Every item is drawn equally often.
    None,
    /// Classes.
    Class,
    /// Domains, whatever their classes.
    Domain,
    /// Classes, and within each class its domains.
    #[default]
    ClassAndDomain,
}

/// One place of the endless sequence of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The item.
    pub index: usize,
    /// How often it was drawn before.
    pub pass: u64,
}

type Orders = BTreeMap<(usize, usize, u64), Vec<usize>>;

/// The endless sequence of items that training draws from, a function of the seed and the place alone: nothing
/// has to be kept for a run to go on where it was.
///
/// Classes take turns, within a class its domains, within a domain its items in random order, anew each time
/// that all were drawn. Any stretch of as many places as there are classes holds each once.
#[derive(Debug)]
pub struct Sampler {
    /// Items by domain by class.
    strata: Vec<Vec<Vec<usize>>>,
    seed: u64,
    /// Orders of the passes in hand, by class, domain and pass.
    orders: Mutex<Orders>,
}

impl Sampler {
    /// A sequence over items of these classes and domains.
    ///
    /// # Errors
    /// `Input` without items.
    pub fn new(items: &[(u32, u32)], balance: Balance, seed: u64) -> Result<Self> {
        let mut classes: BTreeMap<u32, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
        for (index, &(class, domain)) in items.iter().enumerate() {
            let (class, domain) = match balance {
                Balance::None => (0, 0),
                Balance::Class => (class, 0),
                Balance::Domain => (0, domain),
                Balance::ClassAndDomain => (class, domain),
            };
            classes.entry(class).or_default().entry(domain).or_default().push(index);
        }
        if classes.is_empty() {
            return Err(Error::input("there is nothing to train on: no item is of the training split"));
        }
        let strata = classes.into_values().map(|domains| domains.into_values().collect()).collect();
        Ok(Self { strata, seed, orders: Mutex::default() })
    }

    /// The item at a place.
    pub fn slot(&self, place: u64) -> Slot {
        let turn = |n: u64, count: usize| ((n % count as u64) as usize, n / count as u64);
        let (class, place) = turn(place, self.strata.len());
        let (domain, place) = turn(place, self.strata[class].len());
        let items = &self.strata[class][domain];
        let (at, pass) = turn(place, items.len());
        let key = (class, domain, pass);
        let mut orders = self.orders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let order = orders.entry(key).or_insert_with(|| {
            let parts = [self.seed, class as u64, domain as u64, pass].map(u64::to_le_bytes);
            let mut order: Vec<usize> = items.clone();
            order.shuffle(&mut random("order", &[&parts.concat()]));
            order
        });
        let slot = Slot { index: order[at], pass };
        // Threads run ahead of each other by less than a pass or two.
        if orders.len() > 8 * self.strata.iter().map(Vec::len).sum::<usize>() {
            orders.retain(|k, _| k.2 + 2 > pass || (k.0, k.1) != (class, domain));
        }
        slot
    }
}
