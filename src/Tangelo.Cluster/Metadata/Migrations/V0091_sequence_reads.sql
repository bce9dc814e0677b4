-- Has a row once a client's text had currval or lastval in it: sessions keep then what they know of sequences, at every router.
CREATE TABLE tangelo_sequence_reads (seen boolean CONSTRAINT tangelo_sequence_reads_pkey PRIMARY KEY CHECK (seen));
