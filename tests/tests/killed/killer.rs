//! Kills the gateway at moments that nobody chose.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use madoguchi_twin::device::Random;

use crate::house::House;
use crate::ledger::{Acknowledged, Ledger};

/// What is waited for longer than that does not come: then it is killed all the same.
const PATIENCE: Duration = Duration::from_secs(5);
/// It lives so long, or until something is acknowledged after that: some visits come to their end.
const LIFE_MS: u32 = 2_500;
/// Within so many milliseconds after an acknowledgement.
const SOON_MS: u32 = 6;
/// A start takes about as long.
const START_MS: u32 = 400;

/// What came of the kills.
#[derive(Debug, Default)]
pub(crate) struct Kills {
    /// By their moments.
    moments: BTreeMap<String, u64>,
    /// What the clients were at, each counter's counted.
    met: BTreeMap<&'static str, u64>,
    /// How long each start took that was not killed.
    starts: Vec<Duration>,
}

impl Kills {
    pub(crate) fn count(&self) -> u64 {
        self.moments.values().sum()
    }

    fn strike(&mut self, house: &mut House, ledger: &Ledger, moment: &str) {
        house.kill();
        *self.moments.entry(moment.to_owned()).or_default() += 1;
        for at in ledger.at() {
            *self.met.entry(at).or_default() += 1;
        }
    }
}

/// Starts and kills it until the visits are over; then it runs.
pub(crate) async fn kills(house: &mut House, ledger: &Ledger, seed: u64) -> Kills {
    let (mut random, mut kills) = (Random::new(seed), Kills::default());
    let ms = |random: &mut Random, end| Duration::from_millis(random.below(end).into());
    loop {
        // In one life of three checks are put off. Once the visits are over, they are settled.
        let is_away = random.below(3) == 0 && !ledger.is_closed();
        house.start(is_away);
        let began = Instant::now();
        // One start of six does not come to its end.
        if random.below(6) == 0 {
            tokio::time::sleep(ms(&mut random, START_MS)).await;
            kills.strike(house, ledger, "in the middle of a start");
            continue;
        }
        house.ready().await;
        kills.starts.push(began.elapsed());
        let moment = match random.below(6) {
            0 => {
                tokio::time::sleep(ms(&mut random, SOON_MS)).await;
                "as soon as it served".to_owned()
            }
            1 | 2 => {
                let life = ms(&mut random, LIFE_MS);
                tokio::time::sleep(life).await;
                "at any moment".to_owned()
            }
            which => {
                // What matters most is struck most.
                let what = match which {
                    3 => Acknowledged::ALL[random.below(4) as usize],
                    4 => Acknowledged::Consents,
                    _ => Acknowledged::End,
                };
                tokio::time::sleep(ms(&mut random, LIFE_MS)).await;
                let _ = tokio::time::timeout(PATIENCE, ledger.heard(what)).await;
                tokio::time::sleep(ms(&mut random, SOON_MS)).await;
                format!("right after {what:?} was acknowledged")
            }
        };
        if ledger.is_closed() && !is_away {
            return kills;
        }
        kills.strike(house, ledger, &moment);
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut starts = self.starts.clone();
        starts.sort();
        let (median, most) = (starts[starts.len() / 2], starts[starts.len() - 1]);
        writeln!(f, "{} kills:", self.count())?;
        for (moment, count) in &self.moments {
            writeln!(f, "  {count} {moment}")?;
        }
        writeln!(f, "what they met, at each of the counters:")?;
        for (at, count) in &self.met {
            writeln!(f, "  {count} {at}")?;
        }
        write!(
            f,
            "{} starts, median {median:.1?}, at most {most:.1?}",
            starts.len()
        )
    }
}
