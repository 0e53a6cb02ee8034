"""HTTP handlers: parse, check the caller, call one service function, answer."""
