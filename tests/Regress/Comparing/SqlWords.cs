namespace Tangelo.Regress.Comparing;

/// <summary>Words of the language, which name no object of a test.</summary>
internal static class SqlWords
{
    public static HashSet<string> All { get; } =
    [
        .. ("select from where and or not null is in as on using by group order limit offset having union all distinct insert into values update set delete create table "
            + "drop alter add column index view function procedure returns return language plpgsql sql begin end if then else case when trigger before after each row "
            + "statement execute for to with cascade restrict primary key unique references foreign constraint check default int integer int2 int4 int8 bigint smallint text "
            + "varchar char numeric float8 float4 real bool boolean date time timestamp timestamptz interval json jsonb uuid temp temporary exists left right full inner outer "
            + "join cross natural lateral asc desc nulls first last between like true false count sum min max avg generate_series array row_number over partition window "
            + "rows range cast coalesce declare cursor fetch close copy stdin stdout csv analyze vacuum explain costs off only returning conflict do nothing rename type "
            + "raise notice new old commit rollback savepoint release transaction prepare deallocate grant revoke public schema owner role id a b c d e f g i j k n r s t x y z")
            .Split(' '),
    ];
}
