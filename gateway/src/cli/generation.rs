//! Which generation of a maker's readers a simulated one is of.

use clap::ValueEnum;
use madoguchi_twin::device::Generation;

/// As it is said on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GenerationArg {
    Old,
    New,
}

impl From<GenerationArg> for Generation {
    fn from(generation: GenerationArg) -> Self {
        match generation {
            GenerationArg::Old => Self::Old,
            GenerationArg::New => Self::New,
        }
    }
}
