namespace Tangelo.Catalog.Introspection;

/// <summary>
/// The relations that have a filtered view. The system views are those whose definition reaches a filtered catalog; the
/// metadata's migration finds them by itself, and a test compares its result with this list.
/// </summary>
internal static class FilteredRelations
{
    /// <summary>Catalogs with the columns that identify a row.</summary>
    public static readonly Dictionary<string, string> CatalogKeys = new()
    {
        ["pg_attrdef"] = "oid",
        ["pg_attribute"] = "attrelid, attnum",
        ["pg_cast"] = "oid",
        ["pg_class"] = "oid",
        ["pg_constraint"] = "oid",
        ["pg_db_role_setting"] = "setdatabase, setrole",
        ["pg_depend"] = "classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype",
        ["pg_description"] = "objoid, classoid, objsubid",
        ["pg_enum"] = "oid",
        ["pg_event_trigger"] = "oid",
        ["pg_extension"] = "oid",
        ["pg_foreign_data_wrapper"] = "oid",
        ["pg_foreign_server"] = "oid",
        ["pg_foreign_table"] = "ftrelid",
        ["pg_index"] = "indexrelid",
        ["pg_inherits"] = "inhrelid, inhseqno",
        ["pg_init_privs"] = "objoid, classoid, objsubid",
        ["pg_namespace"] = "oid",
        ["pg_policy"] = "oid",
        ["pg_proc"] = "oid",
        ["pg_publication_rel"] = "oid",
        ["pg_rewrite"] = "oid",
        ["pg_sequence"] = "seqrelid",
        ["pg_shdepend"] = "dbid, classid, objid, objsubid, refclassid, refobjid, deptype",
        ["pg_statistic"] = "starelid, staattnum, stainherit",
        ["pg_statistic_ext"] = "oid",
        ["pg_trigger"] = "oid",
        ["pg_type"] = "oid",
        ["pg_user_mapping"] = "oid",
    };

    /// <summary>Views of pg_catalog.</summary>
    public static readonly string[] SystemViews =
    [
        "pg_available_extension_versions", "pg_available_extensions", "pg_cursors", "pg_indexes", "pg_matviews", "pg_policies",
        "pg_publication_tables", "pg_rules", "pg_sequences", "pg_stat_all_indexes", "pg_stat_all_tables",
        "pg_stat_sys_indexes", "pg_stat_sys_tables", "pg_stat_user_functions", "pg_stat_user_indexes", "pg_stat_user_tables",
        "pg_stat_xact_all_tables", "pg_stat_xact_sys_tables", "pg_stat_xact_user_functions", "pg_stat_xact_user_tables",
        "pg_statio_all_indexes", "pg_statio_all_sequences", "pg_statio_all_tables", "pg_statio_sys_indexes",
        "pg_statio_sys_sequences", "pg_statio_sys_tables", "pg_statio_user_indexes", "pg_statio_user_sequences",
        "pg_statio_user_tables", "pg_stats", "pg_stats_ext", "pg_stats_ext_exprs", "pg_tables", "pg_user_mappings",
        "pg_views",
    ];

    /// <summary>Views of information_schema.</summary>
    public static readonly string[] InformationSchemaViews =
    [
        "_pg_foreign_data_wrappers", "_pg_foreign_servers", "_pg_foreign_table_columns", "_pg_foreign_tables",
        "_pg_user_mappings", "attributes", "character_sets", "check_constraint_routine_usage", "check_constraints",
        "collation_character_set_applicability", "collations", "column_column_usage", "column_domain_usage", "column_options",
        "column_privileges", "column_udt_usage", "columns", "constraint_column_usage", "constraint_table_usage",
        "data_type_privileges", "domain_constraints", "domain_udt_usage", "domains", "element_types",
        "foreign_data_wrapper_options", "foreign_data_wrappers", "foreign_server_options", "foreign_servers",
        "foreign_table_options", "foreign_tables", "key_column_usage", "parameters", "referential_constraints",
        "role_column_grants", "role_routine_grants", "role_table_grants", "role_udt_grants", "role_usage_grants",
        "routine_column_usage", "routine_privileges", "routine_routine_usage", "routine_sequence_usage",
        "routine_table_usage", "routines", "schemata", "sequences", "table_constraints", "table_privileges", "tables",
        "transforms", "triggered_update_columns", "triggers", "udt_privileges", "usage_privileges", "user_defined_types",
        "user_mapping_options", "user_mappings", "view_column_usage", "view_routine_usage", "view_table_usage", "views",
    ];
}
