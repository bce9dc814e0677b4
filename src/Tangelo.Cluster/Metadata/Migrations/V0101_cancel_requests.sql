-- Requests to cancel that came to another router than that of their session. That router takes its rows away when it has done so; a key that nobody has is taken
-- away by who has asked. Empty as a rule.
CREATE UNLOGGED TABLE tangelo_cancel_request (pid integer, secret integer, CONSTRAINT tangelo_cancel_request_pkey PRIMARY KEY (pid, secret));
