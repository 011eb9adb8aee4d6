//! The loop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Device};
use indicia_core::{Error, Result};
use serde_json::{Value, json};

use super::state::{Best, Exact};
use super::{
    Checkpoint, Curve, Ema, Learner, Log, Metric, Point, Progress, SampleOf, State, TrainConfig, Watch, clip,
    draw, freeze, norm, optimizer, restore, save_weights, snapshot,
};
use crate::data::{Balance, Data, Loader, Sampler, seed_of};

/// Batches that wait for each thread that loads.
const AHEAD: usize = 3;

/// A training run.
pub struct Run<'a, L: Learner> {
    /// What is trained.
    pub learner: &'a L,
    /// What it learns from.
    pub train: Arc<L::Data>,
    /// What it is validated on.
    pub validation: Arc<L::Data>,
    /// What batches hold equal numbers of.
    pub balance: Balance,
    /// How.
    pub config: &'a TrainConfig,
    /// Unreadable items that are left out before it stops.
    pub max_unreadable: usize,
    /// What else must be equal for a run to go on: data, settings of the network.
    pub identity: Value,
    /// Folder of the run.
    pub folder: &'a Path,
    /// Whether a run in that folder goes on.
    pub resume: bool,
    /// Threads that load data.
    pub threads: usize,
    /// Where it computes, without automatic differentiation.
    pub device: Device,
    /// Ends it after the step in hand.
    pub stop: &'a AtomicBool,
    /// Who is told.
    pub watch: &'a dyn Watch,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome<M> {
    /// The weights that it ended with: the moving average if there is one.
    pub module: M,
    /// Counters and history.
    pub state: State,
    /// The file of the best weights by validation.
    pub best: PathBuf,
}

/// What one number of the loader gives.
struct Loaded<S> {
    samples: Vec<S>,
    unreadable: Vec<(String, String)>,
}

fn load<D: Data>(data: &D, items: impl Iterator<Item = (usize, Option<u64>)>) -> Loaded<D::Sample> {
    let mut loaded = Loaded { samples: vec![], unreadable: vec![] };
    for (index, pass) in items {
        match data.load(index, pass) {
            Ok(sample) => loaded.samples.push(sample),
            Err(error) => loaded.unreadable.push((data.name(index), error.to_string())),
        }
    }
    loaded
}

/// A run in hand.
struct Live<M: Module> {
    module: M,
    ema: Option<Ema<M>>,
    optimizer: ModuleOptimizer,
    state: State,
    log: Log,
    metric: Option<f64>,
}

impl<M: Module> Live<M> {
    /// The network as it is used: the moving average if there is one.
    fn trained(&self) -> M {
        self.ema.as_ref().map_or_else(|| self.module.valid(), |ema| ema.module().clone())
    }
}

