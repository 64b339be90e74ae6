//! The patient's details, on every page.

use super::composer::Composer;
use super::geometry as g;
use super::{Report, format};

/// Three rows: name, date of birth and number; home address and telephone numbers; the current
/// address and number, for patients who are not staying at home. A detail that is not known is
/// left out with its label.
pub(super) fn compose(composer: &mut Composer<'_>, report: &Report<'_>, size: f32, mobile: &str) {
    let patient = &report.consultation.patient;
    let name = format::patient_name(patient);
    let left = composer.sized_field("Patient Name:", (&name, size), g::COLUMN_1, 0.0, 342.0);
    let line_up = (size - g::FIELD_SIZE) / 2.0;
    let born = format::date(patient.birth_date.date());
    composer.field("DOB:", &born, g::COLUMN_2, line_up, 440.0);
    let number = patient.nhs_number.spaced();
    composer.field("NHS No:", &number, g::COLUMN_3, line_up, g::VALUES_END);
    composer.y += left + 12.0;

    let mut left = 0.0;
    if let Some(home) = &patient.home_address {
        let home = home.one_line();
        left = composer.field("Home/Registered Address:", &home, g::COLUMN_1, 0.0, 420.0);
    }
    let mut right = 0.0;
    if let Some(phone) = &patient.home_phone {
        let phone = format::phone(phone);
        right += composer.field("Tel No:", &phone, g::COLUMN_3, right, g::VALUES_END);
    }
    if let Some(phone) = &patient.mobile_phone {
        let phone = format::phone(phone);
        right += composer.field(mobile, &phone, g::COLUMN_3, right, g::VALUES_END);
    }
    composer.y += f32::max(left, right) + 6.0;

    let mut height = 0.0;
    if let Some(current) = &patient.current_address {
        let current = current.one_line();
        height = composer.field("Current Address:", &current, g::COLUMN_1, 0.0, 420.0);
    }
    if let Some(phone) = &patient.current_phone {
        let phone = format::phone(phone);
        let side = composer.field("Current Tel No:", &phone, g::COLUMN_3, 0.0, g::VALUES_END);
        height = f32::max(height, side);
    }
    composer.y += height;
}
