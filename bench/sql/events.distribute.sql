SELECT create_distributed_table('events', 'user_id');
SELECT create_distributed_table('users', 'user_id', colocate_with => 'events');
SELECT create_reference_table('countries');
