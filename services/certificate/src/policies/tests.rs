//! The set that is carried down, against the tree that RFC 5280 describes, built node by node.

mod tree;

use proptest::prelude::*;
use x509_parser::oid_registry as oid;

use super::read::{ANY, Asserted};
use super::*;

fn policy(number: u8) -> Policy {
    vec![0x2A, number]
}

/// Certificates that list the policies of 0 to `width` and map each to each.
fn crossed(width: u8) -> Policies {
    Policies {
        asserted: Some(Asserted {
            any: false,
            policies: (0..width).map(policy).collect(),
        }),
        mappings: (0..width)
            .flat_map(|from| (0..width).map(move |to| (policy(from), policy(to))))
            .collect(),
        ..Policies::default()
    }
}

fn required() -> Policies {
    Policies {
        require_explicit: Some(0),
        ..Policies::default()
    }
}

#[test]
fn the_work_on_a_deep_path_grows_with_what_is_listed_and_not_with_the_tree() {
    let steps = |depth: usize, width| {
        let (one, mut left) = (crossed(width), MAX_STEPS);
        let between = std::iter::repeat_n((&one, false), depth);
        hold(&required(), between, &one, &mut left).unwrap();
        MAX_STEPS - left
    };
    // Each intermediate: its policies and its mappings; then the leaf's policies.
    for (depth, width) in [(1, 2), (8, 2), (8, 20), (8, 80)] {
        let listed = u32::from(width);
        let each = listed + listed * listed;
        assert_eq!(steps(depth, width), u32::try_from(depth).unwrap() * each + listed);
    }
}

#[test]
fn what_any_policy_lets_through_is_counted_too() {
    let mut one = crossed(10);
    one.asserted.as_mut().unwrap().any = true;
    let mut left = MAX_STEPS;
    hold(&required(), [(&one, false); 3].into_iter(), &one, &mut left).unwrap();
    // Nothing but anyPolicy stands above the first one; ten policies above each of the others.
    assert_eq!(MAX_STEPS - left, 3 * 110 + 10 + 3 * 10);
}

#[test]
fn beyond_the_bound_is_too_costly_and_stays_so() {
    let (one, mut left) = (crossed(100), MAX_STEPS);
    let between = || std::iter::repeat_n((&one, false), 8);
    let refused = hold(&required(), between(), &one, &mut left);
    assert_eq!(refused, Err(Fault::TooCostly.at(Place::Intermediate)));
    // Six of 10 100 fit; the next path has what is left, not the bound anew.
    assert!(left < 10_100, "{left}");
    let before = left;
    assert!(hold(&required(), between(), &one, &mut left).is_err());
    assert!(left <= before);
}

fn number() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![3 => Just(None), 2 => (0_u32..4).prop_map(Some)]
}

fn policies() -> impl Strategy<Value = Policies> {
    let asserted = (
        prop::bool::weighted(0.3),
        prop::collection::btree_set(0_u8..4, 0..4),
    );
    let pairs = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec((0_u8..4, 0_u8..4), 1..4),
    ];
    (
        prop::option::weighted(0.9, asserted),
        pairs,
        number(),
        number(),
        number(),
    )
        .prop_map(
            |(asserted, pairs, require_explicit, inhibit_mapping, inhibit_any)| Policies {
                asserted: asserted.map(|(any, numbers)| Asserted {
                    any,
                    policies: numbers.into_iter().map(policy).collect(),
                }),
                mappings: pairs
                    .into_iter()
                    .map(|(from, to)| (policy(from), policy(to)))
                    .collect(),
                require_explicit,
                inhibit_mapping,
                inhibit_any,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_set_says_what_the_tree_says(
        between in prop::collection::vec((policies(), prop::bool::weighted(0.3)), 0..5),
        leaf in policies(),
    ) {
        let mut left = MAX_STEPS;
        let path = between.iter().map(|(policies, is_self_issued)| (policies, *is_self_issued));
        let result = hold(&Policies::default(), path.clone(), &leaf, &mut left);
        prop_assert_eq!(result.is_ok(), tree::holds(path.chain([(&leaf, false)]).collect()));
        if let Err(told) = result {
            prop_assert_eq!(told.fault, Fault::Policy);
        }
    }

    #[test]
    fn reading_never_panics_and_keeps_no_mapping_of_any_policy(
        mut value in prop::collection::vec(prop_oneof![Just(0x30), Just(6), Just(4), 0_u8..8, any::<u8>()], 2..64),
        is_sequence in any::<bool>(),
        which in 0..4_usize,
    ) {
        let extension = [
            oid::OID_X509_EXT_CERTIFICATE_POLICIES,
            oid::OID_X509_EXT_POLICY_MAPPINGS,
            oid::OID_X509_EXT_POLICY_CONSTRAINTS,
            oid::OID_X509_EXT_INHIBIT_ANY_POLICY,
        ];
        if is_sequence {
            (value[0], value[1]) = (0x30, u8::try_from(value.len() - 2).unwrap());
        }
        let mut policies = Policies::default();
        if policies.read(&extension[which], &value).is_some() {
            prop_assert!(policies.mappings.iter().all(|(from, to)| from != ANY && to != ANY));
        }
    }
}

#[test]
fn the_paths_made_up_here_hold_and_fail() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let paths = (
        prop::collection::vec((policies(), any::<bool>()), 1..5),
        policies(),
    );
    let mut holding = 0;
    for _ in 0..1000 {
        let (between, leaf) = paths.new_tree(&mut runner).unwrap().current();
        let path = between
            .iter()
            .map(|(policies, is_self_issued)| (policies, *is_self_issued));
        let mut left = MAX_STEPS;
        holding += u32::from(hold(&Policies::default(), path, &leaf, &mut left).is_ok());
    }
    assert!((200..800).contains(&holding), "{holding} of 1000 hold");
}
