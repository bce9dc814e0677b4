-- The tables of the COPY and of the analytic queries.
CREATE TABLE events (user_id int, event_id bigint, kind text, made timestamp, amount numeric(10,2), payload jsonb);
CREATE TABLE users (user_id int PRIMARY KEY, country int, name text);
CREATE TABLE countries (id int PRIMARY KEY, code text, region text);
