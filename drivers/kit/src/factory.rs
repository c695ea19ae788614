//! What a maker implements.

use std::time::Duration;

use madoguchi_driver_api::{Call, Capability, DriverInfo, Error, Reader};

use crate::{News, Shared};

/// A place where a device of this maker seems to be plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<P> {
    /// The port, path or address; another after re-plugging at another port.
    pub key: String,
    /// The selector to list it by while nobody could ask the device itself: its serial number where the bus tells
    /// one without the device being opened, as USB's descriptors do, else the key. Where it is not what the device says
    /// later, the reader changes its id when it is opened first, and what staff said of the other does not hold for it:
    /// that is logged once. Once it was open it keeps its own. See [`About::selector`].
    pub selector: String,
    /// The name to list it by meanwhile.
    pub display_name: String,
    /// What the maker needs to open it.
    pub place: P,
}

/// What a device says of itself once it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its serial number; [`Candidate::selector`] where it has none, for which empty stands, too. What a selector may not hold becomes `-`; a second device
    /// with the same one is listed with `#1`.
    pub selector: String,
    /// The name people know it by.
    pub display_name: String,
    /// The model; empty where nobody knows.
    pub model: String,
    /// The version of its software; empty where nobody knows.
    pub firmware: String,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// Whether something lies on it now.
    pub card_present: bool,
}

/// A maker's way to its devices. [`KitDriver`](crate::KitDriver) makes a driver of it.
pub trait Factory: Send + Sync + 'static {
    /// An open device.
    type Device: Device;
    /// What is needed to open one. Another at the same port is another plugging in.
    type Place: Clone + PartialEq + Send + 'static;

    /// What the driver says of itself. Returns at once.
    fn info(&self) -> DriverInfo;

    /// The devices that are plugged in now. Cheap: it opens nothing and asks no device anything. One that is missing
    /// counts as unplugged at once.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where nobody can tell.
    fn look(&self) -> Result<Vec<Candidate<Self::Place>>, Error>;

    /// How often to look.
    fn look_period(&self) -> Duration {
        Duration::from_millis(100)
    }

    /// Opens a device and asks it who it is. What happens to it is told through `news`, which the device keeps.
    ///
    /// # Errors
    /// Why it cannot be used: it is listed with this reason and tried again, less and less often. After
    /// [`Error::ReaderRemoved`] it is not listed.
    fn connect(
        &self,
        candidate: &Candidate<Self::Place>,
        news: News,
        call: &Call,
    ) -> Result<Self::Device, Error>;

    /// The reader over an open device. It takes the device with [`Shared::hold`] for each call, and lets go of it
    /// when the call returns. Where a call fails with [`Error::ReaderRemoved`] or [`Error::ServiceUnavailable`] the
    /// device is given up and connected anew.
    fn reader(&self, device: Shared<Self::Device>) -> Box<dyn Reader>;
}

/// An open device: one line, one conversation at a time.
pub trait Device: Send + 'static {
    /// What it says of itself, asked when it was opened. Returns at once. A change is told by
    /// [`News::changed`](crate::News::changed).
    fn about(&self) -> About;

    /// Waits for what the device says unasked, and tells it to the news that it was opened with; returns when it has,
    /// or when the call ends, which is no error worth telling. Called while no reader holds the device; the call is
    /// cancelled as soon as one wants it. Frames that a reader's call finds in its way are told there, in the same way.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] and [`Error::ServiceUnavailable`] end the connection; others are logged.
    fn pump(&mut self, call: &Call) -> Result<(), Error>;
}
