-- Errors and notices of schema changes: what depends, what goes along, what is skipped. Shards and Tangelo's own objects are in none.
create table t(id int primary key, v int, name text);
-- cluster: select create_distributed_table('t','id')
create table r(id int primary key, v int);
-- cluster: select create_reference_table('r')
create table c(id int primary key references t, r int references r, v int);
-- cluster: select create_distributed_table('c','id')
alter table t add column if not exists v int;
alter table t drop column if exists nope;
alter table if exists nope add column x int;
truncate t cascade;
truncate t, c;
truncate t;
truncate r cascade;
create view vv as select id, name from t;
create view vw as select * from vv;
alter table t drop column name;
alter table t drop column name cascade;
-- differs: [0A000] the distribution column cannot be dropped
alter table t drop column id;
drop table t;
drop table r;
drop table r cascade;
create table r(id int primary key, v int);
-- cluster: select create_reference_table('r')
alter table c add constraint c_r_fkey foreign key (r) references r;
drop table t cascade;
create table t(id int primary key, v int);
-- cluster: select create_distributed_table('t','id')
alter table t rename column v to id;
alter table t rename column nope to x;
alter table t rename v to v2;
alter table t add column v2 int;
create type mood as enum ('a','b');
create table tm(id int, m mood);
-- cluster: select create_distributed_table('tm','id')
drop type mood;
drop type mood cascade;
create table ts(id serial primary key, v int, name text default 'x');
-- cluster: select create_distributed_table('ts','id')
drop sequence ts_id_seq;
drop sequence ts_id_seq cascade;
create index if not exists ii on ts(v);
create index if not exists ii on ts(v);
drop index if exists nope;
create function f(int) returns int language sql immutable as 'select $1';
create table tf(id int default f(3), v int check (f(v) > 0));
-- cluster: select create_distributed_table('tf','id')
drop function f(int);
drop function f(int) cascade;
create domain dd as int check (value > 0);
create table td(id int, d dd);
-- cluster: select create_distributed_table('td','id')
alter domain dd add constraint x check (value > 2);
drop domain dd;
drop domain dd cascade;
create schema compat_ddl_messages_two;
create table compat_ddl_messages_two.a(id int);
-- cluster: select create_distributed_table('compat_ddl_messages_two.a','id')
create view va as select * from compat_ddl_messages_two.a;
create table compat_ddl_messages_two.b(id int, a int);
-- cluster: select create_distributed_table('compat_ddl_messages_two.b','id')
create table compat_ddl_messages_two.l(id int);
drop schema compat_ddl_messages_two;
drop schema compat_ddl_messages_two cascade;
create schema compat_ddl_messages_two;
create table compat_ddl_messages_two.a(id int);
-- cluster: select create_distributed_table('compat_ddl_messages_two.a','id')
drop schema compat_ddl_messages_two cascade;
drop table if exists nope;
drop table if exists nope, c;
alter table ts alter column v type bigint;
alter table ts alter column name type varchar(10) using substr(name,1,10);
alter table ts rename to ts2;
alter table ts2 rename constraint ts_pkey to foo;
alter table ts2 rename constraint nope to foo;
alter table ts2 drop constraint nope;
alter table ts2 drop constraint if exists nope;
alter table ts2 add constraint ck check (v > 0);
alter table ts2 add constraint ck check (v > 0);
alter table ts2 alter column nope set default 3;
alter table ts2 alter column v set not null;
alter table ts2 drop constraint ck;
comment on table ts2 is 'hi';
comment on column ts2.v is 'hi';
-- An index that REINDEX makes beside the old one.
CREATE TABLE dm_rebuilt (a int, b int);
-- cluster: SELECT create_distributed_table('dm_rebuilt', 'a')
INSERT INTO dm_rebuilt VALUES (1, 1), (1, 1);
CREATE UNIQUE INDEX CONCURRENTLY dm_rebuilt_key ON dm_rebuilt (a);
REINDEX INDEX CONCURRENTLY dm_rebuilt_key;
DROP TABLE dm_rebuilt;
