//! Trainers of networks that look at pictures: what is left to say is the network and its loss.

mod card;
mod predict;

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::Device;
use indicia_core::{Error, Result};
use indicia_eval::files;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Job, Learner, Metric, Outcome, Report, Run, State, TrainConfig, Trainer, TrainerInfo, load_weights,
    optimizer, parameters, read_config,
};
use crate::data::{self, ImageConfig, Images, Needs, Sample, Splits};
use crate::device;
use card::Card;

/// A network that learns from pictures and gives each a score.
pub trait ImageTask: Learner<Data = Images> + Sized {
    /// Its settings, the section `model` of a configuration.
    type Model: DeserializeOwned + Serialize + Default;

    /// What it needs of a table.
    const NEEDS: Needs;

    /// The learner for these settings.
    ///
    /// # Errors
    /// `Configuration` that names the key.
    fn new(model: &Self::Model, data: &ImageConfig) -> Result<Self>;

    /// A score for each sample, higher for what is to be found; above 0 it is called so.
    ///
    /// # Errors
    /// When the samples do not suit the network.
    fn predict(&self, module: &Self::Module, samples: &[Sample], device: &Device) -> Result<Vec<f64>>;
}

/// A score and the place of its item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Place of the item in its split.
    pub index: usize,
    /// Its score.
    pub score: f64,
}

/// The trainer of an [`ImageTask`].
pub struct ImageTrainer<T> {
    info: TrainerInfo,
    task: PhantomData<fn() -> T>,
}

impl<T> ImageTrainer<T> {
    /// The trainer.
    pub const fn new(info: TrainerInfo) -> Self {
        Self { info, task: PhantomData }
    }
}

/// A whole configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, bound(deserialize = "M: DeserializeOwned + Default"))]
struct Config<M> {
    /// The network.
    model: M,
    /// The pictures.
    data: ImageConfig,
    /// The training.
    train: TrainConfig,
    /// What the pack's card says of the data.
    card: Card,
}

/// All that a run needs.
struct Plan<T: ImageTask> {
    config: Config<T::Model>,
    task: T,
    splits: Splits,
    identity: Value,
}

impl<T: ImageTask> ImageTrainer<T> {
    fn config(&self, job: &Job<'_>) -> Result<Config<T::Model>> {
        let mut config: Config<T::Model> = read_config(job.config.unwrap_or(self.info.config))?;
        if let Some(seed) = job.seed {
            config.train.seed = seed;
        }
        if let Some(equalise) = job.equalise {
            config.data.equalise.enabled = equalise;
        }
        config.data.check()?;
        config.train.check()?;
        Ok(config)
    }

    fn plan(&self, job: &Job<'_>) -> Result<Plan<T>> {
        let config = self.config(job)?;
        let task = T::new(&config.model, &config.data)?;
        let splits =
            data::open(job.table, &config.data, T::NEEDS, config.train.seed, &job.limits, job.threads)?;
        splits.census.warnings.iter().for_each(|warning| job.watch.say(warning));
        let identity = json!({
            "method": self.info.id,
            "version": env!("CARGO_PKG_VERSION"),
            "model": config.model,
            "data": config.data,
            "items": splits.census.digest,
        });
        Ok(Plan { config, task, splits, identity })
    }

    fn run<'a>(&self, plan: &'a Plan<T>, job: &'a Job<'a>, folder: &'a Path) -> Run<'a, T> {
        Run {
            learner: &plan.task,
            train: Arc::clone(&plan.splits.train),
            validation: Arc::clone(&plan.splits.validation),
            balance: plan.config.data.balance,
            config: &plan.config.train,
            max_unreadable: plan.config.data.max_unreadable,
            identity: plan.identity.clone(),
            folder,
            resume: job.resume,
            threads: job.threads,
            device: device::cpu(),
            stop: job.stop,
            watch: job.watch,
        }
    }

