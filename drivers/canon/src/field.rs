//! What is in the antenna's field, as the device announced it, and what has power.

use crate::codec::{Event, Target};
use crate::error::Error;

/// More targets than this are not kept; two are a collision already.
const MAX_TARGETS: usize = 8;

/// The field.
#[derive(Debug, Default)]
pub(crate) struct Field {
    targets: Vec<Target>,
    collision: bool,
    power: Power,
}

/// What has power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Power {
    /// Nothing.
    #[default]
    Off,
    /// This target.
    On(Target),
    /// What had it has left.
    Left,
    /// What had it lost it and may still be there.
    Reset,
}

/// What the gateway wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// Something was put on or held up.
    CardIn,
    /// It was taken away.
    CardOut,
    /// The screen was touched.
    Touched,
}

impl Field {
    /// Whether anything is in it.
    pub(crate) fn is_occupied(&self) -> bool {
        !self.targets.is_empty() || self.collision
    }

    /// Whether more than one thing is.
    pub(crate) const fn has_collision(&self) -> bool {
        self.collision
    }

    /// What can be activated.
    pub(crate) fn target(&self) -> Option<Target> {
        self.targets.last().copied()
    }

    /// What has power, or why nothing has.
    pub(crate) fn powered(&self) -> Result<Target, Error> {
        match self.power {
            Power::On(target) => Ok(target),
            Power::Off => Err(Error::NoCard),
            Power::Left => Err(Error::CardLeft),
            Power::Reset => Err(Error::CardReset),
        }
    }

    pub(crate) fn power_on(&mut self, target: Target) {
        self.power = Power::On(target);
    }

    /// Nothing has power any more; what had it, if anything had.
    pub(crate) fn power_off(&mut self) -> Option<Target> {
        match std::mem::take(&mut self.power) {
            Power::On(target) => Some(target),
            Power::Off | Power::Left | Power::Reset => None,
        }
    }

    /// What has power turned out to have left.
    pub(crate) fn lose(&mut self) {
        if let Power::On(_) = self.power {
            self.power = Power::Left;
        }
    }

    /// Takes over what the device says when it is asked.
    pub(crate) fn set(&mut self, targets: Vec<Target>, collision: bool) -> Vec<Happening> {
        let was = self.is_occupied();
        self.targets = targets;
        self.targets.truncate(MAX_TARGETS);
        self.collision = collision;
        if let Power::On(target) = self.power
            && !self.targets.contains(&target)
        {
            self.power = if collision { Power::Reset } else { Power::Left };
        }
        match (was, self.is_occupied()) {
            (false, true) => vec![Happening::CardIn],
            (true, false) => vec![Happening::CardOut],
            _ => vec![],
        }
    }

    /// Takes over what the device announces.
    pub(crate) fn announced(&mut self, event: Event) -> Vec<Happening> {
        match event {
            Event::Came(target) => self.came(target),
            Event::Left { target } => self.left(target),
            Event::Collision { is: true } => {
                self.reset();
                self.set(Vec::new(), true)
            }
            Event::Collision { is: false } if self.collision => self.set(Vec::new(), false),
            Event::Collision { is: false } | Event::Unreadable => vec![],
            Event::Touched => vec![Happening::Touched],
            Event::Restarted => {
                self.reset();
                self.set(Vec::new(), false)
            }
        }
    }

    fn came(&mut self, target: Target) -> Vec<Happening> {
        if self.targets.iter().any(|known| known.id == target.id) {
            return vec![];
        }
        let was = self.is_occupied();
        if self.targets.len() == MAX_TARGETS {
            self.targets.remove(0);
        }
        self.targets.push(target);
        if was { vec![] } else { vec![Happening::CardIn] }
    }

    fn left(&mut self, id: u32) -> Vec<Happening> {
        let before = self.targets.len();
        self.targets.retain(|target| target.id != id);
        if matches!(self.power, Power::On(target) if target.id == id) {
            self.power = Power::Left;
        }
        if self.targets.len() == before || self.is_occupied() {
            return vec![];
        }
        vec![Happening::CardOut]
    }

    /// What has power turned out to have lost it.
    pub(crate) fn reset(&mut self) {
        if let Power::On(_) = self.power {
            self.power = Power::Reset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: Target = Target {
        id: 1,
        kind: Target::CARD,
        antenna: Some(1),
    };
    const PHONE: Target = Target {
        id: 2,
        kind: Target::PHONE,
        antenna: Some(2),
    };

    #[test]
    fn what_comes_and_goes_is_told_once() {
        let mut field = Field::default();
        assert_eq!(field.announced(Event::Came(CARD)), [Happening::CardIn]);
        assert_eq!(field.announced(Event::Came(CARD)), []);
        assert_eq!(field.target(), Some(CARD));
        assert_eq!(field.announced(Event::Left { target: 1 }), [Happening::CardOut]);
        assert_eq!(field.announced(Event::Left { target: 1 }), []);
        assert_eq!(field.announced(Event::Touched), [Happening::Touched]);
        assert!(!field.is_occupied());
    }

    #[test]
    fn a_collision_takes_the_power_and_lasts_until_one_is_left() {
        let mut field = Field::default();
        field.announced(Event::Came(CARD));
        field.power_on(CARD);
        assert_eq!(field.announced(Event::Collision { is: true }), []);
        assert!(field.has_collision());
        assert_eq!(field.target(), None);
        assert!(matches!(field.powered(), Err(Error::CardReset)));
        assert_eq!(field.announced(Event::Left { target: 1 }), []);
        assert_eq!(
            field.announced(Event::Collision { is: false }),
            [Happening::CardOut]
        );
        assert_eq!(field.announced(Event::Came(PHONE)), [Happening::CardIn]);
        assert_eq!(field.announced(Event::Collision { is: false }), []);
        assert!(!field.has_collision());
        assert_eq!(field.target(), Some(PHONE));
    }

    #[test]
    fn power_is_lost_with_what_had_it() {
        let mut field = Field::default();
        assert!(matches!(field.powered(), Err(Error::NoCard)));
        field.announced(Event::Came(PHONE));
        field.power_on(PHONE);
        assert!(matches!(field.powered(), Ok(PHONE)));
        field.announced(Event::Left { target: 2 });
        assert!(matches!(field.powered(), Err(Error::CardLeft)));
        assert_eq!(field.power_off(), None);
        field.power_on(CARD);
        assert_eq!(field.announced(Event::Restarted), []);
        assert!(matches!(field.powered(), Err(Error::CardReset)));
    }

    #[test]
    fn the_device_has_the_last_word() {
        let mut field = Field::default();
        assert_eq!(field.set(vec![CARD], false), [Happening::CardIn]);
        assert_eq!(field.set(vec![], true), []);
        assert_eq!(field.set(vec![], false), [Happening::CardOut]);
        assert_eq!(field.set(vec![CARD; 20], false), [Happening::CardIn]);
        assert_eq!(field.targets.len(), MAX_TARGETS);
        field.power_on(CARD);
        field.set(vec![CARD], false);
        assert!(field.powered().is_ok());
        assert_eq!(field.set(vec![PHONE], false), []);
        assert!(matches!(field.powered(), Err(Error::CardLeft)));
    }
}
