-- The metadata of a cluster. Names, columns and types are those a Citus user knows.

CREATE SCHEMA citus;
GRANT USAGE ON SCHEMA citus TO public;
CREATE TYPE citus.distribution_type AS ENUM ('hash', 'range', 'append');
CREATE TYPE citus.shard_transfer_mode AS ENUM ('auto', 'force_logical', 'block_writes');

CREATE TYPE noderole AS ENUM ('primary', 'secondary', 'unavailable');
CREATE TYPE citus_copy_format AS ENUM ('csv', 'binary', 'text');
CREATE TYPE citus_job_status AS ENUM ('scheduled', 'running', 'finished', 'cancelling', 'cancelled', 'failing', 'failed');
CREATE TYPE citus_task_status AS ENUM ('blocked', 'runnable', 'running', 'done', 'error', 'unscheduled', 'cancelled', 'cancelling');

CREATE SEQUENCE pg_dist_node_nodeid_seq MAXVALUE 4294967296 NO CYCLE;
CREATE SEQUENCE pg_dist_groupid_seq MAXVALUE 4294967296 NO CYCLE;
CREATE SEQUENCE pg_dist_shardid_seq MINVALUE 102008 NO CYCLE;
CREATE SEQUENCE pg_dist_placement_placementid_seq NO CYCLE;
CREATE SEQUENCE pg_dist_colocationid_seq MAXVALUE 4294967296 NO CYCLE;
CREATE SEQUENCE pg_dist_operationid_seq NO CYCLE;
CREATE SEQUENCE pg_dist_cleanup_recordid_seq NO CYCLE;
CREATE SEQUENCE pg_dist_background_job_job_id_seq NO CYCLE;
CREATE SEQUENCE pg_dist_background_task_task_id_seq NO CYCLE;

CREATE TABLE pg_dist_node (
    nodeid integer NOT NULL DEFAULT nextval('pg_dist_node_nodeid_seq'),
    groupid integer NOT NULL DEFAULT nextval('pg_dist_groupid_seq'),
    nodename text NOT NULL,
    nodeport integer NOT NULL DEFAULT 5432,
    noderack text NOT NULL DEFAULT 'default',
    hasmetadata boolean NOT NULL DEFAULT false,
    isactive boolean NOT NULL DEFAULT true,
    noderole noderole NOT NULL DEFAULT 'primary',
    nodecluster name NOT NULL DEFAULT 'default',
    metadatasynced boolean NOT NULL DEFAULT false,
    shouldhaveshards boolean NOT NULL DEFAULT true,
    nodeisclone boolean NOT NULL DEFAULT false,
    nodeprimarynodeid integer NOT NULL DEFAULT 0,
    CONSTRAINT pg_dist_node_pkey PRIMARY KEY (nodeid),
    CONSTRAINT pg_dist_node_nodename_nodeport_key UNIQUE (nodename, nodeport),
    CONSTRAINT primaries_are_only_allowed_in_the_default_cluster CHECK (nodecluster = 'default' OR noderole <> 'primary')
);
-- One primary for a group: the address of its shards must not be in doubt.
CREATE UNIQUE INDEX pg_dist_node_one_primary ON pg_dist_node (groupid) WHERE noderole = 'primary';

CREATE TABLE pg_dist_local_group (groupid integer NOT NULL CONSTRAINT pg_dist_local_group_pkey PRIMARY KEY);
INSERT INTO pg_dist_local_group VALUES (0);

CREATE TABLE pg_dist_node_metadata (metadata jsonb NOT NULL);
INSERT INTO pg_dist_node_metadata VALUES (jsonb_build_object('server_id', gen_random_uuid()));

CREATE TABLE pg_dist_colocation (
    colocationid integer NOT NULL CONSTRAINT pg_dist_colocation_pkey PRIMARY KEY,
    shardcount integer NOT NULL,
    replicationfactor integer NOT NULL,
    distributioncolumntype oid NOT NULL,
    distributioncolumncollation oid NOT NULL
);
CREATE INDEX pg_dist_colocation_configuration_index
    ON pg_dist_colocation (shardcount, replicationfactor, distributioncolumntype, distributioncolumncollation);

-- Groups made with colocate_with 'none': no later table joins them by itself.
CREATE TABLE tangelo_isolated_colocation (colocationid integer CONSTRAINT tangelo_isolated_colocation_pkey PRIMARY KEY);

