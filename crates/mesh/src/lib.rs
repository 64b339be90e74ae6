//! The words of the MESH protocol: headers, token, control file, chunk range, addresses, codes, bodies.
