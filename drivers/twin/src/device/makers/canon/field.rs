//! The antennas' field: what is in it, under which number, and what has power.

use madoguchi_core::Medium;

use super::message::{Fields, Kind, Status};
use crate::device::{Body, Signal};

/// The field.
#[derive(Default)]
pub(super) struct Field {
    last: u32,
    target: Option<Target>,
    active: bool,
    collision: bool,
}

#[derive(Clone, Copy)]
struct Target {
    id: u32,
    phone: bool,
}

impl Field {
    /// Something came; it may be the second thing.
    pub(super) fn came(&mut self, body: &mut Body) -> Vec<Kind> {
        if body.slot().is_crowded() {
            self.power_off(body);
            self.target = None;
            let new = !std::mem::replace(&mut self.collision, true);
            return if new {
                vec![Kind::Collision { is: true }]
            } else {
                vec![]
            };
        }
        // What has no chip is nothing to an antenna.
        let Some(medium) = body.slot().medium() else {
            return vec![];
        };
        self.last += 1;
        let phone = medium != Medium::Card;
        let target = Target { id: self.last, phone };
        self.target = Some(target);
        body.signal(Signal::Beep(1));
        vec![Kind::Came {
            target: target.id,
            phone,
        }]
    }

    /// Something left; the other of two may still be there, and is told next.
    pub(super) fn left(&mut self, body: &mut Body) -> Vec<Kind> {
        self.power_off(body);
        if std::mem::take(&mut self.collision) {
            return vec![Kind::Collision { is: false }];
        }
        self.target
            .take()
            .map(|Target { id, .. }| Kind::Left { target: id })
            .into_iter()
            .collect()
    }

    /// What is there.
    pub(super) fn list(&self) -> Fields {
        let target = |Target { id, phone }: Target| {
            let kind = if phone { 2_u8 } else { 1 };
            ciborium::Value::Array(vec![id.into(), kind.into(), kind.into()])
        };
        let targets = self.target.map(target).into_iter().collect();
        vec![(1, ciborium::Value::Array(targets)), (2, self.collision.into())]
    }

    /// Whether this target can be told something.
    pub(super) fn check(&self, id: Option<u64>) -> Result<(), Status> {
        if self.collision {
            return Err(Status::Collision);
        }
        match (self.target, id) {
            (_, None) => Err(Status::Malformed),
            (Some(target), Some(id)) if u64::from(target.id) == id => Ok(()),
            _ => Err(Status::NoTarget),
        }
    }

    /// Whether a card has power: what faces are compared with.
    pub(super) fn check_card(&self) -> Result<(), Status> {
        match self.target {
            Some(target) if self.active && target.phone => Err(Status::NotHere),
            Some(_) if self.active => Ok(()),
            _ => Err(Status::NotActive),
        }
    }

    pub(super) const fn is_active(&self) -> bool {
        self.active
    }

    /// Gives it power, and its answer to reset.
    pub(super) fn power_on(&mut self, body: &mut Body) -> Option<Vec<u8>> {
        let atr = body.slot().power_on();
        self.active = atr.is_some();
        atr
    }

    /// The field is off for a moment.
    pub(super) fn power_off(&mut self, body: &mut Body) {
        body.slot().power_off();
        self.active = false;
    }
}
