SELECT create_distributed_table('events', 'user_id');
SELECT create_distributed_table('users', 'user_id', colocate_with => 'events');
SELECT create_reference_table('countries');
CREATE TABLE appended_events (LIKE events);
SELECT create_distributed_table('appended_events', 'made', 'append');