    /// What the best weights come to on validation and test, as trained and with the other treatment of files.
    fn measure(&self, plan: &Plan<T>, run: &Run<'_, T>, module: &T::Module, out: &Path) -> Result<Value> {
        let metrics = |metrics: Vec<Metric>| -> Value {
            metrics.into_iter().map(|m| (m.name, json!(m.value))).collect::<serde_json::Map<_, _>>().into()
        };
        let mut results = serde_json::Map::new();
        let mut state = State::default();
        let validation = run.measure(module, &plan.splits.validation, &mut state)?;
        results.insert("validation".to_owned(), metrics(validation));
        if let Some(test) = &plan.splits.test {
            results.insert("test".to_owned(), metrics(run.measure(module, test, &mut state)?));
            let mut other = (**test).clone();
            other.config.equalise.enabled = !other.config.equalise.enabled;
            let name = if other.config.equalise.enabled { "test_equalised" } else { "test_as_stored" };
            let other = Arc::new(other);
            results.insert(name.to_owned(), metrics(run.measure(module, &other, &mut state)?));
            let predictions = self.predictions(&plan.task, module, test, run)?;
            predict::write(&out.join("test.csv"), test, &predictions, self.info.id)?;
        }
        Ok(results.into())
    }

    fn finish(
        &self,
        plan: &Plan<T>,
        run: &Run<'_, T>,
        job: &Job<'_>,
        outcome: Outcome<T::Module>,
    ) -> Result<Report> {
        let module = run.learner.build(&run.device)?;
        let module = load_weights(module, &outcome.best)?;
        let results = self.measure(plan, run, &module, job.out)?;
        let weights = files::read(&outcome.best, u64::MAX)?;
        files::write_whole(&job.out.join("weights.safetensors"), &weights)?;
        let curves = files::read(&run.folder.join("curves.png"), u64::MAX)?;
        files::write_whole(&job.out.join("curves.png"), &curves)?;
        let best = outcome.state.best.map_or(0, |best| best.step);
        let all = parameters(&outcome.module);
        let count: usize = all.iter().map(|p| p.count).sum();
        let document = json!({
            "method": self.info.id,
            "version": env!("CARGO_PKG_VERSION"),
            "model": plan.config.model,
            "data": plan.config.data,
            "train": plan.config.train,
            "table": plan.splits.census,
            "weights": indicia_core::Digest::of(&weights).to_string(),
            "parameters": count,
            "steps": outcome.state.step,
            "best_step": best,
            "seconds": outcome.state.seconds.0,
            "unreadable": outcome.state.unreadable,
            "results": results,
        });
        files::write_whole(&job.out.join("config.json"), format!("{document:#}\n").as_bytes())?;
        let card = card::text(&self.info, &plan.config.card, &plan.splits.census, &document);
        files::write_whole(&job.out.join("card.md"), card.as_bytes())?;
        let text = format!(
            "{} steps, best after {best}, {:.0} s; {}\npack: {}",
            outcome.state.step,
            outcome.state.seconds.0,
            card::line(&results),
            job.out.display()
        );
        Ok(Report { finished: true, text, results })
    }
}

impl<T: ImageTask> Trainer for ImageTrainer<T> {
    fn info(&self) -> &TrainerInfo {
        &self.info
    }

    fn train(&self, job: &Job<'_>) -> Result<Report> {
        let plan = self.plan(job)?;
        let folder = job.out.join("run");
        let run = self.run(&plan, job, &folder);
        let outcome = run.execute()?;
        if !outcome.state.finished {
            let text = format!(
                "stopped after step {}; --resume goes on from {}",
                outcome.state.step,
                run.checkpoint().display()
            );
            return Ok(Report { finished: false, text, results: Value::Null });
        }
        self.finish(&plan, &run, job, outcome)
    }

