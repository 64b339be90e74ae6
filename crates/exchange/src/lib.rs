//! The rules of the exchange: accept, authorise, address, deliver, collect, acknowledge, expire, report.