-- partkey is the number of the column: a renamed column stays the distribution column.
CREATE TABLE pg_dist_partition (
    logicalrelid regclass NOT NULL CONSTRAINT pg_dist_partition_logical_relid_index PRIMARY KEY,
    partmethod "char" NOT NULL,
    partkey text,
    colocationid integer NOT NULL DEFAULT 0,
    repmodel "char" NOT NULL DEFAULT 's',
    autoconverted boolean NOT NULL DEFAULT false
);
CREATE INDEX pg_dist_partition_colocationid_index ON pg_dist_partition (colocationid);

CREATE TABLE pg_dist_shard (
    logicalrelid regclass NOT NULL,
    shardid bigint NOT NULL CONSTRAINT pg_dist_shard_shardid_index PRIMARY KEY,
    shardstorage "char" NOT NULL DEFAULT 't',
    shardminvalue text,
    shardmaxvalue text
);
CREATE INDEX pg_dist_shard_logical_relid_index ON pg_dist_shard (logicalrelid);

CREATE TABLE pg_dist_placement (
    placementid bigint NOT NULL DEFAULT nextval('pg_dist_placement_placementid_seq') CONSTRAINT pg_dist_placement_placementid_index PRIMARY KEY,
    shardid bigint NOT NULL,
    shardstate integer NOT NULL DEFAULT 1,
    shardlength bigint NOT NULL DEFAULT 0,
    groupid integer NOT NULL,
    CONSTRAINT placement_shardid_groupid_unique_index UNIQUE (shardid, groupid)
);
CREATE INDEX pg_dist_placement_groupid_index ON pg_dist_placement (groupid);

CREATE TABLE pg_dist_transaction (
    groupid integer NOT NULL,
    gid text NOT NULL,
    outer_xid xid8,
    CONSTRAINT pg_dist_transaction_unique_constraint UNIQUE (groupid, gid)
);

CREATE TABLE pg_dist_object (
    classid oid NOT NULL,
    objid oid NOT NULL,
    objsubid integer NOT NULL,
    type text,
    object_names text[],
    object_args text[],
    distribution_argument_index integer,
    colocationid integer,
    force_delegation boolean,
    CONSTRAINT pg_dist_object_pkey PRIMARY KEY (classid, objid, objsubid)
);

CREATE TABLE pg_dist_schema (
    schemaid oid NOT NULL CONSTRAINT pg_dist_schema_pkey PRIMARY KEY,
    colocationid integer NOT NULL,
    CONSTRAINT pg_dist_schema_unique_colocationid_index UNIQUE (colocationid)
);

CREATE TABLE pg_dist_cleanup (
    record_id bigint NOT NULL DEFAULT nextval('pg_dist_cleanup_recordid_seq') CONSTRAINT pg_dist_cleanup_unique_idx PRIMARY KEY,
    operation_id bigint NOT NULL,
    object_type integer NOT NULL,
    object_name text NOT NULL,
    node_group_id integer NOT NULL,
    policy_type integer NOT NULL
);

CREATE TABLE pg_dist_authinfo (
    nodeid integer NOT NULL,
    rolename name NOT NULL,
    authinfo text NOT NULL CONSTRAINT authinfo_valid CHECK (authinfo <> ''),
    CONSTRAINT pg_dist_authinfo_identification_index UNIQUE (rolename, nodeid)
);

CREATE TABLE pg_dist_poolinfo (
    nodeid integer NOT NULL CONSTRAINT pg_dist_poolinfo_pkey PRIMARY KEY REFERENCES pg_dist_node (nodeid) ON DELETE CASCADE,
    poolinfo text NOT NULL CONSTRAINT poolinfo_valid CHECK (poolinfo <> '')
);

CREATE TABLE pg_dist_rebalance_strategy (
    name name NOT NULL CONSTRAINT pg_dist_rebalance_strategy_name_key UNIQUE,
    default_strategy boolean NOT NULL DEFAULT false,
    shard_cost_function regproc NOT NULL,
    node_capacity_function regproc NOT NULL,
    shard_allowed_on_node_function regproc NOT NULL,
    default_threshold real NOT NULL,
    minimum_threshold real NOT NULL DEFAULT 0,
    improvement_threshold real NOT NULL DEFAULT 0
);

