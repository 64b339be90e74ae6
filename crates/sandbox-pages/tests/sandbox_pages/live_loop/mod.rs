//! The live loop over a running exchange. What the two practices do is done here by hand, over the MESH API, on a clock
//! that stands still in between: so each time on the page is known.

mod buttons;
mod kit;
mod letters;
mod plug_in;
