//! `cargo xtask compare`.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::resource::{UsageWho, getrusage};

/// CPU seconds (user and system) and wall seconds of one run.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    wall: f64,
}

/// Runs two shell commands in turn, A B A B ..., after one run of each that does not count, and prints
/// medians of CPU and wall seconds and the median of the ratios pair by pair. Ratios of pairs hold when
/// the machine's speed drifts.
pub fn run(runs: &str, ours: &str, peer: &str) -> Result<()> {
    let runs: usize = runs.parse().with_context(|| format!("expected a number of runs, got {runs:?}"))?;
    ensure!(runs > 0, "expected at least one run");
    cost(ours)?;
    cost(peer)?;
    let (mut a, mut b) = (vec![], vec![]);
    for _ in 0..runs {
        a.push(cost(ours)?);
        b.push(cost(peer)?);
    }
    let median_of = |costs: &[Cost], f: fn(&Cost) -> f64| median(costs.iter().map(f).collect());
    for (name, command, costs) in [("A", ours, &a), ("B", peer, &b)] {
        let (cpu, wall) = (median_of(costs, |c| c.cpu), median_of(costs, |c| c.wall));
        println!("{name}  cpu {cpu:.3} s  wall {wall:.3} s  {command}");
    }
    let ratio = |f: fn(&Cost) -> f64| median(a.iter().zip(&b).map(|(a, b)| f(a) / f(b)).collect());
    println!("A/B  cpu {:.3}  wall {:.3}  (medians of {runs} pairs)", ratio(|c| c.cpu), ratio(|c| c.wall));
    Ok(())
}

fn cost(command: &str) -> Result<Cost> {
    let cpu = || -> Result<f64> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
        Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
    };
    let (before, started) = (cpu()?, std::time::Instant::now());
    let mut shell = Command::new("sh");
    let status = shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    // 1 is what `indicia inspect` answers when it found something.
    if !matches!(status.code(), Some(0 | 1)) {
        bail!("{command} ended with {status}");
    }
    Ok(Cost { cpu: cpu()? - before, wall: started.elapsed().as_secs_f64() })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
    }
}
