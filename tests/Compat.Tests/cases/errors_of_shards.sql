-- The fields of an error that GET STACKED DIAGNOSTICS gives, after an INSERT of a function that a shard refuses.
create table users(id int primary key, email text, r int, constraint users_email_key unique(id,email));
create table "Other T"(id int, u int, constraint "the fk" foreign key (u) references users, constraint "un""iq" exclude using btree (u with =, id with =));
create table part(id int, d int, constraint pk_part primary key(id,d)) partition by range(d); create table part_1 partition of part for values from (0) to (10);
create domain posint as int constraint pos_check check (value > 0);
create table dm(id int, v posint, nn int not null, constraint vbig check (v < 100));
-- cluster: select create_distributed_table('users','id')
-- cluster: select create_distributed_table('"Other T"','u',colocate_with=>'users')
-- cluster: select create_distributed_table('part','id')
-- cluster: select create_distributed_table('dm','id')
create function show(q text) returns text language plpgsql as $$ declare c text; t text; s text; col text; dt text; m text; d text; h text; st text; begin
 execute q; return 'ok'; exception when others then get stacked diagnostics c = constraint_name, t = table_name, s = schema_name, col = column_name, dt = pg_datatype_name, m = message_text, d = pg_exception_detail, h = pg_exception_hint, st = returned_sqlstate;
 return format('c=%s t=%s s=%s col=%s dt=%s m=%s d=%s h=%s st=%s', c,t,s,col,dt,m,d,h,st); end $$;
select show('insert into users values (1,''a'')');
select show('insert into users values (1,''a'')');
select show('insert into users values (2,''b''),(1,''c''),(3,''d'')');
select show('insert into "Other T" values (1,77)');
select show('insert into "Other T" values (1,1)');
select show('insert into "Other T" values (1,1)');
select show('insert into dm values (1,-1,1)');
select show('insert into dm values (1,1,null)');
select show('insert into dm values (1,1000,1)');
select show('insert into nosuch values (1,1000,1)');
select * from users order by 1;
do $$ declare c text; begin insert into users values (1,'x'); exception when unique_violation then get stacked diagnostics c = constraint_name; raise notice 'dup %', c; end $$;
create function ins() returns void language plpgsql as $$ begin insert into users values (1,'x'); end $$;
create function outerf() returns text language plpgsql as $$ declare c text; begin perform ins(); return 'ok'; exception when unique_violation then get stacked diagnostics c = constraint_name; return c; end $$;
select outerf(); select ins();
create function reraise() returns text language plpgsql as $$ declare c text; begin insert into users values (1,'x'); return 'ok'; exception when check_violation then get stacked diagnostics c = constraint_name; return c; end $$;
select reraise();
do $$ declare c text; begin insert into "Other T" values (5,5); exception when unique_violation then get stacked diagnostics c = constraint_name; raise notice 'dup %', c; end $$;
begin; select show('insert into users values (8,''b''),(1,''c''),(3,''d'')'); select show('insert into users values (8,''b'')'); select count(*) from users; commit; select count(*) from users;
create role compat_errors_carl; grant usage on schema compat_errors_of_shards to compat_errors_carl; grant insert,select on users to compat_errors_carl; set role compat_errors_carl; select compat_errors_of_shards.show('insert into compat_errors_of_shards.users values (1,''a'')'); reset role; drop owned by compat_errors_carl; drop role compat_errors_carl;
