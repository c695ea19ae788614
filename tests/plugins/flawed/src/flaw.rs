//! What may be wrong with it.

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// The staff's page goes on until its deadline, whoever calls it off.
    IgnoresCancel,
    /// The PIN pad ends half a second after its deadline.
    Late,
    /// It says that it leads visits and does not.
    Lies,
    /// It does not tell that a card was taken away.
    ForgetsCardGone,
    /// Each registration page leaves a thread.
    LeaksThread,
    /// It panics at a page.
    Panics,
    /// A reader beside the good one has another selector each time.
    UnstableSelector,
    /// Its echo answers in upper case.
    WrongEcho,
    /// The card keeps its power, though the driver does not use it any more.
    KeepsPower,
    /// A card that was pulled in the middle is a response without data.
    ShortResponse,
    /// Declining the PIN is a PIN of zeroes.
    InventsPin,
    /// Its process ends at a maker's code.
    Aborts,
    /// It never comes back from a page.
    Hangs,
    /// It says another version each time it is started.
    InfoChanges,
    /// It says another maker than its manifest.
    OtherMaker,
    /// It keeps a copy of each PIN in its memory.
    KeepsPin,
    /// A PIN pad that was called off goes on behind the caller's back.
    LeavesPad,
    /// A face that is another's fits.
    SaysMatch,
    /// The camera goes on until its deadline, whoever calls it off.
    CameraIgnoresCancel,
    /// The camera ends half a second after its deadline.
    CameraLate,
    /// A match that the chip is not told of.
    EmptyMatch,
    /// Staff's word that the chip is not told of.
    EmptyWord,
    /// A transmission goes on until its deadline, whoever calls it off.
    TransmitIgnoresCancel,
    /// Powering up ends half a second after its deadline.
    PowersLate,
    /// A reader whose plug was pulled is listed for a second more.
    StaysListed,
    /// A plug that was pulled is a call that took too long.
    HidesUnplug,
    /// A visit signs another challenge than its plan's.
    SignsOther,
    /// A visit gives a certificate that differs from the card's in its last byte.
    OtherCertificate,
    /// Every consent that was refused is one that was given.
    ConsentsToAll,
    /// A patient who stops is one who took too long.
    HidesQuit,
    /// A visit does not say how far it is.
    NoProgress,
    /// A phone that is to be handed over is a visit that failed.
    KeepsPhone,
    /// A visit that lost its card says that the patient took too long.
    BlamesPatient,
    /// Every visit is one by PIN.
    SaysPin,
    /// A visit goes on until its deadline, whoever calls it off.
    VisitIgnoresCancel,
    /// A visit ends half a second after its deadline, where that is short.
    VisitLate,
}

/// What they are called.
const NAMES: &[(&str, Flaw)] = &[
    ("ignores-cancel", Flaw::IgnoresCancel),
    ("late", Flaw::Late),
    ("lies", Flaw::Lies),
    ("forgets-card-gone", Flaw::ForgetsCardGone),
    ("leaks-thread", Flaw::LeaksThread),
    ("panics", Flaw::Panics),
    ("unstable-selector", Flaw::UnstableSelector),
    ("wrong-echo", Flaw::WrongEcho),
    ("keeps-power", Flaw::KeepsPower),
    ("short-response", Flaw::ShortResponse),
    ("invents-pin", Flaw::InventsPin),
    ("aborts", Flaw::Aborts),
    ("hangs", Flaw::Hangs),
    ("info-changes", Flaw::InfoChanges),
    ("other-maker", Flaw::OtherMaker),
    ("keeps-pin", Flaw::KeepsPin),
    ("leaves-pad", Flaw::LeavesPad),
    ("says-match", Flaw::SaysMatch),
    ("camera-ignores-cancel", Flaw::CameraIgnoresCancel),
    ("camera-late", Flaw::CameraLate),
    ("empty-match", Flaw::EmptyMatch),
    ("empty-word", Flaw::EmptyWord),
    ("transmit-ignores-cancel", Flaw::TransmitIgnoresCancel),
    ("powers-late", Flaw::PowersLate),
    ("stays-listed", Flaw::StaysListed),
    ("hides-unplug", Flaw::HidesUnplug),
    ("signs-other", Flaw::SignsOther),
    ("other-certificate", Flaw::OtherCertificate),
    ("consents-to-all", Flaw::ConsentsToAll),
    ("hides-quit", Flaw::HidesQuit),
    ("no-progress", Flaw::NoProgress),
    ("keeps-phone", Flaw::KeepsPhone),
    ("blames-patient", Flaw::BlamesPatient),
    ("says-pin", Flaw::SaysPin),
    ("visit-ignores-cancel", Flaw::VisitIgnoresCancel),
    ("visit-late", Flaw::VisitLate),
];

impl Flaw {
    /// The one that the environment names.
    pub(crate) fn told() -> Self {
        let told = std::env::var("MADOGUCHI_FLAW").unwrap_or_default();
        NAMES
            .iter()
            .find(|(name, _)| *name == told)
            .map_or(Self::None, |(_, flaw)| *flaw)
    }

    /// Whether it is one of visits, which only one maker's program leads.
    pub(crate) const fn is_of_visits(self) -> bool {
        matches!(
            self,
            Self::SignsOther
                | Self::OtherCertificate
                | Self::ConsentsToAll
                | Self::HidesQuit
                | Self::NoProgress
                | Self::KeepsPhone
                | Self::BlamesPatient
                | Self::SaysPin
                | Self::VisitIgnoresCancel
                | Self::VisitLate
                | Self::HidesUnplug
        )
    }
}
