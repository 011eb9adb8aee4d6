//! Training: one loop for everything that learns.
//!
//! A [`Learner`] says what a network is, what its loss and its validation metrics are; [`Run`] does the rest:
//! batches balanced by class and domain, loaded on other threads ([`crate::data`]), optimiser with groups of
//! parameters, schedule, clipping, accumulation, moving average of the weights, validation, early stop,
//! checkpoints, log and curves. [`Trainer`] is what the command line knows.
//!
//! A run that was killed and goes on from its last checkpoint has, bit by bit, the weights of one that was not,
//! on the same machine with the same number of threads: everything that decides a step is in the checkpoint
//! (weights, moving average, state of the optimiser, history of the metrics) or follows from the seed and the
//! number of the step (batches, changes of pictures, dropout, learning rate).

mod checkpoint;
mod config;
mod curves;
mod ema;
mod gradient;
mod image;
mod learner;
mod log;
mod optimizer;
mod pack;
mod run;
mod schedule;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod trainer;

pub use checkpoint::Checkpoint;
pub use config::{LrScale, OptimizerConfig, OptimizerKind, TrainConfig, read_config};
pub use curves::{Curve, draw};
pub use ema::Ema;
pub use gradient::{clip, norm};
pub use image::{ImageTask, ImageTrainer, Prediction};
pub use learner::{Learner, Loss, Metric, SampleOf, binary_metrics};
pub use log::Log;
pub use optimizer::{Parameter, freeze, optimizer, parameters};
pub use pack::{load_weights, save_weights};
pub use run::{Outcome, Run};
pub use schedule::{Schedule, ScheduleKind};
pub use snapshot::{Named, restore, snapshot};
pub use state::{Point, State};
pub use trainer::{Job, Progress, Report, Trainer, TrainerInfo, Watch};
