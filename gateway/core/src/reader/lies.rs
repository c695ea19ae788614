//! Whether what was laid on a reader still lies there: one rule for whoever holds the reader and for whoever only watches.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;

use super::Reader;

/// A reader that is away for longer than this does not come back as it was.
pub const AWAY: Duration = Duration::from_secs(30);

/// What is known of something that was laid on a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// It lies there.
    There,
    /// It was taken away.
    Gone,
    /// Of a reader that is away nobody can tell: what lay on it lies there when it is back.
    Unknown,
}

impl Lies {
    /// What the reader says, where it is plugged in.
    #[must_use]
    pub fn on(reader: Option<&Reader>) -> Self {
        match reader {
            None => Self::Unknown,
            Some(reader) if reader.reason.is_some() => Self::Unknown,
            Some(reader) if reader.card_present => Self::There,
            Some(_) => Self::Gone,
        }
    }
}

/// Waits until it is known to have left. A reader that does not come back within [`AWAY`], by the clock that `pause`
/// waits on, has been taken away with all that lay on it; so it is where nobody tells any more.
pub async fn left<P: Future<Output = ()>>(states: impl Stream<Item = Lies>, pause: impl Fn(Duration) -> P) {
    let mut states = pin!(states);
    let mut away = None;
    poll_fn(|context| {
        while let Poll::Ready(state) = states.as_mut().poll_next(context) {
            match state {
                None | Some(Lies::Gone) => return Poll::Ready(()),
                Some(Lies::There) => away = None,
                Some(Lies::Unknown) => {
                    away.get_or_insert_with(|| Box::pin(pause(AWAY)));
                }
            }
        }
        away.as_mut()
            .map_or(Poll::Pending, |away| away.as_mut().poll(context))
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::{pending, ready};
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::*;

    /// Says these one after the other, and then nothing more.
    struct Says(VecDeque<Lies>);

    impl Stream for Says {
        type Item = Lies;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Lies>> {
            self.0
                .pop_front()
                .map_or(Poll::Pending, |lies| Poll::Ready(Some(lies)))
        }
    }

    fn has_left<P: Future<Output = ()>>(states: &[Lies], pause: impl Fn(Duration) -> P) -> bool {
        let waiting = pin!(left(Says(states.iter().copied().collect()), pause));
        waiting.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn what_lay_on_a_reader_that_is_away_for_a_moment_lies_there() {
        use Lies::{Gone, There, Unknown};
        for (states, expected) in [
            (&[There][..], false),
            (&[There, Gone], true),
            (&[Unknown], false),
            (&[There, Unknown, There], false),
            (&[There, Unknown, Gone], true),
        ] {
            assert_eq!(has_left(states, |_| pending()), expected, "{states:?}");
        }
        let asked = |pause| {
            assert_eq!(pause, AWAY);
            ready(())
        };
        assert!(
            has_left(&[There, Unknown, Unknown], asked),
            "it does not come back"
        );
        assert!(!has_left(&[Unknown, There], asked), "it is back");
    }
}
