-- The newest timeline on which a router has met the primary of a node that is several servers: one that has been left behind is not taken for it again.
CREATE TABLE tangelo_node_timeline (nodeid integer CONSTRAINT tangelo_node_timeline_pkey PRIMARY KEY, timeline bigint NOT NULL);
