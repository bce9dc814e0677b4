-- A publication of all tables takes these along: without it rows could not be deleted.
ALTER TABLE tangelo_node_function REPLICA IDENTITY FULL;
ALTER TABLE tangelo_hidden_partition REPLICA IDENTITY FULL;