impl<L: Learner> Run<'_, L> {
    /// File of the last checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.folder.join("last.checkpoint")
    }

    /// File of the best weights.
    pub fn best(&self) -> PathBuf {
        self.folder.join("best.safetensors")
    }

    /// The network before its first step, with frozen parameters, on a device that differentiates.
    ///
    /// # Errors
    /// Those of [`Learner::build`] and [`freeze`].
    pub fn first(&self) -> Result<L::Module> {
        let device = self.device.clone().autodiff();
        device.seed(seed_of("weights", &[&self.config.seed.to_le_bytes()]));
        let module = self.learner.build(&device)?;
        // Weights are drawn when they are first looked at; that must be now, in their own order.
        drop(snapshot(&module));
        freeze(module, &self.config.freeze)
    }

    /// The sequence of items.
    ///
    /// # Errors
    /// `Input` without items.
    pub fn sampler(&self) -> Result<Sampler> {
        let strata: Vec<_> = (0..self.train.len()).map(|i| self.train.stratum(i)).collect();
        Sampler::new(&strata, self.balance, self.config.seed)
    }

    fn batches(&self, first: u64, count: u64) -> Result<Loader<Loaded<SampleOf<L>>>> {
        let (data, sampler, batch) = (Arc::clone(&self.train), self.sampler()?, self.config.batch as u64);
        Ok(Loader::start(count, self.threads, self.threads.max(1) * AHEAD, move |number| {
            let places = (first + number) * batch..(first + number + 1) * batch;
            Ok(load(
                &*data,
                places.map(|place| sampler.slot(place)).map(|slot| (slot.index, Some(slot.pass))),
            ))
        }))
    }

    /// The first batch, as training sees it.
    ///
    /// # Errors
    /// `Input` if nothing of it can be read.
    pub fn first_batch(&self) -> Result<Vec<SampleOf<L>>> {
        let loaded = self.batches(0, 1)?.next().transpose()?;
        let loaded = loaded.ok_or_else(|| Error::internal("there is no first batch"))?;
        require_samples(&loaded)?;
        Ok(loaded.samples)
    }

    /// Trains to the end, or until it is told to stop.
    ///
    /// # Errors
    /// `Configuration` if a run is there already and is not to go on, if settings differ, or if the loss is no
    /// number any more; `Input` if too many items cannot be read; `Io`; those of the learner.
    pub fn execute(&self) -> Result<Outcome<L::Module>> {
        self.config.check()?;
        std::fs::create_dir_all(self.folder)
            .map_err(|e| Error::io_from(format!("cannot make the folder {}", self.folder.display()), e))?;
        let mut live = self.begin()?;
        let total = self.config.total_steps(self.train.len());
        let epoch = self.config.steps_per_epoch(self.train.len());
        let or_epoch = |every: u64| if every == 0 { epoch } else { every };
        let validate_every = or_epoch(self.config.validate_every);
        let accumulate = self.config.accumulate as u64;
        let done = live.state.step;
        let mut batches = self.batches(done * accumulate, total.saturating_sub(done) * accumulate)?;
        let (mut since, mut items) = (Instant::now(), 0_u64);
        let mut speed = 0.0;
        while !live.state.finished && live.state.step < total {
            let begun = Instant::now();
            let lr = self.config.optimizer.lr * self.config.schedule.factor(live.state.step, total);
            let norm;
            (live, norm) = self.step(live, &mut batches, lr)?;
            items += self.config.items_per_step();
            let step = live.state.step;
            if step.is_multiple_of(self.config.log_every) || step == total {
                speed = items as f64 / since.elapsed().as_secs_f64().max(1e-9);
                self.log_step(&mut live, epoch, lr, norm, speed)?;
                (since, items) = (Instant::now(), 0);
            }
            let metric = live.metric.map(|value| (self.config.metric.clone(), value));
            let loss =
                live.state.history.iter().rev().find(|p| p.name == "loss").map_or(f64::NAN, |p| p.value.0);
            self.watch.step(&Progress { step, total, loss, metric, speed });
            let validated = step.is_multiple_of(validate_every) || step == total;
            if validated {
                let paused = Instant::now();
                self.validate(&mut live)?;
                since += paused.elapsed();
            }
            live.state.seconds.0 += begun.elapsed().as_secs_f64();
            live.state.finished |= step >= total;
            let stop = self.stop.load(Ordering::SeqCst);
            let every = self.config.checkpoint_every;
            let due = if every == 0 { validated } else { step.is_multiple_of(every) };
            if due || stop || live.state.finished {
                self.keep(&mut live)?;
            }
            if stop {
                break;
            }
        }
        Ok(Outcome { module: live.trained(), state: live.state, best: self.best() })
    }

    fn begin(&self) -> Result<Live<L::Module>> {
        let (path, log) = (self.checkpoint(), self.folder.join("log.jsonl"));
        let identity = json!({ "train": self.config, "run": self.identity });
        let module = self.first()?;
        let ema = |module: &L::Module| (self.config.ema > 0.0).then(|| Ema::new(module, self.config.ema));
        if path.exists() {
            if !self.resume {
                return Err(Error::configuration(format!(
                    "{} holds a run; go on with it by --resume, or choose another folder",
                    self.folder.display()
                )));
            }
            let Checkpoint { state, module: weights, ema: averages, optimizer: packed } =
                Checkpoint::read(&path)?;
            state.require(&identity)?;
            let module = restore(module, weights)?;
            let ema = match (ema(&module), averages) {
                (Some(ema), Some(averages)) => {
                    let average = restore(ema.module().clone(), averages)?;
                    Some(Ema::from_parts(average, self.config.ema, state.ema_updates))
                }
                _ => None,
            };
            let optimizer =
                optimizer(&module, self.config)?.from_bytes(Bytes::from_bytes_vec(packed)).map_err(|e| {
                    Error::configuration(format!("{}: state of the optimiser: {e}", path.display()))
                })?;
            let log = Log::open(&log, state.log_bytes)?;
            let named = |p: &&Point| p.name == self.config.metric;
            let metric = state.history.iter().rev().find(named).map(|p| p.value.0);
            self.watch.say(&format!("goes on after step {}", state.step));
            return Ok(Live { module, ema, optimizer, state: State { identity, ..state }, log, metric });
        }
        if self.resume {
            self.watch.say(&format!("no checkpoint in {}: starts anew", self.folder.display()));
        }
        let (ema, optimizer) = (ema(&module), optimizer(&module, self.config)?);
        let mut log = Log::open(&log, 0)?;
        log.line(&json!({ "event": "start", "train": self.config, "run": self.identity }))?;
        let state = State { identity, ..State::default() };
        Ok(Live { module, ema, optimizer, state, log, metric: None })
    }

    fn step(
        &self,
        mut live: Live<L::Module>,
        batches: &mut Loader<Loaded<SampleOf<L>>>,
        lr: f64,
    ) -> Result<(Live<L::Module>, f64)> {
        let device = self.device.clone().autodiff();
        let step = live.state.step;
        device.seed(seed_of("step", &[&self.config.seed.to_le_bytes(), &step.to_le_bytes()]));
        let mut gradients = GradientsAccumulator::new();
        for _ in 0..self.config.accumulate {
            let loaded = batches.next().ok_or_else(|| Error::internal("there are too few batches"))??;
            self.note(&mut live.state, &loaded)?;
            require_samples(&loaded)?;
            let loss = self.learner.loss(&live.module, &loaded.samples, &device)?;
            let value = f64::from(loss.total.clone().into_scalar::<f32>());
            if !value.is_finite() {
                return Err(self.broken(step + 1, "loss", value, Some(lr)));
            }
            live.state.losses.count += 1;
            live.state.losses.add("loss", value);
            for (name, part) in loss.parts {
                live.state.losses.add(name, f64::from(part.into_scalar::<f32>()));
            }
            let share = loss.total.div_scalar(self.config.accumulate as f64);
            gradients.accumulate(&live.module, GradientsParams::from_grads(share.backward(), &live.module));
        }
        let mut gradients = gradients.grads();
        let size = norm(&live.module, &gradients);
        if !size.is_finite() {
            return Err(self.broken(step + 1, "norm of the gradients", size, Some(lr)));
        }
        if self.config.clip > 0.0 {
            clip(&live.module, &mut gradients, size, self.config.clip);
        }
        live.module = live.optimizer.step(lr, live.module, gradients);
        if let Some(ema) = live.ema.take() {
            let ema = ema.update(&live.module);
            live.state.ema_updates = ema.updates();
            live.ema = Some(ema);
        }
        live.state.step = step + 1;
        Ok((live, size))
    }

    fn broken(&self, step: u64, what: &str, value: f64, lr: Option<f64>) -> Error {
        let rate = lr.map(|lr| format!(", at a learning rate of {lr}")).unwrap_or_default();
        let kept = match Checkpoint::read(&self.checkpoint()) {
            Ok(kept) => format!(
                "the checkpoint of step {} is kept in {}",
                kept.state.step,
                self.checkpoint().display()
            ),
            Err(_) => "there is no checkpoint yet".to_owned(),
        };
        Error::configuration(format!(
            "the {what} is {value} at step {step}{rate}: training stops, {kept} (a lower \
             train.optimizer.lr, a longer train.schedule.warmup or train.clip help)"
        ))
    }

    fn note<S>(&self, state: &mut State, loaded: &Loaded<S>) -> Result<()> {
        for (name, reason) in &loaded.unreadable {
            if state.unreadable.insert(name.clone(), reason.clone()).is_none() {
                self.watch.say(&format!("left out: {name}: {reason}"));
            }
        }
        if state.unreadable.len() > self.max_unreadable {
            let some: Vec<_> = state.unreadable.iter().take(5).map(|(n, r)| format!("{n} ({r})")).collect();
            return Err(Error::input(format!(
                "{} items cannot be read, more than data.max_unreadable = {}: {}{}",
                state.unreadable.len(),
                self.max_unreadable,
                some.join(", "),
                if state.unreadable.len() > 5 { ", ..." } else { "" }
            )));
        }
        Ok(())
    }

    fn log_step(&self, live: &mut Live<L::Module>, epoch: u64, lr: f64, norm: f64, speed: f64) -> Result<()> {
        let state = &mut live.state;
        let losses = std::mem::take(&mut state.losses);
        let loss = losses.mean("loss");
        let parts: serde_json::Map<String, Value> = losses
            .sums
            .keys()
            .filter(|name| *name != "loss")
            .map(|name| (name.clone(), json!(losses.mean(name))))
            .collect();
        live.log.line(&json!({
            "event": "step",
            "step": state.step,
            "epoch": state.step as f64 / epoch as f64,
            "loss": loss,
            "parts": parts,
            "lr": lr,
            "grad_norm": norm,
            "items_per_second": speed,
        }))?;
        state.history.push(Point { step: state.step, name: "loss".to_owned(), value: Exact(loss) });
        Ok(())
    }

    /// Metrics of a network over all of `data`.
    ///
    /// # Errors
    /// As [`Learner::validate`].
    pub fn measure(&self, module: &L::Module, data: &Arc<L::Data>, state: &mut State) -> Result<Vec<Metric>> {
        let (batch, count) = (self.config.batch, data.len());
        let shared = Arc::clone(data);
        let number = count.div_ceil(batch) as u64;
        let loader = Loader::start(number, self.threads, self.threads.max(1) * AHEAD, move |i| {
            let first = i as usize * batch;
            Ok(load(&*shared, (first..(first + batch).min(count)).map(|index| (index, None))))
        });
        let mut batches = loader.map(|loaded| {
            let loaded = loaded?;
            self.note(state, &loaded)?;
            Ok(loaded.samples)
        });
        self.learner.validate(module, &mut batches, &self.device)
    }

    fn validate(&self, live: &mut Live<L::Module>) -> Result<()> {
        let module = live.trained();
        let metrics = self.measure(&module, &self.validation, &mut live.state)?;
        let chosen = metrics.iter().find(|m| m.name == self.config.metric).ok_or_else(|| {
            let names: Vec<_> = metrics.iter().map(|m| m.name.as_str()).collect();
            Error::configuration(format!(
                "validation gives no metric {:?} (train.metric), it gives: {}",
                self.config.metric,
                names.join(", ")
            ))
        })?;
        let state = &mut live.state;
        if !chosen.value.is_finite() {
            return Err(self.broken(
                state.step,
                &format!("validation's {}", chosen.name),
                chosen.value,
                None,
            ));
        }
        let better = state.best.is_none_or(|best| {
            if chosen.higher_is_better { chosen.value > best.value.0 } else { chosen.value < best.value.0 }
        });
        if better {
            state.best = Some(Best { value: Exact(chosen.value), step: state.step });
            state.since_best = 0;
            save_weights(&module, &self.best())?;
        } else {
            state.since_best += 1;
        }
        live.metric = Some(chosen.value);
        let values: serde_json::Map<String, Value> =
            metrics.iter().map(|m| (m.name.clone(), json!(m.value))).collect();
        live.log
            .line(&json!({ "event": "validation", "step": state.step, "metrics": values, "best": better }))?;
        for metric in &metrics {
            let value = Exact(metric.value);
            state.history.push(Point { step: state.step, name: metric.name.clone(), value });
        }
        if self.config.patience > 0 && state.since_best >= self.config.patience {
            state.finished = true;
            self.watch.say(&format!(
                "stops after step {}: {} did not improve in {} validations",
                state.step, self.config.metric, state.since_best
            ));
        }
        Ok(())
    }

    /// Writes checkpoint and curves.
    fn keep(&self, live: &mut Live<L::Module>) -> Result<()> {
        live.state.log_bytes = live.log.bytes();
        let optimizer = live
            .optimizer
            .into_bytes()
            .map_err(|e| Error::internal(format!("the optimiser's state cannot be written: {e}")))?;
        let checkpoint = Checkpoint {
            state: live.state.clone(),
            module: snapshot(&live.module),
            ema: live.ema.as_ref().map(|ema| snapshot(ema.module())),
            optimizer: optimizer.to_vec(),
        };
        checkpoint.write(&self.checkpoint())?;
        let curves = Curve::of(&live.state.history);
        if !curves.is_empty() {
            indicia_eval::files::write_whole(&self.folder.join("curves.png"), &draw(&curves)?)?;
        }
        Ok(())
    }
}

fn require_samples<S>(loaded: &Loaded<S>) -> Result<()> {
    if loaded.samples.is_empty() {
        let (name, reason) = loaded.unreadable.first().cloned().unwrap_or_default();
        return Err(Error::input(format!("not one item of a batch can be read, such as {name}: {reason}")));
    }
    Ok(())
}