CREATE TABLE pg_dist_background_job (
    job_id bigint NOT NULL DEFAULT nextval('pg_dist_background_job_job_id_seq') CONSTRAINT pg_dist_background_job_pkey PRIMARY KEY,
    state citus_job_status NOT NULL DEFAULT 'scheduled',
    job_type name NOT NULL,
    description text NOT NULL,
    started_at timestamptz,
    finished_at timestamptz
);

CREATE TABLE pg_dist_background_task (
    job_id bigint NOT NULL REFERENCES pg_dist_background_job (job_id),
    task_id bigint NOT NULL DEFAULT nextval('pg_dist_background_task_task_id_seq') CONSTRAINT pg_dist_background_task_pkey PRIMARY KEY,
    owner regrole NOT NULL DEFAULT CURRENT_USER::regrole,
    pid integer,
    status citus_task_status NOT NULL DEFAULT 'runnable',
    command text NOT NULL,
    retry_count integer,
    not_before timestamptz,
    message text NOT NULL DEFAULT '',
    nodes_involved integer[],
    CONSTRAINT pg_dist_background_task_job_id_task_id UNIQUE (job_id, task_id)
);
CREATE INDEX pg_dist_background_task_status_task_id_index ON pg_dist_background_task (status, task_id);

CREATE TABLE pg_dist_background_task_depend (
    job_id bigint NOT NULL REFERENCES pg_dist_background_job (job_id) ON DELETE CASCADE,
    task_id bigint NOT NULL,
    depends_on bigint NOT NULL,
    PRIMARY KEY (job_id, task_id, depends_on),
    FOREIGN KEY (job_id, task_id) REFERENCES pg_dist_background_task (job_id, task_id) ON DELETE CASCADE,
    FOREIGN KEY (job_id, depends_on) REFERENCES pg_dist_background_task (job_id, task_id) ON DELETE CASCADE
);
CREATE INDEX pg_dist_background_task_depend_depends_on ON pg_dist_background_task_depend (job_id, depends_on);

-- What is Tangelo's outside pg_catalog. The view tangelo_hidden_object adds the shards on the coordinator.
CREATE TABLE tangelo_own_object (
    classid oid NOT NULL,
    objid oid NOT NULL,
    CONSTRAINT tangelo_own_object_pkey PRIMARY KEY (classid, objid)
);
INSERT INTO tangelo_own_object
    SELECT 'pg_namespace'::regclass, 'citus'::regnamespace
    UNION ALL
    SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'citus'::regnamespace;

-- One row. A commit decision compares it with the map it was planned with.
CREATE TABLE tangelo_metadata_version (version bigint NOT NULL);
INSERT INTO tangelo_metadata_version VALUES (1);

GRANT SELECT ON pg_dist_node, pg_dist_local_group, pg_dist_node_metadata, pg_dist_colocation, tangelo_isolated_colocation,
    pg_dist_partition, pg_dist_shard, pg_dist_placement, pg_dist_transaction, pg_dist_object, pg_dist_schema, pg_dist_cleanup,
    pg_dist_poolinfo, pg_dist_rebalance_strategy, pg_dist_background_job, pg_dist_background_task,
    pg_dist_background_task_depend, tangelo_own_object, tangelo_metadata_version TO public;
GRANT SELECT ON SEQUENCE pg_dist_node_nodeid_seq, pg_dist_groupid_seq, pg_dist_shardid_seq, pg_dist_placement_placementid_seq,
    pg_dist_colocationid_seq TO public;

CREATE FUNCTION tangelo_metadata_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE tangelo_metadata_version SET version = version + 1;
    -- Without a payload the notifications of one transaction become one.
    PERFORM pg_notify('tangelo_metadata', '');
    RETURN NULL;
END $$;

CREATE TRIGGER tangelo_metadata_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_dist_node
    FOR EACH STATEMENT EXECUTE FUNCTION tangelo_metadata_changed();
CREATE TRIGGER tangelo_metadata_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_dist_partition
    FOR EACH STATEMENT EXECUTE FUNCTION tangelo_metadata_changed();
CREATE TRIGGER tangelo_metadata_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_dist_shard
    FOR EACH STATEMENT EXECUTE FUNCTION tangelo_metadata_changed();
CREATE TRIGGER tangelo_metadata_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_dist_placement
    FOR EACH STATEMENT EXECUTE FUNCTION tangelo_metadata_changed();
CREATE TRIGGER tangelo_metadata_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_dist_colocation
    FOR EACH STATEMENT EXECUTE FUNCTION tangelo_metadata_changed();
