//! `Mex-To`: an accepted address names the same patient in either order of the date, a mailbox is
//! read the same when it is written, and no patient is mistaken for something that may be logged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::{AddressFault, Recipient};
use nhs::{DateOrder, PatientAddress};

fuzz_target!(|text: &str| {
    let tagged = PatientAddress::is_meant(text);
    match Recipient::parse(text) {
        Ok(Recipient::Patient(address)) => {
            assert!(tagged, "a patient address that would be logged");
            for order in [DateOrder::DayMonthYear, DateOrder::YearMonthDay] {
                let again = Recipient::parse(&address.format(order));
                assert!(
                    again == Ok(Recipient::Patient(address.clone())),
                    "{order:?}"
                );
            }
            let shown = format!("{address:?}");
            assert!(
                !shown.contains(&address.nhs_number.digits()),
                "Debug shows the patient"
            );
        }
        Ok(Recipient::Mailbox(id)) => {
            assert!(!tagged, "a patient address read as a mailbox");
            assert!(Recipient::parse(id.as_str()) == Ok(Recipient::Mailbox(id)));
        }
        Err(AddressFault::NhsNumber | AddressFault::Demographics) => assert!(tagged),
        Err(_) => assert!(!tagged),
    }
});
