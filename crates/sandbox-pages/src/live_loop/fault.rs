//! What can be made to go wrong on purpose.

/// One switch of "Make it go wrong".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// PDS does not answer.
    PdsAway,
    /// The MESH server answers 503.
    ServerBusy,
    /// What goes to the MESH server and comes back trickles.
    SlowLine,
    /// The line is cut in the middle of a body.
    CutLine,
    /// A message is delivered twice.
    DeliveredTwice,
    /// The sending practice's client shows a certificate that has expired.
    ExpiredCertificate,
}

impl Fault {
    /// Every fault, in the order of the switches.
    pub const ALL: [Self; 6] = [
        Self::PdsAway,
        Self::ServerBusy,
        Self::SlowLine,
        Self::CutLine,
        Self::DeliveredTwice,
        Self::ExpiredCertificate,
    ];

    /// Its name in forms and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::PdsAway => "pds-away",
            Self::ServerBusy => "server-busy",
            Self::SlowLine => "slow-line",
            Self::CutLine => "cut-line",
            Self::DeliveredTwice => "delivered-twice",
            Self::ExpiredCertificate => "expired-certificate",
        }
    }

    /// What its switch says.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PdsAway => "PDS away",
            Self::ServerBusy => "Server says 503",
            Self::SlowLine => "Slow line",
            Self::CutLine => "Cut half-way",
            Self::DeliveredTwice => "Delivered twice",
            Self::ExpiredCertificate => "Expired certificate",
        }
    }

    /// The fault of a name; `None` when there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}
