//! ITK3 Message Distribution: the message bundle, its header, response codes, acknowledgements.
