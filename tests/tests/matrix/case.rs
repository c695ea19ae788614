//! The cells: who comes, with what, and how he wants to be verified.

use std::fmt;

use madoguchi_core::screen::FaceOutcome;
use madoguchi_core::{Medium, Method};
use madoguchi_twin::device::{FaceScript, Patient};

/// One row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) persona: &'static str,
    pub(crate) method: Method,
    pub(crate) face: FaceOutcome,
    /// Chooses that medium whatever he holds up.
    pub(crate) medium: Option<Medium>,
    /// Whether an unregistered card is registered.
    pub(crate) registers: bool,
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let card = |persona, method| Self {
            persona,
            method,
            face: FaceOutcome::Match,
            medium: None,
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
        all
    }

    /// The patient of this row.
    pub(crate) fn patient(&self) -> Patient {
        let mut patient = Patient::new(self.persona).looking(FaceScript::always(self.face));
        patient.methods = match self.method {
            // Who wants what is not offered takes what is.
            Method::Device => Method::ALL.to_vec(),
            method => [method].into_iter().chain(Method::ALL).collect(),
        };
        patient.medium = self.medium;
        patient.registers = self.registers;
        patient.staff_says = Some(true);
        patient
    }

    /// Whether staff have to say at the console what they saw: the reader cannot ask them.
    pub(crate) fn visual_at_console(&self, maker: &str) -> bool {
        self.method == Method::StaffVisual && maker == "canon"
    }

    /// What the rules demand.
    pub(crate) fn expected(&self, maker: &str) -> String {
        let by = |method: Method| format!("completed full by {}", method.as_str());
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
        let wanted = if maker == "atlas" {
            Method::Face
        } else {
            self.method
        };
        let method = match wanted {
            Method::Face if self.face == FaceOutcome::Match => Method::Face,
            // Face, again, PIN, staff.
            Method::Face if has_pin => Method::Pin,
            Method::Face => Method::StaffVisual,
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
        Ok(())
    }
}
