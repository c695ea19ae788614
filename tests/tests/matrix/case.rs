//! The cells: who comes, with what, and how he wants to be verified.

use std::fmt;

use madoguchi_core::reader::Capability;
use madoguchi_core::screen::FaceOutcome;
use madoguchi_core::{Medium, Method};
use madoguchi_twin::device::{FaceScript, Identity, PageKind, Patient, Quirk};

/// One row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) persona: &'static str,
    pub(crate) method: Method,
    pub(crate) face: FaceOutcome,
    /// What the EMR says that he has; none: he is asked on the reader.
    pub(crate) given: Option<Medium>,
    /// Whether an unregistered card is registered.
    pub(crate) registers: bool,
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let card = |persona, method| Self {
            persona,
            method,
            face: FaceOutcome::Match,
            given: None,
            registers: true,
        };
        // All counters have one national service: who does not register comes first everywhere, who does comes last.
        let mut all = vec![Self {
            registers: false,
            ..card("unregistered", Method::Face)
        }];
        for persona in ["adult", "no-pin", "locked-pin", "child", "expired-in-grace"] {
            for method in [Method::Face, Method::Pin, Method::StaffVisual] {
                all.push(card(persona, method));
            }
        }
        all.push(card("child", Method::GuardianPin));
        all.push(card("expired-out-of-grace", Method::Face));
        for persona in ["adult", "no-pin"] {
            for face in [
                FaceOutcome::NoMatch,
                FaceOutcome::NoFace,
                FaceOutcome::SeveralFaces,
                FaceOutcome::CameraCovered,
            ] {
                all.push(Self {
                    face,
                    ..card(persona, Method::Face)
                });
            }
        }
        all.push(card("not-my-number", Method::Face));
        all.push(card("unregistered", Method::Face));
        for phone in ["iphone", "android"] {
            all.push(card(phone, Method::Device));
        }
        for (persona, method, medium) in [
            ("adult", Method::Face, Medium::Card),
            ("adult", Method::Pin, Medium::Card),
            ("iphone", Method::Device, Medium::IPhone),
            ("android", Method::Device, Medium::Android),
        ] {
            all.push(Self {
                given: Some(medium),
                ..card(persona, method)
            });
        }
        all
    }

    /// Whether such a reader lets nobody use a phone, though a reader for phones stands beside it: its program leads the
    /// visit, and knows nothing of phones. Where the EMR names the phone the visit goes without that program.
    fn is_phone_refused(&self, reader: &Identity) -> bool {
        self.method == Method::Device
            && self.given.is_none()
            && reader.can(Capability::Delegated)
            && !reader.can(Capability::Screen)
    }

    /// The patient of this row.
    pub(crate) fn patient(&self, reader: &Identity) -> Patient {
        let mut patient = Patient::new(self.persona).looking(FaceScript::always(self.face));
        patient.methods = match self.method {
            // Who wants what is not offered takes what is.
            Method::Device => Method::ALL.to_vec(),
            method => [method].into_iter().chain(Method::ALL).collect(),
        };
        if self.is_phone_refused(reader) {
            // He is asked for a card that he does not have.
            patient = patient.with(Quirk::Quits {
                at: PageKind::Present,
            });
        } else if self.method == Method::Device && !reader.can(Capability::Screen) {
            // Nothing on the reader tells him to hold it up: staff do.
            patient = patient.with(Quirk::EarlyTap);
        }
        patient.registers = self.registers;
        patient.staff_says = Some(true);
        patient
    }

    /// Whether staff have to say at the console what they saw: the reader cannot ask them, and takes their word.
    pub(crate) fn visual_at_console(&self, reader: &Identity) -> bool {
        self.method == Method::StaffVisual
            && !reader.can(Capability::StaffVisual)
            && reader.can(Capability::RemoteVisual)
    }

    /// What the rules demand at such a reader.
    pub(crate) fn expected(&self, reader: &Identity) -> String {
        let by = |method: Method| format!("completed full by {}", method.as_str());
        if self.is_phone_refused(reader) {
            return "cancelled by patient".to_owned();
        }
        match self.persona {
            "expired-out-of-grace" => return "failed CERTIFICATE_EXPIRED".to_owned(),
            "not-my-number" => return "failed CARD_NOT_RECOGNIZED".to_owned(),
            "unregistered" if !self.registers => return "failed REGISTRATION_DECLINED".to_owned(),
            "iphone" => return by(Method::Device),
            "android" => return by(Method::Pin),
            _ => {}
        }
        let has_pin = !matches!(self.persona, "no-pin" | "locked-pin");
        // Where the maker's program leads the visit it looks at the face first, whatever the patient would like.
        let wanted = if reader.can(Capability::Delegated) {
            Method::Face
        } else {
            self.method
        };
        let visual = reader.can(Capability::StaffVisual) || reader.can(Capability::RemoteVisual);
        let method = match wanted {
            // What is not offered is not chosen.
            Method::StaffVisual if !visual => Method::Face,
            Method::Face if self.face == FaceOutcome::Match => Method::Face,
            // Face, again, PIN, staff.
            Method::Face if has_pin => Method::Pin,
            Method::Face if visual => Method::StaffVisual,
            Method::Face => return "failed FACE_NOT_VERIFIED".to_owned(),
            Method::Pin | Method::GuardianPin if !has_pin => Method::Face,
            method => method,
        };
        if self.persona == "expired-in-grace" {
            return format!("completed eligibility only by {}", method.as_str());
        }
        by(method)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} wants {}", self.persona, self.method.as_str())?;
        if self.face != FaceOutcome::Match {
            write!(f, ", camera says {:?}", self.face)?;
        }
        if !self.registers {
            f.write_str(", does not register")?;
        }
        if let Some(medium) = self.given {
            write!(f, ", {} named by the EMR", medium.as_str())?;
        }
        Ok(())
    }
}