    fn dry_run(&self, job: &Job<'_>) -> Result<String> {
        let plan = self.plan(job)?;
        let run = self.run(&plan, job, job.out);
        let module = run.first()?;
        let read = Instant::now();
        let samples = run.first_batch()?;
        let read = read.elapsed().as_secs_f64();
        let device = run.device.clone().autodiff();
        let mut lines = vec![format!("{}: one batch of {}", self.info.id, samples.len())];
        for (name, shape) in plan.task.shapes(&module, &samples, &device)? {
            lines.push(format!("  {name}: {shape:?}"));
        }
        let all = parameters(&module);
        let sum = |trained: bool| all.iter().filter(|p| p.trained == trained).map(|p| p.count).sum::<usize>();
        lines.push(format!("  parameters: {} trained, {} fixed", sum(true), sum(false)));
        let mut optimizer = optimizer(&module, &plan.config.train)?;
        let (mut module, mut loss, mut seconds) = (module, 0.0, 0.0);
        // The first step pays for memory that later ones reuse.
        for _ in 0..2 {
            let begun = Instant::now();
            let total = plan.task.loss(&module, &samples, &device)?.total;
            loss = total.clone().into_scalar::<f32>();
            let gradients = GradientsParams::from_grads(total.backward(), &module);
            module = optimizer.step(plan.config.train.optimizer.lr, module, gradients);
            seconds = begun.elapsed().as_secs_f64();
        }
        let count = plan.splits.train.entries.len();
        let steps = plan.config.train.total_steps(count);
        let batches = steps as f64 * plan.config.train.accumulate as f64;
        lines.push(format!("  loss: {loss:.4}"));
        lines.push(format!(
            "  time: {seconds:.3} s to learn from a batch, {read:.3} s to load one on one thread; {steps} steps over \
             {count} items take about {}",
            duration(batches * seconds.max(read / job.threads.max(1) as f64))
        ));
        if let Some(bytes) = peak_memory() {
            lines.push(format!("  memory: {:.0} MB at most so far", bytes as f64 / 1e6));
        }
        lines.push(format!("  items: {}", json!(plan.splits.census.items)));
        Ok(lines.join("\n"))
    }

    fn evaluate(&self, job: &Job<'_>, pack: &Path, split: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Stored<M> {
            method: String,
            model: M,
            data: ImageConfig,
            train: TrainConfig,
        }
        let path = pack.join("config.json");
        let text = files::read(&path, 1 << 26)?;
        let stored: Stored<T::Model> = serde_json::from_slice(&text)
            .map_err(|e| Error::configuration(format!("{} is not a pack's: {e}", path.display())))?;
        if stored.method != self.info.id {
            return Err(Error::configuration(format!(
                "{} holds {}, expected {}",
                pack.display(),
                stored.method,
                self.info.id
            )));
        }
        let mut data = stored.data;
        if let Some(equalise) = job.equalise {
            data.equalise.enabled = equalise;
        }
        let task = T::new(&stored.model, &data)?;
        let images = Arc::new(data::read(job.table, &data, split, stored.train.seed, &job.limits)?);
        let module = load_weights(task.build(&device::cpu())?, &pack.join("weights.safetensors"))?;
        let run = Run {
            learner: &task,
            train: Arc::clone(&images),
            validation: Arc::clone(&images),
            balance: data.balance,
            config: &stored.train,
            max_unreadable: data.max_unreadable,
            identity: Value::Null,
            folder: job.out,
            resume: false,
            threads: job.threads,
            device: device::cpu(),
            stop: job.stop,
            watch: job.watch,
        };
        let predictions = self.predictions(&task, &module, &images, &run)?;
        predict::write(job.out, &images, &predictions, self.info.id)?;
        let pairs: Vec<_> = predictions.iter().map(|p| (p.score, images.entries[p.index].label)).collect();
        let (scores, labels): (Vec<f64>, Vec<bool>) = pairs.into_iter().unzip();
        let metrics = super::binary_metrics(&scores, &labels)?;
        let numbers: Vec<_> = metrics.iter().map(|m| format!("{} {:.4}", m.name, m.value)).collect();
        Ok(format!(
            "{} items ({}): {}\npredictions: {}",
            predictions.len(),
            if data.equalise.enabled { "equalised" } else { "files as they are" },
            numbers.join(", "),
            job.out.display()
        ))
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Most memory that the process held so far, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
}
