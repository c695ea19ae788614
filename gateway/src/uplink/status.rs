//! How an uplink is, for whoever looks after the gateway.

use time::OffsetDateTime;

use crate::config::Uplink;

/// How an uplink is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being dialled, or the far side is being looked at.
    Connecting,
    /// The far side is served.
    Connected,
    /// It is dialled again after a pause.
    BackingOff,
    /// The gateway shuts down.
    Stopped,
}

/// What is known of an uplink.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Where it is dialled.
    pub endpoint: String,
    /// How it is.
    pub state: State,
    /// Who is served.
    pub far_side: Option<String>,
    /// Since when.
    pub connected_time: Option<OffsetDateTime>,
    /// How often it was dialled since it was good last.
    pub attempt_count: u32,
    /// How often it was connected since the gateway started.
    pub connection_count: u64,
    /// Why it was down last.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_time: Option<OffsetDateTime>,
    /// When it is dialled next.
    pub next_attempt_time: Option<OffsetDateTime>,
}

impl Status {
    pub(super) fn new(uplink: &Uplink) -> Self {
        Self {
            name: uplink.name.clone(),
            endpoint: uplink.endpoint.clone(),
            state: State::Connecting,
            far_side: None,
            connected_time: None,
            attempt_count: 0,
            connection_count: 0,
            last_error: None,
            last_error_time: None,
            next_attempt_time: None,
        }
    }

    pub(super) fn is_dialled(&mut self, attempt: u32) {
        self.state = State::Connecting;
        self.attempt_count = attempt;
        self.next_attempt_time = None;
    }

    pub(super) fn is_connected(&mut self, far_side: &str, now: OffsetDateTime) {
        self.state = State::Connected;
        self.far_side = Some(far_side.to_owned());
        self.connected_time = Some(now);
        self.connection_count = self.connection_count.saturating_add(1);
    }

    pub(super) fn is_down(&mut self, error: &str, now: OffsetDateTime, next: OffsetDateTime) {
        self.leave(State::BackingOff);
        self.last_error = Some(error.to_owned());
        self.last_error_time = Some(now);
        self.next_attempt_time = Some(next);
    }

    pub(super) fn is_stopped(&mut self) {
        self.leave(State::Stopped);
        self.next_attempt_time = None;
    }

    fn leave(&mut self, state: State) {
        self.state = state;
        self.far_side = None;
        self.connected_time = None;
    }
}
