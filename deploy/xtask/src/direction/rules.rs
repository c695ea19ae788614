//! The rules of the house, as data. A room is a folder of the workspace.

/// Some rooms: folders, or `folder/*` for all below one; `but` takes some out again.
#[derive(Debug)]
pub(super) struct Rooms {
    these: &'static [&'static str],
    but: &'static [&'static str],
}

/// Which dependencies a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    /// What is shipped, and what builds it.
    Shipped,
    /// The tests' dependencies too.
    All,
}

/// What a rule demands.
#[derive(Debug)]
pub(super) enum Demand {
    /// Of our rooms, a crate may depend on these only.
    OnlyRooms(Rooms),
    /// Of our rooms, a crate may not depend on these.
    NeverRooms(Rooms),
    /// A crate may not name these packages in its manifest.
    NeverNames(&'static [&'static str]),
    /// These packages may not be anywhere below a crate.
    NeverReaches(&'static [&'static str]),
}

/// A rule and its reason.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) whose: Rooms,
    pub(super) edges: Edges,
    pub(super) demand: Demand,
    pub(super) because: &'static str,
}

const CORE: &str = "gateway/core";
const API: &str = "drivers/api";
const ABI: &str = "drivers/abi";
const TRANSPORT: &str = "drivers/transport";
const KIT: &str = "drivers/kit";
const APDU: &str = "drivers/apdu";
const CARD: &str = "drivers/card";

/// A driver is every room of drivers/ that is not one of the common ones: a new maker is one at once.
const DRIVERS: Rooms = Rooms {
    these: &["drivers/*"],
    but: &[
        API,
        ABI,
        APDU,
        CARD,
        TRANSPORT,
        KIT,
        "drivers/host",
        "drivers/twin",
        "drivers/testkit",
    ],
};

const fn only(these: &'static [&'static str]) -> Rooms {
    Rooms { these, but: &[] }
}

const fn all_but(but: &'static [&'static str]) -> Rooms {
    Rooms { these: &["*"], but }
}

/// One rule a sentence.
pub(super) const RULES: &[Rule] = &[
    Rule {
        whose: only(&[CORE]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[])),
        because: "the core is what everything else is built against: it depends on no room",
    },
    Rule {
        whose: only(&[CORE]),
        edges: Edges::Shipped,
        demand: Demand::NeverReaches(&["tokio", "tonic", "prost", "pcsc", "rusqlite", "sqlx"]),
        because: "the core holds ports, not what is behind them",
    },
    Rule {
        whose: only(&["proto", APDU]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[])),
        because: "wire formats know nothing of who sends them",
    },
    Rule {
        whose: only(&[API]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[CORE])),
        because: "a maker's contract is built of the core alone",
    },
    Rule {
        whose: only(&[ABI]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[API, CORE])),
        because: "the stable ABI mirrors the drivers' contract and nothing else",
    },
    Rule {
        whose: only(&[TRANSPORT]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[API, CORE])),
        because: "a transport speaks the drivers' vocabulary and knows no driver",
    },
    Rule {
        whose: only(&[KIT]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[API, TRANSPORT, CORE])),
        because: "what the drivers share is below every driver and knows no maker",
    },
    Rule {
        whose: only(&[CARD]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[APDU, CORE])),
        because: "the card application sees a card, not the reader it lies in",
    },
    Rule {
        whose: DRIVERS,
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[API, KIT, TRANSPORT, CORE])),
        because: "a driver is written against the drivers' contract, their kit and a transport",
    },
    Rule {
        whose: only(&["drivers/twin"]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[APDU, CARD, CORE])),
        because: "a twin is a device: it knows no driver, host or gateway",
    },
    Rule {
        whose: only(&["drivers/host"]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[API, ABI, APDU, CARD, CORE, "proto"])),
        because: "the host meets drivers through the ABI only",
    },
    Rule {
        whose: only(&["drivers/testkit"]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[API, ABI, CORE, "drivers/host", "drivers/twin"])),
        because: "the conformance kit loads drivers as the host does and knows none by name",
    },
    Rule {
        whose: all_but(&["gateway"]),
        edges: Edges::Shipped,
        demand: Demand::NeverRooms(only(&["drivers/testkit"])),
        because: "the conformance kit is a tool at the command line: nothing that serves a patient needs it",
    },
    Rule {
        whose: only(&["plugins/*"]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(Rooms {
            these: &["drivers/*"],
            but: &[
                APDU,
                CARD,
                TRANSPORT,
                KIT,
                "drivers/host",
                "drivers/twin",
                "drivers/testkit",
            ],
        }),
        because: "a plugin is a shell around one driver",
    },
    Rule {
        whose: only(&["plugins/*", "tests/plugins/*"]),
        edges: Edges::Shipped,
        demand: Demand::NeverReaches(&["tokio", "tonic", "prost", "hyper", "h2"]),
        because: "a plugin has thread-locals of its own: the host's runtime is not there",
    },
    Rule {
        whose: only(&["services/*"]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[CORE, "services/*"])),
        because: "services see readers through a port of the core, and no front door",
    },
    Rule {
        whose: only(&["services/keys"]),
        edges: Edges::Shipped,
        demand: Demand::OnlyRooms(only(&[CORE])),
        because: "what signs for every service knows none of them",
    },
    Rule {
        whose: only(&["services/*"]),
        edges: Edges::Shipped,
        demand: Demand::NeverReaches(&["tonic", "prost", "pcsc"]),
        because: "a service is called, over whatever line: it does not know gRPC",
    },
    Rule {
        whose: all_but(&[ABI, "tests/plugins/*"]),
        edges: Edges::All,
        demand: Demand::NeverNames(&["abi_stable"]),
        because: "only drivers/abi names abi_stable",
    },
    Rule {
        whose: all_but(&[TRANSPORT, "drivers/twin", "drivers/host", "gateway"]),
        edges: Edges::Shipped,
        demand: Demand::NeverNames(&["pcsc"]),
        because: "PC/SC is spoken by the transport and the twin, and measured by the benches of host and gateway",
    },
    Rule {
        whose: all_but(&[TRANSPORT]),
        edges: Edges::Shipped,
        demand: Demand::NeverNames(&["hidapi", "serialport"]),
        because: "USB devices and serial ports are opened by the transport, which knows when one is lost",
    },
    Rule {
        whose: all_but(&["gateway", "tests"]),
        edges: Edges::All,
        demand: Demand::NeverRooms(only(&["gateway"])),
        because: "the gateway is the composition root: nothing is built on it",
    },
    Rule {
        whose: all_but(&["drivers/twin"]),
        edges: Edges::Shipped,
        demand: Demand::NeverNames(&["rsa"]),
        because: "the rsa crate leaks its key by timing (RUSTSEC-2023-0071): made-up keys only",
    },
    Rule {
        whose: only(&["gateway"]),
        edges: Edges::All,
        demand: Demand::NeverReaches(&["aws-lc-rs"]),
        because: "rustls panics when two crypto providers are in the graph",
    },
];

impl Rooms {
    pub(super) fn hold(&self, room: &str) -> bool {
        let among = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, room));
        among(self.these) && !among(self.but)
    }
}

fn matches(pattern: &str, room: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(above) => room.starts_with(above),
        None => pattern == room,
    }
}

impl Edges {
    pub(super) fn count(self, kind: Option<&str>) -> bool {
        self == Self::All || kind != Some("dev")
    }
}

impl Demand {
    /// Whether what a dependency depends on counts too.
    pub(super) fn reaches_far(&self) -> bool {
        matches!(self, Self::NeverReaches(_))
    }
}
